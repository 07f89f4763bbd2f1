#include "engine/committer.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "base/thread_name.h"

namespace vinkki::engine {

void PendingCommit::AddAck(AckSink* sink, const Ack& ack) {
  if (sink == nullptr) return;
  auto of_sink = std::find_if(acks.begin(), acks.end(),
                              [&](const auto& entry) { return entry.first == sink; });
  if (of_sink == acks.end()) of_sink = acks.emplace(acks.end(), sink, std::vector<Ack>());
  of_sink->second.push_back(ack);
}

bool PendingCommit::empty() const {
  return rows.empty() && std::all_of(acks.begin(), acks.end(),
                                     [](const auto& entry) { return entry.second.empty(); });
}

void PendingCommit::Clear() {
  batches = 0;
  rows.Clear();
  messages.clear();
  outbox_floor = 0;
  outbox_rows.clear();
  counts.Clear();
  for (auto& [sink, list] : acks) list.clear();
}

Committer::Committer(uint32_t shard, Store* store, StoreOutbox* outbox, LiveHub* live,
                     ShardMetrics* metrics, std::function<void()> on_idle)
    : store_(store),
      outbox_(outbox),
      live_(live),
      metrics_(metrics),
      on_idle_(std::move(on_idle)),
      under_way_(std::make_unique<PendingCommit>()),
      thread_([this, shard] { Run(shard); }) {}

Committer::~Committer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool Committer::Idle() {
  std::lock_guard lock(mutex_);
  idle_wanted_ = busy_;
  return !busy_;
}

void Committer::Submit(std::unique_ptr<PendingCommit>* next) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !busy_; });
    under_way_.swap(*next);
    busy_ = true;
  }
  changed_.notify_one();
}

bool Committer::Settle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !busy_; });
  return !failed();
}

void Committer::Run(uint32_t shard) {
  NameThread("commit " + std::to_string(shard));
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return busy_ || stopping_; });
    if (!busy_) return;
    lock.unlock();
    CommitOne(under_way_.get());
    lock.lock();
    busy_ = false;
    const bool poke = std::exchange(idle_wanted_, false);
    lock.unlock();
    changed_.notify_one();
    if (poke) on_idle_();
    lock.lock();
  }
}

void Committer::CommitOne(PendingCommit* commit) {
  const size_t bytes = commit->rows.bytes();
  const auto start = std::chrono::steady_clock::now();
  if (!failed() && !commit->rows.empty()) {
    if (const Status s = store_->Commit(&commit->rows); !s.ok()) {
      Log(Level::kError, "commit_failed", {{"why", s.message()}});
      metrics_->CommitFailed();
      failed_.store(true, std::memory_order_release);
    }
  }
  if (failed()) {
    Refuse(commit);
  } else {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    metrics_->Committed(commit->counts, commit->batches, bytes, took.count());
    if (commit->outbox_floor != 0) outbox_->End(commit->outbox_floor, commit->outbox_rows);
    for (const auto& m : commit->messages) live_->Publish(m.site, m.visitor, m.json);
    Answer(commit);
    commit->Clear();
  }
  durable_.store(commit->group, std::memory_order_release);
}

void Committer::Refuse(PendingCommit* commit) {
  if (commit->outbox_floor != 0) outbox_->End(commit->outbox_floor, {});
  for (auto& [sink, list] : commit->acks) {
    for (Ack& ack : list) ack.outcome = Outcome::kUnavailable;
  }
  Answer(commit);
  commit->Clear();
}

void Committer::Answer(PendingCommit* commit) {
  for (auto& [sink, list] : commit->acks) {
    if (!list.empty()) sink->Acknowledge(list);
  }
}

}  // namespace vinkki::engine
