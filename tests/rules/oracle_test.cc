// The generated rules are good rules: only then do they prove anything.
#include <doctest/doctest.h>

#include <string>

#include "tests/rules/generator.h"

namespace vinkki::rules::oracle {

TEST_CASE("every generated case is one that the checker takes") {
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    const Case c = Generate(seed);
    std::vector<Diagnostic> diagnostics;
    RuleSet set = Read(c.Sources(), &diagnostics);
    if (diagnostics.empty()) Check(&set, &diagnostics);
    std::string errors;
    for (const Diagnostic& d : diagnostics) {
      if (d.severity != Diagnostic::Severity::kError) continue;
      errors += std::to_string(d.place.line) + ":" + std::to_string(d.place.column) + " " +
                d.message + "\n";
    }
    REQUIRE_MESSAGE(errors.empty(), errors << c.Text());
  }
}

}  // namespace vinkki::rules::oracle
