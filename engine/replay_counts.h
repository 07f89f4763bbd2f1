// Counts what a replay decides, visitor by visitor, in bounded memory: one for each thread, merged
// at the end. The report depends only on which visitors were added, not on the order or the
// threads.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/batch.h"
#include "engine/few_examples.h"
#include "engine/replay_report.h"
#include "engine/tally.h"
#include "engine/visit_course.h"
#include "rules/program.h"
#include "rules/step.h"

namespace vinkki::engine {

// One visitor, replayed. Views of what the replay holds.
struct ReplayedVisitor {
  std::string_view who;                        // site NUL visitor
  std::span<const EventView> events;           // those applied, by time
  std::span<const rules::Decision> decisions;  // those told
  std::optional<Millis> from;                  // what came before is not counted
};

// Owned by one thread.
class ReplayCounts {
 public:
  // `program` and `options` outlive it.
  ReplayCounts(const rules::Program& program, const ReportOptions& options);

  void Add(const ReplayedVisitor& visitor);
  void AddDuplicates(uint64_t n) { duplicates_ += n; }
  void AddBrokenRow() { ++broken_rows_; }
  void Merge(ReplayCounts* other);
  // Once, at the end.
  ReplayReport Finish();

 private:
  struct RuleCounts {
    RuleCounts();
    void Merge(const RuleCounts& other);
    std::array<uint64_t, 16> by_reason = {};  // rules::Reason; kNone: offers
    uint64_t bot_offers = 0;
    uint64_t visitors = 0;
    uint64_t last_visitor = 0;  // the serial number of the latest one with an offer
    uint64_t after_leaving = 0;
    uint64_t bought_in_visit = 0;
    uint64_t name_hash = 0;
    Tally firings, offers;  // moments, to a quarter of an hour
    Tally conversations;    // moments
    Tally leaving, buying;  // durations
  };
  // Of offers; for a rule without any, of silences. Beside the counts, because each firing asks
  // whether its example is wanted.
  struct RuleExamples {
    FewExamples offers;
    FewExamples silences;
  };
  // A decision that is not counted yet.
  struct Firing {
    Millis at = 0;
    TimeAhead ahead;       // of an offer
    uint64_t visitor = 0;  // its serial number
    uint64_t who_hash = 0;
    uint32_t rule = 0;
    rules::Reason reason = rules::Reason::kNone;
    bool to_bot = false;
  };
  // So many that a rule has several of them: its counts are then brought near once for all.
  static constexpr size_t kFirings = 8192;
  struct Name {
    std::string name;
    uint64_t count = 0;
  };

  void CountNames(const ReplayedVisitor& visitor);
  Name* FindName(std::string_view name);  // null: not among those that are kept
  void CutNames();
  void AddDecision(const ReplayedVisitor& visitor, const rules::Decision& decision);
  void KeepExample(const ReplayedVisitor& visitor, const rules::Decision& decision,
                   const TimeAhead& ahead, FewExamples* examples);
  void CountFirings();
  void CountFiring(const Firing& firing);
  RuleReport FinishRule(size_t i, const ReplayReport& report);
  void FinishAgents(ReplayReport* report);
  void FinishHours(ReplayReport* report);

  const rules::Program& program_;
  const ReportOptions& options_;
  std::vector<RuleCounts> rules_;
  std::vector<RuleExamples> examples_;  // by rule
  std::vector<Firing> firings_;         // that wait for being counted
  // By Hash64. Of more than 1,024 names those with the least hashes are kept, so that it does not
  // matter in which order they came.
  std::unordered_map<uint64_t, Name> names_;
  uint64_t names_up_to_ = ~0ULL;
  std::array<Name*, 256> likely_names_ = {};  // by a guess from the name, to save the search
  Tally session_starts_;
  VisitCourse course_;
  uint64_t serial_ = 0;  // of the visitor that is being added
  uint64_t who_hash_ = 0;
  uint64_t visitors_ = 0, events_ = 0, duplicates_ = 0, sessions_ = 0, purchases_ = 0,
           decisions_ = 0, reached_visitors_ = 0, broken_rows_ = 0;
  Millis first_at_ = 0, last_at_ = 0;                        // of the events
  Millis last_moment_ = std::numeric_limits<Millis>::min();  // of the firings
};

}  // namespace vinkki::engine
