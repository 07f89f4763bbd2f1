// Any bytes as a rule file: read, checked, said. Whatever is wrong must be an error with a place
// that lies in the file. What can be made tidy is tidy then.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "rules/load.h"
#include "rules/tidy.h"
#include "tests/fuzz/known_leaks.h"

using vinkki::rules::Diagnostic;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::vector<Diagnostic> found;
  vinkki::rules::RuleSet set = vinkki::rules::Read({{"fuzz.yml", text}}, &found);
  vinkki::rules::Check(&set, &found);
  vinkki::rules::SortDiagnostics(&found);
  for (const Diagnostic& d : found) {
    if (d.place.line == 0 || d.place.column == 0 || d.place.line > size + 2) std::abort();
  }
  vinkki::rules::Format(set, found);
  vinkki::rules::FormatJson(set, found);
  const auto tidy = vinkki::rules::Tidy(text);
  if (tidy.ok()) {
    const auto again = vinkki::rules::Tidy(tidy.value());
    if (!again.ok() || again.value() != tidy.value()) std::abort();
  }
  return 0;
}
