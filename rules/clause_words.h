// What a clause says about a visitor at a moment, in words: what is so ("3 form errors in 2 min"),
// and what is missing ("2 of 3 form errors in 2 min; needs one more"). Pure functions of a clause's
// shape and of what Step's own readers say; the same words in triggers, explain and the live view.
#pragma once

#include <string>

#include "rules/clause_shape.h"
#include "rules/moment.h"
#include "rules/said.h"
#include "rules/sequence.h"

namespace vinkki::rules {

// A clause read at a moment.
struct ClauseReading {
  const ClauseShape* shape = nullptr;
  std::string text;  // as written
  bool holds = false;
  Operand value;                // of its subject; texts are views into the state
  Millis value_until = kNever;  // until then, while nothing happens
  Growth growth;                // of `value`
  Millis changes_at = kNever;   // when time alone changes `holds`
  Millis looked_at = kNever;    // until then it is sure to stay; not after changes_at
  SequenceStage stage;          // of a sequence
  bool before_pages = false;    // its window is the page, and no page was seen yet
};

// How a value that was read with `moment`, and nothing else with it, goes on by itself.
Growth GrowthOf(const Operand& value, const Moment& moment);
// What is so. Empty: nothing that is worth words. `currency` stands behind money; may be empty.
std::string SayClause(const ClauseReading& clause, std::string_view currency);
// The same of a clause that does not hold, where a `not` stands above it.
std::string SayNegated(const ClauseReading& clause, std::string_view currency);
// What is missing for the clause to be `want`. Requires that it is not.
Missing SayMissing(const ClauseReading& clause, bool want, std::string_view currency);

}  // namespace vinkki::rules
