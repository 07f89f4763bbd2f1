// The first conjunct of a rule, as an index can find it: what turning true may turn it true. Made
// by compile_guards.cc from the tree, put into the indexes by compile_index.cc.
#pragma once

#include <string>
#include <vector>

#include "rules/code.h"

namespace vinkki::rules {

struct Guard {
  enum class Kind : uint8_t {
    kAtLeast,     // call >= k
    kFactText,    // fact == text
    kFactNumber,  // fact > number (strict) or fact >= number
    kEvent,       // event.name == text; with a property: event.property > or >= number, or == value
  };
  Kind kind = Kind::kAtLeast;
  uint32_t call = 0;
  uint32_t k = 0;
  Fact fact = Fact::kCount;
  std::string text;
  double number = 0;
  bool strict = false;
  uint32_t property = kNone;
  bool property_is_text = false;
  std::string property_text;
};

// It turns true only at a moment at which one of these does, or by time. Empty: no index knows.
using Guards = std::vector<Guard>;

}  // namespace vinkki::rules
