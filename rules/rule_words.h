// What a whole rule says about a visitor at a moment: why it holds, as it stands in a trigger, and
// what is missing for it to hold. The tree of and, or and not is walked over its clauses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/clause_words.h"
#include "rules/moment.h"

namespace vinkki::rules {

// The rule's clauses, read at the moment, in their order.
std::vector<ClauseReading> ReadClauses(const Moment& moment, const RuleCode& rule);

Why WhyOf(const RuleCode& rule, const std::vector<ClauseReading>& clauses,
          std::string_view currency);
// All of these are needed; empty: the rule's `when` holds.
std::vector<MissingPart> MissingOf(const RuleCode& rule, const std::vector<ClauseReading>& clauses,
                                   std::string_view currency);

}  // namespace vinkki::rules
