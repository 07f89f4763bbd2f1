// Which rules cannot have fired because the events that they need never came: for the hints of a
// report.
#pragma once

#include <string>
#include <vector>

#include "engine/replay_report.h"
#include "rules/ast.h"

namespace vinkki::cmd {

// Of each of these lists at least one event; none of all those came.
using Needs = std::vector<std::vector<std::string>>;

struct RuleNeeds {
  std::string rule;
  Needs needs;  // the shortest lists first
};

// The rules that never fired and whose `when` cannot have held without events of which none came.
// Careful: what may hold without an event (not, != , < and the like) needs nothing, and of
// alternatives all must be missing.
std::vector<RuleNeeds> MissingEvents(const rules::RuleSet& set, const engine::ReplayReport& report);

}  // namespace vinkki::cmd
