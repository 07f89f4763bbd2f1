// What the reader and the checker say of rule files: "line:column+length: message" for each thing
// found, every message at least once.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rules/load.h"

namespace vinkki::rules {
namespace {

using Lines = std::vector<std::string>;

Lines Found(const std::string& text) {
  std::vector<Diagnostic> found;
  RuleSet set = Read({{"a.yml", text}}, &found);
  Check(&set, &found);
  SortDiagnostics(&found);
  Lines lines;
  for (const Diagnostic& d : found) {
    const char* severity = d.severity == Diagnostic::Severity::kError     ? ""
                           : d.severity == Diagnostic::Severity::kWarning ? "warning: "
                                                                          : "note: ";
    lines.push_back(std::to_string(d.place.line) + ":" + std::to_string(d.place.column) + "+" +
                    std::to_string(d.length) + ": " + severity + d.message);
  }
  return lines;
}

// For a failure that can be read.
std::string Joined(const Lines& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

// Of an expression as the `when` of a rule; without the line, which is always the same.
Lines FoundInWhen(const std::string& expr) {
  Lines lines = Found(
      "version: 1\nrules:\n- name: r\n  offer: {channels: [chat]}\n  when: |-\n    " + expr + "\n");
  for (std::string& line : lines) line.erase(0, line.find(':') + 1);
  return lines;
}

struct Row {
  std::string text;
  Lines found;
};

}  // namespace

// clang-format off
TEST_CASE("types, names, placement and bounds of expressions") {
  const std::vector<Row> rows = {
      {"page.typ == 'x'",
       {"5+8: there is no fact 'page.typ'; did you mean 'page.type'?"}},
      {"pgae.type == 'x'",
       {"5+9: there is no fact 'pgae.type'; did you mean 'page.type'?"}},
      {"foo",
       {R"~(5+3: there is no fact and no let 'foo'; if it is meant as text, put it in quotes: "foo")~"}},
      {"add_to_cart",
       {R"~(5+11: there is no fact and no let 'add_to_cart'; it is an event: write count(add_to_cart, session) >= 1, or "add_to_cart" for its name)~"}},
      {"page",
       {"5+4: there is no fact and no let 'page'; write page.url or another of its facts, or \"page\" if it is meant as text"}},
      {"count",
       {"5+5: there is no fact and no let 'count'; the function is written count(...)"}},
      {"add_to_cart.price > 5",
       {"5+17: there is no fact 'add_to_cart.price'; a property of what happened is seen by a function: last(add_to_cart.price, session)"}},
      {"visitor.tier == 'a'",
       {"5+12: there is no fact 'visitor.tier'; what `identify` brought is visitor.properties.tier"}},
      {"visitor.properties == 5",
       {"5+18: there is no fact 'visitor.properties'; say which property: visitor.properties.tier"}},
      {"idle > 5",
       {"12+1: a number and a duration cannot be compared; write the number as a duration (5s)"}},
      {"idle > 50%",
       {"12+3: a number and a duration cannot be compared; write how long, such as 5s"}},
      {"idle > 'x'",
       {"12+3: only numbers and durations have an order; this is text"}},
      {"page.type > 'a'",
       {"5+9: only numbers and durations have an order; this is text"}},
      {"page.type < 5",
       {"5+9: only numbers and durations have an order; this is text"}},
      {"true < false",
       {"5+4: only numbers and durations have an order; this is true or false"}},
      {"cart.value == 'x'",
       {"5+17: these are never equal: one side is a number, the other text"}},
      {"cart.value",
       {"5+10: when: a condition is wanted; this is a number, compare it with something"}},
      {"idle and true",
       {"5+4: 'and' joins conditions; this is a duration, compare it with something"}},
      {"not cart.value",
       {"9+10: 'not' joins conditions; this is a number, compare it with something"}},
      {"'a'",
       {"5+3: when: a condition is wanted; this is text, compare it with something"}},
      {"event.x", {}},
      {"event.x > 5s", {}},
      {"count(a, 5m) > 5s",
       {"20+2: a number and a duration cannot be compared; the other side is a number, which has no unit"}},
      {"event.x + 1 > 5s",
       {"19+2: a number and a duration cannot be compared; the other side is a number, which has no unit"}},
      {"idle + 5 > 5s",
       {"5+8: a duration and a number cannot be added or subtracted; write the number as a duration (5s)"}},
      {"idle + event.x > 5s",
       {"5+14: a duration and a number cannot be added or subtracted; write the number as a duration (5s)"}},
      {"idle * idle > 5s",
       {"5+11: both sides grow with the clock; their product is no straight line of time"}},
      {"idle * 2 > 5s", {}},
      {"idle * dwell > 5",
       {"5+12: both sides grow with the clock; their product is no straight line of time"}},
      {"1 / idle > 2",
       {"9+4: this grows with the clock; a quotient by it is no straight line of time"}},
      {"cart.value / (idle / 1s) > 2",
       {"18+11: this grows with the clock; a quotient by it is no straight line of time"}},
      {"idle / 5s > 2", {}},
      {"idle * (idle / 1s) > 5s",
       {"5+18: both sides grow with the clock; their product is no straight line of time"}},
      {"since(a) * session.duration > 5s",
       {"5+27: both sides grow with the clock; their product is no straight line of time"}},
      {"5 / 5s > 1",
       {"5+6: a number cannot be divided by a duration"}},
      {"event.x / 5s > 1",
       {"5+12: a number cannot be divided by a duration"}},
      {"page.type + 1 > 2",
       {"5+13: arithmetic needs numbers or durations; this is text"}},
      {"-page.type == 5",
       {"5+10: '-' needs a number or a duration; this is text"}},
      {"-idle < 5s", {}},
      {"page.type contains 5",
       {"24+1: 'contains' looks into text; this is a number"}},
      {"cart.value contains 'x'",
       {"5+10: 'contains' looks into text; this is a number"}},
      {"page.type matches 'a('",
       {"23+4: this is no regular expression: missing ): a("}},
      {"page.type matches '(((a{1000}){1000}){1000})'",
       {"23+27: this is no regular expression: invalid repetition size: {1000}"}},
      {"page.type in ['a', 5]",
       {"24+1: these are never equal: one side is text, the other a number"}},
      {"idle in [5s, 5]",
       {"18+1: these are never equal: one side is a duration, the other a number"}},
      {"cart.value in [5%]",
       {"20+2: warning: 5% is 0.05, and cart.value is no share; write 5 if that is meant"}},
      {"count(a, 5m) >= 1025",
       {"21+4: count over a sliding window counts to 1,024 at most; compare it with less, or take page, session or visitor as the window"}},
      {"count(a, 5m) >= 1024", {}},
      {"count(a, session) >= 5000", {}},
      {"1025 < distinct(a.x, 1m)",
       {"5+4: distinct over a sliding window counts to 1,024 at most; compare it with less, or take page, session or visitor as the window"}},
      {"distinct(a.x, page) > 100",
       {"27+3: warning: distinct over page, session or visitor sees the 64 latest values; it never comes above 64"}},
      {"count(a,1m) in [1, 2000]",
       {"24+4: count over a sliding window counts to 1,024 at most; compare it with less, or take page, session or visitor as the window"}},
      {"count(a where x, 5m) > 1", {}},
      {"count(a where 5, 5m) > 1",
       {"19+1: where: a condition is wanted; this is a number, compare it with something"}},
      {"count(a where x > 'a', 5m) > 1",
       {"23+3: only numbers and durations have an order; this is text"}},
      {"count(a where x > 5s, 5m) > 1", {}},
      {"count(a where idle == 5, 5m) > 1", {}},
      {"visitor.identity == 'knwon'",
       {"25+7: warning: visitor.identity is one of anonymous, known, strong; did you mean 'known'?"}},
      {"visitor.consent in ['full', 'none']",
       {"33+6: warning: visitor.consent is one of off, cookieless, full"}},
      {"exists(foo)",
       {R"~(12+3: there is no fact and no let 'foo'; if it is meant as text, put it in quotes: "foo")~"}},
      {"exists(page.typ)",
       {"12+8: there is no fact 'page.typ'; did you mean 'page.type'?"}},
      {"exists(visitor.properties.x)", {}},
      {"sequence(next a, b)",
       {"14+4: the first step of a sequence has nothing before it, so no `next`"}},
      {"sequence(not a, b)",
       {"14+3: a sequence cannot begin with `not`"}},
      {"sequence(a, next vitals)",
       {"17+4: `next` passes over background events such as 'vitals' and cannot ask for one"}},
      {"sequence(a, next b or hidden 3x)",
       {"17+4: `next` passes over background events such as 'hidden' and cannot ask for one"}},
      {"sequence(a, not b)",
       {"17+3: `not` at the end of a sequence needs a time: not ... for 90s"}},
      {"sequence(a, not b, not c for 5s)",
       {"17+3: `not` stands between two steps that happen; after the last only an absence (not ... for ...) may come"}},
      {"sequence(a, not b for 5s, c)",
       {"17+3: an absence (not ... for ...) stands at the end only, and there is one at most"}},
      {"sequence(a, not b for 5s, not c for 5s)",
       {"17+3: an absence (not ... for ...) stands at the end only, and there is one at most"}},
      {"sequence(a, not b for 5m, within 5m)",
       {"17+3: `within` must be longer than the absence of 5m"}},
      {"sequence(a, not b for 5m, within page)", {}},
      {"sequence(a, not b, not c, d)", {}},
      {"sequence(a 1000x, b 25x)",
       {"5+8: a sequence has at most 1,024 steps, repeated ones counted each time"}},
      {"sequence(a)", {}},
      {"sequence(a) > 5",
       {"5+11: only numbers and durations have an order; this is true or false"}},
      {"sum(a.x, 5m) > 5",
       {"5+12: note: sum over a sliding window sees the 64 latest events that match"}},
      {"avg(a.x, session) > 5", {}},
      {"count(a,5m) > count(b,5m)",
       {"5+11: note: count over a sliding window sees the 64 latest events that match",
        "19+11: note: count over a sliding window sees the 64 latest events that match"}},
      {"cart.value >= 5 and cart.value < 3",
       {"5+34: warning: this can never fire: cart.value < 3 cannot be true here"}},
      {"page.type == 'a' and page.type == 'b'",
       {R"~(5+37: warning: this can never fire: page.type == "b" cannot be true here)~"}},
      {"false",
       {"5+5: warning: this can never fire: false cannot be true here"}},
      {"count(a,5m) < 0",
       {"5+15: warning: this can never fire: count(a, 5m) < 0 cannot be true here"}},
      {"potential > 1",
       {"5+13: warning: this can never fire: potential > 1 cannot be true here"}},
      {"idle < 0s",
       {"5+9: warning: this can never fire: idle < 0s cannot be true here"}},
      {"cart.value > 5 and (cart.value < 3 or cart.value < 4)", {}},
      {"1 > 2",
       {"5+5: warning: this can never fire: 1 > 2 cannot be true here"}},
      {"page.type in ['a', 'b'] and page.type == 'c'",
       {R"~(5+44: warning: this can never fire: page.type == "c" cannot be true here)~"}},
      {"page.type in ['a', 'b'] and page.type == 'b'", {}},
      {"session.pages > 3 and session.pages < 4",
       {"5+39: warning: this can never fire: session.pages < 4 cannot be true here"}},
      {"cart.value > 3 and cart.value < 4", {}},
      {"exists(cart.age) and not exists(cart.age)",
       {"5+41: warning: this can never fire: not exists(cart.age) cannot be true here"}},
      {"page.type != 'x' and page.type == 'x'",
       {R"~(5+37: warning: this can never fire: page.type == "x" cannot be true here)~"}},
      {"page.type != 'x' and page.type == 'y'", {}},
      {"potential >= 35",
       {"5+15: warning: this can never fire: potential >= 35 cannot be true here; potential is from 0 to 1: write 35%"}},
      {"count(page_view, page) >= 2",
       {"5+27: warning: this can never fire: count(page_view, page) >= 2 cannot be true here; a page is seen from its page_view on: count over a time, or the session"}},
      {"count(page_view where type == 'x', page) == 1 or distinct(page_view.url, page) > 5", {}},
      {"count(page_view or click, page) >= 2", {}},
      {"count(page_view, session) >= 2 and visitor.visits >= 2", {}},
      {"count(a, 1m) >= 0 and idle > 5s",
       {"5+17: warning: count(a, 1m) >= 0 is always true: the rule says the same without it"}},
      {"idle > 5s and -1 < cart.items",
       {"19+15: warning: -1 < cart.items is always true: the rule says the same without it"}},
      {"visitor.visits >= 1",
       {"5+19: warning: this is always true: it fires once for each visitor, at the first event, and never again"}},
      {"sum(a.x, page) >= 0 and cart.age >= 0s and session.pages >= 0 and visitor.visits != 1", {}},
      {"visitor.visits < 1",
       {"5+18: warning: this can never fire: visitor.visits < 1 cannot be true here"}},
      {"page.path == 'cart'",
       {R"~(18+6: warning: page.path begins with '/': write "/cart")~"}},
      {"page.path contains 'cart' and session.entry in ['/a', 'b']",
       {R"~(59+3: warning: session.entry begins with '/': write "/b")~"}},
      {"page.path == 'https://s.fi/cart?x=1'",
       {R"~(18+23: warning: page.path begins with '/': write "/cart")~"}},
      {"page.path in ['/a?x=1', '/b#c', '/d']",
       {R"~(19+8: warning: page.path has no query and no fragment: write "/a")~",
        R"~(29+6: warning: page.path has no query and no fragment: write "/b")~"}},
      {"count(form_eror, 1m) > 1",
       {"11+9: warning: 'form_eror' is no event of the page script or of GA4; did you mean 'form_error'?"}},
      {"sequence(serach, a)",
       {"14+6: warning: 'serach' is no event of the page script or of GA4; did you mean 'search'?"}},
      {"event.name == 'view_itme'",
       {"19+11: warning: 'view_itme' is no event of the page script or of GA4; did you mean 'view_item'?"}},
      {"count(size_guide or pay, 1m) > 1", {}},
      {"idle > 5s AND true",
       {"15+3: found 'AND', where the end of the expression should be; words of the language are written small: and"}},
      {"idle > 5 s",
       {"14+1: found 's', where the end of the expression should be; write it without a space: 5s"}},
      {"idle > 5s for 10s",
       {"15+3: found 'for', where the end of the expression should be; how long it must last is a key of the rule: for: 10s"}},
      {"idle > 10min",
       {"12+5: '10min' is neither a number nor a duration (units d h m s ms, from large to small, each once: 1h30m); write 10m"}},
      {"cart.age > 2 weeks",
       {"18+5: found 'weeks', where the end of the expression should be; write it without a space: 14d"}},
      {"cart.value between 50 and 100",
       {"16+7: found 'between', where the end of the expression should be; write >= and <=, as in a >= 50 and a <= 100"}},
      {"cart.total > 3",
       {"5+10: there is no fact 'cart.total'; there are cart.value, cart.items, cart.age"}},
      {"count(view_item where item_brand == Halti, 1m) > 1",
       {R"~(41+5: warning: 'Halti' is a property of the event here; if it is meant as text, put it in quotes: "Halti"; if not, say so: exists(Halti) and ...)~"}},
      {"count(search where search_term contains gift, 1m) > 1",
       {R"~(45+4: warning: 'gift' is a property of the event here; if it is meant as text, put it in quotes: "gift"; if not, say so: exists(gift) and ...)~"}},
      {"count(view_item where exists(old_brand) and item_brand == old_brand, 1m) > 1", {}},
      {"sequence(a where exists(y) and x == y, b where x != y, within 1m)",
       {R"~(57+1: warning: 'y' is a property of the event here; if it is meant as text, put it in quotes: "y"; if not, say so: exists(y) and ...)~"}},
      {"count(view_item where price > old_price, 1m) > 1", {}},
      {"session.country == 'FI'",
       {"5+15: there is no fact 'session.country'; there are session.pages, session.duration, session.referrer, session.entry, session.campaign, session.device, session.language"}},
      {"visitor.identiy == 'known' and visitor.propertie.x == 5",
       {"5+15: there is no fact 'visitor.identiy'; did you mean 'visitor.identity'?",
        "36+19: there is no fact 'visitor.propertie.x'; did you mean 'visitor.properties.x'?"}},
      {"weekday == 'sat'",
       {"5+7: there is no fact and no let 'weekday'; days and times of day are said by the rule: hours: { days: mon-fri, from: 08:00 }"}},
      {"page.url contains '/a' or '/b'",
       {R"~(31+4: 'or' joins conditions; this is text: write the comparison again, x == "a" or x == "b")~"}},
      {"page.type == null",
       {"18+4: there is no fact and no let 'null'; whether something is known is asked by exists(...)"}},
      {"customer.value > 3",
       {"5+14: there is no fact 'customer.value'; facts begin with page, session, visitor, cart or event"}},
      {"idle > 10s + 1 or 10 < idle",
       {"12+7: a duration and a number cannot be added or subtracted; write the number as a duration (5s)",
        "23+2: a number and a duration cannot be compared; write the number as a duration (10s)"}},
      {"cart.value > 5 or false", {}},
      {"event.name == 'a' and event.name == 'b'",
       {R"~(5+39: warning: this can never fire: event.name == "b" cannot be true here)~"}},
      {"last(a.x, session) > 5s", {}},
      {"min(a.x, session) > 5s",
       {"25+2: a number and a duration cannot be compared; the other side is a number, which has no unit"}},
      {"first(a.x, 5m) == 'q'",
       {"5+14: note: first over a sliding window sees the 64 latest events that match"}},
      {"(idle > 5s) == true", {}},
      {"(idle > 5s) == 1",
       {"5+16: these are never equal: one side is true or false, the other a number"}},
      {"5 == 5",
       {"5+6: warning: this is always true: it fires once for each visitor, at the first event, and never again"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(Joined(FoundInWhen(row.text)) == Joined(row.found));
  }
}

TEST_CASE("conditions that are false whatever a visitor does") {
  for (const char* never : {"not true", "false", "1 / 0 > 3", "not (1 < 2)", "5s > 2 * 3s", "idle > 5s and not (2 > 1 or idle > 3s)",
                            "cart.value / 0 >= 0", "cart.value / (2 - 2) == 1", "cart.value + 1 / 0 > 3", "not (1 / 0 != 3)", "-(1 / 0) < 3",
                            "1 in [2, 3]", "1 / 0 in [cart.value]", "\"ab\" contains \"c\"", "\"ab\" starts_with \"b\"",
                            "cart.value > cart.value", "cart.value < 2 * 5 and cart.value > 30 / 2", "potential > 50% + 51%",
                            "count(a where 1 > 2, 5m) >= 1", "avg(a.x where not true, 5m) >= 0", "sequence(a, b where 2 < 1)",
                            "(1 > 2) == (2 > 1)", "(1 > 2) == true", "event.x > 5 and event.x < 3", "event.x == 'a' and event.x == 'b'",
                            "(not true and idle > 5s) or 3 < 2"}) {
    CAPTURE(never);
    const Lines found = FoundInWhen(never);
    CHECK(std::any_of(found.begin(), found.end(), [](const std::string& line) {
      return line.find("this can never fire") != std::string::npos;
    }));
  }
  for (const char* maybe : {"not false", "1 / 0 != 3", "not (1 / 0 > 3)", "not cart.value / 0 > 3", "idle > 5s or not true", "2 * 5s > 9s",
                            "cart.value >= cart.value", "cart.value != cart.value", "not (cart.value < cart.value)", "cart.value in [1 / 0, 5]",
                            "count(a where 1 > 2, 5m) == 0", "not exists(cart.age)", "not idle > 5s", "sequence(a, not b where 2 < 1, c)",
                            "cart.value > 10 / 2 and cart.value < 3 * 2", "event.x > 5 and event.y < 3", "event.x == 'a' and event.y == 'b'",
                            "event.x != 'a' and event.x != 'b'", "0 / cart.value == 0", "cart.value / -0.5 < 0", "(1 > 2) == false",
                            "visitor.properties.a > 5 and visitor.properties.b < 3"}) {
    CAPTURE(maybe);
    for (const std::string& line : FoundInWhen(maybe)) CHECK((line.find("note: ") != std::string::npos || line.find("always true") != std::string::npos));
  }
  CHECK(FoundInWhen("1 / 0 > 3") == Lines{"5+9: warning: this can never fire: 1 / 0 > 3 cannot be true here; a division by zero has no value"});
}

TEST_CASE("texts that no text is, and pages that are left") {
  for (const char* never : {"page.path == '/a' and page.path starts_with '/b'", "page.path starts_with '/b' and page.path == '/a'",
                            "page.path in ['/a', '/ab'] and page.path starts_with '/b'", "page.path == '/a' and page.path contains 'b'",
                            "page.path starts_with '/a' and page.path starts_with '/b'", "page.path == '/ab' and not page.path starts_with '/a'",
                            "page.path starts_with '/ab' and not page.path starts_with '/a'", "not page.path contains 'b' and page.path starts_with '/ab'",
                            "page.title contains 'abc' and not page.title contains 'b'", "page.type in ['a', 'b'] and page.type != 'a' and not page.type == 'b'",
                            "count(view_item where item_id == 'a' and item_id starts_with 'b', 5m) >= 1",
                            "sequence(page_view, page_view, within page)", "sequence(page_view where type == 'a', page_view where type == 'b', within page)",
                            "sequence(click, page_view, within page)", "sequence(page_view 2x, click, within page)",
                            "idle > 5s and sequence(page_view, not click, page_view, not a for 5s, within page)"}) {
    CAPTURE(never);
    const Lines found = FoundInWhen(never);
    CHECK(std::any_of(found.begin(), found.end(), [](const std::string& line) {
      return line.find("this can never fire") != std::string::npos;
    }));
  }
  for (const char* maybe : {"page.path starts_with '/a' and page.path starts_with '/ab'", "page.path == '/ab' and page.path starts_with '/a'",
                            "page.path in ['/a', '/b'] and page.path starts_with '/b'", "page.path starts_with '/a' and not page.path starts_with '/ab'",
                            "page.path contains '/a' and page.path contains '/b'", "page.path contains '/a' and page.path starts_with '/b'",
                            "page.path contains '/a' and not page.path starts_with '/a'", "page.path starts_with '/a' and not page.path contains '/ab'",
                            "not page.path starts_with '/a' and not page.path contains '/a'", "page.path == '/a' and page.url starts_with 'https://b'",
                            "page.type in ['a', 'b'] and page.type != 'a'", "sequence(page_view, click, within page)", "sequence(page_view, not page_view, click, within page)",
                            "sequence(page_view, page_view)", "sequence(page_view, page_view or click, within page)", "sequence(click, *, within page)"}) {
    CAPTURE(maybe);
    CHECK(Joined(FoundInWhen(maybe)) == "");
  }
  CHECK(FoundInWhen("sequence(page_view, page_view, within page)") ==
        Lines{"5+43: warning: this can never fire: sequence(page_view, page_view, within page) cannot be true here; each page_view begins a page of its own: take a time or the session as the window"});
}

TEST_CASE("what is right as it stands and hardly meant so") {
  const std::vector<std::pair<const char*, Lines>> rows = {
      {"distinct(page.path, 10m) >= 4",
       {"14+4: warning: this is about events named 'page' and not the fact page.path, whose past nobody keeps; name the "
        "events that change it, as in distinct(page_view.url, 10m) or last(add_to_cart.value, session)"}},
      {"cart.value > 5 and not event.purchase",
       {"28+14: warning: this is a property called 'purchase'; whether the event is one is asked by event.name == "
        "\"purchase\", and whether there was one by count(purchase, session) >= 1"}},
      {"count(view_item where item_brand in [Halti, \"b\"], session) >= 1",
       {"42+5: warning: 'Halti' is a property of the event here; if it is meant as text, put it in quotes: \"Halti\"; if "
        "not, say so: exists(Halti) and ..."}},
      {"page.type != 'a' or page.type != 'b'",
       {"5+36: warning: this is always true: it fires once for each visitor, at the first event, and never again"}},
      {"count(view_item where price > 100 and price < 50, 5m) >= 1",
       {"5+58: warning: this can never fire: count(view_item where price > 100 and price < 50, 5m) >= 1 cannot be true here"}},
      {"page.path starts_with '/l\u00e4hetys'",
       {"27+10: warning: page.path has such characters as %..: write \"/l%C3%A4hetys\""}},
      {"page.path == '/p/*'",
       {"18+6: warning: page.path is compared letter by letter: write starts_with \"/p/\""}},
      {"page.path contains '?x=1'", {"24+6: warning: page.path has no query: page.url has it"}},
      {"page.path matches '^/(a|b)?$' or page.path contains '/a'", {}},
      {"page.type != 'a' or cart.value != 5", {}},
      {"url contains 'x'", {"5+3: there is no fact and no let 'url'; did you mean 'page.url'?"}},
      {"visitor.properties.vip == True", {"31+4: there is no fact and no let 'True'; write true"}},
  };
  for (const auto& [when, found] : rows) {
    CAPTURE(when);
    CHECK(Joined(FoundInWhen(when)) == Joined(found));
  }
  CHECK(Found("version: 1\nrules:\n- { name: r, offer: {}, when: cart.value < 30, audience: cart.value > 50 }\n") ==
        Lines{"3:58+15: warning: nobody is in this audience: cart.value > 50 cannot be true where `when` is"});
  CHECK(Found("version: 1\nrules:\n- name: r\n  when: idle > 5s\n  offer:\n    message:\n      en: Order #123? We can help.\n") ==
        Lines{"7:11+5: warning: message: it ends before '#', which begins a comment; put the text into quotes if it goes on there"});
  CHECK(Found("version: 1\nrules:\n- name: r\n  when: idle > 5s\n  offer:\n    message:\n      en: Hello  # to all\n").empty());
}

TEST_CASE("numbers that are written as people write them") {
  const auto thousands = [](const std::string& place, const char* is, const char* meant) {
    return Lines{place + ": warning: this is " + is + ", as a point begins the decimals; write " + meant + " if thousands are meant"};
  };
  CHECK(FoundInWhen("cart.value > 1.000") == thousands("18+5", "1", "1000"));
  CHECK(FoundInWhen("12.500 <= cart.value") == thousands("5+6", "12.5", "12500"));
  CHECK(FoundInWhen("session.pages in [3, 1.000]") == thousands("26+5", "1", "1000"));
  CHECK(FoundInWhen("count(a, session) >= 1.000") == thousands("26+5", "1", "1000"));
  CHECK(FoundInWhen("sum(purchase.value, visitor) >= 1.000") == thousands("37+5", "1", "1000"));
  CHECK(FoundInWhen("count(view_item where item_price > 1.000, 1m) > 1") == thousands("40+5", "1", "1000"));
  CHECK(FoundInWhen("sequence(view_item where price > 1.000, a)") == thousands("38+5", "1", "1000"));
  CHECK(FoundInWhen("event.total > 2.000") == thousands("19+5", "2", "2000"));
  const auto share = [](const std::string& place, const std::string& is, const std::string& fact, const char* meant) {
    return Lines{place + ": warning: " + is + ", and " + fact + " is no share; write " + meant + " if that is meant"};
  };
  CHECK(FoundInWhen("cart.value > 50%") == share("18+3", "50% is 0.5", "cart.value", "50"));
  CHECK(FoundInWhen("2.5% < cart.items") == share("5+4", "2.5% is 0.025", "cart.items", "2.5"));
  CHECK(FoundInWhen("count(a, session) >= 10%") == share("26+3", "10% is 0.1", "count(a, session)", "10"));
  CHECK(FoundInWhen("min(view_item.price, session) < 10%") == share("37+3", "10% is 0.1", "min(view_item.price, session)", "10"));
  CHECK(Found("version: 1\nlet: { much: cart.value }\nrules:\n- { name: r, offer: {}, when: much > 50%, audience: cart.value > 1.000 }\n").size() == 2);
  for (const char* fine : {"cart.value > 0.500", "cart.value > 1.125", "cart.value > 1.50", "cart.value > 1000.000", "cart.value > 1.0000",
                           "last(a.seconds, session) > 1.250", "count(a where seconds > 1.250, session) >= 1", "event.lcp > 2.500",
                           "potential > 35%", "cart.value / sum(view_item.price, session) > 50%", "event.discount > 10%",
                           "cart.value > 50% * sum(view_item.price, session)", "last(scroll.value, session) > 50%",
                           "count(view_item where price_drop > 10%, session) >= 1", "visitor.properties.rebate > 10%",
                           "count(a, session) / count(b, session) >= 50%"}) {
    CAPTURE(fine);
    CHECK(Joined(FoundInWhen(fine)) == "");
  }
}

TEST_CASE("a file without its rules was cut off") {
  const std::string none = "there are no rules in this file; for none write rules: []";
  CHECK(Found("version: 1\n") == Lines{"1:1+1: " + none});
  CHECK(Found("version: 1\nlet: { a: idle > 5s }\n") == Lines{"1:1+1: " + none});
  CHECK(Found("version: 1\nrules:\n") == Lines{"2:1+1: " + none});
  CHECK(Found("version: 1\nrules: []\n").empty());
  CHECK(Found("version: 1\nruls: []\n").size() == 1);
}

TEST_CASE("`for` against what can last") {
  const auto held = [](const std::string& when) {
    return Found("version: 1\nrules:\n- name: r\n  offer: {}\n  for: 1m\n  when: |-\n    " + when + "\n");
  };
  CHECK(Found("version: 1\nrules:\n- { name: r, offer: {}, for: 1m, when: idle < 5s, audience: event.x > 3 }\n") ==
        Lines{"3:61+11: warning: nobody is in this audience: event.* is there for an instant only, and `for` has let it pass"});
  CHECK(Joined(held("count(a, 50s) >= 3 or count(b, 1m) >= 1")).find("outlasts the window of 1m") != std::string::npos);
  CHECK(held("count(a, 50s) >= 3 or count(b, 2m) >= 1").empty());
  for (const char* fine : {"count(a, 1m) == 0", "count(a, 61s) > 2",
                           "(event.x == 5) == false", "not event.x == 5", "event.x != 5", "since(a) > 5s",
                           "event.name == 'a' or idle > 5s", "count(a, page) > 3", "idle < 5s",
                           "idle > 5s and idle < 66s", "dwell > 5s and dwell < 6s", "since(a) < 61s"}) {
    CAPTURE(fine);
    CHECK(held(fine).empty());
  }
  for (const char* odd : {"count(a, 1m) >= 1", "count(a, 1m) > 0", "last(a.x, 5s) == 3", "event.x == 5", "event.x",
                          "exists(event.x) and idle > 5s", "sequence(a, b, within 1m)", "idle == 10s",
                          "idle >= 5s and idle < 65s", "since(a) < 1m", "cart.age >= 1h and cart.age < 1h1m"}) {
    CAPTURE(odd);
    CHECK(held(odd).size() == 1);
  }
}

TEST_CASE("files: keys, values, lets, places inside of scalars") {
  const std::vector<Row> rows = {
      {R"~(version: 1
let: {a: b, b: c, c: a}
rules: [])~",
       {"2:22+1: this let leads back to itself: a -> b -> c -> a"}},
      {"let: {a: a}\nrules: []",
       {"1:1+1: warning: the file does not say its version; write version: 1 at its top",
        "1:10+1: this let leads back to itself: a -> a"}},
      {R"~(version: 1
let: {idle: 5, page: 6, and: 7, 'a b': 8}
rules: [])~",
       {"2:7+4: 'idle' is a fact; a let needs another name",
        "2:25+3: the name of a let is a word of the letters a to z, digits and _, and none of the language's own",
        "2:34+3: the name of a let is a word of the letters a to z, digits and _, and none of the language's own"}},
      // what a rule uses cannot be told while it cannot be read
      {R"~(version: 1
let: {a: idle > 5s, b: a}
rules: [{name: x, when: "b and count(search 2m) >= 1", offer: {}}])~",
       {"3:45+2: found '2m', where ',' and a window, as in count(..., 10m) should be"}},
      {R"~(version: 1
let: {a: idle > 5s, b: a}
rules: [])~",
       {"2:21+1: warning: nothing uses the let 'b'"}},
      {R"~(version: 1
let: {a: cart.value}
rules: [{name: x, when: a, offer: {}}])~",
       {"3:25+1: when: a condition is wanted; this is a number, compare it with something"}},
      {R"~(version: 1
let: {a: count(b, 1m)}
rules: [{name: x, when: a > 2000, offer: {}}])~",
       {"2:17+1: the expression ends here, but ',' and a window, as in count(..., 10m) is missing",
        "2:19+3: this is no let; within { } a comma ends a value: put the one before it in quotes"}},
      {R"~(version: 1
let: {a: count(b, 1m)}
rules: [{name: x, when: aa > 2, offer: {}}])~",
       {"2:17+1: the expression ends here, but ',' and a window, as in count(..., 10m) is missing",
        "2:19+3: this is no let; within { } a comma ends a value: put the one before it in quotes",
        R"~(3:25+2: there is no fact and no let 'aa'; if it is meant as text, put it in quotes: "aa")~"}},
      {R"~(version: 1
rules: [{name: x, when: true, offer: {}}, {name: x, when: true, offer: {}}])~",
       {"2:50+1: another rule has this name, a.yml:2; names are unique over all files"}},
      {R"~(version: 1
rules: [{name: x, when: idle > 5s, offer: {}, priority: 3}, {name: y, when: idle > 5s, offer: {}}])~",
       {"2:68+1: warning: this always loses against 'x', which has the same `when` and `for` and comes first"}},
      // Nobody is free in x's queue, or x is too late: y makes its offer.
      {R"~(version: 1
rules: [{name: x, when: idle > 5s, offer: {queue: q}}, {name: y, when: idle > 5s, offer: {queue: p}}])~",
       {}},
      {R"~(version: 1
rules: [{name: x, when: idle > 5s, offer: {}}, {name: y, when: idle > 5s, offer: {}, otherwise: bot}])~",
       {}},
      {R"~(version: 1
rules: [{name: x, when: idle > 5s, offer: {}, fresh: 9s}, {name: y, when: idle > 5s, offer: {}}])~",
       {}},
      {R"~(version: 1
rules: [{name: x, when: idle > 5s, offer: {queue: q}, otherwise: bot}, {name: y, when: idle > 5s, offer: {}}])~",
       {"2:79+1: warning: this always loses against 'x', which has the same `when` and `for` and comes first"}},
      {R"~(version: 1
rules: [{name: x, when: 'count(a, 1m) >= 3', for: 2m, offer: {}}])~",
       {"2:26+17: warning: `for` 2m outlasts the window of 1m in count(a, 1m) >= 3: it fires only while such events keep coming"}},
      {R"~(version: 1
rules: [{name: x, when: 'event.name == "a" and true', for: 2m, offer: {}}])~",
       {"2:26+26: warning: this can never fire: event.* is there for an instant only, and `for` wants the condition to last"}},
      {R"~(version: 1
rules: [{name: x, when: true, hours: {zone: Europe/Helsinky}, offer: {}}])~",
       {"2:45+15: there is no time zone 'Europe/Helsinky'; did you mean 'Europe/Helsinki'?"}},
      {R"~(version: 1
let: { all: 5 > 3 }
rules:
- { name: x, when: true, offer: {} }
- { name: y, when: all or idle > 5s, for: 1m, offer: {} }
- { name: z, when: not false, mode: off, offer: {} }
- { name: w, when: cart.value >= 0, offer: {} })~",
       {"4:20+4: warning: this is always true: it fires once for each visitor, at the first event, and never again",
        "5:20+16: warning: this is always true: it fires once for each visitor, 1m after the first event, and never again",
        "7:20+15: warning: this is always true: it fires once for each visitor, at the first event, and never again"}},
      {R"~(version: 1
rules:
- { name: x, when: idle > 5s, offer: { message: { fi: a, se: b, dk: c, EE: d, fin: e } } }
- { name: y, when: idle > 6s, offer: { message: { sv-FI: a, se: b, da: c, dk: d, et: e, ee: f } } }
- { name: z, when: idle > 7s, offer: { message: { se-FI: a, dk-DK: b, uk: c } } })~",
       {"3:58+2: warning: message: 'se' is Northern Sami; Swedish is sv",
        "3:65+2: warning: message: 'dk' is no language's code; Danish is da",
        "3:72+2: warning: message: 'EE' is Ewe; Estonian is et",
        "5:61+5: warning: message: 'dk-DK' is no language's code; Danish is da"}},
      {R"~(version: 1
rules: [{name: x, when: true, hours: {zone: Helsinki}, offer: {}}])~",
       {"2:45+8: there is no time zone 'Helsinki'; did you mean 'Europe/Helsinki'?"}},
      {R"~(version: 1
rules: [{name: x, when: true, hours: mon-fri, limits: [per_day: 1], then: [chat], from: 08:00}])~",
       {"2:16+1: warning: the rule has no offer; chat is offered, without a message",
        "2:38+7: hours: a mapping (key: value) is wanted here; write { days: mon-fri, from: 08:00, to: 20:00 }",
        "2:55+1: limits: a mapping (key: value) is wanted here, without '-' or [ ]; write { per_session: 1, cooldown: 30m }",
        "2:69+4: a rule has no key 'then'; what is offered is `offer`",
        "2:83+4: a rule has no key 'from'; it stands in hours: { from: ... }"}},
      {R"~(version: 1
rules: [{name: x, when: idle > 5s, limits: {per_week: 1}, offer: {message: {fi: Hei, miten voimme auttaa?, sv:Hej}}}])~",
       {"2:45+8: limits has no key 'per_week'; there are per_session, per_day, per_visitor, cooldown, after_decline",
        "2:86+20: message: a language such as en, fi or pt-BR is wanted here; within { } a comma ends a value: put the one before it in quotes",
        "2:108+6: message: a language such as en, fi or pt-BR is wanted here; a space stands behind the ':' of a key"}},
      {R"~(version: 1
rules:
- name: x
  when: idle > 5s
    # and
    and dwell > 5s)~",
       {"6:5+1: this is not YAML: invalid value after mapping; a comment ends the value before it: put it above the key"}},
      {R"~(version: 1
rules: [{name: x, when: idle > 5s, hours: {from: 8.30, to: 16}, offer: {}}])~",
       {"2:50+4: from: a time of day such as 08:00, up to 24:00, is wanted, not '8.30'; write 8:30",
        "2:60+2: to: a time of day such as 08:00, up to 24:00, is wanted, not '16'; write 16:00"}},
      {R"~(version: 1
let:
  - full: cart.value > 30
  - more: cart.valeu > 90
rules: [{name: x, when: full and more, offer: {}}])~",
       {"3:3+1: let: a mapping (key: value) is wanted here, without '-' or [ ]; write name: condition",
        "4:11+10: there is no fact 'cart.valeu'; did you mean 'cart.value'?"}},
      {R"~(version: 1
rules: [{name: x, when: true, if: true, enabled: no, cooldown: 5m, days: mon, offer: {priority: 3}}])~",
       {"2:31+2: a rule has no key 'if'; the condition is `when`",
        "2:41+7: a rule has no key 'enabled'; a rule is put to rest by mode: off",
        "2:54+8: a rule has no key 'cooldown'; it stands in limits: { cooldown: ... }",
        "2:68+4: a rule has no key 'days'; it stands in hours: { days: ... }",
        "2:87+8: an offer has no key 'priority'; it is a key of the rule"}},
      {R"~(version: 1
rules:
  - name: x
    when: !(cart.value > 3) and idle > 5s
    offer: {})~",
       {"4:26+1: this is not YAML: block scalar no linebreak found; write `not` instead of '!'"}},
      {R"~(version: 1
rules: [{name: x, when: true, for: 10 sec, limits: {after_decline: 1w}, offer: {}}])~",
       {"2:36+6: for: a duration such as 90s, 1h30m or 7d is wanted (at most 10^13 ms), not '10 sec'; write 10s",
        "2:68+2: after_decline: a duration such as 90s, 1h30m or 7d is wanted (at most 10^13 ms), not '1w'; write 7d"}},
      {R"~(version: 1
rules: [{name: x, when: true, hours: {zone: ../../etc/passwd, from: 25:00, to: 8, days: mon-fry}, offer: {}}])~",
       {"2:45+16: there is no time zone '../../etc/passwd'; write a place, such as Europe/Helsinki",
        "2:69+5: from: a time of day such as 08:00, up to 24:00, is wanted, not '25:00'",
        "2:80+1: to: a time of day such as 08:00, up to 24:00, is wanted, not '8'; write 8:00",
        "2:89+7: days: written are mon-fri, or mon,wed, or [mon, wed], of mon tue wed thu fri sat sun"}},
      {R"~(version: 1
rules: [{name: x, when: true, hours: {days: [mon, sunday]}, offer: {}}, {name: y, when: true, hours: {days: 'mon,,'}, offer: {}}])~",
       {"2:51+6: days: written are mon-fri, or mon,wed, or [mon, wed], of mon tue wed thu fri sat sun",
        "2:110+5: days: written are mon-fri, or mon,wed, or [mon, wed], of mon tue wed thu fri sat sun"}},
      {R"~(version: 1
rules: [{name: x, when: true, holdout: 101%, offer: {}}, {name: y, when: true, holdout: 10, offer: {}}, {name: z, when: true, holdout: x, offer: {}}, {name: q, when: true, holdout: -1%}])~",
       {"2:40+4: holdout: a share is between 0% and 100%",
        "2:89+2: holdout: a share is between 0% and 100%; write 10%",
        "2:136+1: holdout: a percentage such as 10% is wanted, not 'x'",
        "2:158+1: warning: the rule has no offer; chat is offered, without a message",
        "2:182+3: holdout: a share is between 0% and 100%"}},
      {R"~(version: 1
rules: [{name: x, when: true, priority: 99999999999, for: 5, mode: of, otherwise: bt, fresh: -1s, audience: potential >= 2, limits: {per_session: -1, per_dya: 2, cooldown: 5, per_day: 0}}])~",
       {"2:16+1: warning: the rule has no offer; chat is offered, without a message",
        "2:41+11: priority: a number from -2147483648 to 2147483647 is wanted, not '99999999999'",
        "2:59+1: for: a duration such as 90s, 1h30m or 7d is wanted (at most 10^13 ms), not '5'",
        "2:68+2: mode: live, shadow or off is wanted, not 'of'; did you mean 'off'?",
        "2:83+2: otherwise: nothing or bot is wanted, not 'bt'; did you mean 'bot'?",
        "2:94+3: fresh: a duration such as 90s, 1h30m or 7d is wanted (at most 10^13 ms), not '-1s'",
        "2:147+2: per_session: a number from 0 to 1000000000 is wanted, not '-1'",
        "2:151+7: limits has no key 'per_dya'; did you mean 'per_day'?",
        "2:173+1: cooldown: a duration such as 90s, 1h30m or 7d is wanted (at most 10^13 ms), not '5'",
        "2:185+1: warning: per_day: with 0 nothing is ever offered; mode: off says it plainly"}},
      {R"~(version: 1
rules: [{name: x, whn: true, offer: {chanels: [], channels: [], escalate: [chta, chat, chat], message: hello, expires: 0s}}])~",
       {"2:19+3: a rule has no key 'whn'; did you mean 'when'?",
        "2:38+7: an offer has no key 'chanels'; did you mean 'channels'?",
        "2:61+1: channels: at least one is needed, such as chat",
        "2:76+4: escalate: chat, voice, video, screenshare or bot is wanted, not 'chta'; did you mean 'chat'?",
        "2:88+4: escalate: 'chat' stands twice here",
        R"~(2:104+5: message: say the language of the text; message: { en: "..." })~",
        "2:120+2: expires: an offer stands longer than 0"}},
      {R"~(version: 1
rules: [{name: x, when: true, offer: {message: {english: a, en: '', fi: , sv: [a]}, queue: [a], channels: chat}}])~",
       {"2:49+7: message: a language such as en, fi or pt-BR is wanted here",
        "2:66+1: message: a text of 1 to 4,000 bytes is wanted",
        "2:69+1: message: the value is missing",
        "2:79+1: message: one value is wanted here, not a list or mapping",
        "2:92+1: queue: one value is wanted here, not a list or mapping",
        "2:107+4: channels: a list (- ... or [..., ...]) is wanted here"}},
      {R"~(version: 1
rules: [{name: [a], when: [a]}, {name: '', when: }, 5, {when: true}])~",
       {"2:16+1: name: one value is wanted here, not a list or mapping",
        "2:16+1: warning: the rule has no offer; chat is offered, without a message",
        "2:27+1: when: an expression is wanted here; join several with `and`; put it in quotes when it begins with [ or {",
        "2:41+1: name: an empty text is not enough",
        "2:41+1: warning: the rule has no offer; chat is offered, without a message",
        "2:44+1: when: the expression is missing",
        "2:53+1: a rule: a mapping (key: value) is wanted here",
        "2:56+1: a rule needs a name; write name: what-it-is-about",
        "2:56+1: warning: the rule has no offer; chat is offered, without a message"}},
      {R"~(version: 2
rule: [])~",
       {"1:10+1: version: this program reads version 1 of the language",
        "2:1+4: a rule file has no key 'rule'; did you mean 'rules'?"}},
      {"rules: {a: b}",
       {"1:1+1: warning: the file does not say its version; write version: 1 at its top",
        "1:8+1: rules: a list (- ... or [..., ...]) is wanted here"}},
      {"let: [a]",
       {"1:1+1: warning: the file does not say its version; write version: 1 at its top",
        "1:6+1: let: a mapping (key: value) is wanted here, without '-' or [ ]; write name: condition"}},
      {"[a]",
       {"1:1+1: the file: a mapping (key: value) is wanted here, without '-' or [ ]"}},
      {"sites: []",
       {"1:1+1: warning: the file does not say its version; write version: 1 at its top",
        "1:8+1: an empty list is for nothing"}},
      {"sites: [a, [b]]",
       {"1:1+1: warning: the file does not say its version; write version: 1 at its top",
        "1:12+1: sites: one value is wanted here, not a list or mapping"}},
      {R"~(sites: a
limits: 5)~",
       {"1:1+1: warning: the file does not say its version; write version: 1 at its top",
        "1:8+1: sites: a list (- ... or [..., ...]) is wanted here",
        "2:9+1: limits: a mapping (key: value) is wanted here; write { per_session: 1, cooldown: 30m }"}},
      {R"~(a: 1
a: 2)~",
       {"1:1+1: a rule file has no key 'a'; there are version, sites, limits, let, rules",
        "1:1+1: warning: the file does not say its version; write version: 1 at its top",
        "2:1+1: the key 'a' stands twice here",
        "2:1+1: a rule file has no key 'a'; there are version, sites, limits, let, rules"}},
      {"a: &x 1",
       {"1:4+1: anchors (&name) are not allowed; use `let` for what is shared"}},
      {"a: *x",
       {"1:4+1: aliases (*name) are not allowed; a shared expression goes into `let`"}},
      {"a: !!str x",
       {"1:4+1: tags (!name) are not allowed: leave it out; a condition says not instead of !"}},
      {R"~(a: 1
---
b: 1)~",
       {"2:1+1: a file holds one YAML document; split the file"}},
      {",",
       {"1:1+1: this is not YAML: did not find expected node content; a value is missing here, or it begins with a sign that needs quotes"}},
      {"\tversion: 1",
       {"1:1+1: this is not YAML: invalid tab as indendation in a mapping; indent with spaces, not with tabs"}},
      {"version: 1\nrules:\n\t- name: x",
       {"3:1+1: this is not YAML: tab character may not be used as indentation; indent with spaces, not with tabs"}},
      {R"~(? [a]
: b)~",
       {"1:3+1: a key is a word here, not a list or a mapping"}},
      {"version: '1'\nrules: []", {}},
      {R"~(version: 1
rules:
- name: "a\nb"
  when: true)~",
       {"3:10+4: name: line breaks and control characters may not stand here",
        "3:10+1: warning: the rule has no offer; chat is offered, without a message"}},
      // "stuck" that shows as "kcuts", and an escape of eight bits.
      {"version: 1\nrules:\n- { name: \"\xE2\x80\xAEstuck\", when: idle > 5s, offer: { queue: \"q\\x9B\" } }",
       {"3:12+6: name: a character that nobody sees stands in it; type the text, do not copy it",
        "3:55+5: queue: a character that nobody sees stands in it; type the text, do not copy it"}},
      {R"~(%YAML 1.1
---
version: 1
rules: [])~", {}},
      {R"~(%FOO
---
version: 1
rules: [])~", {}},
      {R"~(version: 1 # x
rules: []
...
)~", {}},
      {"", {"1:1+1: the file says nothing; for no rules write rules: []"}},
      {"# nothing", {"1:1+1: the file says nothing; for no rules write rules: []"}},
      {"~", {"1:1+1: the file says nothing; for no rules write rules: []"}},
      {"version: 1\nrules: []", {}},
      {R"~(version: 1
rules:
- name: x
  when: cart.value > 5 #and
  when: y)~",
       {"3:9+1: warning: the rule has no offer; chat is offered, without a message",
        "5:3+4: the key 'when' stands twice here",
        R"~(5:9+1: there is no fact and no let 'y'; if it is meant as text, put it in quotes: "y")~"}},
      {"\xEF\xBB\xBF" "version: 1\nrules: []", {}},
      {"\xEF\xBB\xBF" "versoin: 1",
       {"1:1+7: a rule file has no key 'versoin'; did you mean 'version'?"}},
      {"\xEF\xBB\xBF" "rules: [a: b",
       {"1:8+1: this is not YAML: nothing closes this '['; each [ and { needs its ] and }"}},
      {"a: \"\\d\"",
       {"1:5+1: this is not YAML: invalid escape 'd' in double-quoted string; in double quotes "
        "YAML reads \\ itself: write the text in single quotes, or below a |"}},
      {"rules:\n  - offer: { message: { en: x },\n queue: q }\n",
       {"3:2+1: this is not YAML: wrongly indented flow mapping; what stands in brackets is "
        "indented further than its key"}},
      {"a: [b",
       {"1:4+1: this is not YAML: nothing closes this '['; each [ and { needs its ] and }"}},
      {"a: { b: [chat, c: { en: Hi } }\nd: e\n",
       {"1:9+1: this is not YAML: nothing closes this '['; each [ and { needs its ] and }"}},
      {"a:\n  - b: { c: { d: We are #1 } }\n  - b: e\n",
       {"2:13+1: this is not YAML: nothing closes this '{'; each [ and { needs its ] and }"}},
      {"a: { b: Don't, c: 'it''s [', d: \"\\\"[\" # [\n }\ne: [a, b\nf:\n  - g\n",
       {"3:4+1: this is not YAML: nothing closes this '['; each [ and { needs its ] and }"}},
      {"a: [\n  b\n]\nc: d\n",
       {"3:1+1: this is not YAML: ']' closes the '[' of line 1 and stands no further right than its key; indent it more"}},
      {"a:\n  - b: {\n      c: [d],\n      e: \"]\"\n    }\n    f: g\n",
       {"5:5+1: this is not YAML: '}' closes the '{' of line 2 and stands no further right than its key; indent it more"}},
      {"a: { b: [c\n}\n",
       {"1:9+1: this is not YAML: nothing closes this '['; each [ and { needs its ] and }"}},
      {"a: { b: c\nd: e\nf: g\n",
       {"1:4+1: this is not YAML: nothing closes this '{'; each [ and { needs its ] and }"}},
      {"a: { b: [c]], d: e }\n",
       {"1:12+1: this is not YAML: mismatched flow sequence end; each [ and { needs its ] and }"}},
      {R"~(a: "b)~",
       {"1:5+1: this is not YAML: double-quoted scalar without closing quote; each quote needs its second one, and the text stands further right than its key"}},
      {R"~(version: 1
rules:
- name: x
  when: >
    idle >

    5
)~",
       {"3:9+1: warning: the rule has no offer; chat is offered, without a message",
        "7:5+1: a number and a duration cannot be compared; write the number as a duration (5s)"}},
      {R"~(version: 1
rules:
- name: x
  when: 'page.type == ''x'' and foo'
)~",
       {"3:9+1: warning: the rule has no offer; chat is offered, without a message",
        R"~(4:33+3: there is no fact and no let 'foo'; if it is meant as text, put it in quotes: "foo")~"}},
      {R"~(version: 1
rules:
- name: x
  when: "page.type == \"x\" and \
    foo"
)~",
       {"3:9+1: warning: the rule has no offer; chat is offered, without a message",
        R"~(5:5+3: there is no fact and no let 'foo'; if it is meant as text, put it in quotes: "foo")~"}},
      {R"~(version: 1
rules:
- name: x
  when: page.type == "x"
    and foo
)~",
       {"3:9+1: warning: the rule has no offer; chat is offered, without a message",
        R"~(5:9+3: there is no fact and no let 'foo'; if it is meant as text, put it in quotes: "foo")~"}},
      {R"~(version: 1
rules:
- name: x
  when: "ä" == page.type
)~",
       {"4:13+1: this is not YAML: invalid trailing content after double-quoted scalar; an expression that begins with a quote goes on a line of its own, below a |, and so does a text with quotes in it"}},
      {R"~(version: 1
rules:
- name: ää
  when: page.type == "ää" and foo)~",
       {"3:9+1: warning: the rule has no offer; chat is offered, without a message",
        R"~(4:31+3: there is no fact and no let 'foo'; if it is meant as text, put it in quotes: "foo")~"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(Joined(Found(row.text)) == Joined(row.found));
  }
}
// clang-format on

}  // namespace vinkki::rules
