// What stored events left in a visitor's facts outlives them: retention drops the events, and a
// late event, which has all facts made anew, changes nothing but what it says itself.
#include <doctest/doctest.h>

#include <random>

#include "tests/engine/engine_fixture.h"

namespace vinkki::engine {
namespace {

constexpr Millis kDay = 86'400'000;
constexpr Millis kLongAgo = kNoon - 100 * kDay;

// Facts that look back for ever; the constants are never reached.
const std::string kFacts =
    RuleText("a", "count(search, visitor) >= 9000 or visitor.visits >= 9000") +
    RuleText("b", "sum(view_item.price, visitor) >= 1000000000 or visitor.purchases >= 9000") +
    RuleText("c", "min(view_item.price, visitor) < 0 or max(view_item.price, visitor) > 90000") +
    RuleText("d", "cart.value >= 1000000000 or cart.items >= 9000 or cart.age > 9000d") +
    RuleText("e",
             "first(view_item.price, visitor) > 9000 or last(view_item.price, visitor) > 9000") +
    RuleText("f", "since(search) >= 9000d or distinct(view_item.price, visitor) >= 64") +
    RuleText("g", "count(search, 3000d) >= 60 or repeats(view_item.price, visitor) >= 64") +
    RuleText("h", "visitor.identity == \"strong\" and session.pages >= 9000");

std::vector<TestEvent> SomeEvents(Millis from, int n, std::mt19937_64* random) {
  const char* names[] = {"page_view", "search",    "add_to_cart", "remove_from_cart",
                         "view_item", "view_item", "purchase",    "identify"};
  std::vector<TestEvent> events;
  for (int i = 0; i < n; ++i, from += static_cast<Millis>((*random)() % 1'500'000) + 1) {
    TestEvent event{from, names[i == 0 ? 0 : (*random)() % (i % 7 == 0 ? 8 : 6)], {}};
    event.props = {{"value", Value::Of(static_cast<double>((*random)() % 90))},
                   {"items", Value::Of(1.0)},
                   {"price", Value::Of(static_cast<double>((*random)() % 9))},
                   {"transaction_id", Value::Of(static_cast<double>((*random)() % 3))}};
    events.push_back(std::move(event));
  }
  return events;
}

struct Visits {
  std::vector<TestEvent> old;
  std::vector<TestEvent> recent;
  std::vector<TestEvent> late;  // among the recent ones, told after them
};

// The facts in the end, with all events stored, or the old ones dropped before the late ones come.
std::string FactsAfter(const Visits& visits, bool drop) {
  TestEngine test(kFacts);
  if (drop) test.options.retention = 50 * kDay;
  const auto tell = [&](const std::vector<TestEvent>& events) {
    for (const TestEvent& event : events) {
      test.clock.Set(std::max(test.clock.Now(), event.at));
      test.Send(MakeBatch("v", 0, 0, test.clock.Now(), {event}));
    }
  };
  test.clock.Set(kLongAgo);
  tell(visits.old);
  tell(visits.recent);
  if (drop) {
    test.Close();
    DropBatches(test.options.data_dir, kNoon);
    test.Open();
  }
  auto watch = test.engine().live().Subscribe("shop", "v");
  tell(visits.late);
  test.Send(MakeBatch("v", 0, 0, test.clock.Now(), {{test.clock.Now(), "click"}}));
  return LastFacts(watch.get());
}

TEST_CASE("a late event loses nothing of what was before the stored events") {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    std::mt19937_64 random(seed);
    Visits visits;
    visits.old = SomeEvents(kLongAgo, 25, &random);
    visits.recent = SomeEvents(kNoon, static_cast<int>(random() % 25) + 1, &random);
    visits.late = SomeEvents(kNoon + 77, 2, &random);
    for (TestEvent& event : visits.late) {
      event.at = std::min(event.at, visits.recent.back().at);
      event.name = seed % 2 == 0 ? "search" : "view_item";
    }
    const std::string all = FactsAfter(visits, false);
    CHECK(all.find("visitor.visits") != std::string::npos);
    CHECK_MESSAGE(FactsAfter(visits, true) == all, "seed ", seed);
  }
}

}  // namespace
}  // namespace vinkki::engine
