// Where a replay's events come from: in memory, whose they are, in the order in which they came;
// and in a data folder, the rows of many days.

#include "engine/replay_source.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>

#include "engine/keys.h"
#include "tests/engine/engine_fixture.h"

namespace vinkki::engine {
namespace {

std::string NameOf(int visitor) { return "a visitor with a long name " + std::to_string(visitor); }

void AddEvent(FileSource* source, int visitor, Millis at, std::string_view filler) {
  EventListWriter* writer = source->BeginEvent("shop", NameOf(visitor), {at, "click", false, {}});
  writer->Prop("filler", Value::Of(filler));
  source->EndEvent();
}

std::vector<Millis> TimesOf(ReplaySource::Reader* reader, size_t i) {
  History history;
  REQUIRE(reader->Read(i, &history).ok());
  std::vector<Millis> times;
  for (const EventView& event : history.events()) times.push_back(event.at);
  return times;
}

std::vector<Millis> TimesOf(const FileSource& source, size_t i) {
  return TimesOf(source.NewReader().get(), i);
}

}  // namespace

TEST_CASE("each visitor's events are brought together in order of arrival") {
  constexpr int kVisitors = 3'000;  // the index grows, and several chunks are filled
  const std::string filler(500, 'x');
  FileSource source;
  for (int round = 0; round < 5; ++round) {
    for (int v = 0; v < kVisitors; ++v) AddEvent(&source, v, 1'000 * v + (round * 7) % 5, filler);
  }
  source.Sort();
  REQUIRE(source.size() == kVisitors);
  for (size_t i = 0; i + 1 < source.size(); ++i) CHECK(source.who(i) < source.who(i + 1));
  for (size_t i = 0; i < source.size(); ++i) {
    const std::string_view who = source.who(i);
    const Millis base = 1'000 * std::stoll(std::string(who.substr(who.rfind(' ') + 1)));
    CHECK(TimesOf(source, i) == std::vector<Millis>{base, base + 2, base + 4, base + 1, base + 3});
  }
}

TEST_CASE("batches and single events of a visitor keep their order") {
  FileSource source;
  AddEvent(&source, 1, 10, "x");
  BatchWriter writer;
  BatchHeader header;
  header.received = 30;
  writer.Begin("shop", NameOf(1), header);
  for (const Millis delta : {-10, 0}) {
    writer.BeginEvent(delta, "click", false);
    writer.EndEvent();
  }
  source.Add(writer.Finish());
  AddEvent(&source, 1, 40, "x");
  AddEvent(&source, 0, 5, "x");
  source.Sort();
  REQUIRE(source.size() == 2);
  CHECK(TimesOf(source, 0) == std::vector<Millis>{5});
  CHECK(TimesOf(source, 1) == std::vector<Millis>{10, 20, 30, 40});
}

TEST_CASE("a visitor's rows of many days, read forward, in turns and backward") {
  constexpr int kVisitors = 7;
  constexpr int kDays = 80;  // more than a reader keeps cursors
  constexpr Millis kDayLength = 86'400'000;
  TestEngine test(RuleText("r", "count(form_error, 2m) >= 3"));
  std::map<std::string, std::vector<Millis>, std::less<>> expected;
  for (int day = 0; day < kDays; ++day) {
    for (int v = 0; v < kVisitors; ++v) {
      if ((v + day) % 3 == 0) continue;
      const Millis at = kNoon + day * kDayLength + v;
      test.clock.Set(at);
      const std::string name = "v" + std::to_string(v);
      test.SendOne(name, {at, "click"});
      expected[name].push_back(at);
    }
  }
  test.Close();
  DataSource source;
  REQUIRE(source.Open(test.options.data_dir).ok());
  REQUIRE(source.size() == kVisitors);
  const auto expected_of = [&](size_t i) {
    return expected[std::string(VisitorOf(source.who(i)))];
  };
  const auto forward = source.NewReader(), even = source.NewReader(), odd = source.NewReader(),
             backward = source.NewReader();
  for (size_t i = 0; i < source.size(); ++i) {
    CHECK(TimesOf(forward.get(), i) == expected_of(i));
    CHECK(TimesOf((i % 2 == 0 ? even : odd).get(), i) == expected_of(i));
    const size_t from_end = source.size() - 1 - i;
    CHECK(TimesOf(backward.get(), from_end) == expected_of(from_end));
  }
}

TEST_CASE("what was flushed on stopping needs no log") {
  const auto log_bytes = [](bool flush) {
    TestEngine test(RuleText("r", "count(form_error, 2m) >= 3"));
    test.options.flush_on_stop = flush;
    test.Open();
    for (int i = 0; i < 50; ++i) test.SendOne("v", {kNoon, "click"});
    test.Close();
    uintmax_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(test.options.data_dir)) {
      if (file.path().extension() == ".log") bytes += file.file_size();
    }
    DataSource source;
    REQUIRE(source.Open(test.options.data_dir).ok());
    REQUIRE(source.size() == 1);
    CHECK(TimesOf(source.NewReader().get(), 0).size() == 50);
    return bytes;
  };
  CHECK(log_bytes(false) > 1'000);
  CHECK(log_bytes(true) < 1'000);
}

}  // namespace vinkki::engine
