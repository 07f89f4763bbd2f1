// What a shard counts. Series are looked up once; an event's way only touches plain integers that
// are added up between groups.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "rules/let_go.h"
#include "rules/program.h"
#include "rules/step.h"

namespace vinkki::engine {

class ShardMetrics {
 public:
  ShardMetrics(Metrics* metrics, uint32_t shard);

  // On an event's way.
  void Accepted(std::string_view site, uint64_t events);
  void Duplicate() { ++duplicates_; }
  void DuplicateEvents(uint64_t n) { duplicate_events_ += n; }
  void Late(uint64_t events) { late_ += events; }
  void History(uint64_t events) { history_ += events; }

  // Rare, or once for a group.
  void Decided(const rules::RuleInfo& rule, const rules::Decision& decision);
  void TimersDue(uint64_t n) { timers_due_.Add(static_cast<double>(n)); }
  void Rebuilt() { rebuilds_.Add(); }
  void LetGo(const rules::LetGoCounts& counts);
  void CommitFailed() { commit_failures_.Add(); }
  void Committed(uint64_t batches, uint64_t bytes, double seconds);
  void Queue(size_t bytes, size_t batches);

 private:
  struct Site {
    std::string name;
    uint64_t batches = 0;
    uint64_t events = 0;
    Counter* batches_total = nullptr;
    Counter* events_total = nullptr;
  };
  Site* FindSite(std::string_view name);

  Metrics* metrics_;
  std::vector<std::unique_ptr<Site>> sites_;
  Site* last_site_ = nullptr;
  uint64_t duplicates_ = 0, duplicate_events_ = 0, late_ = 0, history_ = 0;
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
