// Whether a set of rules that was read again is the one that runs.
#pragma once

#include "rules/program.h"

namespace vinkki::rules {

// Nobody could tell them apart: rules of the same meaning in the same order and files, written and
// described alike, with the same words for their clauses. Comments, empty lines, the order of keys
// make no difference.
bool IsSame(const Program& a, const Program& b);

}  // namespace vinkki::rules
