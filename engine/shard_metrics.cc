#include "engine/shard_metrics.h"

namespace vinkki::engine {
namespace {

const std::vector<double> kBatchBounds = {1, 4, 16, 64, 128, 256, 512, 1024};
const std::vector<double> kByteBounds = {1e3, 1e4, 1e5, 3e5, 1e6, 3e6, 1e7};
const std::vector<double> kSecondBounds = {0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1};

Labels OfShard(uint32_t shard) { return {{"shard", std::to_string(shard)}}; }

void AddTo(Counter* total, uint64_t n) {
  if (n > 0) total->Add(static_cast<double>(n));
}

}  // namespace

ShardMetrics::ShardMetrics(Metrics* m, uint32_t shard)
    : metrics_(m),
      duplicates_total_(m->GetCounter("vinkki_duplicate_batches_total",
                                      "Batches that were stored before", OfShard(shard))),
      duplicate_events_total_(m->GetCounter("vinkki_duplicate_events_total",
                                            "Events whose id was stored before", OfShard(shard))),
      late_total_(m->GetCounter("vinkki_late_events_total", "Events before the visitor's latest",
                                OfShard(shard))),
      history_total_(m->GetCounter("vinkki_history_events_total",
                                   "Events older than the accepted lateness", OfShard(shard))),
      timers_due_(m->GetCounter("vinkki_timers_due_total", "Timers that came due", OfShard(shard))),
      rebuilds_(m->GetCounter("vinkki_rebuilds_total",
                              "Visitors whose facts were recomputed from stored events",
                              OfShard(shard))),
      commit_failures_(m->GetCounter("vinkki_commit_failures_total",
                                     "Groups that could not be written", OfShard(shard))),
      commit_batches_(m->GetHistogram("vinkki_commit_batches", "Batches in one group commit",
                                      kBatchBounds, OfShard(shard))),
      commit_bytes_(m->GetHistogram("vinkki_commit_bytes", "Bytes in one group commit", kByteBounds,
                                    OfShard(shard))),
      commit_seconds_(m->GetHistogram("vinkki_commit_seconds", "Write and fsync of one group",
                                      kSecondBounds, OfShard(shard))),
      queue_bytes_(
          m->GetGauge("vinkki_queue_bytes", "Bytes that wait for the shard", OfShard(shard))),
      queue_batches_(
          m->GetGauge("vinkki_queue_batches", "Batches that wait for the shard", OfShard(shard))) {
  for (size_t kind = 0; kind < static_cast<size_t>(rules::LetGo::kKinds); ++kind) {
    const std::string name(rules::LetGoName(static_cast<rules::LetGo>(kind)));
    let_go_.push_back(&m->GetCounter("vinkki_let_go_total",
                                     "What the bounds of a visitor's memory let go, by kind",
                                     {{"kind", name}, {"shard", std::to_string(shard)}}));
  }
}

void ShardMetrics::LetGo(const rules::LetGoCounts& counts) {
  for (size_t kind = 0; kind < counts.size(); ++kind) {
    if (counts[kind] > 0) let_go_[kind]->Add(static_cast<double>(counts[kind]));
  }
}

void GroupCounts::Clear() {
  for (OfSite& site : sites) site.batches = site.events = 0;
  duplicates = duplicate_events = late = history = 0;
}

void ShardMetrics::Accepted(std::string_view site, uint64_t events) {
  if (last_site_ >= sites_.size() || sites_[last_site_] != site) last_site_ = FindSite(site);
  GroupCounts::OfSite& counts = counts_.sites[last_site_];
  ++counts.batches;
  counts.events += events;
}

size_t ShardMetrics::FindSite(std::string_view name) {
  for (size_t i = 0; i < sites_.size(); ++i) {
    if (sites_[i] == name) return i;
  }
  sites_.emplace_back(name);
  const Labels labels = {{"site", sites_.back()}};
  counts_.sites.push_back(
      {&metrics_->GetCounter("vinkki_accepted_batches_total", "Batches stored", labels),
       &metrics_->GetCounter("vinkki_accepted_events_total", "Events stored", labels), 0, 0});
  return sites_.size() - 1;
}

void ShardMetrics::TakeCounts(GroupCounts* counts) {
  *counts = counts_;
  counts_.Clear();
}

void ShardMetrics::Decided(const rules::RuleInfo& rule, const rules::Decision& decision) {
  if (decision.reason == rules::Reason::kNone) {
    metrics_->GetCounter("vinkki_triggers_total", "Offers made", {{"rule", rule.name}}).Add();
    return;
  }
  metrics_
      ->GetCounter("vinkki_suppressions_total", "Firings that made no offer",
                   {{"rule", rule.name}, {"reason", std::string(ReasonName(decision.reason))}})
      .Add();
}

void ShardMetrics::Committed(const GroupCounts& counts, uint64_t batches, uint64_t bytes,
                             double seconds) {
  for (const GroupCounts::OfSite& site : counts.sites) {
    AddTo(site.batches_total, site.batches);
    AddTo(site.events_total, site.events);
  }
  AddTo(&duplicates_total_, counts.duplicates);
  AddTo(&duplicate_events_total_, counts.duplicate_events);
  AddTo(&late_total_, counts.late);
  AddTo(&history_total_, counts.history);
  if (bytes == 0) return;
  commit_batches_.Observe(static_cast<double>(batches));
  commit_bytes_.Observe(static_cast<double>(bytes));
  commit_seconds_.Observe(seconds);
}

void ShardMetrics::Queue(size_t bytes, size_t batches) {
  queue_bytes_.Set(static_cast<double>(bytes));
  queue_batches_.Set(static_cast<double>(batches));
}

}  // namespace vinkki::engine
