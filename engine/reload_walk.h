// After a reload: which visitors of a shard are still to be moved to the program in force
// (rules.md 26), so that its rules see those who send nothing, too. First those in memory, the
// latest first, then all stored ones in order of their keys; who was moved meanwhile, by an event
// or a timer, is passed over. It comes to an end for every visitor that is stored.
//
// Bounded cost: a slice takes about 2 ms, and three times as long nothing follows it.
//
// The family meta says how far a shard was: "migrated <shard>/<shards>" -> 1:u8 layout:fixed64.
// It is there when no stored state of the shard has another layout, and taken away before the first
// one is written. So a restart goes on where one is needed, from the beginning, and costs nothing
// where none is.
//
// Used by its shard's thread only.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "engine/layouts.h"
#include "engine/store.h"
#include "rules/program.h"

namespace vinkki::engine {

class ReloadWalk {
 public:
  struct Known {
    std::string who;
    uint64_t hash = 0;
  };
  using SteadyTime = std::chrono::steady_clock::time_point;

  ReloadWalk(Store* store, Layouts* layouts, uint32_t shard, uint32_t shards, Metrics* metrics);

  // When the number of shards has changed, no mark says anything. Before the first shard.
  static Status ForgetOtherMarks(Store* store, uint32_t shards);

  // The shard is about to run this program. `in_memory`: who is in its cache, the latest first.
  // An error: the mark could not be taken away, and nothing may be written under the program.
  Status Begin(const rules::Program& program, std::vector<Known> in_memory);
  // What was done may not be on disk: from the beginning.
  void Restart();

  bool running() const { return running_; }
  SteadyTime next() const { return next_; }  // not before

  // Begins a slice; fills in who comes next. Fewer than were asked for: none is left, call End once
  // they are done and on disk. An error: the store could not be read; later.
  Status Take(std::vector<Known>* next);
  bool SliceIsOver() const;
  void Moved() { moved_.Add(); }
  // `left`: of those taken, who was not come to.
  void Rest(std::vector<Known> left);
  bool at_end() const { return at_end_ && waiting_.empty(); }
  // Requires that every visitor that was taken is on disk under the program.
  Status End();

 private:
  Status ReadOn(size_t most);
  void ShowProgress();

  Store* const store_;
  Layouts* const layouts_;
  const uint32_t shard_;
  const uint32_t shards_;
  const std::string mark_;

  uint64_t layout_ = 0;         // 0: none yet
  std::vector<Known> waiting_;  // the next one is the last
  std::string from_;            // the next key to look at
  bool running_ = false;
  bool at_end_ = false;
  uint64_t looked_at_ = 0;    // rows
  uint64_t before_rows_ = 0;  // visitors in memory, whose turn is before the first row
  SteadyTime began_{};
  SteadyTime next_{};

  Gauge& active_;
  Gauge& visitors_;
  Gauge& done_;
  Counter& moved_;
};

}  // namespace vinkki::engine
