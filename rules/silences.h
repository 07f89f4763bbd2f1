// What would silence a rule if it fired at a moment: every reason that applies, in words, and until
// when. The reasons are those of Decide (decide.h), asked one by one.
#pragma once

#include <string>
#include <vector>

#include "rules/program.h"
#include "rules/step.h"

namespace vinkki::rules {

struct Silence {
  Reason reason = Reason::kNone;
  std::string text;       // "an offer was made 3 min ago, the cooldown is 30 min"
  Millis until = kNever;  // over by then if nothing happens; never: no time does that
};

// In their order (rules.md 17), without `priority`, which depends on what else fires.
std::vector<Silence> SilencesAt(const Program& program, const Context& context, const State& state,
                                uint32_t rule, Millis at);

}  // namespace vinkki::rules
