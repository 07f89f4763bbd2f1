// What a shard counts. Series are looked up once; an event's way only touches plain integers that
// are added up with each group.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "rules/let_go.h"
#include "rules/program.h"
#include "rules/step.h"

namespace vinkki::engine {

// What one group counted; added to the series once it is durable.
struct GroupCounts {
  struct OfSite {
    Counter* batches_total = nullptr;
    Counter* events_total = nullptr;
    uint64_t batches = 0;
    uint64_t events = 0;
  };
  std::vector<OfSite> sites;
  uint64_t duplicates = 0, duplicate_events = 0, late = 0, history = 0;

  void Clear();  // the numbers; the sites stay
};

// The commit thread calls Committed and CommitFailed, the shard's thread everything else.
class ShardMetrics {
 public:
  ShardMetrics(Metrics* metrics, uint32_t shard);

  // On an event's way.
  void Accepted(std::string_view site, uint64_t events);
  void Duplicate() { ++counts_.duplicates; }
  void DuplicateEvents(uint64_t n) { counts_.duplicate_events += n; }
  void Late(uint64_t events) { counts_.late += events; }
  void History(uint64_t events) { counts_.history += events; }

  // Rare, or once for a group.
  void TakeCounts(GroupCounts* counts);  // what was counted since
  void Decided(const rules::RuleInfo& rule, const rules::Decision& decision);
  void TimersDue(uint64_t n) { timers_due_.Add(static_cast<double>(n)); }
  void Rebuilt() { rebuilds_.Add(); }
  void LetGo(const rules::LetGoCounts& counts);
  void CommitFailed() { commit_failures_.Add(); }
  void Committed(const GroupCounts& counts, uint64_t batches, uint64_t bytes, double seconds);
  void Queue(size_t bytes, size_t batches);

 private:
  size_t FindSite(std::string_view name);

  Metrics* metrics_;
  GroupCounts counts_;
  std::vector<std::string> sites_;  // names, in the order of counts_.sites
  size_t last_site_ = 0;
  Counter& duplicates_total_;
  Counter& duplicate_events_total_;
  Counter& late_total_;
  Counter& history_total_;
  Counter& timers_due_;
  Counter& rebuilds_;
  std::vector<Counter*> let_go_;  // by kind
  Counter& commit_failures_;
  Histogram& commit_batches_;
  Histogram& commit_bytes_;
  Histogram& commit_seconds_;
  Gauge& queue_bytes_;
  Gauge& queue_batches_;
};

}  // namespace vinkki::engine
