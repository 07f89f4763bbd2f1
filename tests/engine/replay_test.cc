#include "engine/replay.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <random>

#include "tests/engine/engine_fixture.h"

namespace vinkki::engine {
namespace {

const std::string kRules =
    RuleText("three", "count(form_error, 2m) >= 3", "    fresh: 3d\n") +
    RuleText("idle", "idle >= 20s and count(add_to_cart, session) > 0",
             "    for: 5s\n    fresh: 3d\n    priority: 3\n    limits: { per_session: 2 }\n") +
    RuleText("shadow", "event.name == \"search\"", "    mode: shadow\n    fresh: 3d\n");

struct Visit {
  std::string visitor;
  Millis at;
  std::string name;
  std::string id;
};

std::vector<Visit> RandomVisits(uint64_t seed, size_t n) {
  std::mt19937_64 random(seed);
  const char* names[] = {"page_view", "form_error", "add_to_cart", "search", "click"};
  std::vector<Visit> visits;
  Millis at = kNoon;
  for (size_t i = 0; i < n; ++i) {
    at += static_cast<Millis>(random() % 9'000);
    const std::string id = random() % 8 == 0 ? std::to_string(random() % 20) : "";
    visits.push_back({"v" + std::to_string(random() % 9), at, names[random() % 5], id});
  }
  return visits;
}

std::string Lines(Replay* replay, ReplayReport* report) {
  std::string lines;
  auto result = replay->Run([&](std::string_view more) { lines += more; });
  REQUIRE(result.ok());
  *report = std::move(result).value();
  return lines;
}

std::string ReplayData(const std::string& dir, const std::shared_ptr<const rules::Program>& program,
                       uint32_t threads, ReplayReport* report) {
  ReplayOptions options;
  options.threads = threads;
  Replay replay(program, options);
  REQUIRE(replay.OpenData(dir).ok());
  return Lines(&replay, report);
}

TEST_CASE("a file and the same file imported come to the same decisions, on any threads") {
  const auto visits = RandomVisits(1, 3000);
  const auto program = ProgramOf(kRules);
  const Millis received = kNoon + 400 * 86'400'000LL;
  TestEngine test(kRules, 2);
  test.clock.Set(received);
  std::vector<Batch> batches;
  for (const Visit& v : visits) {
    batches.push_back(MakeBatch(v.visitor, 0, 0, received, {{v.at, v.name, {}, v.id}}, true));
  }
  std::string from_file;
  ReplayReport report;
  for (const uint32_t threads : {1u, 4u}) {
    ReplayOptions options;
    options.threads = threads;
    options.against = program;
    Replay replay(program, options);
    for (const Batch& batch : batches) replay.Add(batch);
    const std::string lines = Lines(&replay, &report);
    const ReplayReport other = replay.TakeDiff().other;
    CHECK(other.duplicates == report.duplicates);
    CHECK(other.events == report.events);
    if (threads > 1) CHECK(lines == from_file);
    from_file = lines;
  }
  CHECK(report.visitors == 9);
  CHECK(report.duplicates > 0);
  CHECK(report.events + report.duplicates == visits.size());
  CHECK(report.rules[0].offers > 0);
  CHECK(report.rules[2].silences["shadow"] > 0);
  CHECK(from_file.find("\"reason\":\"shadow\"") != std::string::npos);
  Answers answers;
  for (size_t i = 0; i < batches.size(); ++i) {
    while (!test.engine().ingest().Submit(Batch(batches[i]), &answers, i)) {
    }
  }
  answers.Wait(batches.size());
  test.Close();
  CHECK(DecisionsOf(test.options.data_dir).empty());
  ReplayReport stored;
  CHECK(ReplayData(test.options.data_dir, program, 1, &stored) == from_file);
  CHECK(ReplayData(test.options.data_dir, program, 3, &stored) == from_file);
  CHECK(stored.events == report.events);
}

TEST_CASE("what ran live, restarts included, is what its replay decides") {
  TestEngine test(kRules);
  const auto visits = RandomVisits(2, 400);
  for (size_t i = 0; i < visits.size(); ++i) {
    test.clock.Set(visits[i].at);
    test.SendOne(visits[i].visitor, {visits[i].at, visits[i].name});
    if (i % 150 == 149) test.Open();
  }
  test.clock.Advance(2 * 86'400'000LL);
  test.SendOne("end", {test.clock.Now(), "page_view"});
  for (int i = 0; i < 20; ++i) test.SendOne("end", {test.clock.Now(), "click"});
  test.Close();
  std::vector<std::string> live;
  std::map<std::string, std::vector<std::string>> by_visitor;
  for (const std::string& line : DecisionsOf(test.options.data_dir)) live.push_back(line);
  std::sort(live.begin(), live.end());
  ReplayReport report;
  const std::string lines = ReplayData(test.options.data_dir, ProgramOf(kRules), 2, &report);
  std::vector<std::string> replayed;
  ReplayOptions options;
  size_t at = 0;
  for (size_t end = lines.find('\n'); end != std::string::npos; end = lines.find('\n', at)) {
    const std::string line = lines.substr(at, end - at);
    const auto field = [&](const std::string& key) {
      const size_t from = line.find("\"" + key + "\":");
      if (from == std::string::npos) return std::string();
      const size_t start = from + key.size() + 3;
      const std::string rest = line.substr(start, line.find_first_of(",}", start) - start);
      return rest.front() == '"' ? rest.substr(1, rest.size() - 2) : rest;
    };
    replayed.push_back(field("visitor") + " " + std::to_string(std::stoll(field("at")) - kNoon) +
                       " " + field("rule") + " " + field("reason"));
    at = end + 1;
  }
  std::sort(replayed.begin(), replayed.end());
  CHECK(replayed.size() > 20);
  std::vector<std::string> only;
  std::set_symmetric_difference(live.begin(), live.end(), replayed.begin(), replayed.end(),
                                std::back_inserter(only));
  for (const std::string& line : only) {
    MESSAGE(
        std::string(std::binary_search(live.begin(), live.end(), line) ? "live: " : "replayed: "),
        line);
  }
  CHECK(only.empty());
}

TEST_CASE("progress begins with nothing done and ends with all of it") {
  std::vector<ReplayProgress> told;
  ReplayOptions options;
  options.progress = [&](const ReplayProgress& now) { told.push_back(now); };
  Replay replay(ProgramOf(kRules), options);
  for (const Visit& v : RandomVisits(2, 500)) {
    replay.Add(MakeBatch(v.visitor, 0, 0, v.at, {{v.at, v.name}}, true));
  }
  ReplayReport report;
  Lines(&replay, &report);
  REQUIRE(told.size() >= 2);
  CHECK(told.front().visitors_done == 0);
  CHECK(told.front().events_done == 0);
  CHECK(told.back().visitors_done == 9);
  CHECK(told.back().visitors == 9);
  CHECK(told.back().events_done == 500);
}

TEST_CASE("a replay ends where it is told to") {
  const auto program = ProgramOf(kRules);
  ReplayOptions options;
  options.to = kNoon + 24'999;
  for (const Millis to : {kNoon + 24'999, kNoon + 25'000}) {
    options.to = to;
    Replay replay(program, options);
    replay.Add(MakeBatch("v", 0, 0, kNoon, {{kNoon, "add_to_cart"}}));
    replay.Add(MakeBatch("w", 0, 0, kNoon + 90'000, {{kNoon + 90'000, "add_to_cart"}}));
    ReplayReport report;
    const std::string lines = Lines(&replay, &report);
    CHECK(report.events == 1);
    CHECK(lines == (to < kNoon + 25'000
                        ? ""
                        : "{\"at\":1704110425000,\"site\":\"shop\",\"visitor\":\"v\",\"rule\":"
                          "\"idle\",\"decision\":\"offer\"}\n"));
  }
}

}  // namespace
}  // namespace vinkki::engine
