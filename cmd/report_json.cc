#include "cmd/report_json.h"

#include "base/json_writer.h"
#include "base/text.h"

namespace vinkki::cmd {
namespace {

using engine::AgentsBusy;
using engine::Example;
using engine::ReplayReport;
using engine::RuleDiff;
using engine::RuleReport;

void Count(JsonWriter* w, std::string_view key, uint64_t n) {
  w->Key(key).Whole(static_cast<int64_t>(n));
}

void Counts(JsonWriter* w, std::string_view key, const std::vector<uint64_t>& numbers) {
  w->Key(key).BeginArray();
  for (const uint64_t n : numbers) w->Whole(static_cast<int64_t>(n));
  w->EndArray();
}

template <typename Map>
void CountsByName(JsonWriter* w, std::string_view key, const Map& counts) {
  w->Key(key).BeginObject();
  for (const auto& [name, n] : counts) Count(w, name, n);
  w->EndObject();
}

void Agents(JsonWriter* w, const AgentsBusy& agents) {
  Count(w, "conversations", agents.conversations);
  Count(w, "peak", agents.peak);
  w->Key("peak_at");
  agents.peak == 0 ? w->Null() : w->Whole(agents.peak_at);
  Count(w, "enough_for_95_percent", agents.enough);
}

void Quartiles(JsonWriter* w, const engine::Spread& spread) {
  Count(w, "offers", spread.n);
  for (const auto& [key, value] :
       {std::pair{"p25_ms", spread.p25}, {"median_ms", spread.median}, {"p75_ms", spread.p75}}) {
    w->Key(key);
    spread.n == 0 ? w->Null() : w->Whole(value);
  }
}

void Verdict(JsonWriter* w, std::string_view key, const engine::Verdict& verdict) {
  w->Key(key);
  if (!verdict.made) {
    w->Null();
    return;
  }
  w->BeginObject();
  const bool offer = verdict.reason == rules::Reason::kNone;
  w->Key("decision").Text(offer ? "offer" : "silent");
  if (!offer) w->Key("reason").Text(rules::ReasonName(verdict.reason));
  if (offer && verdict.to_bot) w->Key("to").Text("bot");
  w->EndObject();
}

void WriteExample(JsonWriter* w, const Example& example, bool compared) {
  w->BeginObject();
  w->Key("site").Text(example.site);
  w->Key("visitor").Text(example.visitor);
  w->Key("at").Whole(example.at);
  Verdict(w, compared ? "mine" : "decided", example.mine);
  if (compared) Verdict(w, "other", example.other);
  if (example.other_at) w->Key("other_at").Whole(*example.other_at);
  if (example.leaving) w->Key("ahead_of_leaving_ms").Whole(*example.leaving);
  if (example.buying) w->Key("ahead_of_buying_ms").Whole(*example.buying);
  w->Key("around").BeginArray();
  for (const engine::ExampleEvent& event : example.around) {
    w->BeginObject().Key("at").Whole(event.at).Key("event").Text(event.name);
    if (!event.what.empty()) w->Key("what").Text(event.what);
    w->EndObject();
  }
  w->EndArray().EndObject();
}

void Examples(JsonWriter* w, const std::vector<Example>& examples, bool compared) {
  w->Key("examples").BeginArray();
  for (const Example& example : examples) WriteExample(w, example, compared);
  w->EndArray();
}

std::string_view ModeName(rules::Mode mode) {
  if (mode == rules::Mode::kOff) return "off";
  return mode == rules::Mode::kShadow ? "shadow" : "live";
}

void WriteRule(JsonWriter* w, const RuleReport& rule, uint64_t visitors) {
  w->BeginObject();
  w->Key("rule").Text(rule.rule).Key("version").Text(rule.version);
  w->Key("file").Text(rule.file).Key("mode").Text(ModeName(rule.mode));
  w->Key("queue").Text(rule.queue);
  Count(w, "firings", rule.firings);
  Count(w, "offers", rule.offers);
  Count(w, "bot_offers", rule.bot_offers);
  Count(w, "visitors", rule.visitors);
  w->Key("visitors_share");
  const double share = static_cast<double>(rule.visitors) / static_cast<double>(visitors);
  visitors == 0 ? w->Null() : w->Number(share);
  CountsByName(w, "silences", rule.silences);
  w->Key("ahead_of_leaving").BeginObject();
  Quartiles(w, rule.leaving);
  Count(w, "no_later_sign_of_life", rule.after_leaving);
  w->EndObject().Key("ahead_of_buying").BeginObject();
  Quartiles(w, rule.buying);
  Count(w, "in_the_same_visit", rule.bought_in_visit);
  w->EndObject().Key("agents").BeginObject();
  Agents(w, rule.agents);
  w->EndObject().Key("over_time").BeginObject();
  Counts(w, "firings", rule.firings_over_time);
  Counts(w, "offers", rule.offers_over_time);
  Counts(w, "agents", rule.busy_over_time);
  w->EndObject();
  Examples(w, rule.examples, false);
  w->EndObject();
}

void WriteTotals(JsonWriter* w, const ReplayReport& report) {
  Count(w, "visitors", report.visitors);
  Count(w, "events", report.events);
  Count(w, "duplicates", report.duplicates);
  Count(w, "sessions", report.sessions);
  Count(w, "purchases", report.purchases);
  Count(w, "decisions", report.decisions);
  Count(w, "offers", report.offers);
  Count(w, "bot_offers", report.bot_offers);
  Count(w, "visitors_reached", report.reached);
  Count(w, "broken_rows", report.broken_rows);
  w->Key("first_at").Whole(report.first_at).Key("last_at").Whole(report.last_at);
}

void WriteTime(JsonWriter* w, const ReplayReport& report) {
  w->Key("over_time").BeginObject();
  w->Key("from").Text(WallIso(report.axis.first)).Key("unit_ms").Whole(report.axis.unit);
  Counts(w, "sessions", report.sessions_over_time);
  Counts(w, "offers", report.offers_over_time);
  Counts(w, "agents", report.busy_over_time);
  w->EndObject().Key("week").BeginArray();
  for (const auto& day : report.week) {
    w->BeginArray();
    for (const uint64_t n : day) w->Whole(static_cast<int64_t>(n));
    w->EndArray();
  }
  w->EndArray().Key("busiest_hours").BeginArray();
  for (const engine::BusyHour& hour : report.busiest) {
    w->BeginObject().Key("hour").Text(WallIso(hour.at));
    Count(w, "offers", hour.offers);
    w->EndObject();
  }
  w->EndArray();
}

void WriteReport(JsonWriter* w, const ReplayReport& report) {
  WriteTotals(w, report);
  w->Key("assumed").BeginObject();
  w->Key("conversation_ms").Whole(report.assumed.conversation);
  w->Key("accept").Number(report.assumed.accept);
  w->Key("zone").Text(report.assumed.zone_name).EndObject();
  w->Key("agents").BeginObject();
  Agents(w, report.agents);
  w->EndObject().Key("queues").BeginArray();
  for (const engine::QueueReport& queue : report.queues) {
    w->BeginObject().Key("queue").Text(queue.queue);
    Agents(w, queue.agents);
    w->EndObject();
  }
  w->EndArray();
  WriteTime(w, report);
  CountsByName(w, "events_by_name", report.event_names);
  w->Key("rules").BeginArray();
  for (const RuleReport& rule : report.rules) WriteRule(w, rule, report.visitors);
  w->EndArray();
}

// Of a RuleDiff, or of a ReplayDiff, of all rules together.
template <typename Diff>
void CompareCounts(JsonWriter* w, const Diff& diff) {
  Count(w, "same", diff.same);
  Count(w, "changed", diff.changed);
  Count(w, "moved", diff.moved);
  Count(w, "only_mine", diff.only_mine);
  Count(w, "only_other", diff.only_other);
  Count(w, "visitors_gained", diff.visitors_gained);
  Count(w, "visitors_lost", diff.visitors_lost);
}

void WriteCompared(JsonWriter* w, const RuleDiff& rule) {
  w->BeginObject();
  w->Key("rule").Text(rule.rule).Key("is").Text(KindText(rule.kind));
  CompareCounts(w, rule);
  Count(w, "offers_mine", rule.offers_mine);
  Count(w, "offers_other", rule.offers_other);
  w->Key("changes").BeginArray();
  for (const auto& [verdicts, n] : rule.changes) {
    w->BeginObject();
    Verdict(w, "other", verdicts.first);
    Verdict(w, "mine", verdicts.second);
    Count(w, "firings", n);
    w->EndObject();
  }
  w->EndArray();
  Examples(w, rule.examples, true);
  w->EndObject();
}

void WriteDiff(JsonWriter* w, const ReportView& view) {
  const engine::ReplayDiff& diff = *view.diff;
  w->Key("against").BeginObject();
  w->Key("rules").Text(view.against);
  w->Key("same_rules").Bool(diff.same_sets).Key("differs").Bool(diff.differs());
  CompareCounts(w, diff);
  w->Key("by_rule").BeginArray();
  for (const RuleDiff& rule : diff.rules) WriteCompared(w, rule);
  w->EndArray().Key("other").BeginObject();
  WriteReport(w, diff.other);
  w->EndObject().EndObject();
}

}  // namespace

std::string ReportJson(const ReportView& view) {
  JsonWriter w;
  w.BeginObject().Key("version").Whole(1);
  WriteReport(&w, *view.report);
  if (view.diff != nullptr) WriteDiff(&w, view);
  return w.EndObject().Take() + "\n";
}

}  // namespace vinkki::cmd
