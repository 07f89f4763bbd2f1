// What the rules see of a visitor, as JSON: the live view's "state" message, and the parts of it
// that explain uses too. The grammar is in live.h and docs/schemas/explanation.schema.json.
#pragma once

#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "rules/describe.h"

namespace vinkki::engine {

// null for kNever.
void WriteMoment(JsonWriter* w, std::string_view key, Millis at);
// "facts":[{"name","value"}], with "since" and "until" where the value grows with the clock.
void WriteFacts(JsonWriter* w, const rules::StateView& view);
// The members of a rule's view: "when", "risen_at", "fires_at", "fired", "clauses", "missing".
void WriteRuleMembers(JsonWriter* w, const rules::RuleView& rule);

std::string StateMessage(const rules::Program& program, const rules::StateView& view,
                         std::string_view site, std::string_view visitor, Millis at);

}  // namespace vinkki::engine
