// What becomes of the firings of one instant (rules.md 17-22): reasons in their order, the choice
// by priority, and the record of the offer that is made.
#pragma once

#include <vector>

#include "rules/moment.h"
#include "rules/step.h"

namespace vinkki::rules {

// `firings` are rules, each once, in their order; the decisions are added to the effects in that
// order. The moment is that of the firing.
void Decide(const Context& context, const Moment& moment, const std::vector<uint32_t>& firings,
            State* state, Effects* effects);

// Whether a rule that fires at this moment is silenced for this reason, its rivals left aside.
bool IsSilenced(Reason reason, const Context& context, const Moment& moment, uint32_t rule);
// Bits by Reason: those that a rule's own text makes possible (RuleCode::reasons).
uint16_t OwnReasons(const RuleCode& rule, const FileCode& file);
// The first reason for which it is; kNone: it would make an offer.
Reason ReasonToBeSilent(const Context& context, const Moment& moment, uint32_t rule);

// Those of the limits that count offers that are reached; the others are left out.
struct LimitsReached {
  Limits rule;
  Limits file;
};
LimitsReached ReachedLimits(const Moment& moment, uint32_t rule);

}  // namespace vinkki::rules
