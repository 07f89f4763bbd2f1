#include "engine/state_json.h"

namespace vinkki::engine {
namespace {

void WriteGrowth(JsonWriter* w, const rules::Growth& growth) {
  if (growth.since == rules::kNever) return;
  w->Key("since").Whole(growth.since);
  WriteMoment(w, "until", growth.until);
}

void WriteClause(JsonWriter* w, const rules::ClauseView& clause) {
  w->BeginObject();
  w->Key("text").Text(clause.text);
  w->Key("value").Text(clause.value);
  WriteGrowth(w, clause.growth);
  w->Key("holds").Bool(clause.holds);
  w->Key("depth").Whole(clause.depth);
  WriteMoment(w, "changes_at", clause.changes_at);
  w->EndObject();
}

void WriteMissing(JsonWriter* w, const rules::MissingPart& part) {
  w->BeginObject().Key("any_of").BeginArray();
  for (const rules::Missing& missing : part.any_of) {
    w->BeginObject().Key("text").Text(missing.text);
    WriteMoment(w, "before", missing.before);
    WriteMoment(w, "at", missing.at);
    if (missing.growth.since != rules::kNever) w->Key("value").Text(missing.grown);
    WriteGrowth(w, missing.growth);
    w->EndObject();
  }
  w->EndArray().EndObject();
}

}  // namespace

void WriteMoment(JsonWriter* w, std::string_view key, Millis at) {
  w->Key(key);
  at == rules::kNever ? w->Null() : w->Whole(at);
}

void WriteFacts(JsonWriter* w, const rules::StateView& view) {
  w->Key("facts").BeginArray();
  for (const rules::FactView& fact : view.facts) {
    w->BeginObject().Key("name").Text(fact.name).Key("value").Text(fact.value);
    WriteGrowth(w, fact.growth);
    w->EndObject();
  }
  w->EndArray();
}

void WriteRuleMembers(JsonWriter* w, const rules::RuleView& rule) {
  w->Key("when").Bool(rule.when);
  WriteMoment(w, "risen_at", rule.risen_at);
  WriteMoment(w, "fires_at", rule.fires_at);
  w->Key("fired").Bool(rule.fired);
  w->Key("clauses").BeginArray();
  for (const rules::ClauseView& clause : rule.clauses) WriteClause(w, clause);
  w->EndArray();
  w->Key("missing").BeginArray();
  for (const rules::MissingPart& part : rule.missing) WriteMissing(w, part);
  w->EndArray();
}

std::string StateMessage(const rules::Program& program, const rules::StateView& view,
                         std::string_view site, std::string_view visitor, Millis at) {
  JsonWriter w;
  w.BeginObject();
  w.Key("type").Text("state");
  w.Key("at").Whole(at);
  w.Key("site").Text(site);
  w.Key("visitor").Text(visitor);
  WriteFacts(&w, view);
  w.Key("rules").BeginArray();
  for (const rules::RuleView& rule : view.rules) {
    w.BeginObject().Key("rule").Text(program.rules()[rule.rule].name);
    WriteRuleMembers(&w, rule);
    w.EndObject();
  }
  w.EndArray();
  WriteMoment(&w, "next_deadline", view.next_deadline);
  w.EndObject();
  return w.Take();
}

}  // namespace vinkki::engine
