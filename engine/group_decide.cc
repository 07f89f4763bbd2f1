// The part of a group that turns decisions into rows: decisions, outbox, and what watchers see.
#include <algorithm>

#include "base/json_writer.h"
#include "engine/group.h"
#include "engine/keys.h"
#include "engine/state_json.h"
#include "engine/trigger.h"

namespace vinkki::engine {
namespace {

constexpr size_t kRecentDays = 7;  // of stored events that a trigger draws on

// Published for whoever computes the uplift (docs/schemas/decision.schema.json).
bool IsPublished(rules::Reason reason) {
  return reason == rules::Reason::kNone || reason == rules::Reason::kShadow ||
         reason == rules::Reason::kHoldout;
}

std::string DecisionMessage(const rules::Program& program, const rules::Decision& decision,
                            std::string_view who, const std::string& why) {
  JsonWriter w;
  w.BeginObject();
  w.Key("type").Text("decision");
  w.Key("at").Whole(decision.at);
  w.Key("site").Text(SiteOf(who));
  w.Key("visitor").Text(VisitorOf(who));
  w.Key("rule").Text(program.rules()[decision.rule].name);
  const bool offer = decision.reason == rules::Reason::kNone;
  w.Key("decision").Text(offer ? "offer" : "silent");
  if (!offer) w.Key("reason").Text(rules::ReasonName(decision.reason));
  if (decision.to_bot) w.Key("to").Text("bot");
  w.Key("why").Text(why);
  w.EndObject();
  return w.Take();
}

std::string TriggerMessage(const TriggerInput& input) {
  JsonWriter w;
  w.BeginObject();
  w.Key("type").Text("trigger");
  w.Key("at").Whole(input.decision.at);
  w.Key("site").Text(input.site);
  w.Key("visitor").Text(input.visitor);
  w.Key("trigger").Raw(RenderCloudEvent(input));
  w.EndObject();
  return w.Take();
}

void WriteProps(JsonWriter* w, PropReader props) {
  std::string_view key;
  for (Value value; props.Next(&key, &value);) w->Key(key).Any(value);
}

}  // namespace

void Group::Decide(Visitor* v) {
  const rules::Program& program = parts_.visitors->program();
  const size_t days = std::min(v->days.size(), kRecentDays);
  ReadHistory(*v, {v->days.end() - static_cast<ptrdiff_t>(days), v->days.end()});
  for (const rules::Decision& decision : effects_.decisions) {
    const rules::RuleInfo& rule = program.rules()[decision.rule];
    parts_.metrics->Decided(rule, decision);
    const DecisionRow row{std::string(SiteOf(v->who)),
                          std::string(VisitorOf(v->who)),
                          decision.at,
                          rule.name,
                          rule.version,
                          static_cast<uint8_t>(decision.reason),
                          decision.to_bot};
    EncodeDecisionKey(row, parts_.store->NextSequence(), &key_);
    EncodeDecisionRow(row, &value_);
    next_->rows.Put(Family::kDecisions, key_, value_);

    std::vector<EventView> events = history_.events();
    std::erase_if(events, [&](const EventView& event) { return event.at > decision.at; });
    const TriggerInput input{&program, v->state.get(),    std::max(decision.at, v->Frontier()),
                             row.site, row.visitor,       decision,
                             &events,  history_.consent()};
    const bool offer = decision.reason == rules::Reason::kNone;
    if (watched_ && parts_.live->Wants(row.site, row.visitor)) {
      Show(v, DecisionMessage(program, decision, v->who, WhyOf(input).text));
      if (offer) Show(v, TriggerMessage(input));
    }
    if (parts_.options->kafka && IsPublished(decision.reason)) {
      Deliver(kSinkKafka, offer ? kTriggerType : kDecisionType, TriggerIdOf(input), v, decision.at,
              OfferExpires(input), RenderCloudEvent(input));
    }
    if (offer) {
      Deliver(kSinkPage, kTriggerType, TriggerIdOf(input), v, decision.at, OfferExpires(input),
              RenderPageOffer(input));
    }
  }
  effects_.Clear();
}

void Group::Deliver(std::string_view sink, std::string_view type, std::string id, Visitor* v,
                    Millis at, Millis expires, std::string payload) {
  if (next_->outbox_floor == 0) next_->outbox_floor = parts_.outbox->Begin();
  OutboxRow row;
  row.type = type;
  row.id = std::move(id);
  row.site = SiteOf(v->who);
  row.visitor = VisitorOf(v->who);
  row.at = at;
  row.expires = expires;
  row.payload = std::move(payload);
  EncodeOutboxKey(sink, parts_.store->NextSequence(), &key_);
  EncodeOutboxRow(row, &value_);
  next_->rows.Put(Family::kOutbox, key_, value_);
  ++next_->outbox_rows[std::string(sink)];
}

void Group::Show(Visitor* v, std::string json) {
  next_->messages.push_back(
      {std::string(SiteOf(v->who)), std::string(VisitorOf(v->who)), std::move(json)});
}

void Group::ShowEvent(Visitor* v, const EventView& event) {
  JsonWriter w;
  w.BeginObject();
  w.Key("type").Text("event");
  w.Key("at").Whole(event.at);
  w.Key("site").Text(SiteOf(v->who));
  w.Key("visitor").Text(VisitorOf(v->who));
  w.Key("name").Text(event.name);
  w.Key("props").BeginObject();
  WriteProps(&w, event.props());
  if (event.item_count() > 0) {
    w.Key("items").BeginArray();
    event.ForEachItem([&](PropReader props) {
      w.BeginObject();
      WriteProps(&w, props);
      w.EndObject();
    });
    w.EndArray();
  }
  w.EndObject().EndObject();
  Show(v, w.Take());
}

void Group::ShowState(Visitor* v) {
  if (!parts_.live->Wants(SiteOf(v->who), VisitorOf(v->who))) return;
  const Millis at = std::max(now_, v->Frontier());
  const rules::Program& program = parts_.visitors->program();
  Show(v, StateMessage(program, rules::Describe(program, *v->state, at), SiteOf(v->who),
                       VisitorOf(v->who), at));
}

}  // namespace vinkki::engine
