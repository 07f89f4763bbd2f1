#include "engine/explain.h"

#include <algorithm>

#include "base/text.h"
#include "engine/explain_timeline.h"
#include "engine/trigger.h"
#include "rules/nearest.h"
#include "rules/words.h"

namespace vinkki::engine {
namespace {

constexpr Millis kSessionGap = 30 * 60'000;
constexpr size_t kLatestDecisions = 3;

// The moment that is asked for. Requires events.
Millis MomentOf(const ExplainQuery& query, const std::vector<EventView>& events,
                std::optional<Millis> now) {
  if (!query.at) return now ? *now : events.back().at;
  switch (query.at->from) {
    case ExplainMoment::From::kFirst: return events.front().at + query.at->offset;
    case ExplainMoment::From::kLast: return events.back().at + query.at->offset;
    case ExplainMoment::From::kEpoch: break;
  }
  return query.at->offset;
}

// kNotFound or kInvalid where the rule that is asked for says nothing.
Status CheckRule(const rules::Program& program, const rules::StateView& view, std::string_view site,
                 const std::string& name) {
  if (name.empty()) return Status::Ok();
  std::vector<std::string_view> names;
  for (size_t i = 0; i < program.rules().size(); ++i) {
    const rules::RuleInfo& rule = program.rules()[i];
    names.push_back(rule.name);
    if (rule.name != name) continue;
    if (rule.mode == rules::Mode::kOff) {
      return Status::Invalid("rule '" + name + "' has mode: off, so it is not evaluated");
    }
    const bool here = std::any_of(view.rules.begin(), view.rules.end(),
                                  [&](const auto& r) { return r.rule == i; });
    if (here) return Status::Ok();
    return Status::Invalid("rule '" + name + "' is not for site '" + std::string(site) +
                           "': its file " + rule.file + " names other sites");
  }
  return Status::NotFound("no rule '" + name + "' among the " + std::to_string(names.size()) +
                          " in force" + rules::DidYouMean(name, names));
}

void AddRules(const Timeline& timeline, const ExplainQuery& query, Explanation* out) {
  const auto& decisions = timeline.decisions();
  for (rules::RuleView& view : out->state.rules) {
    if (!query.rule.empty() && out->program->rules()[view.rule].name != query.rule) continue;
    RuleExplanation rule;
    rule.silences =
        rules::SilencesAt(*out->program, timeline.context(), timeline.state(), view.rule, out->at);
    for (auto d = decisions.rbegin(); d != decisions.rend(); ++d) {
      if (d->rule == view.rule && rule.decisions.size() < kLatestDecisions) {
        rule.decisions.push_back(*d);
      }
    }
    rule.view = std::move(view);
    out->rules.push_back(std::move(rule));
  }
  out->state.rules.clear();
}

// What a timer of a rule waits for. Signs of life leave it where it is, so it may be early for what
// turns next.
std::vector<std::string> ClausesAt(Millis wake, const rules::RuleView& rule) {
  const bool fires = rule.fires_at == wake;
  std::vector<std::string> here, next;
  Millis turn = rules::kNever;
  for (const rules::ClauseView& clause : rule.clauses) {
    if (clause.looked_at == wake) here.push_back(clause.text);
    if (clause.changes_at < turn) next.clear();
    turn = std::min(turn, clause.changes_at);
    if (clause.changes_at == turn && turn != rules::kNever) next.push_back(clause.text);
  }
  return here.empty() && !fires ? next : here;
}

void AddTimers(const Timeline& timeline, Explanation* out) {
  for (const rules::Pending& pending : rules::PendingOf(timeline.state())) {
    if (pending.wake == rules::kNever) continue;
    const auto rule = std::find_if(out->rules.begin(), out->rules.end(),
                                   [&](const auto& r) { return r.view.rule == pending.rule; });
    if (rule == out->rules.end()) continue;
    ExplainTimer timer;
    timer.at = pending.wake;
    timer.rule = pending.rule;
    timer.fires = rule->view.fires_at == pending.wake;
    timer.clauses = ClausesAt(pending.wake, rule->view);
    out->timers.push_back(std::move(timer));
  }
  std::stable_sort(out->timers.begin(), out->timers.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
}

void AddLetGo(const rules::LetGoListener& listener, Explanation* out) {
  out->let_go = listener.entries();
  for (const auto& entry : out->let_go) {
    out->let_go_text.push_back(rules::LetGoText(*out->program, entry));
  }
}

void AddNotes(std::optional<Millis> now, Explanation* out) {
  const Millis end = out->last_at + kSessionGap;
  if (out->at >= end) {
    out->notes.push_back("the visit was over at " + FormatRfc3339(end) +
                         ", 30 min after its last event; the moment of that event is \"last\"");
  }
  if (now && out->at > *now) {
    out->notes.push_back("the moment lies " + rules::Spoken(out->at - *now) +
                         " ahead: this is what comes if nothing else happens");
  }
  if (out->later > 0) {
    out->notes.push_back(std::to_string(out->later) + (out->later == 1 ? " event" : " events") +
                         " came after this moment and " + (out->later == 1 ? "is" : "are") +
                         " not looked at");
  }
  const size_t otherwise =
      static_cast<size_t>(std::count_if(out->timeline.begin(), out->timeline.end(), [](auto& e) {
        return e.kind == TimelineEntry::Kind::kLive || (!e.live.empty() && e.live != "same");
      }));
  if (otherwise > 0) {
    out->notes.push_back(std::to_string(otherwise) +
                         " of the decisions came out otherwise when it happened: other rules were "
                         "in force, an event came late or was imported, or a server was late");
  }
}

}  // namespace

std::optional<ExplainMoment> ParseExplainMoment(std::string_view text) {
  using From = ExplainMoment::From;
  for (const auto& [word, from] :
       {std::pair<std::string_view, From>{"first", From::kFirst}, {"last", From::kLast}}) {
    if (!text.starts_with(word)) continue;
    std::string_view rest = text.substr(word.size());
    if (rest.empty()) return ExplainMoment{from, 0};
    const bool before = rest[0] == '-';
    if (rest[0] != '+' && !before) return std::nullopt;
    const std::optional<Millis> offset = ParseDuration(rest.substr(1));
    if (!offset) return std::nullopt;
    return ExplainMoment{from, before ? -*offset : *offset};
  }
  const bool digits =
      !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (digits && text.size() < 16) return ExplainMoment{From::kEpoch, std::stoll(std::string(text))};
  const std::optional<Millis> at = ParseRfc3339(text);
  if (!at) return std::nullopt;
  return ExplainMoment{From::kEpoch, *at};
}

Result<Explanation> ExplainHistory(std::shared_ptr<const rules::Program> program,
                                   const ExplainQuery& query, std::string_view site,
                                   const History& history, const std::vector<DecisionRow>* recorded,
                                   std::optional<Millis> now) {
  const std::vector<EventView>& events = history.events();
  const std::string who = "visitor '" + query.visitor + "' of site '" + std::string(site) + "'";
  if (events.empty()) return Status::NotFound("no events of " + who);
  Explanation out;
  out.program = program;
  out.site = site;
  out.visitor = query.visitor;
  out.at = MomentOf(query, events, now);
  if (out.at < events.front().at) {
    return Status::NotFound("no events of " + who + " up to " + FormatRfc3339(out.at) +
                            ": the first came at " + FormatRfc3339(events.front().at));
  }
  const rules::LetGoListener let_go;
  Timeline timeline(*program, events, site, query.visitor);
  size_t applied = 0;
  while (applied < events.size() && events[applied].at <= out.at) timeline.Apply(applied++);
  timeline.Advance(out.at);
  if (recorded != nullptr) timeline.Compare(*recorded, out.at);
  out.events = applied;
  out.later = events.size() - applied;
  out.duplicates = history.duplicates();
  out.first_at = events.front().at;
  out.last_at = events[applied - 1].at;
  out.currency = timeline.currency();
  out.snapshot = rules::TakeSnapshot(timeline.state());
  out.consent = ConsentOf(out.snapshot, history.consent());
  out.state = rules::Describe(*program, timeline.state(), out.at, out.currency);
  VINKKI_RETURN_IF_ERROR(CheckRule(*program, out.state, site, query.rule));
  AddRules(timeline, query, &out);
  AddTimers(timeline, &out);
  out.timeline = timeline.Finish(&out.timeline_cut);
  AddLetGo(let_go, &out);
  AddNotes(now, &out);
  return out;
}

}  // namespace vinkki::engine
