// A shard: one thread, its bounded queue, its visitors and their timers. It drains the queue,
// applies what came and lets due timers happen; its commit thread (committer.h) makes the group
// durable and answers, while the next one is applied. A group goes on growing until the commit
// thread is free, so it is as large as the disk is slow, at most `group_batches`. Everything of a
// visitor happens on one shard, so nothing on an event's way takes a lock but the queue's.
//
// Queue full: Submit refuses, the collector answers 503. Store closed (disk full, a failed fsync):
// everything is answered kUnavailable, and the shard tries to open the store again once a second.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/queue.h"
#include "engine/group.h"
#include "engine/reload_walk.h"

namespace vinkki::engine {

// The program in force; shards look at `version` once a group.
class ProgramSlot {
 public:
  explicit ProgramSlot(std::shared_ptr<const rules::Program> program)
      : program_(std::move(program)) {}
  void Set(std::shared_ptr<const rules::Program> program) {
    std::lock_guard lock(mutex_);
    program_ = std::move(program);
    version_.fetch_add(1, std::memory_order_release);
  }
  std::shared_ptr<const rules::Program> Get() const {
    std::lock_guard lock(mutex_);
    return program_;
  }
  uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const rules::Program> program_;
  std::atomic<uint64_t> version_{1};
};

// What all shards share; outlives them.
struct ShardParts {
  const EngineOptions* options = nullptr;
  const Clock* clock = nullptr;
  Metrics* metrics = nullptr;
  Store* store = nullptr;
  StoreOutbox* outbox = nullptr;
  LiveHub* live = nullptr;
  Quarantine* quarantine = nullptr;
  ProgramSlot* program = nullptr;
  Layouts* layouts = nullptr;
};

class Shard {
 public:
  Shard(const ShardParts& parts, uint32_t index);
  ~Shard();  // Stop

  void Start();
  // Any thread. False: full, or stopped; `batch` is untouched.
  bool Submit(Batch&& batch, uint64_t hash, AckSink* sink, uint64_t token);
  void Close() { queue_.Close(); }  // takes nothing more
  // Takes nothing more, commits and answers what is queued, ends the thread.
  void Stop();

 private:
  struct Item {
    Batch batch;
    uint64_t hash = 0;
    AckSink* sink = nullptr;
    uint64_t token = 0;
  };
  using SteadyTime = std::chrono::steady_clock::time_point;

  void Run();
  std::chrono::milliseconds Wait() const;
  void Take(std::span<Item> items);
  void AddAll(std::span<Item> items);
  void FinishGroup();
  void CountQueue();
  void WakeDue(Millis now);
  void MoveSome();
  void EndWalk();
  std::vector<ReloadWalk::Known> InMemory() const;
  void Refuse(std::span<const Item> items);
  void CheckProgram();
  void CheckCommits();
  void CheckStore();
  void PublishRecent();

  const ShardParts parts_;
  const uint32_t index_;
  BoundedQueue<Item> queue_;
  ShardMetrics metrics_;
  Visitors visitors_;
  TimerQueue timers_;
  ReloadWalk walk_;
  Committer committer_;
  Group group_;
  std::thread thread_;

  // The thread's own.
  std::vector<Item> items_;
  std::vector<Item> in_group_;  // never grows beyond its capacity: the group refers to them
  std::vector<Timer> due_;
  std::vector<ReloadWalk::Known> to_move_;
  size_t timers_in_group_ = 0;
  uint64_t program_version_ = 0;
  uint64_t store_generation_ = 0;
  SteadyTime next_reopen_{};
  SteadyTime next_publish_{};
  SteadyTime timers_from_{};  // not before: the store could not be read
  bool seen_new_ = false;
};

}  // namespace vinkki::engine
