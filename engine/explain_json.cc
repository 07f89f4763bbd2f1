#include "base/json_writer.h"
#include "engine/explain.h"
#include "engine/state_json.h"

namespace vinkki::engine {
namespace {

using Kind = TimelineEntry::Kind;

void TextIf(JsonWriter* w, std::string_view key, std::string_view text) {
  if (!text.empty()) w->Key(key).Text(text);
}

void WriteOutcome(JsonWriter* w, rules::Reason reason, bool to_bot) {
  const bool offer = reason == rules::Reason::kNone;
  w->Key("decision").Text(offer ? "offer" : "silent");
  if (to_bot) w->Key("to").Text("bot");
  if (!offer) w->Key("reason").Text(rules::ReasonName(reason));
}

void WriteEntry(JsonWriter* w, const TimelineEntry& entry) {
  static constexpr std::string_view kNames[] = {"visit", "event", "rule", "decision", "live"};
  w->BeginObject();
  w->Key("kind").Text(kNames[static_cast<size_t>(entry.kind)]);
  w->Key("at").Whole(entry.at);
  switch (entry.kind) {
    case Kind::kVisit: w->Key("visit").Whole(static_cast<int64_t>(entry.times)); break;
    case Kind::kEvent:
      w->Key("name").Text(entry.name);
      w->Key("times").Whole(static_cast<int64_t>(entry.times));
      w->Key("until").Whole(entry.until);
      w->Key("what").BeginArray();
      for (const std::string& what : entry.what) w->Text(what);
      w->EndArray();
      break;
    case Kind::kRule:
      w->Key("rule").Text(entry.name);
      w->Key("holds").Bool(entry.holds);
      break;
    case Kind::kDecision:
    case Kind::kLive:
      w->Key("rule").Text(entry.name);
      WriteOutcome(w, entry.reason, entry.to_bot);
      if (entry.kind == Kind::kDecision) w->Key("why").Text(entry.why);
      TextIf(w, "live", entry.live);
      break;
  }
  w->EndObject();
}

void WriteVisitor(JsonWriter* w, const Explanation& e) {
  const rules::Snapshot& s = e.snapshot;
  w->Key("about").BeginObject();
  w->Key("identity").Text(s.identity);
  w->Key("visits").Whole(static_cast<int64_t>(s.visits));
  w->Key("purchases").Whole(static_cast<int64_t>(s.purchases));
  w->Key("in_visit").Bool(s.in_session);
  w->Key("cart").Number(s.cart_value);
  w->Key("pieces").Number(s.cart_pieces);
  TextIf(w, "currency", e.currency);
  TextIf(w, "consent", e.consent);
  TextIf(w, "device", s.device);
  TextIf(w, "language", s.language);
  w->EndObject();
}

void WriteSilence(JsonWriter* w, const rules::Silence& silence) {
  w->BeginObject().Key("reason").Text(rules::ReasonName(silence.reason));
  w->Key("text").Text(silence.text);
  WriteMoment(w, "until", silence.until);
  w->EndObject();
}

std::string_view ModeName(rules::Mode mode) {
  return mode == rules::Mode::kShadow ? "shadow" : mode == rules::Mode::kOff ? "off" : "live";
}

void WriteRule(JsonWriter* w, const rules::Program& program, const RuleExplanation& rule) {
  const rules::RuleInfo& info = program.rules()[rule.view.rule];
  w->BeginObject();
  w->Key("rule").Text(info.name);
  w->Key("mode").Text(ModeName(info.mode));
  w->Key("priority").Whole(info.priority);
  TextIf(w, "description", info.description);
  WriteRuleMembers(w, rule.view);
  w->Key("silences").BeginArray();
  for (const rules::Silence& silence : rule.silences) WriteSilence(w, silence);
  w->EndArray();
  w->Key("decisions").BeginArray();
  for (const rules::Decision& decision : rule.decisions) {
    w->BeginObject().Key("at").Whole(decision.at);
    WriteOutcome(w, decision.reason, decision.to_bot);
    w->EndObject();
  }
  w->EndArray().EndObject();
}

void WriteTimer(JsonWriter* w, const rules::Program& program, const ExplainTimer& timer) {
  w->BeginObject().Key("at").Whole(timer.at);
  w->Key("rule").Text(program.rules()[timer.rule].name);
  w->Key("fires").Bool(timer.fires);
  w->Key("clauses").BeginArray();
  for (const std::string& clause : timer.clauses) w->Text(clause);
  w->EndArray().EndObject();
}

void WriteLetGo(JsonWriter* w, const Explanation& e) {
  w->Key("let_go").BeginArray();
  for (size_t i = 0; i < e.let_go.size(); ++i) {
    w->BeginObject().Key("kind").Text(rules::LetGoName(e.let_go[i].kind));
    w->Key("times").Whole(static_cast<int64_t>(e.let_go[i].times));
    w->Key("text").Text(e.let_go_text[i]).EndObject();
  }
  w->EndArray();
}

}  // namespace

std::string ExplanationJson(const Explanation& e) {
  JsonWriter w;
  w.BeginObject();
  w.Key("site").Text(e.site);
  w.Key("visitor").Text(e.visitor);
  w.Key("at").Whole(e.at);
  w.Key("first_at").Whole(e.first_at);
  w.Key("last_at").Whole(e.last_at);
  w.Key("events").Whole(static_cast<int64_t>(e.events));
  w.Key("later_events").Whole(static_cast<int64_t>(e.later));
  w.Key("duplicates").Whole(static_cast<int64_t>(e.duplicates));
  w.Key("rules_version").Text(e.program->version());
  WriteVisitor(&w, e);
  WriteFacts(&w, e.state);
  w.Key("timeline").BeginArray();
  for (const TimelineEntry& entry : e.timeline) WriteEntry(&w, entry);
  w.EndArray();
  w.Key("timeline_cut").Whole(static_cast<int64_t>(e.timeline_cut));
  w.Key("rules").BeginArray();
  for (const RuleExplanation& rule : e.rules) WriteRule(&w, *e.program, rule);
  w.EndArray();
  w.Key("timers").BeginArray();
  for (const ExplainTimer& timer : e.timers) WriteTimer(&w, *e.program, timer);
  w.EndArray();
  WriteMoment(&w, "next_deadline", e.state.next_deadline);
  WriteLetGo(&w, e);
  w.Key("notes").BeginArray();
  for (const std::string& note : e.notes) w.Text(note);
  w.EndArray().EndObject();
  return w.Take();
}

}  // namespace vinkki::engine
