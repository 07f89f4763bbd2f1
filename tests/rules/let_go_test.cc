// What the bounds of rules.md (Exact meaning, 10) let go is counted, and nothing else is.

#include "rules/let_go.h"

#include "tests/rules/visit.h"

namespace vinkki::rules {
namespace {

struct Case {
  const char* when;
  int events;  // one a second, each with an id of its own
  uint64_t let_go;
  LetGo kind;
};

TEST_CASE("what is let go is counted by kind") {
  const Case cases[] = {
      {"sum(view_item.price, 1h) > 1000000", 64, 0, LetGo::kEvents},
      {"sum(view_item.price, 1h) > 1000000", 70, 6, LetGo::kEvents},
      // Beyond the window there is nothing to lose.
      {"sum(view_item.price, 10s) > 1000000", 70, 0, LetGo::kEvents},
      // A threshold needs the last three times and no more.
      {"count(view_item, 1h) >= 3", 70, 0, LetGo::kEvents},
      {"count(view_item, 1h) >= 100", 200, 0, LetGo::kEvents},
      {"count(view_item, 1h) + count(search, 1h) >= 3", 70, 6, LetGo::kEvents},
      {"max(view_item.price, 1h) > 1000", 65, 1, LetGo::kEvents},
      {"repeats(view_item.id, 1h) >= 3", 65, 1, LetGo::kEvents},
      {"first(view_item.id, 1h) == 1", 65, 1, LetGo::kEvents},
      {"last(view_item.id, 1h) == 1", 100, 0, LetGo::kEvents},
      {"sum(view_item.price, session) > 1000000", 100, 0, LetGo::kEvents},
      {"repeats(view_item.id, session) >= 3", 66, 2, LetGo::kEvents},
      {"distinct(view_item.id, session) + 0 > 100", 70, 6, LetGo::kValues},
      {"distinct(view_item.id, session) >= 4", 40, 0, LetGo::kValues},
      {"distinct(view_item.id, 1h) > 100", 101, 0, LetGo::kValues},
      {"distinct(view_item.id, 1h) > 100", 120, 19, LetGo::kValues},
      {"distinct(view_item.id, 1h) in [70, 3]", 80, 9, LetGo::kValues},
      {"repeats(view_item.id, 1h) > 100", 101, 0, LetGo::kEvents},
      {"repeats(view_item.id, 1h) > 100", 120, 19, LetGo::kEvents},
      {"sequence(view_item, purchase, same id)", 16, 0, LetGo::kSame},
      {"sequence(view_item, purchase, same id)", 20, 4, LetGo::kSame},
      {"sequence(view_item, not purchase for 1m, within 1h)", 16, 0, LetGo::kWaiting},
      {"sequence(view_item, not purchase for 1m, within 1h)", 20, 4, LetGo::kWaiting},
      {"sequence(view_item, not purchase for 5s, within 1h)", 60, 0, LetGo::kWaiting},
  };
  for (const Case& c : cases) {
    CAPTURE(c.when);
    CAPTURE(c.events);
    const LetGoListener listener;
    (void)TakeLetGo();
    TestVisit visit(OneRule(c.when));
    for (int i = 0; i < c.events; ++i) {
      visit.Event(i * 1'000, "view_item",
                  {{"price", Value::Of(1.0)}, {"id", Value::Of(static_cast<double>(i))}});
    }
    const LetGoCounts counts = TakeLetGo();
    for (size_t kind = 0; kind < counts.size(); ++kind) {
      CHECK(counts[kind] == (kind == static_cast<size_t>(c.kind) ? c.let_go : 0));
    }
    CHECK(listener.entries().size() == (c.let_go > 0 ? 1 : 0));
    if (c.let_go > 0) CHECK(listener.entries()[0].times == c.let_go);
  }
}

TEST_CASE("a value that has not come for 64 events is let go") {
  const LetGoListener listener;
  TestVisit visit(OneRule("distinct(view_item.id, session) >= 2"));
  visit.Event(0, "view_item", {{"id", Value::Of("a")}});
  for (int i = 1; i <= 70; ++i) visit.Event(i, "view_item", {{"id", Value::Of("b")}});
  REQUIRE(listener.entries().size() == 1);
  CHECK(listener.entries()[0].kind == LetGo::kValues);
  CHECK(listener.entries()[0].times == 1);
}

}  // namespace
}  // namespace vinkki::rules
