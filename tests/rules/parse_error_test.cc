// What the parser says of text that is no expression: "column: message", every message once.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "rules/expr_parser.h"
#include "rules/print.h"

namespace vinkki::rules {
namespace {

std::string Said(const std::string& text) {
  std::vector<Diagnostic> found;
  Report report(&found);
  SourceMap map(0, text);
  const ExprPtr expr = ParseExpr({text, {}, 0}, &map, &report);
  if (expr) return "parsed as " + Source(*expr);
  REQUIRE(found.size() == 1);
  return std::to_string(found[0].place.column) + ": " + found[0].message;
}

std::string Repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

struct Row {
  std::string text;
  std::string said;
};

}  // namespace

TEST_CASE("text that is no expression") {
  // clang-format off
  const std::vector<Row> rows = {
          {"", "1: an expression is missing here"},
          {" ", "2: an expression is missing here"},
          {"a and",
           "6: the expression ends here, but a fact, a function, a number, a duration or "
           "a text is missing"},
          {"a b", "3: found 'b', where the end of the expression should be; conditions are joined by `and` or `or`"},
          {"a == b == c", "8: comparisons do not chain; write a < b and b < c"},
          {"a < b < c", "7: comparisons do not chain; write a < b and b < c"},
          {"(a", "3: the expression ends here, but ')' to close the parenthesis is missing"},
          {"a)", "2: found ')', where the end of the expression should be"},
          {"a in b", "6: found 'b', where '[' after 'in' should be"},
          {"a in []",
           "7: found ']', where a fact, a function, a number, a duration or a text should be"},
          {"a in [b", "8: the expression ends here, but ']' at the end of the list is missing"},
          {"a matches b", "11: found 'b', where a regular expression in quotes should be"},
          {"a = b", "3: '=' is no sign of the language; write == to compare"},
          {"a => b", "3: write >= instead of '=>'"},
          {"a =< b", "3: write <= instead of '=<'"},
          {"a <> b", "3: write != instead of '<>'"},
          {"a \u2265 b", "3: write >= instead of '\u2265'"},
          {"a \u2264 b", "3: write <= instead of '\u2264'"},
          {"a \u2260 b", "3: write != instead of '\u2260'"},
          {"a > 30,5",
           "7: found ',', where the end of the expression should be; numbers have a point and no "
           "other sign: 30.5, 1000"},
          {"a is 5", "3: found 'is', where the end of the expression should be; write == to compare"},
          {"a is not 5",
           "3: found 'is', where the end of the expression should be; write != to compare"},
          {"a is missing",
           "3: found 'is', where the end of the expression should be; whether something is known is "
           "asked by exists(...) and not exists(...)"},
          {"a is not null",
           "3: found 'is', where the end of the expression should be; whether something is known is "
           "asked by exists(...) and not exists(...)"},
          {"a exists",
           "3: found 'exists', where the end of the expression should be; whether something is known "
           "is asked by exists(...) and not exists(...)"},
          {"a like 'x%'",
           "3: found 'like', where the end of the expression should be; write starts_with, contains "
           "or matches"},
          {"idle > 2h30",
           "8: '2h30' is neither a number nor a duration (units d h m s ms, from large to small, "
           "each once: 1h30m); write 2h30m"},
          {"idle > 1d2h30m15",
           "8: '1d2h30m15' is neither a number nor a duration (units d h m s ms, from large to "
           "small, each once: 1h30m); write 1d2h30m15s"},
          {"idle > 2h30h15",
           "8: '2h30h15' is neither a number nor a duration (units d h m s ms, from large to small, "
           "each once: 1h30m)"},
          {"sequence(a -> b)", "12: found '-', where ',' between two steps should be"},
          {"a && b", "3: write 'and' instead of '&'"},
          {"a || b", "3: write 'or' instead of '|'"},
          {"!a", "1: write 'not' instead of '!'"},
          {"a # b", "3: a comment cannot stand inside an expression; put it above the key"},
          {"“a”", R"~(1: write straight quotes, " or ', around text)~"},
          {R"~("abc)~",
           "1: this text has no closing quote (in YAML ' #' begins a comment and ': ' a "
           "key; put the expression below a | then)"},
          {"NOT true",
           "5: found 'true', where the end of the expression should be; words of the language are "
           "written small: not"},
          {"a startswith 'x'",
           "3: found 'startswith', where the end of the expression should be; did you mean "
           "'starts_with'?"},
          {"count(a, 5%)",
           "10: found '5%', where a window (a duration such as 10m, page, session or visitor) "
           "should be"},
          {"sequence(a, b within 5m)",
           "15: found 'within', where ',' before 'within' should be"},
          {"sequence(a, b, same x within 5m)",
           "23: found 'within', where ',' before 'within' should be"},
          {"sequence(a, b, within 5m,)", "26: found ')', where `within` or `same` should be"},
          {"exists('page.type')", "8: there is no fact 'page.type' in quotes; write page.type"},
          {"a ja b",
           "3: found 'ja', where the end of the expression should be; conditions are joined by "
           "`and` or `or`"},
          {"count(a, 1m) where x > 3",
           "14: found 'where', where the end of the expression should be; it stands in the "
           "brackets, behind the event: count(view_item where price > 100, 15m)"},
          {"count(a where event.x > 3, 1m)",
           "15: `where` can name properties of the event only, by their bare name, and not "
           "'event.x'; write x"},
          {"page.url contains /cart",
           "19: found '/', where a fact, a function, a number, a duration or a text should be; "
           "text stands in quotes: \"/checkout\""},
          {"sequence(a then b)", "12: found 'then', where ',' between two steps should be"},
          {"sequence(a where x > 3 next b)", "24: found 'next', where ',' between two steps should be"},
          {"sequence(a x3, b)",
           "12: found 'x3', where ',' between two steps should be; how often is written 3x"},
          {"sequence(a not b)", "12: found 'not', where ',' between two steps should be"},
          {"sequence(a, b) within 5m",
           "16: found 'within', where the end of the expression should be; it stands in the "
           "brackets of a sequence"},
          {"count(a; 5m)", "8: write ',' instead of ';'"},
          {"a > 30;", "7: an expression ends without ';': leave it out"},
          {"a > 30 ; ", "8: an expression ends without ';': leave it out"},
          {"count(a, 5m) > 3; b > 4",
           "17: conditions are joined by `and` or `or`, not by ';'"},
          {"a in [1; 2]", "8: write ',' instead of ';'"},
          {"a > 1'000", "6: numbers have a point and no other sign: 30.5, 1000"},
          {"a > 1'000 and b == 'x'", "6: numbers have a point and no other sign: 30.5, 1000"},
          {"a > 1\u2019000", "6: numbers have a point and no other sign: 30.5, 1000"},
          {"a > 1\u00a0000", "6: numbers have a point and no other sign: 30.5, 1000"},
          {"a > 1_000", "5: numbers have a point and no other sign: 30.5, 1000"},
          {"a > 1.000.000",
           "10: found '.', where the end of the expression should be; numbers have a point and no "
           "other sign: 30.5, 1000"},
          {"a > 1.000,50",
           "10: found ',', where the end of the expression should be; numbers have a point and no "
           "other sign: 30.5, 1000"},
          {"a == 5'x'", "7: found ''x'', where the end of the expression should be"},
          {"(page.url == https://shop.example/x?a=1) or b",
           "14: an address is text, which stands in quotes: \"https://shop.example/x?a=1\""},
          {"a > 1 000",
           "7: found '000', where the end of the expression should be; numbers have a point and no "
           "other sign: 30.5, 1000"},
          {"a contains 'x' or contains 'y'",
           "19: found 'contains', where a fact, a function, a number, a duration or a text should "
           "be; what it looks into stands before it: page.title contains"},
          {"a > 50 \u20ac", "8: the character '\u20ac' has no place in an expression; amounts stand alone: 50"},
          {"tyhj\u00e4", "5: the character '\u00e4' has no place in an expression; names are of a to z, and text stands in quotes"},
          {"a > 20:00", "7: the character ':' has no place in an expression; times of day stand in hours: { from: 08:00, to: 20:00 }"},
          {"a > 200e", "5: '200e' is neither a number nor a duration (units d h m s ms, from large to small, each once: 1h30m)"},
          {"2 \u00d7 3", "3: write * instead of '\u00d7'"},
          {"5 %", "3: '%' stands directly behind a number: 35%"},
          {"1.5s", "1: '1.5s' is no duration: it has whole numbers only; write 1s500ms"},
          {"idle > 1.5h", "8: '1.5h' is no duration: it has whole numbers only; write 1h30m"},
          {"idle > 0.5q", "8: '0.5q' is no duration: it has whole numbers only (1h30m)"},
          {"sequence(a 1.5x)", "12: '1.5x' is no number of times: it has whole numbers only (3x)"},
          {"idle > 1.5 hours",
           "12: found 'hours', where the end of the expression should be; write it without a space: "
           "1h30m"},
          {"1e5", "1: '1e5' is no number: exponents are not part of the language"},
          {"5q",
           "1: '5q' is neither a number nor a duration (units d h m s ms, from large to "
           "small, each once: 1h30m)"},
          {"30m1h",
           "1: '30m1h' is neither a number nor a duration (units d h m s ms, from large "
           "to small, each once: 1h30m)"},
          {"1m1m",
           "1: '1m1m' is neither a number nor a duration (units d h m s ms, from large to "
           "small, each once: 1h30m)"},
          {"99999999999999d", "1: this duration is longer than 10^13 ms (317 years)"},
          {"1000000000d", "1: this duration is longer than 10^13 ms (317 years)"},
          {"3x", "1: '3x' may only stand after an event in a sequence"},
          {"1.", "2: found '.', where the end of the expression should be"},
          {".5",
           "1: found '.', where a fact, a function, a number, a duration or a text should be"},
          {"ä",
           "1: the character 'ä' has no place in an expression; names are of a to z, and text stands "
           "in quotes"},
          {"--a",
           "2: found '-', where a fact, a function, a number, a duration or a text should be"},
          {"a ==",
           "5: the expression ends here, but a fact, a function, a number, a duration or "
           "a text is missing"},
          {"a == not b",
           "6: found 'not', where a fact, a function, a number, a duration or a text "
           "should be; put `not` and what it denies into parentheses: not (a in [1, 2])"},
          {"and",
           "1: found 'and', where a fact, a function, a number, a duration or a text should be"},
          {"for",
           "1: found 'for', where a fact, a function, a number, a duration or a text should be; how "
           "long it must last is a key of the rule: for: 10s"},
          {"cuont(a, 5m)", "1: there is no function 'cuont'; did you mean 'count'?"},
          {"foo(a)", "1: there is no function 'foo'"},
          {"count(a)", "8: found ')', where ',' and a window, as in count(..., 10m) should be"},
          {"count()", "7: found ')', where the name of an event should be"},
          {"count(a, b)",
           "10: found 'b', where a window (a duration such as 10m, page, session or "
           "visitor) should be"},
          {"count(a.x, 5m)", "8: count takes events, not their properties: count(event, 10m)"},
          {"count(a, 0s)", "10: a window is longer than 0"},
          {"count(a, 5m",
           "12: the expression ends here, but ')' after the arguments of count is missing"},
          {"count(next, 5m)",
           R"~(7: 'next' is a word of the language; as the name of an event write "next")~"},
          {"count(a, 5)",
           "10: found '5', where a window, a number with its unit such as 5m or 5s (without a "
           "space), should be"},
          {"sum(a, 5m)", "6: found ',', where '.' and a property, as in view_item.price should be"},
          {"sum(a or b.x, 5m)", "7: several events stand in parentheses here: (a or b).property"},
          {"sum((a or b), 5m)",
           "13: found ',', where '.' and a property, as in view_item.price should be"},
          {"sum(a.x.y, 5m)", R"~(8: a property has no parts; a name with dots is written "a.b")~"},
          {"sum((*).x, 5m)", "6: found '*', where the name of an event should be"},
          {"since(a, 5m)", "8: since looks at everything and takes no window"},
          {"since(a.x)", "8: since takes events, not their properties: since(event)"},
          {R"~(count("", 5m))~", "7: a name cannot be empty"},
          {"count(a where, 5m)",
           "14: found ',', where a fact, a function, a number, a duration or a text should be"},
          {"count(a where count(b, 1m) > 1, 5m)",
           "15: `where` can name properties of the event only, no function such as 'count'"},
          {"count(a where page.type == 'x', 5m)",
           "15: `where` can name properties of the event only, by their bare name, and "
           "not 'page.type'; a page_view has url, type and title"},
          {"count(a where x where y, 5m)",
           "17: found 'where', where ',' and a window, as in count(..., 10m) should be"},
          {"exists(5)", "8: found '5', where the name of a fact or property should be"},
          {"exists(a", "9: the expression ends here, but ')' after exists(... is missing"},
          {"exists()", "8: found ')', where the name of a fact or property should be"},
          {"event.a.b",
           "1: an event's properties have no parts of their own; a name with dots is "
           R"~(written event."a.b")~"},
          {"visitor.properties.a.b",
           "1: a visitor's properties have no parts of their own; a name with dots is "
           R"~(written visitor.properties."a.b")~"},
          {"page.in", R"~(6: 'in' is a word of the language; as a name after the dot write "in")~"},
          {"page.5", "6: found '5', where a name after the dot should be"},
          {"sequence()", "10: found ')', where the name of an event should be"},
          {"sequence(within 5m)",
           "10: found 'within', where the first step of the sequence should be"},
          {"sequence(a, within 5m, b)",
           "24: after `within` and `same` no more steps may come; put them last"},
          {"sequence(a, within 5m, within 6m)", "24: 'within' stands twice in this sequence"},
          {"sequence(a, same x, same y)", "21: 'same' stands twice in this sequence"},
          {"sequence(a 3 x, b)", "12: write how often without a space: 3x"},
          {"sequence(a, next not b)", "18: `next` asks for an event and cannot stand before `not`"},
          {"sequence(a, not b 3x)", "19: `not` takes no number of times"},
          {"sequence(a 0x)", "12: a step is repeated 1x to 1024x"},
          {"sequence(a 2000x)", "12: a step is repeated 1x to 1024x"},
          {"sequence(a for 5s)", "12: `for` belongs to an absence: not a for 90s"},
          {"sequence(a, not b for 5)", "23: found '5', where a duration after `for`, a number with its unit such as 5s (without a space), should be"},
          {"sequence(a, not b for 0s)", "23: an absence is longer than 0"},
          {"sequence(a, within 0s)", "20: a window is longer than 0"},
          {"sequence(a, within x)",
           "20: found 'x', where a window (a duration such as 10m, page, session or "
           "visitor) should be"},
          {"sequence(a, same 5)", "18: found '5', where the name of a property should be"},
          {"sequence(a b)", "12: found 'b', where ',' between two steps should be"},
          {"sequence(a, )", "13: found ')', where the name of an event should be"},
          {R"~(a."")~", "3: a name cannot be empty"},
          {"'a'.b", "4: found '.', where the end of the expression should be"},
          {"5.a", "2: found '.', where the end of the expression should be"},
          {"count(a or, 1m)", "11: found ',', where the name of an event should be"},
          {R"~(a \ b)~", R"~(3: the character '\' has no place in an expression)~"},
          {"1 = 1", "3: '=' is no sign of the language; write == to compare"},
          {"x + ",
           "5: the expression ends here, but a fact, a function, a number, a duration or "
           "a text is missing"},
          {"x * (",
           "6: the expression ends here, but a fact, a function, a number, a duration or "
           "a text is missing"},
          {"[1]",
           "1: found '[', where a fact, a function, a number, a duration or a text should be"},
          {"a, b", "2: found ',', where the end of the expression should be"},
          {"since(a where b",
           "16: the expression ends here, but ')' after the arguments of since is missing"},
          {"0xff",
           "1: '0xff' is neither a number nor a duration (units d h m s ms, from large to "
           "small, each once: 1h30m)"},
          {"12abc",
           "1: '12abc' is neither a number nor a duration (units d h m s ms, from large "
           "to small, each once: 1h30m)"},
          {"1h 30m", "4: found '30m', where the end of the expression should be"},
          {"a not in [b]",
           "3: found 'not', where the end of the expression should be; put `not` and what "
           "it denies into parentheses: not (a in [1, 2])"},
  };
  // clang-format on
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(Said(row.text) == row.said);
  }
}

TEST_CASE("quoted names that no fact has") {
  CHECK(Said("exists(\"x y\")") == "8: there is no fact 'x y'");
  CHECK(Said("visitor.pperties.\"x y\" == 1") == "1: there is no fact 'visitor.pperties.x y'");
}

TEST_CASE("expressions without measure") {
  const std::string deep = "this is nested deeper than 100 levels; name parts of it in `let`";
  CHECK(Said(Repeat("(", 200) + "a") == "102: " + deep);
  CHECK(Said(Repeat("not ", 200) + "a") == "405: " + deep);
  CHECK(Said("a" + Repeat(" + a", 200)) == "1: " + deep);
  CHECK(Said("a" + Repeat(" * a", 200)) == "1: " + deep);
  CHECK(Said(Repeat("a in [", 200)) == "607: " + deep);
  CHECK(Said(Repeat("(", 1'000'000)) == "102: " + deep);
  CHECK(Said("a" + Repeat(" or a", 20'000)).ends_with("more than 10,000 parts; split the rule"));
  CHECK(Said(Repeat("9", 400)) == "1: this number is too large");
  CHECK(Said(Repeat("9", 30) + "ms") == "1: this duration is longer than 10^13 ms (317 years)");
}

TEST_CASE("as deep as it may be") {
  CHECK(Said(Repeat("(", 100) + "a" + Repeat(")", 100)) == "parsed as a");
  CHECK(Said(Repeat("(", 101) + "a" + Repeat(")", 101)).find("nested deeper") != std::string::npos);
  CHECK(Said(Repeat("not ", 90) + "a").starts_with("parsed"));
  CHECK(Said("a" + Repeat(" and a", 4'000)).starts_with("parsed"));
}

}  // namespace vinkki::rules
