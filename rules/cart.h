// The cart, as the events of GA4 e-commerce move it (rules.md, Facts, cart.*).
#pragma once

#include "rules/remember.h"

namespace vinkki::rules {

void UpdateCart(BuiltIn what, const EventView& event, Profile* profile);

}  // namespace vinkki::rules
