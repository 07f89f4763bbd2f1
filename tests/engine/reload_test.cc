// New rules while visitors are there: those who send nothing are moved too, once, across a second
// reload and a restart, and nothing that did not change is lost.

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>

#include "engine/store.h"
#include "tests/engine/engine_fixture.h"

namespace vinkki::engine {
namespace {

const std::string kOld = RuleText("old", "count(x, session) >= 99");

// A shadow rule: it decides and disturbs nobody.
std::string Shadow(const std::string& name, const std::string& when) {
  return RuleText(name, when, "    mode: shadow\n    fresh: 30d\n");
}

double Gauges(const Metrics& metrics, const std::string& name) {
  const std::string text = metrics.Text();
  double sum = 0;
  for (size_t at = text.find("\n" + name + "{"); at != text.npos;
       at = text.find("\n" + name + "{", at + 1)) {
    sum += std::stod(text.substr(text.find("} ", at) + 2));
  }
  return sum;
}

// Until `holds`; shards wake by themselves at least every 50 ms.
void Await(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  REQUIRE(holds());
}

// Every visitor was looked at under the last rules: as many walks have ended as were begun.
void AwaitMoved(const TestEngine& test, double moved_at_least) {
  Await([&] {
    return Gauges(*test.metrics, "vinkki_reload_visitors_moved_total") >= moved_at_least &&
           Gauges(*test.metrics, "vinkki_reload_running") == 0;
  });
}

std::string Name(int i) { return "visitor-" + std::to_string(i); }

// The layouts that the store knows; the engine is closed.
size_t LayoutRows(const std::string& data_dir) {
  StoreOptions options;
  options.data_dir = data_dir;
  options.read_only = true;
  auto store = Store::Open(options);
  REQUIRE(store.ok());
  size_t rows = 0;
  REQUIRE(store.value()
              ->Scan(Family::kMeta, "layout ", "layout!",
                     [&](std::string_view, std::string_view) {
                       ++rows;
                       return true;
                     })
              .ok());
  return rows;
}

// Each visitor's decisions of this rule, in all.
std::map<std::string, int> CountOf(const std::string& data_dir, const std::string& rule) {
  std::map<std::string, int> count;
  for (const std::string& line : DecisionsOf(data_dir)) {
    if (line.find(" " + rule + " ") != std::string::npos) ++count[line.substr(0, line.find(' '))];
  }
  return count;
}

}  // namespace

TEST_CASE("a rule on time alone fires for visitors who send nothing, in memory or not") {
  TestEngine test(kOld, 2);
  constexpr int kVisitors = 300;
  for (int i = 0; i < kVisitors; ++i) test.SendOne(Name(i), {kNoon, "x"});
  SUBCASE("in memory") {}
  SUBCASE("on disk only") { test.Open(); }
  test.clock.Advance(5'000);
  test.engine().SetProgram(ProgramOf(kOld + Shadow("quiet", "idle >= 20s")));
  AwaitMoved(test, kVisitors);
  CHECK(Gauges(*test.metrics, "vinkki_reload_visitors_done") == 2 * kVisitors);  // two shards look
  test.clock.Set(kNoon + 20'000);
  Await([&] { return Gauges(*test.metrics, "vinkki_suppressions_total") >= kVisitors; });
  test.Close();
  const auto decided = CountOf(test.options.data_dir, "quiet");
  CHECK(decided.size() == kVisitors);
  for (const std::string& line : DecisionsOf(test.options.data_dir)) {
    CHECK(line.find(" 20000 quiet shadow") != std::string::npos);
  }
  CHECK(LayoutRows(test.options.data_dir) == 1);  // the old one is forgotten
}

TEST_CASE("a reload during a reload, and a restart during that: each visitor once") {
  TestEngine test(kOld);
  constexpr int kVisitors = 500;
  for (int i = 0; i < kVisitors; ++i) test.SendOne(Name(i), {kNoon, "x"});
  const std::string a = Shadow("a", "count(x, 1h) >= 1");
  const std::string b = Shadow("b", "count(x, 2h) >= 1 and visitor.visits >= 1");
  test.clock.Advance(1'000);
  test.engine().SetProgram(ProgramOf(kOld + a));
  test.engine().SetProgram(ProgramOf(kOld + a + b));
  Await([&] { return Gauges(*test.metrics, "vinkki_reload_visitors_moved_total") >= 50; });
  CHECK(Gauges(*test.metrics, "vinkki_reload_visitors_done") >= 50);  // those in memory first
  test.program_ = ProgramOf(kOld + a + b);
  test.clock.Advance(1'000);
  test.Open();  // in the middle of it, or just after
  Await([&] {
    return Gauges(*test.metrics, "vinkki_reload_visitors_done") >= kVisitors &&
           Gauges(*test.metrics, "vinkki_reload_running") == 0;
  });
  test.Close();
  for (const char* rule : {"a", "b"}) {
    const auto decided = CountOf(test.options.data_dir, rule);
    CHECK(decided.size() == kVisitors);
    for (const auto& one : decided) CHECK_MESSAGE(one.second == 1, one.first, " ", rule);
  }
  CHECK(LayoutRows(test.options.data_dir) == 1);
}

TEST_CASE("an event that was under way while its visitor was moved over happens") {
  const std::string x = Shadow("x", "event.name == \"x\"");
  TestEngine test(x);
  test.Send(MakeBatch("v", 0, 0, kNoon, {{kNoon, "page_view"}}));
  test.clock.Advance(1'000);
  test.engine().SetProgram(ProgramOf(x + Shadow("other", "count(y, 1h) >= 1")));
  AwaitMoved(test, 1);
  test.Send(MakeBatch("v", 0, 0, kNoon + 900, {{kNoon + 900, "x"}}));
  test.Close();
  CHECK(DecisionsOf(test.options.data_dir) == std::vector<std::string>{"v 1000 x shadow"});
}

TEST_CASE("back to the rules before: what they did is known, and no visitor is left behind") {
  TestEngine test(Shadow("a", "count(x, session) >= 1"));
  test.SendOne("v", {kNoon, "x"});
  const auto first = test.program_;
  test.engine().SetProgram(ProgramOf(Shadow("b", "count(y, session) >= 1")));
  AwaitMoved(test, 1);
  test.engine().SetProgram(first);
  AwaitMoved(test, 2);
  test.clock.Advance(60'000);
  test.SendOne("v", {kNoon + 60'000, "x"});
  test.Close();
  // The program between did not follow rule a, so it rose anew when it came back.
  CHECK(CountOf(test.options.data_dir, "a").at("v") == 2);
}

TEST_CASE("other texts, limits or priorities leave every state as it is") {
  TestEngine test(kOld);
  test.SendOne("v", {kNoon, "x"});
  test.engine().SetProgram(ProgramOf(kOld + "    priority: 9\n"));
  test.SendOne("v", {kNoon, "x"});
  CHECK(Gauges(*test.metrics, "vinkki_reload_visitors_moved_total") == 0);
  CHECK(Gauges(*test.metrics, "vinkki_reload_running") == 0);
}

TEST_CASE("facts that did not change outlive the events that made them") {
  const std::string loyal = Shadow("loyal", "count(buy, visitor) >= 3 and event.name == \"hello\"");
  TestEngine test(loyal);
  test.options.retention = 10LL * 86'400'000;
  for (int i = 0; i < 3; ++i) test.SendOne("v", {kNoon + i, "buy"});
  test.Close();
  DropBatches(test.options.data_dir, test.clock.Now() + 1);
  test.clock.Advance(30LL * 86'400'000);
  test.Open();
  test.engine().SetProgram(ProgramOf(loyal + Shadow("new", "count(page_view, 1h) >= 7")));
  const Millis now = test.clock.Now();
  test.SendOne("v", {now, "hello"}, 8);
  test.Close();
  CHECK(CountOf(test.options.data_dir, "loyal") == std::map<std::string, int>{{"v", 1}});
}

// For the thread sanitizer above all; and everything that was answered is stored and was decided.
TEST_CASE("reloads under load") {
  TestEngine test(Shadow("hit", "event.name == \"hit\""), 2);
  test.Open();
  std::atomic<bool> stop{false};
  std::atomic<int> sent{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; !stop; ++i) {
        Answers answers;
        const std::string visitor = "v" + std::to_string(t) + "-" + std::to_string(i % 200);
        Batch batch = MakeBatch(visitor, static_cast<uint64_t>(i / 200 + 1), 1, kNoon,
                                {{kNoon, i % 2 == 0 ? "hit" : "miss"}});
        if (!test.engine().ingest().Submit(std::move(batch), &answers, 1)) continue;
        if (answers.Wait(1).at(1) == Outcome::kStored && i % 2 == 0) ++sent;
      }
    });
  }
  for (int i = 0; i < 40; ++i) {
    test.engine().SetProgram(
        ProgramOf(Shadow("hit", "event.name == \"hit\"") +
                  Shadow("r" + std::to_string(i % 7),
                         "count(miss, " + std::to_string(i % 5 + 1) + "m) >= 100 and idle > 1h")));
    const int before = sent;
    Await([&] { return sent > before + 5; });
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  test.Close();
  int decided = 0;
  for (const auto& [visitor, n] : CountOf(test.options.data_dir, "hit")) decided += n;
  CHECK(decided == sent);
}

}  // namespace vinkki::engine
