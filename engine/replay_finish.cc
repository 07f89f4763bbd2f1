// From ReplayCounts to the report.

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "engine/replay_counts.h"

namespace vinkki::engine {
namespace {

constexpr Millis kHour = 3'600'000;
constexpr Millis kDay = 24 * kHour;
constexpr size_t kBusiest = 5;

Spread SpreadOf(Tally* durations) {
  if (durations->total() == 0) return {};
  return {durations->total(), durations->Quartile(1), durations->Quartile(2),
          durations->Quartile(3)};
}

// The most agents busy in each stretch of the axis.
std::vector<uint64_t> BusyOverTime(Tally* conversations, const ReportOptions& options,
                                   const TimeAxis& axis, AgentsBusy* busy) {
  std::vector<uint64_t> out(axis.count);
  const rules::Zone& zone = options.zone;
  *busy = CountAgents(conversations, options.conversation,
                      [&](Millis from, Millis to, uint64_t agents) {
                        if (axis.count == 0) return;
                        const size_t last = axis.IndexOf(zone, to - 1);
                        for (size_t i = axis.IndexOf(zone, from); i <= last; ++i) {
                          out[i] = std::max(out[i], agents);
                        }
                      });
  return out;
}

}  // namespace

RuleReport ReplayCounts::FinishRule(size_t i, const ReplayReport& report) {
  RuleCounts& counts = rules_[i];
  const rules::RuleInfo& info = program_.rules()[i];
  RuleReport out;
  out.rule = info.name;
  out.version = info.version;
  out.file = info.file;
  out.description = info.description;
  out.queue = info.offer.queue;
  out.mode = info.mode;
  out.offers = counts.by_reason[0];
  out.firings = counts.firings.total();
  out.bot_offers = counts.bot_offers;
  out.visitors = counts.visitors;
  for (size_t reason = 1; reason < counts.by_reason.size(); ++reason) {
    if (counts.by_reason[reason] == 0) continue;
    out.silences[std::string(rules::ReasonName(static_cast<rules::Reason>(reason)))] =
        counts.by_reason[reason];
  }
  out.leaving = SpreadOf(&counts.leaving);
  out.buying = SpreadOf(&counts.buying);
  out.after_leaving = counts.after_leaving;
  out.bought_in_visit = counts.bought_in_visit;
  out.firings_over_time = report.axis.Spread(options_.zone, &counts.firings);
  out.offers_over_time = report.axis.Spread(options_.zone, &counts.offers);
  out.busy_over_time = BusyOverTime(&counts.conversations, options_, report.axis, &out.agents);
  RuleExamples& examples = examples_[i];
  out.examples = out.offers > 0 ? examples.offers.Take() : examples.silences.Take();
  return out;
}

// All rules together, and queue by queue.
void ReplayCounts::FinishAgents(ReplayReport* report) {
  std::map<std::string, std::vector<const Tally*>> rules_of_queue;
  for (size_t i = 0; i < rules_.size(); ++i) {
    const Tally& mine = rules_[i].conversations;
    if (mine.total() > 0) rules_of_queue[program_.rules()[i].offer.queue].push_back(&mine);
  }
  Tally all = RuleCounts().conversations;
  for (const auto& [queue, rules] : rules_of_queue) {
    Tally tally = Tally::Together(rules);
    report->queues.push_back({queue, CountAgents(&tally, options_.conversation, nullptr)});
    all.Merge(std::move(tally));
  }
  report->busy_over_time = BusyOverTime(&all, options_, report->axis, &report->agents);
}

// The week's pattern and the busiest hours, of the offers of all rules.
void ReplayCounts::FinishHours(ReplayReport* report) {
  const Tally none = RuleCounts().offers;
  std::vector<const Tally*> offers = {&none};
  for (const RuleCounts& rule : rules_) offers.push_back(&rule.offers);
  Tally all = Tally::Together(offers);
  report->offers_over_time = report->axis.Spread(options_.zone, &all);
  std::map<Millis, uint64_t> hours;
  for (const Tally::Slot& slot : all.slots()) {
    const int64_t day = options_.zone.Day(slot.from);
    const int64_t hour = options_.zone.TimeOfDay(slot.from) / kHour;
    report->week[static_cast<size_t>(rules::Zone::Weekday(day))][static_cast<size_t>(hour)] +=
        slot.count;
    hours[day * kDay + hour * kHour] += slot.count;
  }
  for (const auto& [at, offers] : hours) report->busiest.push_back({at, offers});
  std::stable_sort(report->busiest.begin(), report->busiest.end(),
                   [](const BusyHour& a, const BusyHour& b) { return a.offers > b.offers; });
  if (report->busiest.size() > kBusiest) report->busiest.resize(kBusiest);
}

ReplayReport ReplayCounts::Finish() {
  CountFirings();
  CutNames();
  ReplayReport report;
  report.program_version = program_.version();
  report.visitors = visitors_;
  report.events = events_;
  report.duplicates = duplicates_;
  report.sessions = sessions_;
  report.purchases = purchases_;
  report.decisions = decisions_;
  report.reached = reached_visitors_;
  report.broken_rows = broken_rows_;
  report.first_at = first_at_;
  report.last_at = last_at_;
  report.assumed = options_;
  if (visitors_ > 0) {
    report.axis = TimeAxis::Over(options_.zone, first_at_, std::max(last_at_, last_moment_));
  }
  report.sessions_over_time = report.axis.Spread(options_.zone, &session_starts_);
  for (size_t i = 0; i < rules_.size(); ++i) report.rules.push_back(FinishRule(i, report));
  for (const RuleReport& rule : report.rules) {
    report.offers += rule.offers;
    report.bot_offers += rule.bot_offers;
  }
  FinishAgents(&report);
  FinishHours(&report);
  for (const auto& [hash, name] : names_) report.event_names[name.name] = name.count;
  return report;
}

}  // namespace vinkki::engine
