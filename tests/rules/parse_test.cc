// Expressions: what they are read as, and what is said of those that are none, with its place.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "rules/expr_parser.h"
#include "rules/print.h"

namespace vinkki::rules {
namespace {

// The expression printed again, or "column: message".
std::string Parsed(const std::string& text) {
  std::vector<Diagnostic> found;
  Report report(&found);
  SourceMap map(0, text);
  const ExprPtr expr = ParseExpr({text, {}, 0}, &map, &report);
  if (expr && found.empty()) return Source(*expr);
  REQUIRE(found.size() == 1);
  REQUIRE_FALSE(expr);
  return std::to_string(found[0].place.column) + ": " + found[0].message;
}

struct Row {
  std::string text;
  std::string expected;
};

}  // namespace

TEST_CASE("expressions that stand as they are written") {
  for (const char* text : {
           "page.type == \"checkout\"",
           "a and b or not c and d",
           "(a or b) and not (c or d)",
           "not a == b",
           "(not a) == b",
           "cart.value >= 30 and idle > 1m30s",
           "cart.value * 2 + 1 < -5",
           "1 - (2 - 3) - 4 == 2 / (3 * 4)",
           "(a == b) == (c == d)",
           "-cart.value < 0 and -(cart.value + 1) < 0",
           "page.path starts_with \"/p\" or page.title contains \"x\"",
           "page.url matches \"^/a\\\\d+$\"",
           "page.type in [\"a\", \"b\", visitor.identity]",
           "exists(event.price) and exists(visitor.properties.\"x y\")",
           "count(form_error, 2m) >= 3",
           "count(*, session) > 1 and count(a or b, page) > 1",
           "count(\"shop.ping\" where price > 100 and exists(\"item id\"), 1h) > 1",
           "sum((a or b).value where x == 1, visitor) > 1",
           "repeats(*.item_id, 10m) >= 3",
           "since(purchase where value > 3) > 7d",
           "first(view_item.item_id, session) == last(view_item.item_id, session)",
           "sequence(add_to_cart, view_cart, not begin_checkout for 1m30s, within 15m)",
           "sequence(a 3x where x == 1, next b or c, not d, e, within page, same \"item id\")",
           "true or false",
           "count == sequence",
       }) {
    CHECK(Parsed(text) == text);
  }
}

TEST_CASE("expressions in their normal form") {
  const std::vector<Row> rows = {
      {"90s > idle", "1m30s > idle"},
      {"'it\\'s' == \"\\\"\\\\d\"", "\"it's\" == \"\\\"\\\\d\""},
      {"page.url matches \"\\d+\"", "page.url matches \"\\\\d+\""},
      {"potential>=35%", "potential >= 35%"},
      {"-7.5% < potential and potential<0.070", "-7.5% < potential and potential < 0.07"},
      {"((a))", "a"},
      {"a\n  and\tb", "a and b"},
      {"\"x\"==page.type", "\"x\" == page.type"},
      {"exists(\"idle\")", "exists(idle)"},
      {"page.\"type\" == 'x'", "page.type == \"x\""},
      {"sequence(a, b, same f, within 5s) ", "sequence(a, b, within 5s, same f)"},
      {"min(*.x,5m)<-1.50", "min(*.x, 5m) < -1.5"},
  };
  for (const Row& row : rows) CHECK(Parsed(row.text) == row.expected);
}

}  // namespace vinkki::rules
