// The cart's items, out of the visitor's recent events: what an agent wants to see. The value and
// the number of pieces come from the rules' state; items are only written when they add up to it.
#pragma once

#include <string_view>
#include <vector>

#include "base/batch.h"
#include "base/json_writer.h"
#include "rules/describe.h"

namespace vinkki::engine {

// The currency that the cart was last given; empty: none was said.
std::string_view CurrencyOf(const std::vector<EventView>& events);

// "cart":{"value","pieces","currency","items":[{"item_id","item_name","price","quantity"}]};
// nothing when the cart is empty.
void WriteCart(JsonWriter* w, const rules::Snapshot& snapshot,
               const std::vector<EventView>& events);

}  // namespace vinkki::engine
