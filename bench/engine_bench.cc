// The engine by itself: what a commit, a visitor's codec and a replay cost without HTTP.
//
//   BM_Commit/shards/fsync     ten events a batch, 5,000 visitors, 10 rules: Submit to answer
//   BM_VisitorCodec            encode and decode one visitor with a session behind it
//   BM_Replay                  the same events from memory through Step, one thread
//
// Fixed seed; the folder is made under the current one, so that it is on a real disk.
#include <benchmark/benchmark.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <random>

#include "base/hash.h"
#include "engine/engine.h"
#include "engine/replay.h"
#include "engine/visitor.h"
#include "rules/load.h"
#include "rules/program.h"

namespace vinkki::engine {
namespace {

constexpr Millis kStart = 1'704'110'400'000;
constexpr size_t kVisitors = 5'000;

std::shared_ptr<const rules::Program> TenRules() {
  auto files = rules::ReadFolder(VINKKI_SOURCE_DIR "/bench/rules_10");
  if (!files.ok()) std::abort();
  auto result = rules::Load(std::move(files).value());
  if (!result.program) std::abort();
  return result.program;
}

// The n-th batch of a visitor: ten events of a shop, about 900 bytes.
Batch MakeBatch(std::mt19937_64* random, size_t visitor, uint64_t number, Millis received) {
  static constexpr const char* kNames[] = {"page_view", "view_item", "click",       "active",
                                           "search",    "click",     "add_to_cart", "form_field"};
  BatchWriter writer;
  BatchHeader header;
  header.consent = Consent::kFull;
  header.received = received;
  header.load = visitor + 1;
  header.number = number;
  writer.Begin("shop", "visitor-" + std::to_string(visitor), header);
  for (int i = 9; i >= 0; --i) {
    writer.BeginEvent(-i * 100, kNames[(*random)() % 8], false);
    writer.Prop("url", Value::Of("https://shop.example/category/shoes/runner-4711"));
    writer.Prop("item_id", Value::Of(static_cast<double>((*random)() % 500)));
    writer.Prop("value", Value::Of(static_cast<double>((*random)() % 200)));
    writer.EndEvent();
  }
  return writer.Finish();
}

class Counted final : public AckSink {
 public:
  void Acknowledge(std::span<const Ack> acks) override {
    std::lock_guard lock(mutex_);
    for (const Ack& ack : acks) stored_ += ack.outcome == Outcome::kStored ? 1 : 0;
    answered_ += acks.size();
    more_.notify_all();
  }
  void WaitFor(size_t n) {
    std::unique_lock lock(mutex_);
    more_.wait(lock, [&] { return answered_ >= n; });
  }
  size_t stored() const { return stored_; }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  size_t answered_ = 0;
  size_t stored_ = 0;
};

void BM_Commit(benchmark::State& state) {
  const std::string dir = "engine_bench_data";
  std::filesystem::remove_all(dir);
  ManualClock clock(kStart);
  Metrics metrics;
  EngineOptions options;
  options.data_dir = dir;
  options.shards = static_cast<uint32_t>(state.range(0));
  options.fsync = state.range(1) != 0;
  auto engine = Engine::Open(options, TenRules(), &clock, &metrics);
  if (!engine.ok()) return state.SkipWithError(engine.status().message().c_str());
  std::mt19937_64 random(1);
  Counted answers;
  size_t sent = 0;
  uint64_t number = 0;
  constexpr size_t kAtOnce = 2'000;
  for (auto _ : state) {
    state.PauseTiming();
    ++number;
    clock.Advance(1'000);
    std::vector<Batch> batches;
    for (size_t i = 0; i < kAtOnce; ++i) {
      batches.push_back(
          MakeBatch(&random, (number * kAtOnce + i) % kVisitors, number, clock.Now()));
    }
    state.ResumeTiming();
    for (Batch& batch : batches) {
      while (!engine.value()->ingest().Submit(std::move(batch), &answers, ++sent)) {
      }
    }
    answers.WaitFor(sent);
  }
  if (answers.stored() != sent) state.SkipWithError("not everything was stored");
  engine.value()->Stop();
  state.SetItemsProcessed(static_cast<int64_t>(sent) * 10);
  std::filesystem::remove_all(dir);
}
BENCHMARK(BM_Commit)->Args({1, 1})->Args({2, 1})->Args({1, 0})->UseRealTime();

void BM_VisitorCodec(benchmark::State& state) {
  const auto program = TenRules();
  std::mt19937_64 random(1);
  const std::string who = std::string("shop") + '\0' + "visitor-1";
  Visitor visitor(who, Hash64(who));
  visitor.state = rules::NewState(*program, "shop", "visitor-1");
  rules::Context context;
  context.replay = true;
  rules::Effects effects;
  for (uint64_t n = 1; n <= 20; ++n) {
    const Batch batch = MakeBatch(&random, 1, n, kStart + static_cast<Millis>(n) * 4'000);
    BatchReader reader(batch.bytes());
    for (EventView event; reader.Next(&event);) {
      rules::Apply(*program, context, event, visitor.state.get(), &effects);
    }
  }
  visitor.AddLoad({2, 20, 0, kStart});
  std::string bytes;
  for (auto _ : state) {
    EncodeVisitor(visitor, &bytes);
    Visitor back(who, visitor.hash);
    std::string_view rest;
    bool stale = false;
    if (!DecodeVisitor(bytes, &back, &rest).ok()) state.SkipWithError("broken");
    auto decoded = rules::DecodeState(*program, "shop", "visitor-1", rest, &stale);
    benchmark::DoNotOptimize(decoded);
  }
  state.counters["bytes"] = static_cast<double>(bytes.size());
  state.counters["memory"] = static_cast<double>(visitor.Size());
}
BENCHMARK(BM_VisitorCodec);

void BM_Replay(benchmark::State& state) {
  const auto program = TenRules();
  int64_t events = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::mt19937_64 random(1);
    Replay replay(program, {});
    for (uint64_t n = 1; n <= 20; ++n) {
      for (size_t v = 0; v < 1'000; ++v) {
        replay.Add(MakeBatch(&random, v, n, kStart + static_cast<Millis>(n) * 4'000));
      }
    }
    state.ResumeTiming();
    const auto report = replay.Run(nullptr);
    if (!report.ok()) state.SkipWithError("failed");
    events += static_cast<int64_t>(report.value().events);
  }
  state.SetItemsProcessed(events);
}
BENCHMARK(BM_Replay)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace vinkki::engine
