// `vinkki export`, as it writes to standard output.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "cmd/commands.h"
#include "tests/engine/engine_fixture.h"

namespace vinkki::cmd {
namespace {

// What f writes to standard output.
template <typename F>
std::string OutputOf(const std::string& folder, F&& f) {
  const std::string path = folder + "/out";
  std::fflush(stdout);
  const int kept = ::dup(STDOUT_FILENO);
  const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  REQUIRE(file >= 0);
  ::dup2(file, STDOUT_FILENO);
  f();
  std::fflush(stdout);
  ::dup2(kept, STDOUT_FILENO);
  ::close(kept);
  ::close(file);
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("an exported event is never later than its arrival") {
  using engine::kNoon;
  engine::TestEngine test(engine::RuleText("r", "count(form_error, 2m) >= 3"));
  test.SendOne("v", {kNoon + 5'000, "click"});
  test.SendOne("v", {kNoon - 5'000, "scroll"}, 8);
  test.Close();
  const std::string lines = OutputOf(test.dir.path(), [&] {
    CHECK(Export({test.options.data_dir, "events"}) == 0);
  });
  CHECK(lines == R"({"site":"shop","visitor":"v","at":1704110400000,"name":"click","props":{}})"
                 "\n"
                 R"({"site":"shop","visitor":"v","at":1704110395000,"name":"scroll","props":{}})"
                 "\n");
}

}  // namespace vinkki::cmd
