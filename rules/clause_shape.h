// A clause of a rule as people see it: what it counts or measures, over which window, against which
// goal, in words. Made by the compiler (clause_shape.cc), spoken by clause_words.h; Step never
// looks here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "rules/ast.h"

namespace vinkki::rules {

struct ClauseShape {
  enum class Kind : uint8_t {
    kOther,    // has no shape: said as it is written
    kAll,      // and
    kAny,      // or
    kNot,      // of the clause below
    kName,     // of a let: the clause below
    kCompare,  // subject `op` goal
    kText,     // a fact contains, starts with, matches or is in `goal_text`
    kExists,
    kSequence,
    kEvent,  // event.name == goal: the event itself
  };
  enum class Subject : uint8_t {
    kOther,     // an expression, as written
    kCount,     // "form errors"
    kDistinct,  // "different items viewed"
    kRepeats,   // "the same item viewed"
    kCall,      // sum, avg, min, max, first, last: "highest value of additions to the cart"
    kSince,     // "addition to the cart"
    kFact       // `name` is its name
  };

  Kind kind = Kind::kOther;
  Subject subject = Subject::kOther;
  ExprKind op = ExprKind::kEqual;  // the subject on its left
  std::string name;                // the subject as written: cart.value, count(form_error, 2m)
  std::string one, many;           // in words, for one and for more of it
  std::string window;     // " in 2 min", " on this page", "" where it is the visitor's past
  bool on_page = false;   // that window
  std::string key;        // its name among the facts of a trigger: form_errors, cart_value
  bool has_goal = false;  // the other side is a literal
  bool duration = false;  // the goal is a duration, in ms
  bool percent = false;   // the rule says the goal in percent: so are the values said
  double goal = 0;
  std::string goal_text;  // of a text or a boolean, or what kText looks for; as shown
  // kSequence
  uint32_t sequence = 0xffffffff;  // of Code::sequence_facts
  std::vector<std::string> steps;  // in words, repeated ones written out
  std::string ending;              // "no checkout begun for 90 s"; empty: no absence
};

}  // namespace vinkki::rules
