// Which events the rules look at: for the hint that a rule cannot have fired, because none came.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/replay_report.h"
#include "rules/ast.h"

namespace vinkki::cmd {

// The rules that never fired and look at events of which none came: name -> those events.
std::vector<std::pair<std::string, std::vector<std::string>>> MissingEvents(
    const rules::RuleSet& set, const engine::ReplayReport& report);

}  // namespace vinkki::cmd
