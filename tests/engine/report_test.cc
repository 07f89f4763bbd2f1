// The numbers of a replay's report, in cases small enough to count by hand.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <random>

#include "engine/agents.h"
#include "engine/replay.h"
#include "engine/tally.h"
#include "engine/visit_course.h"
#include "tests/engine/engine_fixture.h"

namespace vinkki::engine {
namespace {

constexpr Millis kSecond = 1000;
constexpr Millis kMinute = 60 * kSecond;

Tally TallyOf(const std::vector<int64_t>& numbers, int64_t width = 1, size_t most = 65'536) {
  Tally tally(width, most);
  for (const int64_t n : numbers) tally.Add(n);
  return tally;
}

std::vector<std::pair<int64_t, uint64_t>> SlotsOf(Tally* tally) {
  std::vector<std::pair<int64_t, uint64_t>> out;
  for (const Tally::Slot& slot : tally->slots()) out.emplace_back(slot.from, slot.count);
  return out;
}

TEST_CASE("quartiles by nearest rank") {
  struct Row {
    std::vector<int64_t> numbers;
    int64_t p25, median, p75, most;
  };
  const Row rows[] = {
      {{7}, 7, 7, 7, 7},          {{1, 2}, 1, 1, 2, 2},
      {{3, 1, 2}, 1, 2, 3, 3},    {{4, 3, 2, 1}, 1, 2, 3, 4},
      {{5, 5, 5, 9}, 5, 5, 5, 9}, {{10, 20, 30, 40, 50}, 20, 30, 40, 50},
      {{-5, 0, 5}, -5, 0, 5, 5},
  };
  for (const Row& row : rows) {
    Tally tally = TallyOf(row.numbers);
    CHECK(tally.Quartile(1) == row.p25);
    CHECK(tally.Quartile(2) == row.median);
    CHECK(tally.Quartile(3) == row.p75);
    CHECK(tally.Quartile(4) == row.most);
  }
}

TEST_CASE("a tally keeps to its bound, and does not care in which order or where it was filled") {
  Tally exact = TallyOf({9, 1, 9, -3, 5}, 1, 4);
  CHECK(exact.width() == 1);
  CHECK(SlotsOf(&exact) ==
        std::vector<std::pair<int64_t, uint64_t>>{{-3, 1}, {1, 1}, {5, 1}, {9, 2}});
  Tally coarse = TallyOf({9, 1, 9, -3, 5}, 1, 3);
  CHECK(coarse.width() == 8);  // at 4 there are -4, 0, 4, 8
  CHECK(SlotsOf(&coarse) == std::vector<std::pair<int64_t, uint64_t>>{{-8, 1}, {0, 2}, {8, 2}});
  CHECK(rc::check("any order, any split", [] {
    const auto numbers =
        *rc::gen::container<std::vector<int64_t>>(rc::gen::inRange<int64_t>(-5'000, 5'000));
    const size_t most = *rc::gen::inRange<size_t>(2, 40);
    Tally whole = TallyOf(numbers, 1, most);
    std::vector<Tally> parts(3, Tally(1, most));
    std::mt19937_64 random(numbers.size());
    auto shuffled = numbers;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    for (const int64_t n : shuffled) {
      Tally& part = parts[random() % 3];
      part.Add(n);
      if (random() % 7 == 0) part.slots();
    }
    const Tally* const all[] = {&parts[0], &parts[1], &parts[2]};
    Tally together = Tally::Together(all);
    parts[2].Merge(parts[0]);
    parts[2].Merge(parts[1]);
    RC_ASSERT(together.width() == whole.width());
    RC_ASSERT(SlotsOf(&together) == SlotsOf(&whole));
    RC_ASSERT(parts[2].width() == whole.width());
    RC_ASSERT(SlotsOf(&parts[2]) == SlotsOf(&whole));
    RC_ASSERT(whole.slots().size() <= most);
    RC_ASSERT(parts[2].total() == numbers.size());
  }));
}

TEST_CASE("a tally of many numbers is what a map counts") {
  for (const int64_t range : {100LL, 40'000LL, 1LL << 45}) {
    CAPTURE(range);
    std::mt19937_64 random(static_cast<uint64_t>(range));
    Tally tally(1, 1 << 20), half(1, 1 << 20);
    std::map<int64_t, uint64_t> counts;
    for (int i = 0; i < 20'000; ++i) {
      const int64_t n = static_cast<int64_t>(random() % static_cast<uint64_t>(range)) - range / 2;
      (i % 3 == 0 ? half : tally).Add(n);
      ++counts[n];
    }
    tally.Merge(half);
    CHECK(SlotsOf(&tally) ==
          std::vector<std::pair<int64_t, uint64_t>>(counts.begin(), counts.end()));
  }
}

TEST_CASE("agents at the peak, by a sweep") {
  struct Row {
    std::vector<int64_t> begin;
    uint64_t peak;
    Millis at;
    uint64_t enough;
  };
  const Row rows[] = {
      // each conversation lasts 10
      {{}, 0, 0, 0},
      {{5}, 1, 5, 1},
      {{0, 10, 20}, 1, 0, 1},        // one ends as the next begins: the same agent
      {{0, 9}, 2, 9, 2},             // a moment earlier it takes two
      {{3, 3, 3}, 3, 3, 3},          // all at once
      {{0, 4, 8, 12, 16}, 3, 8, 3},  // three of them overlap from 8 on
      {{0, 2, 4, 30, 32}, 3, 4, 3},  // the first of two peaks' moments
      {{-20, -15, -14}, 3, -14, 3},  // before 1970 too
  };
  for (const Row& row : rows) {
    Tally tally = TallyOf(row.begin);
    const AgentsBusy busy = CountAgents(&tally, 10, nullptr);
    CHECK(busy.conversations == row.begin.size());
    CHECK(busy.peak == row.peak);
    CHECK(busy.peak_at == row.at);
    CHECK(busy.enough == row.enough);
  }
}

TEST_CASE("95 % of the conversations begin at once with fewer than the peak takes") {
  std::vector<int64_t> begin;
  for (int i = 0; i < 99; ++i) begin.push_back(i * 100);
  begin.push_back(5);  // the one that needs a second agent
  Tally tally = TallyOf(begin);
  const AgentsBusy busy = CountAgents(&tally, 10, nullptr);
  CHECK(busy.peak == 2);
  CHECK(busy.enough == 1);
}

TEST_CASE("the sweep is what counting at every moment says") {
  CHECK(rc::check("sweep = counting", [] {
    const auto begin = *rc::gen::container<std::vector<int64_t>>(rc::gen::inRange<int64_t>(0, 60));
    const Millis length = *rc::gen::inRange<Millis>(1, 20);
    std::map<Millis, uint64_t> busy;
    for (const int64_t b : begin) {
      for (Millis t = b; t < b + length; ++t) ++busy[t];
    }
    std::map<Millis, uint64_t> swept;
    Tally tally = TallyOf(begin);
    const AgentsBusy agents = CountAgents(&tally, length, [&](Millis from, Millis to, uint64_t n) {
      for (Millis t = from; t < to; ++t) swept[t] = n;
    });
    RC_ASSERT(swept == busy);
    uint64_t peak = 0;
    for (const auto& [t, n] : busy) peak = std::max(peak, n);
    RC_ASSERT(agents.peak == peak);
    RC_ASSERT(peak == 0 || busy[agents.peak_at] == peak);
  }));
}

// ---- ahead of leaving, ahead of buying ----

class Course {
 public:
  explicit Course(const std::vector<TestEvent>& events)
      : batch_(MakeBatch("v", 0, 0, kNoon + 86'400'000, events)) {
    BatchReader reader(batch_.bytes());
    EventView event;
    while (reader.Next(&event)) events_.push_back(event);
    course.Read(events_, {}, nullptr);
  }
  // "leaving buying", in seconds, "-" where there is none; "*" when bought in the visit.
  std::string After(Millis at) {
    const TimeAhead ahead = course.After(at);
    const auto text = [](std::optional<Millis> t) {
      return t ? std::to_string(*t / kSecond) : std::string("-");
    };
    return text(ahead.leaving) + " " + text(ahead.buying) + (ahead.bought_in_visit ? "*" : "");
  }
  VisitCourse course;

 private:
  Batch batch_;
  std::vector<EventView> events_;
};

TestEvent At(Millis seconds, const std::string& name, const std::string& transaction = "") {
  TestEvent event{kNoon + seconds * kSecond, name};
  if (!transaction.empty())
    event.props.emplace_back("transaction_id", Value::Of(transaction.c_str()));
  return event;
}

TEST_CASE("time ahead of leaving is until the visit's last sign of life") {
  Course course({At(0, "page_view"), At(60, "click"), At(100, "active"), At(400, "hidden"),
                 At(410, "page_leave")});
  CHECK(course.course.visits() == 1);
  CHECK(course.After(kNoon) == "100 -");
  CHECK(course.After(kNoon + 70 * kSecond) == "30 -");
  CHECK(course.After(kNoon + 100 * kSecond - 1) == "0 -");
  CHECK(course.After(kNoon + 100 * kSecond) == "- -");  // nothing came after it
  CHECK(course.After(kNoon + 405 * kSecond) == "- -");
}

TEST_CASE("a visit ends 30 minutes after its last event, and not before") {
  Course two({At(0, "page_view"), At(1800, "page_view"), At(1860, "click")});
  CHECK(two.course.visits() == 2);
  CHECK(two.After(kNoon) == "- -");
  CHECK(two.After(kNoon + 1800 * kSecond) == "60 -");
  Course one({At(0, "page_view"), At(1799, "page_view")});
  CHECK(one.course.visits() == 1);
  CHECK(one.After(kNoon) == "1799 -");
  // Between two visits there is nobody to leave.
  Course gap({At(0, "page_view"), At(4000, "page_view")});
  CHECK(gap.After(kNoon + 1800 * kSecond) == "- -");
  CHECK(gap.After(kNoon + 1799 * kSecond) == "- -");
}

TEST_CASE("time ahead of buying is until the next purchase, in the visit or later") {
  Course course({At(0, "page_view"), At(50, "purchase", "a"), At(60, "purchase", "a"),
                 At(90, "purchase", "b"), At(9000, "page_view"), At(9060, "purchase")});
  CHECK(course.course.purchases() == 3);  // the repeated one does not count again
  CHECK(course.course.visits() == 2);
  CHECK(course.After(kNoon) == "90 50*");
  CHECK(course.After(kNoon + 50 * kSecond) == "40 40*");  // the next one, not this one
  CHECK(course.After(kNoon + 90 * kSecond) == "- 8970");
  CHECK(course.After(kNoon + 9000 * kSecond) == "60 60*");
  CHECK(course.After(kNoon + 9060 * kSecond) == "- -");
}

// ---- the whole report ----

const std::string kRules =
    RuleText("three", "count(form_error, 2m) >= 3", "    limits: { per_session: 1 }\n") +
    RuleText("search", "event.name == \"search\"", "    mode: shadow\n") +
    "  - name: to-bot\n    when: event.name == \"ask\"\n    offer: { channels: [bot], queue: help, "
    "message: { en: Hi } }\n";

ReplayReport ReportOf(const std::vector<std::pair<std::string, TestEvent>>& events,
                      ReplayOptions options, ReplayDiff* diff = nullptr) {
  Replay replay(ProgramOf(kRules), options);
  for (const auto& [visitor, event] : events) {
    replay.Add(MakeBatch(visitor, 0, 0, kNoon + 900 * 86'400'000LL, {event}));
  }
  auto report = replay.Run(nullptr);
  REQUIRE(report.ok());
  if (diff != nullptr) *diff = replay.TakeDiff();
  return std::move(report).value();
}

TEST_CASE("a report of two visitors, counted by hand") {
  std::vector<std::pair<std::string, TestEvent>> events;
  for (const std::string visitor : {"a", "b"}) {
    for (const int s : {0, 10, 20}) events.emplace_back(visitor, At(s, "form_error"));
  }
  events.emplace_back("a", At(140, "click"));
  events.emplace_back("a", At(150, "purchase"));
  events.emplace_back("b", At(30, "search"));
  events.emplace_back("b", At(7200, "ask"));
  events.emplace_back("c", At(3600, "page_view"));
  ReplayOptions options;
  options.report.conversation = 5 * kMinute;
  const ReplayReport report = ReportOf(events, options);
  CHECK(report.visitors == 3);
  CHECK(report.sessions == 4);
  CHECK(report.purchases == 1);
  CHECK(report.events == 11);
  CHECK(report.offers == 3);
  CHECK(report.bot_offers == 1);
  CHECK(report.reached == 2);
  CHECK(report.first_at == kNoon);
  CHECK(report.last_at == kNoon + 7200 * kSecond);
  CHECK(report.event_names.at("form_error") == 6);
  REQUIRE(report.rules.size() == 3);
  const RuleReport& three = report.rules[0];
  CHECK(three.firings == 2);
  CHECK(three.offers == 2);
  CHECK(three.visitors == 2);
  CHECK(three.leaving.n == 2);  // a: 130 s later, b: 10 s later
  CHECK(three.leaving.p25 == 10 * kSecond);
  CHECK(three.leaving.median == 10 * kSecond);
  CHECK(three.leaving.p75 == 130 * kSecond);
  CHECK(three.buying.n == 1);
  CHECK(three.buying.median == 130 * kSecond);
  CHECK(three.bought_in_visit == 1);
  CHECK(three.agents.peak == 2);
  CHECK(three.agents.peak_at == kNoon + 20 * kSecond);
  REQUIRE(three.examples.size() == 2);
  CHECK(three.examples[0].around.size() > 2);
  const RuleReport& search = report.rules[1];
  CHECK(search.offers == 0);
  CHECK(search.silences.at("shadow") == 1);
  CHECK(search.examples.size() == 1);
  const RuleReport& bot = report.rules[2];
  CHECK(bot.bot_offers == 1);
  CHECK(bot.agents.conversations == 0);  // nobody is busy with it
  CHECK(bot.after_leaving == 1);
  REQUIRE(report.queues.size() == 1);
  CHECK(report.queues[0].queue == "sales");
  CHECK(report.queues[0].agents.peak == 2);
  CHECK(report.axis.unit == 15 * kMinute);
  CHECK(report.axis.first == kNoon);
  CHECK(report.offers_over_time == std::vector<uint64_t>{2, 0, 0, 0, 0, 0, 0, 0, 1});
  CHECK(report.busy_over_time[0] == 2);
  CHECK(report.week[0][12] == 2);
  CHECK(report.week[0][14] == 1);
  REQUIRE(report.busiest.size() == 2);
  CHECK(report.busiest[0].offers == 2);
}

TEST_CASE(
    "a share of the offers is accepted, the same ones every time, and more of them with more") {
  std::vector<std::pair<std::string, TestEvent>> events;
  for (int i = 0; i < 400; ++i) {
    for (const int s : {0, 10, 20}) {
      events.emplace_back("v" + std::to_string(i), At(3600 * i + s, "form_error"));
    }
  }
  std::vector<uint64_t> accepted;
  for (const double share : {0.0, 0.3, 0.3, 0.6, 1.0}) {
    ReplayOptions options;
    options.report.accept = share;
    accepted.push_back(ReportOf(events, options).agents.conversations);
  }
  CHECK(accepted[0] == 0);
  CHECK(accepted[1] == accepted[2]);
  CHECK(accepted[1] > 80);
  CHECK(accepted[1] < 160);
  CHECK(accepted[3] > accepted[1]);
  CHECK(accepted[4] == 400);
}

TEST_CASE("days and hours are those of the zone") {
  ReplayOptions options;
  auto zone = rules::Zone::Find("Europe/Helsinki");
  REQUIRE(zone.ok());
  options.report.zone = *zone;
  std::vector<std::pair<std::string, TestEvent>> events;
  for (const int s : {0, 10, 20}) events.emplace_back("a", At(11 * 3600 + s, "form_error"));
  const ReplayReport report = ReportOf(events, options);  // 23:00 UTC on Monday
  CHECK(report.week[1][1] == 1);                          // 01:00 on Tuesday
  CHECK(report.axis.first == kNoon + 13 * 3'600'000);
}

TEST_CASE("the axis holds what it must, in at most 200 stretches") {
  const rules::Zone utc;
  struct Row {
    Millis length;
    Millis unit;
  };
  constexpr Millis kHour = 60 * kMinute;
  constexpr Millis kDay = 24 * kHour;
  for (const Row& row :
       {Row{0, 15 * kMinute}, Row{kDay, 15 * kMinute}, Row{7 * kDay, kHour},
        Row{30 * kDay, 6 * kHour}, Row{150 * kDay, kDay}, Row{700 * kDay, 7 * kDay},
        Row{5000 * kDay, 28 * kDay}, Row{3'000'000 * kDay, 28 * kDay * 1024}}) {
    const TimeAxis axis = TimeAxis::Over(utc, kNoon, kNoon + row.length);
    CHECK(axis.unit == row.unit);
    CHECK(axis.count <= 200);
    CHECK(axis.first <= kNoon);
    CHECK(axis.IndexOf(utc, kNoon) == 0);
    CHECK(axis.IndexOf(utc, kNoon + row.length) == axis.count - 1);
  }
  const TimeAxis weeks = TimeAxis::Over(utc, kNoon + 2 * kDay, kNoon + 702 * kDay);
  CHECK(weeks.first == kNoon - 12 * kHour);  // weeks begin on Monday
}

// ---- two sets ----

TEST_CASE("two sets over the same events: what is the same, changed, moved, only in one") {
  ReplayOptions options;
  options.against = ProgramOf(
      RuleText("three", "count(form_error, 2m) >= 3", "    limits: { per_session: 1 }\n") +
      RuleText("search", "event.name == \"search\"") + RuleText("gone", "count(click, 1m) >= 1"));
  std::vector<std::pair<std::string, TestEvent>> events;
  for (const int s : {0, 10, 20}) events.emplace_back("a", At(s, "form_error"));
  events.emplace_back("b", At(0, "search"));
  events.emplace_back("c", At(0, "click"));
  events.emplace_back("d", At(0, "ask"));
  ReplayDiff diff;
  ReportOf(events, options, &diff);
  CHECK(!diff.same_sets);
  REQUIRE(diff.rules.size() == 4);
  CHECK(diff.rules[0].kind == RuleDiff::Kind::kSame);
  CHECK(diff.rules[0].same == 1);
  CHECK(!diff.rules[0].differs());
  const RuleDiff& search = diff.rules[1];
  CHECK(search.kind == RuleDiff::Kind::kChanged);
  CHECK(search.changed == 1);
  CHECK(search.visitors_lost == 1);
  CHECK(search.offers_other == 1);
  REQUIRE(search.examples.size() == 1);
  CHECK(search.examples[0].visitor == "b");
  CHECK(search.examples[0].mine.reason == rules::Reason::kShadow);
  CHECK(search.examples[0].other.reason == rules::Reason::kNone);
  CHECK(search.examples[0].around.size() == 1);
  CHECK(diff.rules[2].rule == "to-bot");
  CHECK(diff.rules[2].kind == RuleDiff::Kind::kAdded);
  CHECK(diff.rules[2].only_mine == 1);
  CHECK(diff.rules[2].visitors_gained == 1);
  CHECK(diff.rules[3].rule == "gone");
  CHECK(diff.rules[3].kind == RuleDiff::Kind::kRemoved);
  CHECK(diff.rules[3].only_other == 1);
  CHECK(diff.visitors_gained == 1);
  CHECK(diff.visitors_lost == 2);
  CHECK(diff.other.offers == 3);
}

TEST_CASE("a longer `for` moves firings, it does not take them away") {
  ReplayOptions options;
  options.against = ProgramOf(RuleText("r", "count(form_error, 2m) >= 3", "    for: 5s\n"));
  Replay replay(ProgramOf(RuleText("r", "count(form_error, 2m) >= 3", "    for: 20s\n")), options);
  for (const int s : {0, 10, 20, 4000, 4001, 4002, 4010}) {
    replay.Add(MakeBatch("v", 0, 0, kNoon + 86'400'000, {At(s, "form_error")}));
  }
  REQUIRE(replay.Run(nullptr).ok());
  const ReplayDiff diff = replay.TakeDiff();
  CHECK(diff.rules[0].moved == 2);
  CHECK(diff.only_mine + diff.only_other + diff.changed + diff.same == 0);
  REQUIRE(diff.rules[0].examples.size() == 1);  // one of a visitor
  CHECK(diff.rules[0].examples[0].at == kNoon + 40 * kSecond);
  CHECK(diff.rules[0].examples[0].other_at == kNoon + 25 * kSecond);
}

TEST_CASE("the same set twice is no difference") {
  ReplayOptions options;
  options.against = ProgramOf(kRules);
  ReplayDiff diff;
  ReportOf({{"b", At(0, "search")}, {"d", At(0, "ask")}}, options, &diff);
  CHECK(diff.same_sets);
  CHECK(!diff.differs());
  CHECK(diff.same == 2);
}

}  // namespace
}  // namespace vinkki::engine
