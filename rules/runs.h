// The runs of a state: which rules hold, which time alone may turn, and when the next of them must
// be looked at. Keeps runs and deadline in step.
#pragma once

#include "rules/state.h"

namespace vinkki::rules {

// The run of a rule as it is from now on, in the place of the one that it had.
void SetRun(const Run& run, State* state);
// One of the state's runs, that holds, is to be looked at then.
void SetWake(Millis wake, Run* run, State* state);
// Time does not turn the rule, and it does not hold.
void DropRun(uint32_t rule, State* state);
// After runs were changed.
void SettleDeadline(State* state);

}  // namespace vinkki::rules
