// The runs of a state: which rules hold, which wait for another conjunct than their first, and when
// the next of them must be looked at. Keeps runs, bits and deadline in step.
#pragma once

#include "rules/state.h"

namespace vinkki::rules {

// When time alone may change a run, or its `for` is due.
Millis WakeOf(const Code& code, const Run& run);

// The run of a rule as it is from now on, in the place of the one that it had.
void SetRun(const Code& code, const Run& run, State* state);
// The rule waits for its first conjunct again.
void DropRun(const Code& code, uint32_t rule, State* state);
// After runs were changed.
void SettleDeadline(const Code& code, State* state);

}  // namespace vinkki::rules
