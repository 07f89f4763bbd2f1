// The runs of a state: which rules hold, which time alone may turn, and when the next of them must
// be looked at. Keeps runs and deadline in step.
//
// Most rules that have fired end by time: a count falls when its window has passed. Where nothing
// but an event can bring the rule back, nothing depends on when that is noticed, as long as it is
// before the next event. Such a run is *quiet*: it has no deadline, and no timer wakes for it.
#pragma once

#include "rules/state.h"

namespace vinkki::rules {

// The run of a rule as it is from now on, in the place of the one that it had.
void SetRun(const Run& run, State* state);
// One of the state's runs, as it is from now on.
void ChangeRun(const Run& to, Run* run, State* state);
// Time does not turn the rule, and it does not hold.
void DropRun(uint32_t rule, State* state);
// When the first of the quiet ones may end; kNever when there is none.
Millis FirstQuietEnd(const State& state);
// After runs were changed.
void SettleDeadline(State* state);

}  // namespace vinkki::rules
