// Expressions back into text. Canonical is the identity of a meaning: facts that are the same in
// two rules are computed once, and a rule's version is the hash of its canonical form.
#pragma once

#include <string>

#include "rules/ast.h"

namespace vinkki::rules {

// With lets put in, every part in parentheses, events in order of their names, durations in ms,
// windows always said: the same text for what means the same as it stands. Requires a checked file.
std::string Canonical(const Expr& expr, const File& file);
// Of a call's events with its condition alone: "(or a b) where (...)".
std::string Canonical(const Events& events, const File& file);
// Everything that a rule means, for its version: `when`, offer, limits, hours, ... with the file's
// sites and limits; not its description nor its place.
std::string Canonical(const Rule& rule, const File& file);

// As one would write it, with the fewest parentheses and lets by their names.
std::string Source(const Expr& expr);

}  // namespace vinkki::rules
