// What differs between the decisions of two sets of rules over the same events: one for each
// thread, merged at the end; the outcome depends only on which visitors were added.
//
// Rules are the same when their names are. Firings of a rule for a visitor are paired by moment, in
// order; of what is left, those less than 30 minutes apart (a longer `for` moves every firing),
// first those with the same outcome, then the others; the rest is in one set only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/few_examples.h"
#include "engine/replay_counts.h"
#include "engine/replay_report.h"
#include "rules/program.h"

namespace vinkki::engine {

// Owned by one thread.
class DiffCounts {
 public:
  // `mine` is the set of the report. Both outlive it.
  DiffCounts(const rules::Program& mine, const rules::Program& other);

  // The same visitor, decided by both; the decisions stand in the order of (at, rule name).
  void Add(const ReplayedVisitor& mine, std::span<const rules::Decision> other);
  void Merge(const DiffCounts& other);
  // Once, at the end. Takes the reports of both sets.
  ReplayDiff Finish(const ReplayReport& mine, ReplayReport other);

 private:
  struct Firing {
    Millis at;
    Verdict verdict;
  };
  struct Pair {
    RuleDiff diff;  // without its examples
    FewExamples changed, only_mine, only_other, moved;
    std::vector<Firing> mine, other;  // of the visitor that is being added; unpaired ones
  };

  void Take(const rules::Program& program, std::span<const rules::Decision> decisions,
            bool is_mine);
  static void TakeExamples(Pair* pair);
  void Compare(const ReplayedVisitor& visitor, Pair* pair);
  void PairByMoment(const ReplayedVisitor& visitor, Pair* pair);
  void PairNearby(const ReplayedVisitor& visitor, bool same_outcome, Pair* pair);
  void CountMoved(const ReplayedVisitor& visitor, const Firing& mine, const Firing& other,
                  Pair* pair);
  void Note(const ReplayedVisitor& visitor, Millis at, Verdict mine, Verdict other,
            FewExamples* examples, std::optional<Millis> other_at = {}) const;

  const rules::Program& mine_;
  const rules::Program& other_;
  std::vector<Pair> pairs_;
  std::vector<uint32_t> pair_of_mine_, pair_of_other_;  // by rule
  std::vector<uint32_t> touched_;                       // pairs of this visitor
  uint64_t hash_ = 0;                                   // of this visitor
  uint64_t gained_ = 0, lost_ = 0;
};

}  // namespace vinkki::engine
