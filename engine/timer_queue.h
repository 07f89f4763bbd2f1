// The timers of one shard: a heap of those due soon, filled from the family `timers` piece by
// piece, so that ten million stored timers cost nothing at the start. Beyond `horizon` timers are
// on disk only.
//
// A visitor has one row at most, and the row may be early: while it is, a deadline that moved later
// is not written; when the row comes due the visitor is asked for its deadline anew. So a visitor
// who is busy writes no timers. An entry of the heap may be outdated (its row moved): who takes it
// compares with Visitor::timer_at.
//
// Used by its shard's thread only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "engine/store.h"

namespace vinkki::engine {

struct Timer {
  Millis deadline = 0;
  uint64_t hash = 0;  // Hash64(who)
  std::string who;    // site NUL visitor
};

class TimerQueue {
 public:
  // Of the timers in `store`, those with hash % shards == shard.
  TimerQueue(const Store* store, uint32_t shard, uint32_t shards);

  // A row that was just written; nothing to do beyond the horizon.
  void Add(Timer timer);
  // Moves at most `max` timers with deadline <= now into `due`, reading ahead when needed.
  Status TakeDue(Millis now, size_t max, std::vector<Timer>* due);
  // Whether TakeDue would read from the store.
  bool ReadsAt(Millis now) const { return now >= horizon_; }
  // The earliest deadline that is known, at most the horizon.
  Millis Next() const;
  // Forgets everything in memory; it is read again.
  void Reset();
  size_t size() const { return heap_.size(); }

 private:
  Status ReadAhead(Millis to);

  const Store* store_;
  const uint32_t shard_;
  const uint32_t shards_;
  std::vector<Timer> heap_;  // the earliest first
  Millis horizon_;           // rows below are in the heap
};

}  // namespace vinkki::engine
