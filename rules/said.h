// What is said about a rule in words, with the numbers behind it: why it holds, what is missing.
#pragma once

#include <string>
#include <vector>

#include "base/value.h"
#include "rules/step.h"

namespace vinkki::rules {

// A duration that grows with the clock: at `t` it is min(t, until) - since. since kNever: another
// value, which stands still.
struct Growth {
  Millis since = kNever;
  Millis until = kNever;  // it stands still from then on, or is another one
};

// What is missing of a condition. At most one of the moments is set.
struct Missing {
  std::string text;        // "2 of 3 form errors in 2 min; needs one more"
  Millis before = kNever;  // what is needed has to come before it, or more is needed
  Millis at = kNever;      // time alone brings it then, if nothing comes between
  Growth growth = {};      // of a value that stands in the text ...
  std::string grown = {};  // ... as these words
};
// With the time in words: "…; needs one more within 48 s", "…; true in 40 s".
std::string Words(const Missing& missing, Millis now);

// Any one of these is enough.
struct MissingPart {
  std::vector<Missing> any_of;
};

// A number, a text or a boolean of why.facts, by a readable name: form_errors 3, cart_value 80.
struct WhyFact {
  std::string name;
  Value::Kind kind = Value::Kind::kMissing;
  double number = 0;  // of a duration: seconds, and the name says so
  bool boolean = false;
  std::string text;
};

struct Why {
  std::string text;  // "3 form errors in 2 min, then 10 s without progress, cart 80 EUR"
  std::vector<WhyFact> facts;
};

}  // namespace vinkki::rules
