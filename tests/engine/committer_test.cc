// The commit thread: order, answers, failures; and that the shard never misses what is under way.
#include "engine/committer.h"

#include <doctest/doctest.h>

#include <optional>
#include <set>

#include "tests/engine/engine_fixture.h"
#include "tests/engine/file_size_limit.h"

namespace vinkki::engine {
namespace {

// Notes, at the moment of the answer, which rows were in the store.
class Rows final : public AckSink {
 public:
  explicit Rows(const Store* store) : store_(store) {}
  void Acknowledge(std::span<const Ack> acks) override {
    for (const Ack& ack : acks) {
      std::string value;
      const auto found = store_->Get(Family::kMeta, "row " + std::to_string(ack.token), &value);
      if (ack.outcome == Outcome::kStored) CHECK((found.ok() && found.value()));
      if (ack.outcome == Outcome::kUnavailable) refused.insert(ack.token);
      order.push_back(ack.token);
    }
  }
  std::vector<uint64_t> order;  // read after Settle
  std::set<uint64_t> refused;

 private:
  const Store* store_;
};

struct Bench {
  Bench() {
    StoreOptions options;
    options.data_dir = dir.path();
    auto opened = Store::Open(options);
    REQUIRE(opened.ok());
    store = std::move(opened).value();
    sink.emplace(store.get());
    outbox.emplace(store.get());
    shard_metrics.emplace(&metrics, 0);
    committer.emplace(0, store.get(), &*outbox, &live, &*shard_metrics, [] {});
  }
  void Submit(uint64_t group, size_t padding = 0) {
    next->group = group;
    next->rows.Put(Family::kMeta, "row " + std::to_string(group),
                   std::string(padding, '\1') + "\1");
    next->AddAck(&*sink, {group, Outcome::kStored});
    committer->Submit(&next);
    CHECK(next->empty());
  }

  TempDir dir;
  Metrics metrics;
  LiveHub live{1};
  std::unique_ptr<Store> store;
  std::optional<Rows> sink;
  std::optional<StoreOutbox> outbox;
  std::optional<ShardMetrics> shard_metrics;
  std::optional<Committer> committer;
  std::unique_ptr<PendingCommit> next = std::make_unique<PendingCommit>();
};

TEST_CASE("groups are answered in their order, each when its rows are in the store") {
  Bench bench;
  for (uint64_t group = 1; group <= 200; ++group) bench.Submit(group);
  CHECK(bench.committer->Settle());
  CHECK(bench.committer->durable() == 200);
  CHECK(bench.sink->order.size() == 200);
  CHECK(std::is_sorted(bench.sink->order.begin(), bench.sink->order.end()));
  CHECK(bench.sink->refused.empty());
}

TEST_CASE("what was submitted is committed and answered before the end") {
  Bench bench;
  bench.Submit(1);
  bench.committer.reset();
  CHECK(bench.sink->order == std::vector<uint64_t>{1});
  CHECK(bench.sink->refused.empty());
}

TEST_CASE("a failed group takes those behind it with it, also when the store is open again") {
  Bench bench;
  bench.Submit(1);
  REQUIRE(bench.committer->Settle());
  {
    const FileSizeLimit full(16 << 10);
    bench.Submit(2, 64 << 10);
    CHECK_FALSE(bench.committer->Settle());
  }
  CHECK(bench.committer->failed());
  REQUIRE(bench.store->Reopen().ok());  // as another shard may do
  bench.Submit(3);                      // was built on what 2 held
  CHECK_FALSE(bench.committer->Settle());
  CHECK(bench.sink->refused == std::set<uint64_t>{2, 3});
  std::string value;
  CHECK_FALSE(bench.store->Get(Family::kMeta, "row 3", &value).value());
  bench.committer->Resume();
  bench.Submit(4);
  CHECK(bench.committer->Settle());
  CHECK(bench.sink->refused == std::set<uint64_t>{2, 3});
  CHECK(bench.sink->order == std::vector<uint64_t>{1, 2, 3, 4});
}

// Everything at once and nothing waited for: visitors who are evicted while their rows are under
// way, page loads and ids that have to be looked up in rows which are not there yet.
TEST_CASE("with groups under way nothing counts twice and nothing is missed") {
  TestEngine t(RuleText("r", "count(ping, 30m) >= 3"));
  t.options.cache_bytes = 1;
  t.options.group_batches = 8;
  constexpr uint64_t kLoads = 40;  // more than are remembered
  constexpr int kVisitors = 5;
  Answers answers;
  uint64_t token = 0;
  const auto send = [&](Batch batch) {
    while (!t.engine().ingest().Submit(std::move(batch), &answers, token)) {
    }
    ++token;
  };
  for (int round = 0; round < 3; ++round) {  // the same batches each time
    for (uint64_t load = 1; load <= kLoads; ++load) {
      for (int v = 0; v < kVisitors; ++v) {
        const std::string visitor = "v" + std::to_string(v);
        send(MakeBatch(visitor, load, 1, kNoon, {{kNoon, "ping"}}));
        send(MakeBatch(visitor, 0, 0, kNoon, {{kNoon, "pong", {}, "id" + std::to_string(load)}}));
      }
    }
  }
  const auto outcomes = answers.Wait(token);
  size_t stored = 0;
  for (const auto& [_, outcome] : outcomes) stored += outcome == Outcome::kStored ? 1 : 0;
  CHECK(stored == kVisitors * kLoads * 2);
  t.Close();
  CHECK(CountBatches(t.options.data_dir) == kVisitors * kLoads * 2);
  CHECK(DecisionsOf(t.options.data_dir).size() == kVisitors);  // the count rose once for each
}

// A late event has its visitor rebuilt from stored rows, of which the latest are under way.
TEST_CASE("a rebuild sees the rows of the group under way") {
  TestEngine t(RuleText("r", "count(ping, 30m) >= 3"));
  t.options.group_batches = 1;
  constexpr int kVisitors = 50;
  Answers answers;
  uint64_t token = 0;
  for (int v = 0; v < kVisitors; ++v) {
    const std::string visitor = "v" + std::to_string(v);
    uint64_t load = 0;
    for (const Millis at : {-1'000, -20'000, 0}) {
      Batch batch = MakeBatch(visitor, ++load, 1, kNoon, {{kNoon + at, "ping"}});
      REQUIRE(t.engine().ingest().Submit(std::move(batch), &answers, token++));
    }
  }
  answers.Wait(token);
  t.Close();
  CHECK(DecisionsOf(t.options.data_dir).size() == kVisitors);
}

}  // namespace
}  // namespace vinkki::engine
