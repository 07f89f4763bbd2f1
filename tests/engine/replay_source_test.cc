// A replay's events in memory: whose they are, in the order in which they came, across chunks.

#include "engine/replay_source.h"

#include <doctest/doctest.h>

namespace vinkki::engine {
namespace {

std::string NameOf(int visitor) { return "a visitor with a long name " + std::to_string(visitor); }

void AddEvent(FileSource* source, int visitor, Millis at, std::string_view filler) {
  BatchWriter* writer = source->BeginEvent("shop", NameOf(visitor));
  writer->BeginEvent(at - FileSource::kReceived, "click", false);
  writer->Prop("filler", Value::Of(filler));
  writer->EndEvent();
  source->EndEvent();
}

std::vector<Millis> TimesOf(const FileSource& source, size_t i) {
  History history;
  REQUIRE(source.Read(i, &history).ok());
  std::vector<Millis> times;
  for (const EventView& event : history.events()) times.push_back(event.at);
  return times;
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

}  // namespace vinkki::engine
