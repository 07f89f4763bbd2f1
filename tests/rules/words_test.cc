// What rules say in words: why they hold, and what is missing.

#include "rules/words.h"

#include "base/text.h"
#include "rules/describe.h"
#include "rules/facts.h"
#include "tests/rules/visit.h"

namespace vinkki::rules {
namespace {

struct TestEvent {
  Millis at;
  const char* name;
  TestProps props = {};
};

struct Case {
  std::string when;
  std::vector<TestEvent> events;
  Millis at;
  std::string said;  // what is missing, line by line; or why it holds, after "= "
  std::string more = {};
};

std::string Missings(const TestVisit& visit, Millis at) {
  const StateView view = Describe(visit.program(), visit.state(), kNoon + at, "EUR");
  std::string out;
  for (const MissingPart& part : view.rules[0].missing) {
    if (!out.empty()) out += "\n";
    for (size_t i = 0; i < part.any_of.size(); ++i) {
      out += (i > 0 ? " OR " : "") + Words(part.any_of[i], kNoon + at);
    }
  }
  return out;
}

std::string Said(const Case& c) {
  TestVisit visit(OneRule(c.when, c.more));
  for (const TestEvent& event : c.events) visit.Event(event.at, event.name, event.props);
  visit.Until(c.at);
  const StateView view = Describe(visit.program(), visit.state(), kNoon + c.at, "EUR");
  CHECK(view.rules[0].when == view.rules[0].missing.empty());
  if (!view.rules[0].when) return Missings(visit, c.at);
  return "= " + WhyFired(visit.program(), visit.state(), 0, kNoon + c.at, "EUR").text;
}

const TestProps kCheckout = {{"type", Value::Of("checkout")}};
TestProps Worth(double value) { return {{"value", Value::Of(value)}}; }
TestProps Score(double score) { return {{"score", Value::Of(score)}}; }
TestProps Price(double price) { return {{"price", Value::Of(price)}}; }
TestProps Item(const char* id) { return {{"item_id", Value::Of(id)}}; }
const std::string kStuck =
    "page.type == \"checkout\" and (count(form_error, 2m) >= 3 or count(rage_click, 1m) >= 1) and "
    "cart.value >= 30";
const std::string kCartLeft =
    "sequence(add_to_cart, view_cart, not begin_checkout for 90s, within 15m)";

const Case kCases[] = {
    // three errors in a checkout
    {kStuck,
     {{0, "page_view", kCheckout},
      {1'000, "add_to_cart", Worth(80)},
      {2'000, "form_error"},
      {3'000, "form_error"},
      {4'000, "form_error"}},
     14'000,
     "= 3 form errors in 2 min, then 10 s without progress, cart 80 EUR",
     "    for: 10s\n"},
    {kStuck,
     {{0, "page_view", {{"type", Value::Of("product")}}},
      {1'000, "add_to_cart", Worth(20)},
      {52'000, "form_error"},
      {53'000, "form_error"}},
     124'000,
     "page type product; needs checkout\n"
     "2 of 3 form errors in 2 min; needs one more within 48 s OR 0 of 1 rage click in 1 min; needs "
     "one more\n"
     "cart 20 EUR; needs 10 EUR more"},
    {"(page.type == \"checkout\" or count(begin_checkout, page) >= 1) and count(rage_click, 1m) >= "
     "1",
     {{0, "page_view", kCheckout}, {1'000, "begin_checkout"}, {2'000, "rage_click"}},
     2'000,
     "= 1 rage click in 1 min"},
    // a value that is not known does not bring anybody here
    {"not (cart.age > 10m) and count(search, 5m) >= 1",
     {{0, "search"}},
     1'000,
     "= 1 search in 5 min"},
    {"cart.age != 10m and count(search, 5m) >= 1", {{0, "search"}}, 1'000, "= 1 search in 5 min"},
    {"not (cart.age > 10m)", {{0, "search"}}, 1'000, "= age of the cart not known"},
    {"not (since(search) < 10m)", {{0, "copy"}}, 1'000, "= no search yet"},
    {"not (since(search) < 10s)", {{0, "search"}}, 11'000, "= 11 s since the last search"},
    {"not (page.type in [\"cart\", \"checkout\"])",
     {{0, "page_view"}},
     1'000,
     "= page type not known"},
    {"not exists(page.type)", {{0, "page_view"}}, 1'000, "= page type not known"},
    {"not sequence(search, copy, within 5m)",
     {{0, "search"}},
     1'000,
     "= not: search, then text copied in 5 min"},
    {"not (cart.value + cart.items > 10)", {{0, "search"}}, 1'000, "= cart.value + cart.items 0"},
    // what is kept of a visit is not enough
    {"distinct(view_item.item_id, session) > 100",
     {{0, "view_item", Item("a")}},
     0,
     "1 of 101 different items viewed in this visit; cannot be reached: the latest 64 are seen"},
    {"repeats(view_item.item_id, visitor) >= 65",
     {{0, "view_item", Item("a")}},
     0,
     "the same item viewed 1 of 65 times; cannot be reached: the latest 64 are seen"},
    {"distinct(view_item.item_id, session) >= 64",
     {{0, "view_item", Item("a")}},
     0,
     "1 of 64 different items viewed in this visit; needs 63 more within 30 min"},
    {"distinct(view_item.item_id, 1h) > 100",
     {{0, "view_item", Item("a")}},
     0,
     "1 of 101 different items viewed in 1 h; needs 100 more within 1 h"},
    {"count(view_item, session) > 100",
     {{0, "view_item", Item("a")}},
     0,
     "1 of 101 items viewed in this visit; needs 100 more within 30 min"},
    // a page begins with its page_view
    {"count(a, page) >= 2",
     {{0, "a"}},
     1'000,
     "no page_view yet; 0 of 2 a events on this page; needs 2 more"},
    // counts in a list
    {"count(search, 2m) in [2, 4]", {{0, "search"}}, 1'000, "1 search in 2 min; needs 2 or 4"},
    {"count(search, 2m) in [1, 4]", {{0, "search"}}, 1'000, "= 1 search in 2 min"},
    // a time that grows says how long it was so
    {"idle >= 30s", {{0, "search"}}, 35'000, "= no sign of life for 35 s", "    for: 5s\n"},
    {"since(search) >= 30s and count(copy, 5m) >= 1",
     {{0, "search"}, {1'000, "copy"}},
     35'000,
     "= 35 s since the last search, 1 text copied in 5 min, still so 5 s later",
     "    for: 5s\n"},
    {"since(search) >= 30s",
     {{0, "search"}},
     35'000,
     "= 35 s since the last search",
     "    for: 5s\n"},
    {"since(search) < 10m",
     {{0, "search"}},
     35'000,
     "= 35 s since the last search, still so 5 s later",
     "    for: 5s\n"},
    // counts
    {"count(view_item where price > 100, 15m) >= 2",
     {{0, "search"}},
     0,
     "0 of 2 items viewed (price > 100) in 15 min; needs 2 more"},
    {"count(add_to_cart, 15m) == 0",
     {{0, "add_to_cart"}, {1'000, "search"}},
     60'000,
     "1 addition to the cart in 15 min; must be none; true in 14 min"},
    {"count(add_to_cart, 15m) == 0",
     {{0, "search"}},
     60'000,
     "= no addition to the cart in 15 min"},
    {"not (count(add_to_cart, 15m) >= 1)",
     {{0, "search"}},
     60'000,
     "= no addition to the cart in 15 min"},
    {"count(search, session) >= 3",
     {{0, "search"}},
     1'000,
     "1 of 3 searches in this visit; needs 2 more within 29 min 59 s"},
    {"count(\"shop.ping\", 1h) >= 2",
     {{0, "shop.ping"}},
     0,
     "1 of 2 shop.ping events in 1 h; needs one more within 1 h"},
    {"3 <= count(search or view_search_results, 5m)",
     {{0, "search"}},
     60'000,
     "1 of 3 searches or pages of search results in 5 min; needs 2 more within 4 min"},
    {"distinct(view_item.item_id, 15m) >= 4",
     {{0, "view_item", Item("a")},
      {1'000, "view_item", Item("b")},
      {2'000, "view_item", Item("a")}},
     3'000,
     "2 of 4 different items viewed in 15 min; needs 2 more within 14 min 58 s"},
    {"repeats(view_item.item_id, 10m) >= 3",
     {{0, "view_item", Item("a")}, {1'000, "view_item", Item("a")}},
     2'000,
     "the same item viewed 2 of 3 times in 10 min; needs one more within 9 min 58 s"},
    // When the oldest value leaves, another is as frequent: the last one of those counts.
    {"repeats(view_item.item_id, 10m) >= 3",
     {{0, "view_item", Item("a")}, {60'000, "view_item", Item("b")}, {120'000, "search"}},
     120'000,
     "the same item viewed 1 of 3 times in 10 min; needs 2 more within 9 min"},
    // Of a highest value or a ratio nothing is "more".
    {"max(view_item.price, 10m) >= 300 and cart.value / cart.items >= 40",
     {{0, "view_item", Price(206)},
      {0, "view_cart", {{"value", Value::Of(50.0)}, {"items", Value::Of(2.0)}}}},
     0,
     "highest price of items viewed 206 in 10 min; needs 300\n"
     "cart.value / cart.items 25; needs 40"},
    {"sum(purchase.value, visitor) >= 500",
     {{0, "purchase", Worth(200)}},
     0,
     "total value of purchases 200; needs 300 more"},
    // what grows with the clock
    {"idle >= 45s", {{0, "search"}}, 5'000, "idle for 5 s; needs 45 s; true in 40 s"},
    {"sequence(ping, next pong)",
     {{0, "ping"}},
     0,
     "1 of 2 steps (ping event); needs at once pong event in this visit"},
    {"distinct(*.item_id, 10m) >= 2",
     {{0, "search", Item("a")}},
     0,
     "1 of 2 different values of item_id in events in 10 min; needs one more within 10 min"},
    {"visitor.properties.age > 30",
     {{0, "identify", {{"age", Value::Of("31")}}}},
     0,
     "visitor.properties.age \"31\" is a text; needs more than 30"},
    {"idle >= 45s", {{0, "search"}}, 45'000, "= no sign of life for 45 s"},
    {"not idle < 45s", {{0, "search"}}, 45'000, "= no sign of life for 45 s"},
    {"count(search, 1m) >= 1 and idle < 5s", {{0, "search"}}, 1'000, "= 1 search in 1 min"},
    {"count(search, 1m) >= 1 and not idle > 5s", {{0, "search"}}, 1'000, "= 1 search in 1 min"},
    {"idle < 5s", {{0, "search"}}, 1'000, "= no sign of life for 1 s"},
    {"idle < 5m", {{0, "search"}}, 360'000, "idle for 6 min; must be under 5 min"},
    {"since(add_to_cart) > 2m",
     {{0, "search"}},
     0,
     "no addition to the cart yet; needs more than 2 min"},
    {"since(add_to_cart) > 2m",
     {{0, "add_to_cart"}},
     30'000,
     "30 s since the last addition to the cart; needs more than 2 min; true in 1 min 30 s"},
    // facts
    {"page.path in [\"/a\", \"/b\", \"/c\"]",
     {{0, "page_view", {{"url", Value::Of("/x")}}}},
     0,
     "page path /x; needs /a, /b or /c"},
    {"page.url contains \"x\"", {{0, "search"}}, 0, "page address not known; must contain \"x\""},
    {"visitor.identity != \"anonymous\"",
     {{0, "search"}},
     0,
     "identity anonymous; must not be anonymous"},
    {"exists(cart.age)", {{0, "search"}}, 0, "age of the cart is not known yet"},
    {"visitor.visits >= 3", {{0, "search"}}, 0, "visits 1; needs 2 more"},
    {"cart.items > 2", {{0, "search"}}, 0, "pieces in the cart 0; needs more than 2"},
    {"page.type == \"checkout\"", {{0, "page_view", kCheckout}}, 0, "= page type checkout"},
    {"not page.type == \"checkout\"",
     {{0, "page_view", kCheckout}},
     0,
     "page type checkout; must not be checkout"},
    // shares, as the rule says them
    {"visitor.properties.score >= 35%",
     {{0, "identify", Score(0.07)}},
     0,
     "visitor.properties.score 7%; needs 35%"},
    {"visitor.properties.score < 0.35",
     {{0, "identify", Score(0.5)}},
     0,
     "visitor.properties.score 0.5; must be under 0.35"},
    {"12.5% < visitor.properties.score",
     {{0, "identify", Score(0.5)}},
     0,
     "= visitor.properties.score 50%"},
    {"visitor.properties.score in [10%, 20%]",
     {{0, "identify", Score(0.5)}},
     0,
     "visitor.properties.score 50%; needs 10% or 20%"},
    {"count(view_item where discount > 7%, 15m) >= 1",
     {{0, "search"}},
     0,
     "0 of 1 item viewed (discount > 7%) in 15 min; needs one more"},
    {"visitor.properties.score >= 35%",
     {{0, "search"}},
     0,
     "visitor.properties.score not known; needs 35%"},
    // sequences
    {kCartLeft,
     {{0, "search"}},
     0,
     "needs addition to the cart, then look at the cart, then no checkout begun for 1 min 30 s in "
     "15 min"},
    {kCartLeft,
     {{0, "add_to_cart"}},
     60'000,
     "1 of 2 steps (addition to the cart); needs look at the cart, then no checkout begun for "
     "1 min 30 s within 14 min"},
    {kCartLeft,
     {{0, "add_to_cart"}, {10'000, "view_cart"}},
     60'000,
     "addition to the cart, then look at the cart; waits for no checkout begun for 1 min 30 s; "
     "true "
     "in 40 s"},
    {kCartLeft,
     {{0, "add_to_cart"}, {10'000, "view_cart"}},
     100'000,
     "= addition to the cart, then look at the cart, then no checkout begun for 1 min 30 s in 15 "
     "min"},
    {"sequence(search 2x, not view_item, next search)",
     {{0, "search"}, {1'000, "search"}},
     1'000,
     "2 of 3 steps (search, then search); needs at once search with no item viewed between, in "
     "this visit"},
    // another event has come: "at once" is over, whether the sequence names that event or not
    {"sequence(search 2x, not view_item, next search)",
     {{0, "search"}, {1'000, "search"}, {2'000, "click"}},
     2'000,
     "1 of 3 steps (search); needs search, then at once search with no item viewed between, "
     "in this visit"},
    {"sequence(search, view_item, next view_item where item_id == \"a\")",
     {{0, "search"}, {1'000, "view_item", Item("a")}, {2'000, "active"}},
     2'000,
     "2 of 3 steps (search, then item viewed); needs at once item viewed (item_id == \"a\") in "
     "this visit"},
    {"sequence(search, view_item where item_id == \"a\", next view_item where item_id == \"a\")",
     {{0, "search"}, {1'000, "view_item", Item("a")}, {2'000, "view_item", Item("b")}},
     2'000,
     "1 of 3 steps (search); needs item viewed (item_id == \"a\"), then at once item viewed "
     "(item_id == \"a\") in this visit"},
    {"sequence(search, next search, next search)",
     {{0, "search"}, {1'000, "search"}, {2'000, "click"}},
     2'000,
     "needs search, then at once search, then at once search in this visit"},
    {"sequence(view_item, add_to_cart, next remove_from_cart, within 5m)",
     {{0, "view_item"}, {5'000, "add_to_cart"}, {6'000, "active"}, {8'000, "click"}},
     8'000,
     "1 of 3 steps (item viewed); needs addition to the cart, then at once removal from the cart "
     "within 4 min 52 s"},
    {"sequence(view_item, not purchase, exit_intent, same item_id, within 5m)",
     {{0, "view_item", Item("a")}, {20'000, "view_item", Item("b")}},
     30'000,
     "1 of 2 steps (item viewed); needs move towards leaving with no purchase between (same "
     "item_id) within 4 min 50 s"},
    {"sequence(view_item, not purchase, exit_intent, within 5m)",
     {{0, "view_item", Item("a")}, {20'000, "view_item", Item("b")}},
     30'000,
     "1 of 2 steps (item viewed); needs move towards leaving with no purchase between, within "
     "4 min 50 s"},
    // what time brings is said when it turns the clause, not when it only moves the number
    {"not avg(view_item.price, 10m) >= 100",
     {{0, "view_item", Price(100)},
      {20'000, "view_item", Price(301)},
      {30'000, "view_item", Price(250.5)}},
     60'000,
     "average price of items viewed 217.1667 in 10 min; must be under 100; true in 9 min 30 s"},
    // events, and what has no shape
    {"event.name == \"copy\" and cart.value >= 30",
     {{0, "add_to_cart", Worth(40)}},
     0,
     "needs the event itself: copy"},
    {"count(hidden, page) < count(visible, page)",
     {{0, "page_view"}},
     0,
     "needs count(hidden, page) < count(visible, page)"},
    {"(idle >= 10s and cart.value >= 30) or exists(page.title)",
     {{0, "search"}},
     0,
     "idle for 0 s; needs 10 s, and also cart 0 EUR; needs 30 EUR more OR page title is not known "
     "yet"},
};

TEST_CASE("what is missing, and why a rule holds, in words") {
  for (const Case& c : kCases) {
    CAPTURE(c.when);
    CHECK(Said(c) == c.said);
  }
}

TEST_CASE("a clause in percent shows its value in percent") {
  for (const auto& [when, text, value] :
       {std::tuple{"potential >= 35%", "potential >= 35%", "7%"},
        {"potential >= 0.35", "potential >= 0.35", "0.07"},
        {"potential * 3 > 150%", "potential * 3 > 150%", "21%"}}) {
    TestVisit visit(OneRule(when));
    visit.Event(0, "search");
    Beside beside;
    beside.potential = 0.07;
    const ClauseView clause =
        Describe(visit.program(), visit.state(), kNoon, "EUR", beside).rules[0].clauses[0];
    CHECK(clause.text == text);
    CHECK(clause.value == value);
  }
}

TEST_CASE("a value that grows with the clock says since when, and until when") {
  TestVisit visit(OneRule("idle >= 45s and dwell - 5s >= 1m and since(search) > 1m"));
  visit.Event(0, "page_view");
  visit.Event(3'000, "search");
  const auto grown = [](const Growth& growth, Millis at) {
    REQUIRE(growth.since != kNever);
    return std::min(at, growth.until) - growth.since;
  };
  const StateView then = Describe(visit.program(), visit.state(), kNoon + 4'000);
  for (const Millis at : {4'000, 7'999, 8'000, 8'001, 70'000}) {
    CAPTURE(at);
    const StateView now = Describe(visit.program(), visit.state(), kNoon + at);
    int growing = 0;
    for (size_t i = 0; i < then.facts.size(); ++i) {
      CAPTURE(then.facts[i].name);
      const Growth& growth = then.facts[i].growth;
      if (growth.since == kNever) {
        CHECK(then.facts[i].value == now.facts[i].value);
      } else {
        ++growing;
        CHECK(now.facts[i].value == FormatDuration(grown(growth, kNoon + at)));
      }
    }
    CHECK(growing == 4);  // idle, dwell, session.duration, since(search)
    const auto& clauses = then.rules[0].clauses;
    for (size_t i = 0; i < clauses.size(); ++i) {
      const Millis value = grown(clauses[i].growth, kNoon + at);
      const Millis length = std::abs(value);
      const Millis said = length >= 10'000 ? length - length % 1'000 : length;
      CHECK(now.rules[0].clauses[i].value == (value < 0 ? "-" : "") + FormatDuration(said));
    }
  }
  CHECK(then.facts[0].growth.since == kNever);
  const Missing& idle = then.rules[0].missing[0].any_of[0];
  CHECK(idle.text == "idle for " + idle.grown + "; needs 45 s");
  CHECK(idle.growth.since == then.rules[0].clauses[0].growth.since);
}

TEST_CASE("every event that is known has words of its own") {
  for (const std::string_view event : KnownEvents()) {
    CAPTURE(std::string(event));
    CHECK(NounOf(event).many != std::string(event) + " events");
  }
}

TEST_CASE("every fact has words of its own") {
  for (const FactRow& row : Facts()) {
    if (row.name == "idle" || row.name == "event.name") continue;
    CAPTURE(std::string(row.name));
    CHECK(LabelOf(row.name) != row.name);
  }
}

TEST_CASE("durations in words") {
  const std::pair<Millis, const char*> cases[] = {
      {0, "0 s"},         {250, "250 ms"},           {1'000, "1 s"},      {1'500, "1.5 s"},
      {10'400, "10 s"},   {90'000, "1 min 30 s"},    {120'000, "2 min"},  {3'600'000, "1 h"},
      {3'605'000, "1 h"}, {5'400'000, "1 h 30 min"}, {604'800'000, "7 d"}};
  for (const auto& [ms, words] : cases) CHECK(Spoken(ms) == words);
}

TEST_CASE("what is said of a function is what its rule sees of the latest (Exact meaning, 10)") {
  // 0 to 58, then 58 again and again, then 59: of the latest 64 they are 58 values.
  std::vector<double> values;
  for (int i = 0; i < 59; ++i) values.push_back(i);
  values.insert(values.end(), 6, 58);
  values.push_back(59);
  const auto said = [&](const std::string& when) {
    TestVisit visit(OneRule(when));
    Millis at = 0;
    for (const double value : values) visit.Event(at += 10, "a", {{"x", Value::Of(value)}});
    return Missings(visit, at);
  };
  CHECK(said("distinct(a.x, 1h) >= 60") ==
        "58 of 60 different values of x in a events in 1 h; needs 2 more within 59 min 59 s");
  CHECK(said("distinct(a.x, 1h) == 59") ==
        "58 of 59 different values of x in a events in 1 h; needs one more within 59 min 59 s");
  CHECK(said("distinct(a.x, 1h) in [59, 60]") ==
        "58 different values of x in a events in 1 h; needs 59 or 60");
  CHECK(said("distinct(a.x, 1h) in [59, 65]") ==
        "60 different values of x in a events in 1 h; needs 59 or 65; true in 59 min 59 s");
  CHECK(said("repeats(a.x, 1h) > 7") ==
        "the same x in a events 7 of 8 times in 1 h; needs one more within 59 min 59 s");
}

TEST_CASE("what is missing ends without a comma, and times in whole seconds") {
  TestVisit visit(
      OneRule("sequence(view_item, not purchase, exit_intent, within 5m) and session.duration > 1m "
              "and idle < 5s"));
  visit.Event(0, "view_item", Item("a"));
  const auto at = [&](Millis at) {
    return Describe(visit.program(), visit.state(), kNoon + at, "EUR").rules[0];
  };
  CHECK(at(12'345).missing[0].any_of[0].text ==
        "1 of 2 steps (item viewed); needs move towards leaving with no purchase between");
  const auto value = [&](Millis now, const std::string& text) {
    for (const ClauseView& clause : at(now).clauses) {
      if (clause.text == text) return clause.value;
    }
    return std::string();
  };
  CHECK(value(12'345, "session.duration > 1m") == "12s");
  CHECK(value(72'999, "session.duration > 1m") == "1m12s");
  CHECK(value(9'999, "idle < 5s") == "9s999ms");
}

TEST_CASE("the facts of a trigger go by readable names") {
  TestVisit visit(OneRule(
      "count(form_error, 2m) >= 1 and count(form_error, 10m) >= 2 and idle >= 2s and "
      "page.type == \"checkout\" and cart.value > 10 and distinct(view_item.item_id, 1h) >= 1"));
  visit.Event(0, "page_view", kCheckout);
  visit.Event(0, "view_item", Item("a"));
  visit.Event(0, "add_to_cart", Worth(79.9));
  visit.Event(0, "form_error");
  visit.Event(1'000, "form_error");
  const Why why = WhyFired(visit.program(), visit.state(), 0, kNoon + 3'500);
  std::string all;
  for (const WhyFact& fact : why.facts) {
    all += fact.name + " " +
           (fact.kind == Value::Kind::kText ? fact.text : SpokenNumber(fact.number)) + "\n";
  }
  CHECK(all ==
        "form_errors 2\nform_errors_in_10_min 2\nidle_seconds 2.5\npage_type checkout\n"
        "cart_value 79.9\ndifferent_items_viewed 1\n");
}

TEST_CASE("the event that fires a rule is said although it is over") {
  TestVisit visit(OneRule("event.name == \"copy\" and cart.value >= 30"));
  visit.Event(0, "add_to_cart", Worth(40));
  visit.Event(1'000, "copy");
  REQUIRE(visit.decisions().size() == 1);
  CHECK(WhyFired(visit.program(), visit.state(), 0, kNoon + 1'000, "EUR").text ==
        "text copied, cart 40 EUR");
}

}  // namespace
}  // namespace vinkki::rules
