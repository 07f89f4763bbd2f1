// Facts that a reload brought, from the events that are stored (rules.md 26). The others stay as
// they are: what they know may be older than any stored event.
#pragma once

#include <span>

#include "rules/state.h"

namespace vinkki::rules {

// Fills these sources anew from the visitor's events: all that are stored, by time, ties by
// arrival. Requires that the state has applied them.
void RebuildSources(const Code& code, const std::vector<uint32_t>& sources,
                    std::span<const EventView> events, State* state);

}  // namespace vinkki::rules
