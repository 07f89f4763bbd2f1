// What the engine's tests share: rules from text, batches from a line, a sink that waits for
// answers, and an engine over a folder of its own on a clock that stands still.
#pragma once

#include <doctest/doctest.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "engine/engine.h"
#include "engine/keys.h"
#include "engine/live.h"
#include "engine/store.h"
#include "engine/stored.h"
#include "rules/load.h"
#include "rules/program.h"
#include "rules/step.h"
#include "tests/engine/temp_dir.h"

namespace vinkki::engine {

inline constexpr Millis kNoon = 1'704'110'400'000;  // Monday 2024-01-01, 12:00 UTC

// `rules`: what stands below "rules:", indented by two.
inline std::shared_ptr<const rules::Program> ProgramOf(const std::string& rules) {
  const rules::LoadResult result = rules::Load({{"test.yml", "version: 1\nrules:\n" + rules}});
  if (!result.program) FAIL(rules::Format(result));
  return result.program;
}

// A rule that offers chat when `when` holds; `more` are further lines of it.
inline std::string RuleText(const std::string& name, const std::string& when,
                            const std::string& more = "") {
  return "  - name: " + name + "\n    when: " + when +
         "\n    offer: { channels: [chat], queue: sales, message: { en: Hello, fi: Hei } }\n" +
         more;
}

struct TestEvent {
  Millis at = 0;
  std::string name;
  std::vector<std::pair<std::string, Value>> props = {};
  std::string id = {};
};

// A page's batch: load and number as given. load 0: from a server.
inline Batch MakeBatch(const std::string& visitor, uint64_t load, uint64_t number, Millis received,
                       const std::vector<TestEvent>& events, bool history = false) {
  BatchWriter writer;
  BatchHeader header;
  header.consent = Consent::kFull;
  header.history = history;
  header.received = received;
  header.load = load;
  header.number = number;
  writer.Begin("shop", visitor, header);
  for (const TestEvent& event : events) {
    writer.BeginEvent(event.at - received, event.name, false, event.id);
    for (const auto& [key, value] : event.props) writer.Prop(key, value);
    writer.EndEvent();
  }
  return writer.Finish();
}

// Collects answers; Wait blocks until there are n in all.
class Answers final : public AckSink {
 public:
  void Acknowledge(std::span<const Ack> acks) override {
    std::lock_guard lock(mutex_);
    for (const Ack& ack : acks) outcomes_[ack.token] = ack.outcome;
    ++calls_;
    more_.notify_all();
  }
  std::map<uint64_t, Outcome> Wait(size_t n) {
    std::unique_lock lock(mutex_);
    more_.wait_for(lock, std::chrono::seconds(60), [&] { return outcomes_.size() >= n; });
    CHECK(outcomes_.size() >= n);
    return outcomes_;
  }
  size_t calls() {
    std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::map<uint64_t, Outcome> outcomes_;
  size_t calls_ = 0;
};

class TestEngine {
 public:
  explicit TestEngine(const std::string& rules, uint32_t shards = 1)
      : program_(ProgramOf(rules)), clock(kNoon) {
    options.data_dir = dir.path() + "/data";
    options.shards = shards;
    options.kafka = true;
  }
  ~TestEngine() { Close(); }

  Engine& Open() {
    Close();
    metrics = std::make_unique<Metrics>();
    auto opened = Engine::Open(options, program_, &clock, metrics.get());
    if (!opened.ok()) FAIL(opened.status().message());
    engine_ = std::move(opened).value();
    return *engine_;
  }
  Engine& engine() { return engine_ ? *engine_ : Open(); }
  void Close() {
    if (engine_) engine_->Stop();
    engine_.reset();
  }

  // Submits and waits for the answer.
  Outcome Send(Batch batch) {
    Answers answers;
    REQUIRE(engine().ingest().Submit(std::move(batch), &answers, 1));
    return answers.Wait(1).at(1);
  }
  // One event of a page load of its own batch numbers.
  Outcome SendOne(const std::string& visitor, const TestEvent& event, uint64_t load = 7) {
    return Send(
        MakeBatch(visitor, load, ++numbers_[visitor + std::to_string(load)], clock.Now(), {event}));
  }
  // What the page's sink gets, within `wait`, and takes it off the outbox.
  std::vector<OutboxRow> Offers(size_t at_least, std::string_view sink = kSinkPage) {
    std::vector<OutboxRow> all;
    while (all.size() < at_least) {
      const uint64_t after = all.empty() ? 0 : all.back().sequence;
      auto rows = engine().outbox().Read(sink, after, 100, std::chrono::seconds(30));
      REQUIRE(rows.ok());
      if (rows.value().empty()) break;
      for (OutboxRow& row : rows.value()) all.push_back(std::move(row));
    }
    std::vector<uint64_t> sequences;
    for (const OutboxRow& row : all) sequences.push_back(row.sequence);
    CHECK(engine().outbox().Remove(sink, sequences).ok());
    return all;
  }

  TempDir dir;
  std::shared_ptr<const rules::Program> program_;
  ManualClock clock;
  EngineOptions options;
  std::unique_ptr<Metrics> metrics;

 private:
  std::unique_ptr<Engine> engine_;
  std::map<std::string, uint64_t> numbers_;
};

inline size_t CountBatches(const std::string& data_dir) {
  size_t n = 0;
  CHECK(ForEachBatch(data_dir, [&](const StoredBatch&) {
          ++n;
          return true;
        }).ok());
  return n;
}

// What retention does, at once: all batches received before `from` go.
inline void DropBatches(const std::string& data_dir, Millis from) {
  StoreOptions options;
  options.data_dir = data_dir;
  auto store = Store::Open(options);
  REQUIRE(store.ok());
  WriteGroup group;
  size_t dropped = 0;
  const auto visit = [&](std::string_view key, std::string_view) {
    const Result<BatchKey> row = DecodeBatchKey(key);
    REQUIRE(row.ok());
    if (row.value().received < from) {
      group.Delete(Family::kBatches, key);
      ++dropped;
    }
    return true;
  };
  REQUIRE(store.value()->Scan(Family::kBatches, {}, {}, visit).ok());
  REQUIRE(store.value()->Commit(&group).ok());
  CHECK(dropped > 0);
}

// The facts in the last state that was shown so far.
inline std::string LastFacts(Watch* watch) {
  std::string state;
  while (const auto message = watch->Next(std::chrono::milliseconds(100))) {
    if (message->find("\"type\":\"state\"") != std::string::npos) state = *message;
  }
  return state.substr(0, state.find("\"rules\""));
}

// "rule reason" of every stored decision with its time, in order of the folder.
inline std::vector<std::string> DecisionsOf(const std::string& data_dir) {
  std::vector<std::string> all;
  CHECK(ForEachDecision(data_dir, [&](const DecisionRow& row) {
          all.push_back(row.visitor + " " + std::to_string(row.at - kNoon) + " " + row.rule + " " +
                        std::string(rules::ReasonName(static_cast<rules::Reason>(row.reason))));
          return true;
        }).ok());
  return all;
}

}  // namespace vinkki::engine
