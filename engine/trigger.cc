#include "engine/trigger.h"

#include "base/hash.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "engine/cart.h"
#include "engine/offer_words.h"

namespace vinkki::engine {
namespace {

constexpr size_t kJourney = 20;  // events that travel with a trigger

const rules::RuleInfo& RuleOf(const TriggerInput& in) {
  return in.program->rules()[in.decision.rule];
}

bool IsOffer(const TriggerInput& in) { return in.decision.reason == rules::Reason::kNone; }

// A member with text, left out when there is none.
void TextIf(JsonWriter* w, std::string_view key, std::string_view text) {
  if (!text.empty()) w->Key(key).Text(text);
}

// What is offered: the first, and instead of it the others.
std::vector<rules::Channel> ChannelsOf(const TriggerInput& in) {
  const rules::Offer& offer = RuleOf(in).offer;
  if (in.decision.to_bot || offer.channels.empty()) return {rules::Channel::kBot};
  return offer.channels;
}

void WriteOffer(JsonWriter* w, const TriggerInput& in) {
  const rules::Offer& offer = RuleOf(in).offer;
  const std::vector<rules::Channel> channels = ChannelsOf(in);
  w->BeginObject();
  w->Key("channel").Text(ChannelName(channels.front()));
  if (!in.decision.to_bot) {
    w->Key("alternatives").BeginArray();
    for (size_t i = 1; i < channels.size(); ++i) w->Text(ChannelName(channels[i]));
    w->EndArray();
  }
  w->Key("escalate").BeginArray();
  for (const rules::Channel channel : offer.escalate) w->Text(ChannelName(channel));
  w->EndArray();
  TextIf(w, "queue", offer.queue);
  w->Key("message").BeginObject();
  for (const auto& [language, text] : offer.message) w->Key(language).Text(text);
  w->EndObject();
  w->Key("expires_at").Text(FormatRfc3339(OfferExpires(in)));
  w->EndObject();
}

void WriteWhy(JsonWriter* w, const TriggerInput& in) {
  const rules::Why why = WhyOf(in);
  w->Key("why").BeginObject();
  w->Key("text").Text(why.text);
  w->Key("facts").BeginObject();
  for (const rules::WhyFact& fact : why.facts) {
    w->Key(fact.name);
    switch (fact.kind) {
      case Value::Kind::kNumber: w->Number(fact.number); break;
      case Value::Kind::kBool: w->Bool(fact.boolean); break;
      default: w->Text(fact.text); break;
    }
  }
  w->EndObject().EndObject();
}

void WriteVisitor(JsonWriter* w, const TriggerInput& in, const rules::Snapshot& s) {
  w->Key("visitor").BeginObject();
  w->Key("id").Text(in.visitor);
  TextIf(w, "identity", s.identity);
  w->Key("visits").Whole(static_cast<int64_t>(s.visits));
  w->Key("purchases").Whole(static_cast<int64_t>(s.purchases));
  TextIf(w, "language", s.language);
  TextIf(w, "device", s.device);
  TextIf(w, "consent", ConsentOf(s, in.consent));
  w->EndObject();
}

void WriteSession(JsonWriter* w, const TriggerInput& in, const rules::Snapshot& s) {
  if (!s.in_session) return;
  const std::string started = std::to_string(s.session_started);
  w->Key("session").BeginObject();
  w->Key("id").Text(
      Sha256Hex(std::string(in.site) + "\n" + std::string(in.visitor) + "\n" + started)
          .substr(0, 32));
  w->Key("started").Text(FormatRfc3339(s.session_started));
  w->Key("pages").Whole(static_cast<int64_t>(s.session_pages));
  TextIf(w, "referrer", s.session_referrer);
  TextIf(w, "campaign", s.session_campaign);
  TextIf(w, "entry", s.session_entry);
  w->EndObject();
}

void WritePage(JsonWriter* w, const rules::Snapshot& s) {
  if (s.page_url.empty() && s.page_type.empty()) return;
  w->Key("page").BeginObject();
  TextIf(w, "url", s.page_url);
  TextIf(w, "type", s.page_type);
  TextIf(w, "title", s.page_title);
  w->EndObject();
}

void WriteJourney(JsonWriter* w, const std::vector<EventView>& events) {
  w->Key("journey").BeginArray();
  const size_t from = events.size() > kJourney ? events.size() - kJourney : 0;
  for (size_t i = from; i < events.size(); ++i) {
    w->BeginObject();
    w->Key("at").Text(FormatRfc3339(events[i].at));
    w->Key("event").Text(events[i].name);
    TextIf(w, "what", WhatOf(events[i]));
    w->EndObject();
  }
  w->EndArray();
}

void WriteHandler(JsonWriter* w, const std::vector<EventView>& events) {
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (event->name != "conversation_started" && event->name != "conversation_ended") continue;
    const Value handler = event->Own("handler");
    if (!handler.is_text() || handler.text.empty()) continue;
    w->Key("handler").BeginObject().Key("last").Text(handler.text).EndObject();
    return;
  }
}

void WriteExperiment(JsonWriter* w, const TriggerInput& in) {
  std::string_view arm = "offer";
  if (in.decision.reason == rules::Reason::kHoldout) arm = "control";
  if (in.decision.reason == rules::Reason::kShadow) arm = "shadow";
  w->Key("experiment").BeginObject();
  w->Key("arm").Text(arm);
  w->Key("holdout").Number(RuleOf(in).holdout);
  w->EndObject();
}

void WriteRule(JsonWriter* w, const TriggerInput& in) {
  const rules::RuleInfo& rule = RuleOf(in);
  w->Key("rule").BeginObject();
  w->Key("name").Text(rule.name);
  w->Key("version").Text(rule.version);
  w->Key("priority").Whole(rule.priority);
  w->EndObject();
}

void WriteData(JsonWriter* w, const TriggerInput& in) {
  const rules::Snapshot snapshot = rules::TakeSnapshot(*in.state);
  w->Key("data").BeginObject();
  WriteRule(w, in);
  if (IsOffer(in)) {
    w->Key("offer");
    WriteOffer(w, in);
  } else {
    w->Key("decision").Text("silent");
    w->Key("reason").Text(rules::ReasonName(in.decision.reason));
  }
  WriteWhy(w, in);
  WriteVisitor(w, in, snapshot);
  WriteSession(w, in, snapshot);
  WritePage(w, snapshot);
  WriteCart(w, snapshot, *in.events);
  WriteJourney(w, *in.events);
  WriteHandler(w, *in.events);
  WriteExperiment(w, in);
  w->EndObject();
}

}  // namespace

std::string_view WhatOf(const EventView& event) {
  for (const std::string_view key :
       {"item_name", "item_id", "search_term", "field", "type", "channel", "url", "selector"}) {
    const Value value = event.Get(key);
    if (value.is_text() && !value.text.empty()) return value.text;
  }
  return {};
}

std::string_view ConsentOf(const rules::Snapshot& snapshot, std::optional<Consent> batch) {
  if (!snapshot.consent.empty() || !batch) return snapshot.consent;
  switch (*batch) {
    case Consent::kOff: return "off";
    case Consent::kCookieless: return "cookieless";
    case Consent::kFull: return "full";
  }
  return "";
}

std::string_view ChannelName(rules::Channel channel) {
  switch (channel) {
    case rules::Channel::kChat: return "chat";
    case rules::Channel::kVoice: return "voice";
    case rules::Channel::kVideo: return "video";
    case rules::Channel::kScreenshare: return "screenshare";
    case rules::Channel::kBot: return "bot";
  }
  return "chat";
}

std::string TriggerId(std::string_view site, std::string_view rule, std::string_view version,
                      std::string_view visitor, Millis at) {
  std::string text;
  const std::string moment = std::to_string(at);
  for (const std::string_view part : {site, rule, version, visitor, std::string_view(moment)}) {
    text.append(part).push_back('\n');
  }
  return Sha256Hex(text).substr(0, 32);
}

std::string TriggerIdOf(const TriggerInput& in) {
  const rules::RuleInfo& rule = RuleOf(in);
  return TriggerId(in.site, rule.name, rule.version, in.visitor, in.decision.at);
}

Millis OfferExpires(const TriggerInput& in) { return in.decision.at + RuleOf(in).offer.expires; }

rules::Why WhyOf(const TriggerInput& in) {
  return rules::WhyFired(*in.program, *in.state, in.decision.rule, in.at, CurrencyOf(*in.events));
}

std::string RenderCloudEvent(const TriggerInput& in) {
  JsonWriter w;
  w.BeginObject();
  w.Key("specversion").Text("1.0");
  w.Key("type").Text(IsOffer(in) ? kTriggerType : kDecisionType);
  w.Key("source").Text("/sites/" + std::string(in.site));
  w.Key("id").Text(TriggerIdOf(in));
  w.Key("time").Text(FormatRfc3339(in.decision.at));
  w.Key("subject").Text("visitor/" + std::string(in.visitor));
  w.Key("datacontenttype").Text("application/json");
  WriteData(&w, in);
  w.EndObject();
  return w.Take();
}

std::string RenderPageOffer(const TriggerInput& in) {
  JsonWriter w;
  w.BeginObject();
  w.Key("id").Text(TriggerIdOf(in));
  w.Key("rule").Text(RuleOf(in).name);
  w.Key("offer");
  WriteOffer(&w, in);
  w.Key("labels");
  WriteLabels(&w, ChannelsOf(in), RuleOf(in).offer.message);
  w.EndObject();
  return w.Take();
}

}  // namespace vinkki::engine
