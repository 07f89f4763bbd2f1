// What a visitor's state was before the first event that is still stored. Stored events are dropped
// after a while (retention), but what they left in facts that look back for ever (visits,
// purchases, the cart, windows over `visitor`) outlives them: when facts are made anew from stored
// events, they begin with this.
#pragma once

#include <span>

#include "rules/state.h"

namespace vinkki::rules {

// Fills `before`, a fresh state of the same program, such that the stored events after it lead to
// `now`: counters by what the stored events do not explain, what is remembered for itself (the
// last, the first, the least of something, who the visitor is) as it is now, since an event that
// is stored will say it again. False: the stored events are all there ever were, and `before` is
// left empty. Not known are sequences that were under way, and how long a page was looked at that
// was the latest all the time.
// Requires that `now` has applied them all: by time, ties by arrival.
bool FillBefore(const Code& code, std::span<const EventView> stored, const State& now,
                State* before);

}  // namespace vinkki::rules
