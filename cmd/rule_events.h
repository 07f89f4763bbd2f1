// Which rules cannot have fired because the events that they need never came: for the hints of a
// report.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/replay_report.h"
#include "rules/ast.h"

namespace vinkki::cmd {

// The rules that never fired and whose `when` cannot have held without events of which none came:
// name -> those events. Careful: what may hold without an event (not, != , < and the like) needs
// nothing, and of alternatives all must be missing.
std::vector<std::pair<std::string, std::vector<std::string>>> MissingEvents(
    const rules::RuleSet& set, const engine::ReplayReport& report);

}  // namespace vinkki::cmd
