// What rules watch (rules/state.h): cases that a wrong index or a wrong shortcut would miss.

#include "rules/state.h"
#include "tests/rules/visit.h"

namespace vinkki::rules {
namespace {

std::vector<Millis> Firings(TestVisit* visit) {
  std::vector<Millis> out;
  for (const Decision& decision : visit->decisions()) out.push_back(decision.at - kNoon);
  visit->decisions().clear();
  return out;
}

std::string RuleOn(const std::string& name, const std::string& when) {
  return "  - name: " + name + "\n    when: '" + when +
         "'\n    offer: { channels: [chat], queue: q, message: { en: Hello } }\n";
}

// The names of the rules that fired, in their order.
std::string Fired(TestVisit* visit) {
  std::string out;
  for (const Decision& decision : visit->decisions()) {
    out += visit->program().rules()[decision.rule].name;
  }
  visit->decisions().clear();
  return out;
}

}  // namespace

TEST_CASE("what is true without the event too does not begin with it") {
  TestVisit visit(OneRule("count(search, visitor) == 0 or event.name == \"page_view\""));
  visit.Event(0, "click");
  visit.Event(1'000, "page_view");  // it held all the time
  CHECK(Firings(&visit) == std::vector<Millis>{0});
  visit.Event(2'000, "search");
  visit.Event(3'000, "page_view");
  visit.Event(4'000, "page_view");
  CHECK(Firings(&visit) == std::vector<Millis>{3'000, 4'000});
}

TEST_CASE("a rule on an event fires at each, and never with a `for`") {
  TestVisit visit(OneRule("event.name == \"search\" and event.results == 0"));
  visit.Event(0, "search", {{"results", Value::Of(0.0)}});
  visit.Event(0, "search", {{"results", Value::Of(0.0)}});
  visit.Event(1'000, "search", {{"results", Value::Of(3.0)}});
  visit.Event(2'000, "search", {{"results", Value::Of(0.0)}});
  CHECK(Firings(&visit) == std::vector<Millis>{0, 0, 2'000});
  TestVisit never(OneRule("event.name == \"search\"", "    for: 1s\n"));
  never.Event(0, "search");
  never.Until(10'000);
  CHECK(Firings(&never).empty());
}

TEST_CASE("a rule on an event of some pages fires at each there, and waits for the next") {
  TestVisit visit(
      OneRule("page.path starts_with \"/d1/\" and event.name == \"view_item\" and "
              "event.price > 100 and idle < 5s"));
  const auto page = [&](Millis at, const char* url) {
    visit.Event(at, "page_view", {{"url", Value::Of(url)}});
  };
  const auto item = [&](Millis at, double price) {
    visit.Event(at, "view_item", {{"price", Value::Of(price)}});
  };
  item(0, 200);
  page(1'000, "https://shop.example/d1/a");
  item(2'000, 100);
  item(3'000, 200);
  item(3'000, 300);
  CHECK(NextDeadline(visit.state()) == kNever);
  page(4'000, "https://shop.example/d2/a");
  item(5'000, 200);
  page(60'000, "https://shop.example/d1/a");
  item(61'000, 200);
  CHECK(Firings(&visit) == std::vector<Millis>{3'000, 3'000, 61'000});
}

TEST_CASE("an `or` with a name in it is no condition on the name") {
  TestVisit visit(
      OneRule("(event.name == \"search\" or count(purchase, 1m) == 0) and "
              "event.price >= 1"));
  visit.Event(0, "view_item", {{"price", Value::Of(2.0)}});
  visit.Event(1'000, "purchase");
  visit.Event(2'000, "view_item", {{"price", Value::Of(2.0)}});
  visit.Event(3'000, "search", {{"price", Value::Of(2.0)}});
  visit.Event(61'000, "view_item", {{"price", Value::Of(2.0)}});
  CHECK(Firings(&visit) == std::vector<Millis>{0, 3'000, 61'000});
}

// An event crosses all constants below its number with one touch; each name has its own.
TEST_CASE("rules on a number of an event fire with the names that they say, and no others") {
  TestVisit visit(ProgramOf("rules:\n" + RuleOn("a", "event.name == \"search\" and event.n > 1") +
                            RuleOn("b", "event.name in [\"search\", \"click\"] and event.n > 2") +
                            RuleOn("c", "event.name == \"click\" and event.n >= 3") +
                            RuleOn("d", "event.name == \"click\" and event.n > 3")));
  const auto at = [&](Millis after, const char* name, double n) {
    visit.Event(after, name, {{"n", Value::Of(n)}});
    return Fired(&visit);
  };
  CHECK(at(0, "click", 2) == "");
  CHECK(at(1, "click", 3) == "bc");
  CHECK(at(2, "click", 4) == "bcd");
  CHECK(at(3, "search", 9) == "ab");
  CHECK(at(4, "search", 2) == "a");
  CHECK(at(5, "scroll", 9) == "");
}

TEST_CASE("more constants than one touch stands for") {
  std::string rules = "rules:\n";
  for (int i = 0; i < 150; ++i) {
    rules += RuleOn("r" + std::to_string(i),
                    "event.name == \"search\" and event.n > " + std::to_string(i / 2));
  }
  TestVisit visit(ProgramOf(rules));
  for (const int n : {1, 31, 32, 33, 63, 64, 65, 74, 75, 1000}) {
    visit.Event(n, "search", {{"n", Value::Of(static_cast<double>(n))}});
    CHECK(visit.decisions().size() == static_cast<size_t>(std::min(2 * n, 150)));
    visit.decisions().clear();
  }
}

// A condition that is known to be false is tested again when it may have turned.
TEST_CASE("conditions shared by rules rise for each of them") {
  TestVisit visit(ProgramOf(
      "rules:\n" + RuleOn("a", "page.type == \"cart\" and cart.value >= 50") +
      RuleOn("b", "page.type == \"product\" and cart.value >= 50") +
      RuleOn("c", "page.type == \"cart\" and count(click, 1m) >= 2 and cart.value >= 50")));
  const auto page = [&](Millis after, const char* type) {
    visit.Event(after, "page_view", {{"type", Value::Of(type)}});
  };
  const auto cart = [&](Millis after, const char* name) {
    visit.Event(after, name, {{"value", Value::Of(60.0)}});
  };
  page(0, "cart");
  page(1'000, "product");
  CHECK(Fired(&visit) == "");
  cart(2'000, "add_to_cart");
  CHECK(Fired(&visit) == "b");
  page(3'000, "cart");
  CHECK(Fired(&visit) == "a");
  cart(4'000, "remove_from_cart");
  page(5'000, "product");
  visit.Event(6'000, "click");
  visit.Event(7'000, "click");
  cart(8'000, "add_to_cart");
  CHECK(Fired(&visit) == "b");
  page(9'000, "cart");
  CHECK(Fired(&visit) == "ac");
}

TEST_CASE("dwell is crossed where attention comes in pieces") {
  TestVisit visit(OneRule("dwell >= 12s"));
  visit.Event(0, "page_view", {{"url", Value::Of("https://s.fi/a")}});
  visit.Until(60'000);           // 5 s
  visit.Event(60'000, "click");  // and 5 more, until 65 s
  visit.Event(70'000, "click");  // the rest from here
  visit.Until(80'000);
  CHECK(Firings(&visit) == std::vector<Millis>{72'000});
  visit.Event(90'000, "page_view", {{"url", Value::Of("https://s.fi/b")}});
  for (Millis at = 94'000; at <= 106'000; at += 4'000) visit.Event(at, "active");
  CHECK(Firings(&visit) == std::vector<Millis>{102'000});
}

TEST_CASE("the path follows the page") {
  TestVisit visit(OneRule("page.path starts_with \"/shoes\""));
  visit.Event(0, "page_view", {{"url", Value::Of("https://s.fi/shoes/1?x=/hats")}});
  visit.Event(1'000, "page_view", {{"url", Value::Of("https://s.fi?x=/shoes")}});
  visit.Event(2'000, "page_view", {{"url", Value::Of("/shoes#top")}});
  CHECK(Firings(&visit) == std::vector<Millis>{0, 2'000});
}

TEST_CASE("blocks larger than the narrow table holds stay as they are") {
  const auto program = ProgramOf(
      "rules:\n"
      "  - name: r\n"
      "    when: first(a.x, 1h) == \"no\" or first(b.x, 1h) == \"no\" or first(c.x, 1h) == \"no\""
      " or first(d.x, 1h) == \"no\" or first(e.x, 1h) == \"yes\"\n"
      "    offer: { channels: [chat], queue: q, message: { en: Hello } }\n");
  TestVisit visit(program);
  const std::string text(12'000, 'x');
  visit.Event(0, "e", {{"x", Value::Of("yes")}});
  for (int i = 1; i <= 60; ++i) {
    for (const char* name : {"a", "b", "c", "d"}) {
      visit.Event(i, name, {{"x", Value::Of(std::string_view(text))}});
    }
  }
  CHECK(StateSize(visit.state()) > 65'536 * 8);
  std::string bytes, again;
  EncodeState(visit.state(), &bytes);
  bool stale = false;
  auto decoded = DecodeState(*program, "shop", "v-1", bytes, &stale);
  REQUIRE(decoded.ok());
  EncodeState(**decoded, &again);
  CHECK(again == bytes);
  CHECK(Firings(&visit) == std::vector<Millis>{0});
}

// rules/runs.h: quiet runs.
TEST_CASE("the end of what has fired wakes nobody, and is known at the next event") {
  const auto program = OneRule("count(search, 10s) >= 2");
  TestVisit visit(program);
  visit.Event(0, "search");
  visit.Event(1'000, "search");
  CHECK(NextDeadline(visit.state()) == kNever);
  CHECK(NextTurn(visit.state()) == kNoon + 10'000);
  visit.Event(5'000, "search");  // holds until 11 s now
  visit.Until(10'500);
  CHECK(NextTurn(visit.state()) == kNoon + 11'000);
  std::string bytes;
  EncodeState(visit.state(), &bytes);
  bool stale = false;
  auto again = DecodeState(*program, "shop", "v-1", bytes, &stale);
  REQUIRE(again.ok());
  CHECK(NextTurn(**again) == kNoon + 11'000);
  visit.Event(60'000, "search");
  CHECK(NextTurn(visit.state()) == kNever);
  visit.Event(61'000, "search");
  CHECK(Firings(&visit) == std::vector<Millis>{1'000, 61'000});
}

TEST_CASE("what time may bring back wakes, and so does a `for`") {
  TestVisit back(OneRule("count(search, 1m) >= 1 and (idle < 20s or idle >= 30s)"));
  back.Event(0, "search");
  CHECK(NextDeadline(back.state()) == kNoon + 20'000);
  back.Until(90'000);
  CHECK(Firings(&back) == std::vector<Millis>{0, 30'000});
  TestVisit held(OneRule("count(search, 10s) >= 1", "    for: 15s\n"));
  held.Event(0, "search");
  held.Event(8'000, "search");  // it would have ended at 10 s
  held.Until(60'000);
  CHECK(Firings(&held) == std::vector<Millis>{15'000});
  TestVisit absent(OneRule("sequence(a, not b for 5s, within 10s)"));
  absent.Event(0, "a");
  absent.Event(4'000, "a");  // the second comes true while the first holds
  absent.Until(60'000);
  absent.Event(70'000, "a");
  absent.Until(90'000);
  CHECK(Firings(&absent) == std::vector<Millis>{5'000, 75'000});
}

// A part of a millisecond: the answer turns between two of them.
TEST_CASE("an end between two milliseconds is the later one's") {
  TestVisit visit(OneRule("since(search) < 5ms / 2"));
  visit.Event(0, "search");
  visit.Event(2, "search");
  visit.Event(5, "search");
  CHECK(Firings(&visit) == std::vector<Millis>{0, 5});
}

}  // namespace vinkki::rules
