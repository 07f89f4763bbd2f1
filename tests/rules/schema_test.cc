// The tables of keys: the reader knows each of them, and the schema offers each of them.
#include "rules/schema.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "rules/facts.h"
#include "rules/keys.h"
#include "rules/load.h"

namespace vinkki::rules {
namespace {

// Whether the reader says that it does not know a key at this place of a file.
bool Knows(const std::string& text) {
  std::vector<Diagnostic> found;
  Read({{"a.yml", text}}, &found);
  for (const Diagnostic& d : found) {
    if (d.message.find("has no key") != std::string::npos) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("the reader knows the keys of its tables, and no others") {
  const std::vector<std::pair<std::string, const std::vector<KeyRow>*>> places = {
      {"", &FileKeys()},
      {"rules:\n- ", &RuleKeys()},
      {"rules:\n- offer: { ", &OfferKeys()},
      {"rules:\n- limits: { ", &LimitKeys()},
      {"rules:\n- hours: { ", &HourKeys()},
  };
  for (const auto& [before, rows] : places) {
    const std::string after = before.ends_with("{ ") ? ": x }\n" : ": x\n";
    for (const KeyRow& row : *rows) {
      CAPTURE(row.name);
      CHECK(Knows(before + std::string(row.name) + after));
    }
    CHECK_FALSE(Knows(before + "other" + after));
  }
}

TEST_CASE("the schema offers every key and names every fact") {
  const std::string schema = JsonSchema();
  for (const auto* rows : {&FileKeys(), &RuleKeys(), &OfferKeys(), &LimitKeys(), &HourKeys()}) {
    for (const KeyRow& row : *rows) {
      CHECK(schema.find("\"" + std::string(row.name) + "\":{\"description\"") != std::string::npos);
    }
  }
  for (const FactRow& row : Facts()) CHECK(schema.find(row.name) != std::string::npos);
}

}  // namespace vinkki::rules
