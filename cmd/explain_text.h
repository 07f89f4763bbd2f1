// An explanation as a page of text that a service lead reads: the visit as a timeline, each rule
// with its clauses, what it still needs and what would silence it, the timers.
#pragma once

#include <string>

#include "cmd/terminal.h"
#include "engine/explain.h"
#include "rules/zone.h"

namespace vinkki::cmd {

struct ExplainText {
  Terminal terminal;
  rules::Zone zone;  // of the times
  std::string zone_name = "UTC";
  bool all = false;  // earlier visits in full, no line left out, every rule with its clauses
};

std::string ExplanationText(const engine::Explanation& explanation, const ExplainText& how);

}  // namespace vinkki::cmd
