// Golden dumps: each testdata/golden/NAME.yml compiles to what NAME.dump says (rules/dump.cc). A
// dump shows what is remembered of which events, which conditions are shared, and what an event can
// change; so a change of the compiler shows what it changes. When the change is meant:
//   VINKKI_RENEW_GOLDEN=1 build/dev/tests/rules_test -tc='*golden*'      and read the diff in git
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "rules/load.h"
#include "rules/program.h"

namespace vinkki::rules {
namespace {

namespace fs = std::filesystem;

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// The lines that went ("- "), came ("+ ") or stayed ("  "), by their longest common subsequence.
std::string Diff(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::vector<size_t>> common(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      common[i][j] =
          a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::string out;
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      out += "  " + a[i++] + "\n";
      ++j;
    } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
      out += "- " + a[i++] + "\n";
    } else {
      out += "+ " + b[j++] + "\n";
    }
  }
  return out;
}

void Compare(const fs::path& rules) {
  const LoadResult loaded = Load({{rules.filename().string(), ReadAll(rules)}});
  REQUIRE_MESSAGE(loaded.program, Format(loaded));
  const std::string dump = loaded.program->Dump();
  const fs::path golden = fs::path(rules).replace_extension(".dump");
  if (std::getenv("VINKKI_RENEW_GOLDEN") != nullptr) std::ofstream(golden) << dump;
  const std::string expected = ReadAll(golden);
  const bool same = dump == expected;
  CHECK_MESSAGE(same, rules.filename().string()
                          << " compiles to something else (-: before, +: now)\n"
                          << Diff(LinesOf(expected), LinesOf(dump)));
}

}  // namespace

TEST_CASE("golden dumps of compiled programs") {
  int files = 0;
  for (const auto& entry :
       fs::directory_iterator(VINKKI_SOURCE_DIR "/tests/rules/testdata/golden")) {
    if (entry.path().extension() != ".yml") continue;
    Compare(entry.path());
    ++files;
  }
  CHECK(files >= 12);
}

}  // namespace vinkki::rules
