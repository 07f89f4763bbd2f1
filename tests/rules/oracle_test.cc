// Step against the slow, obvious matcher (oracle.h), on random rules and events.
//   VINKKI_ORACLE_CASES=100000  how many (200 when absent)
//   VINKKI_ORACLE_SEED=1        of the first one; the others follow
// tests/rules/oracle.sh runs many, with progress.
#include <doctest/doctest.h>

#include <cstdlib>
#include <set>
#include <string>

#include "tests/rules/compare.h"

namespace vinkki::rules::oracle {
namespace {

uint64_t Environment(const char* name, uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

// A refused case stays refused and a disagreement a disagreement while it shrinks.
std::string Shrunk(const Case& c, const std::string& disagreement) {
  const bool refused = disagreement.rfind("refused", 0) == 0;
  const Case small = Shrink(c, [&](const Case& smaller) {
    const std::string d = Disagreement(smaller);
    return !d.empty() && (d.rfind("refused", 0) == 0) == refused;
  });
  return small.Text() + Disagreement(small);
}

}  // namespace

TEST_CASE("every generated case is one that the checker takes") {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    const Case c = Generate(seed);
    std::vector<Diagnostic> diagnostics;
    LoadResult result;
    result.set = Read(c.Sources(), &result.diagnostics);
    if (result.diagnostics.empty()) Check(&result.set, &result.diagnostics);
    bool error = false;
    for (const Diagnostic& d : result.diagnostics) {
      error = error || d.severity == Diagnostic::Severity::kError;
    }
    REQUIRE_MESSAGE(!error, "seed " << seed << "\n" << Format(result));
  }
}

TEST_CASE("a rule that can never fire, as a hint says, never does") {
  size_t hints = 0;
  for (uint64_t seed = 1; seed <= 1'000; ++seed) {
    Case c = Generate(seed);
    LoadResult result = Load(c.Sources());
    REQUIRE(result.program);
    std::set<std::string> never;
    for (const Diagnostic& d : result.diagnostics) {
      if (d.message.find("can never fire") != std::string::npos) never.insert(d.rule);
    }
    if (never.empty()) continue;
    hints += never.size();
    c.world.set = &result.set;
    for (const Decision& d : RunStep(*result.program, c.world, Drive::kDeadlines, seed)) {
      const std::string& rule = result.program->rules()[d.rule].name;
      REQUIRE_MESSAGE(!never.contains(rule), "seed " << seed << ": " << rule << "\n" << c.Text());
    }
  }
  CHECK(hints > 0);
}

namespace {

void Agree(Case (*generate)(uint64_t)) {
  const uint64_t cases = Environment("VINKKI_ORACLE_CASES", 200);
  const uint64_t first = Environment("VINKKI_ORACLE_SEED", 1);
  int failures = 0;
  for (uint64_t seed = first; seed < first + cases && failures < 3; ++seed) {
    const Case c = generate(seed);
    const std::string d = Disagreement(c);
    if (d.empty()) continue;
    ++failures;
    FAIL_CHECK("VINKKI_ORACLE_SEED=" << seed << " VINKKI_ORACLE_CASES=1\n" << Shrunk(c, d));
  }
}

}  // namespace

TEST_CASE("Step and the oracle agree on every decision, time and reason") { Agree(Generate); }

TEST_CASE("Step and the oracle agree when events come late") { Agree(GenerateLate); }

}  // namespace vinkki::rules::oracle
