// One group commit in the making: batches and timers that become durable together. Add and Wake
// change visitors in memory and collect rows; Finish encodes each changed visitor once and hands
// everything to the commit thread (committer.h), which writes it in one WriteBatch and fsyncs; only
// then is anything published or acknowledged. When a write fails, the shard forgets everything it
// has in memory: the store still has the state before.
//
// Late events (before the visitor's frontier): those in time are applied first, then the visitor is
// rebuilt from the stored rows and the group's, once, at the end of the group (rules.md 24).
// History only marks the visitor; the rebuild comes before its next event in time.
//
// Times: within a page load events never go back, and those at most kTimerSlack before a timer that
// was just let happen, or before the visitor was moved to new rules, are moved behind it, by
// not_before in the stored bytes; so a replay of what is stored decides as it was decided.
//
// Used by its shard's thread only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/batch.h"
#include "engine/committer.h"
#include "engine/engine.h"
#include "engine/history.h"
#include "engine/live_hub.h"
#include "engine/quarantine.h"
#include "engine/shard_metrics.h"
#include "engine/store.h"
#include "engine/store_outbox.h"
#include "engine/timer_queue.h"
#include "engine/visitors.h"

namespace vinkki::engine {

inline constexpr Millis kTimerSlack = 5'000;  // a beacon keeps events for up to 4 s

// What a group works with; all outlive it.
struct GroupParts {
  const EngineOptions* options = nullptr;
  Store* store = nullptr;
  Visitors* visitors = nullptr;
  TimerQueue* timers = nullptr;
  ShardMetrics* metrics = nullptr;
  StoreOutbox* outbox = nullptr;
  LiveHub* live = nullptr;
  Committer* committer = nullptr;
  Quarantine* quarantine = nullptr;  // of one shard; null for the others
};

class Group {
 public:
  explicit Group(const GroupParts& parts) : parts_(parts) {}

  // Before each Add and Wake that follow at another moment.
  void SetNow(Millis now);
  // The bytes stay where they are until Finish. An error: nothing was changed.
  Result<Outcome> Add(Batch* batch, uint64_t hash);
  // Answered when the group is durable.
  void AddAck(AckSink* sink, const Ack& ack) { next_->AddAck(sink, ack); }
  Status Wake(const Timer& timer);
  // Moves a visitor to the program in force, if another one wrote its state. Whether it did.
  Result<bool> MoveOver(std::string_view who, uint64_t hash);
  // Submits what was collected, if anything was, and begins the next group.
  void Finish();
  // Forgets what was collected and answers kUnavailable. Whoever was changed must be forgotten too.
  void Abandon();

 private:
  struct Row {
    const Visitor* visitor;
    std::string_view bytes;
  };

  // The visitor, under the program in force: one of another program's migrates before `next_at`,
  // when something is about to happen to it.
  Result<Visitor*> Find(std::string_view who, uint64_t hash, Millis next_at);
  void Migrate(Visitor* visitor, Millis at);
  Result<bool> IsDuplicate(Visitor* visitor, const BatchHeader& header, std::string_view bytes);
  Result<bool> OnlyKnownIds(Visitor* visitor, std::string_view bytes);
  void KeepOrder(const Visitor& visitor, PageLoad* load, const BatchHeader& header, Batch* batch);
  void MoveBehindTimer(const Visitor& visitor, const BatchHeader& header, Batch* batch);
  static bool HasLate(const Visitor& visitor, const BatchHeader& header, std::string_view bytes);
  bool MayLack(const Visitor& visitor) const;
  void KnowBefore(Visitor* visitor);
  void StoreRow(Visitor* visitor, const BatchHeader& header, std::string_view bytes);
  void ApplyEvents(Visitor* visitor, const BatchHeader& header, std::string_view bytes);
  void Touch(Visitor* visitor);
  void AdvanceTo(Visitor* visitor, Millis to);
  void RebuildBefore(Visitor* visitor, std::string_view bytes);
  void RebuildAt(Visitor* visitor, Millis at);
  void SettleRowsOf(const Visitor& visitor);
  void ReadHistory(const Visitor& visitor, const std::vector<uint32_t>& days);
  rules::Context Now() const;

  // Decisions of the visitor that wait in effects_ (group_decide.cc).
  void Decide(Visitor* visitor);
  void Deliver(std::string_view sink, std::string_view type, std::string id, Visitor* visitor,
               Millis at, Millis expires, std::string payload);
  void Show(Visitor* visitor, std::string json);
  void ShowEvent(Visitor* visitor, const EventView& event);
  void ShowState(Visitor* visitor);

  void WriteVisitors();
  void WriteTimer(Visitor* visitor);
  void Begin();

  const GroupParts parts_;
  Millis now_ = 0;
  bool watched_ = false;
  std::unique_ptr<PendingCommit> next_ = std::make_unique<PendingCommit>();
  uint64_t number_ = 1;  // of the group
  std::vector<Visitor*> dirty_;
  std::vector<Row> rows_;
  std::vector<Timer> new_timers_;
  rules::Effects effects_;
  History history_;
  std::string key_, value_;  // reused
};

}  // namespace vinkki::engine
