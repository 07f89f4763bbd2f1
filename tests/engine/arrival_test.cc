// Events that come late, out of order, on several shards, under clocks that jump.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <thread>

#include "tests/engine/engine_fixture.h"

namespace vinkki::engine {
namespace {

const std::string kFacts =
    RuleText("a", "count(form_error, 10m) >= 900") +
    RuleText("b", "sum(add_to_cart.value, visitor) >= 1000000000") +
    RuleText("c", "distinct(view_item.item, 30m) >= 60 and session.pages >= 900") +
    RuleText("d", "cart.value >= 1000000000 or since(search) >= 30d or visitor.visits >= 900");

// The facts of the visitor after these events arrived in this order, one a second up to `end`.
std::string FactsAfter(const std::vector<TestEvent>& events, Millis end) {
  TestEngine test(kFacts);
  auto watch = test.engine().live().Subscribe("shop", "v");
  Millis now = end - static_cast<Millis>(events.size()) * 1000;
  for (const TestEvent& event : events) {
    test.clock.Set(now += 1000);
    test.Send(MakeBatch("v", 0, 0, now, {event}));
  }
  return LastFacts(watch.get());
}

TEST_CASE("late and shuffled arrivals leave the facts that the sorted ones leave") {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    std::mt19937_64 random(seed);
    const char* names[] = {"page_view", "form_error", "add_to_cart", "view_item", "search"};
    std::vector<TestEvent> events;
    for (int i = 0; i < 40; ++i) {
      const Millis at = kNoon + i * 77'777 + static_cast<Millis>(random() % 7'000);
      events.push_back({at,
                        names[random() % 5],
                        {{"value", Value::Of(static_cast<double>(random() % 9))},
                         {"item", Value::Of(static_cast<double>(random() % 5))}}});
    }
    const Millis end = events.back().at + 60'000;
    const std::string sorted = FactsAfter(events, end);
    CHECK(sorted.find("cart.value") != std::string::npos);
    std::shuffle(events.begin(), events.end(), random);
    CHECK(FactsAfter(events, end) == sorted);
  }
}

TEST_CASE("a clock a day forward and back: no timer twice, and visits go on") {
  TestEngine test(RuleText("idle", "idle >= 20s"));
  test.SendOne("v", {test.clock.Now(), "page_view"});
  test.clock.Advance(86'400'000);
  for (int i = 0; i < 5; ++i) test.SendOne("other", {test.clock.Now(), "search"});
  test.clock.Set(kNoon + 5'000);
  CHECK(test.SendOne("v", {kNoon + 5'000, "click"}) == Outcome::kStored);
  test.clock.Set(kNoon + 25'000);
  CHECK(test.Offers(1).at(0).at == kNoon + 25'000);
  test.clock.Set(kNoon + 60'000);
  for (int i = 0; i < 5; ++i) test.SendOne("other", {test.clock.Now(), "search"}, 9);
  test.Close();
  std::vector<std::string> of_v = DecisionsOf(test.options.data_dir);
  std::erase_if(of_v, [](const std::string& line) { return !line.starts_with("v "); });
  CHECK(of_v == std::vector<std::string>{"v 20000 idle stale", "v 25000 idle "});
}

// What a visitor's rules decide when an event of `at` comes 2.5 s after the page_view; the timer of
// `idle` has happened at 2,001 ms then.
std::vector<std::string> BehindATimer(Millis at, uint64_t load) {
  TestEngine test(RuleText("idle", "idle > 2s") + RuleText("x", "event.name == \"x\""));
  test.Send(MakeBatch("v", load, 1, kNoon, {{kNoon, "page_view"}}));
  test.clock.Set(kNoon + 2'500);
  CHECK(test.Offers(1).at(0).at == kNoon + 2'001);
  test.Send(MakeBatch("v", load, 2, kNoon + 2'500, {{kNoon + at, "x"}}));
  test.Close();
  return DecisionsOf(test.options.data_dir);
}

TEST_CASE("an event from just before a timer that has happened still happens, whoever sent it") {
  using Decisions = std::vector<std::string>;
  for (const uint64_t load : {0, 7}) {
    CAPTURE(load);
    CHECK(BehindATimer(2'100, load) == Decisions{"v 2001 idle ", "v 2100 x engaged"});
    CHECK(BehindATimer(1'900, load) == Decisions{"v 2001 idle ", "v 2001 x engaged"});
  }
  // Late by the visitor's own events: for that moment nothing fires any more.
  CHECK(BehindATimer(-1, 0) == Decisions{"v 2001 idle "});
}

TEST_CASE("rows of the outbox appear in order, none behind a reader, from several shards") {
  TestEngine test(RuleText("x", "event.name == \"x\"", "    fresh: 30d\n"), 4);
  test.options.group_batches = 2;
  Engine& engine = test.Open();
  constexpr size_t kVisitors = 400;
  std::set<std::string> seen;
  std::thread reader([&] {
    uint64_t after = 0;
    while (seen.size() < kVisitors) {
      auto rows = engine.outbox().Read(kSinkPage, after, 7, std::chrono::seconds(30));
      if (!rows.ok() || rows.value().empty()) break;
      for (const OutboxRow& row : rows.value()) {
        CHECK(row.sequence > after);
        after = row.sequence;
        CHECK(seen.insert(row.visitor).second);
      }
    }
  });
  Answers answers;
  for (size_t i = 0; i < kVisitors; ++i) {
    REQUIRE(engine.ingest().Submit(MakeBatch("v" + std::to_string(i), 7, 1, kNoon, {{kNoon, "x"}}),
                                   &answers, i));
  }
  reader.join();
  CHECK(seen.size() == kVisitors);
  answers.Wait(kVisitors);
  CHECK(engine.outbox().Lag(kSinkPage) == kVisitors);
}

TEST_CASE("an unknown page load is looked up in the rows once loads were let go") {
  TestEngine test(RuleText("x", "event.name == \"x\""));
  for (uint64_t load = 1; load <= 40; ++load) {
    CHECK(test.Send(MakeBatch("v", load, 1, kNoon, {{kNoon, "page_view"}})) == Outcome::kStored);
  }
  CHECK(test.Send(MakeBatch("v", 3, 1, kNoon, {{kNoon, "page_view"}})) == Outcome::kDuplicate);
  CHECK(test.Send(MakeBatch("v", 3, 2, kNoon, {{kNoon, "page_view"}})) == Outcome::kStored);
  CHECK(test.Send(MakeBatch("v", 3, 2, kNoon, {{kNoon, "page_view"}})) == Outcome::kDuplicate);
  CHECK(test.Send(MakeBatch("v", 5, 200, kNoon, {{kNoon, "page_view"}})) == Outcome::kStored);
  CHECK(test.Send(MakeBatch("v", 5, 1, kNoon, {{kNoon, "page_view"}})) == Outcome::kDuplicate);
  CHECK(test.Send(MakeBatch("v", 5, 2, kNoon, {{kNoon, "page_view"}})) == Outcome::kStored);
  CHECK(test.Send(MakeBatch("v", 5, 2, kNoon, {{kNoon, "page_view"}})) == Outcome::kDuplicate);
}

TEST_CASE("the same visitors come out of a cache of nearly nothing") {
  std::vector<std::vector<std::string>> decisions;
  for (const size_t cache : {size_t{1}, size_t{64} << 20}) {
    TestEngine test(RuleText("three", "count(form_error, 1h) >= 3", "    fresh: 30d\n"));
    test.options.cache_bytes = cache;
    std::mt19937_64 random(7);
    for (int i = 0; i < 300; ++i) {
      test.clock.Advance(1'000);
      test.SendOne("v" + std::to_string(random() % 30), {test.clock.Now(), "form_error"});
    }
    test.Close();
    decisions.push_back(DecisionsOf(test.options.data_dir));
  }
  CHECK(decisions[0].size() > 10);
  CHECK(decisions[0] == decisions[1]);
}

}  // namespace
}  // namespace vinkki::engine
