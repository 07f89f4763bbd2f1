// A shard's commit thread: it makes one group durable while the shard applies the next, so that an
// fsync does not keep the shard waiting. Then, and only then, it publishes what the group decided
// and hands the answers back.
//
// At most one group is under way, and groups become durable in the order in which they were built.
// One that fails takes with it everything that was built on top of it: from then on everything is
// answered kUnavailable, until the shard has seen failed(), forgotten what it has in memory, and
// called Resume.
//
// What is under way is not in the store yet: who reads a visitor's stored rows on the shard's
// thread calls Settle first (Group::SettleRowsOf), and who was changed by a group stays in memory
// until durable() has come to it (VisitorCache::Trim).
//
// All functions are for the shard's thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/ingest.h"
#include "engine/live_hub.h"
#include "engine/shard_metrics.h"
#include "engine/store.h"
#include "engine/store_outbox.h"

namespace vinkki::engine {

// One group on its way to the disk: its rows, and what happens once they are there. Reused.
struct PendingCommit {
  struct Message {
    std::string site, visitor, json;
  };

  uint64_t group = 0;  // counts from 1
  uint64_t batches = 0;
  WriteGroup rows;
  std::vector<Message> messages;  // for the live view
  uint64_t outbox_floor = 0;      // 0: none taken
  std::map<std::string, uint64_t> outbox_rows;
  GroupCounts counts;
  std::vector<std::pair<AckSink*, std::vector<Ack>>> acks;  // an empty list: kept for its capacity

  void AddAck(AckSink* sink, const Ack& ack);
  bool empty() const;  // nothing to write and nobody to answer
  void Clear();
};

class Committer {
 public:
  // `on_idle` is called on the commit thread, once after each time that Idle said false.
  Committer(uint32_t shard, Store* store, StoreOutbox* outbox, LiveHub* live, ShardMetrics* metrics,
            std::function<void()> on_idle);
  ~Committer();  // what was submitted is committed and answered first

  // Whether Submit would take a group without waiting. False: on_idle will be called.
  bool Idle();
  // Takes `*next` and leaves an empty one; waits for the group before it.
  void Submit(std::unique_ptr<PendingCommit>* next);
  // Waits until nothing is under way. False: a group has failed.
  bool Settle();
  // Answers kUnavailable without the store, and clears.
  void Refuse(PendingCommit* commit);

  bool failed() const { return failed_.load(std::memory_order_acquire); }
  void Resume() { failed_.store(false, std::memory_order_release); }
  // Every group up to this one is done with: on disk, or refused.
  uint64_t durable() const { return durable_.load(std::memory_order_acquire); }

 private:
  void Run(uint32_t shard);
  void CommitOne(PendingCommit* commit);
  static void Answer(PendingCommit* commit);

  Store* const store_;
  StoreOutbox* const outbox_;
  LiveHub* const live_;
  ShardMetrics* const metrics_;
  const std::function<void()> on_idle_;

  std::mutex mutex_;
  std::condition_variable changed_;  // only one of the two threads can be waiting
  bool busy_ = false;                // under mutex_, like the next two
  bool stopping_ = false;
  bool idle_wanted_ = false;
  std::unique_ptr<PendingCommit> under_way_;  // the commit thread's while busy_, else the shard's
  std::atomic<bool> failed_{false};
  std::atomic<uint64_t> durable_{0};
  std::thread thread_;
};

}  // namespace vinkki::engine
