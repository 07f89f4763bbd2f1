// How many conversations run at once, when each lasts the same time and begins when its offer is
// made: a sweep over the beginnings. One that ends at t and one that begins at t need one agent.
#pragma once

#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "engine/tally.h"

namespace vinkki::engine {

struct AgentsBusy {
  uint64_t conversations = 0;
  uint64_t peak = 0;    // at most so many at once
  Millis peak_at = 0;   // the first moment at which there were so many; 0 when there were none
  uint64_t enough = 0;  // agents with whom 95 % of the conversations begin at once
};

// f(from, to, busy) for each stretch of time [from, to) in which `busy`, above 0, does not change.
using EachStretch = std::function<void(Millis from, Millis to, uint64_t busy)>;

// `f` may be null. Requires length > 0. Moments are as exact as the tally's width.
AgentsBusy CountAgents(Tally* beginnings, Millis length, const EachStretch& f);

}  // namespace vinkki::engine
