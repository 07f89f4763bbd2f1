// A decision as the world reads it: the CloudEvent of docs/schemas for the sink "kafka", and
// the page's short form. Rendered once, at the commit; sinks only transport. What is not known is
// left out, never guessed.
//
//   page form = {"id","rule","offer":{"channel","alternatives":[...],"escalate":[...],"queue",
//                "message":{lang:text},"expires_at":RFC 3339},
//                "labels":{lang:{channel:word ..., "no","close"}}}     ; offer_words.h
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/batch.h"
#include "rules/describe.h"
#include "rules/program.h"
#include "rules/step.h"

namespace vinkki::engine {

inline constexpr std::string_view kTriggerType = "vinkki.trigger.v1";
inline constexpr std::string_view kDecisionType = "vinkki.decision.v1";

struct TriggerInput {
  const rules::Program* program = nullptr;
  const rules::State* state = nullptr;  // as of the decision
  Millis at = 0;                        // not before the state's last event or timer
  std::string_view site, visitor;
  rules::Decision decision;
  const std::vector<EventView>* events = nullptr;  // the visitor's recent ones, by time
  std::optional<Consent> consent = {};             // of the latest batch that a page sent
};

// The same on every retry and every replay: the first 32 hexadecimal digits of SHA-256 of site,
// rule, rule version, visitor and the moment in milliseconds, each followed by a newline.
std::string TriggerId(std::string_view site, std::string_view rule, std::string_view version,
                      std::string_view visitor, Millis at);
std::string TriggerIdOf(const TriggerInput& input);

// type "vinkki.trigger.v1" for an offer, "vinkki.decision.v1" for anything else (data.decision,
// data.reason beside the rest; no offer).
std::string RenderCloudEvent(const TriggerInput& input);
std::string RenderPageOffer(const TriggerInput& input);
Millis OfferExpires(const TriggerInput& input);
rules::Why WhyOf(const TriggerInput& input);
// What the visitor chose by an event `consent`, else the mode in which their pages send; empty: not
// known. A view into the snapshot, or for ever.
std::string_view ConsentOf(const rules::Snapshot& snapshot, std::optional<Consent> batch);
// What an event was about, in a word: an item, a field, an address; empty when it does not say.
std::string_view WhatOf(const EventView& event);

std::string_view ChannelName(rules::Channel channel);

}  // namespace vinkki::engine
