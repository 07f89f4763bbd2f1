// Compile-time: what turns an atom true, in the form of the indexes of code.h, and what may turn a
// condition. Made by compile_edges.cc and compile_turns.cc, put into the indexes by
// compile_index.cc.
#pragma once

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "rules/code.h"

namespace vinkki::rules {

// How often something is expected to turn true; less is better. Only an order, from what shops see.
enum class Rate : uint8_t {
  kSessionText,  // set once in a session: a campaign, a language
  kUnusualText,  // a path, a title
  kRareCount,    // several of an event that few visitors have
  kEventName,
  kCount,
  kNumberOfFact,
  kTextOfFact,  // page.type
  kSequence,
  kUnknown,
  kTimed,  // needs timers
  kUsuallyTrue,
};

struct Edge {
  enum class Kind : uint8_t {
    kAtLeast,        // source, k, length (kNever: no duration); of a ladder also rung
    kFactText,       // fact, texts
    kFactPrefix,     // fact, texts: starts_with
    kFactNumber,     // fact, number, strict
    kDwell,          // number, above: dwell runs towards the number
    kEventName,      // texts
    kEventProperty,  // texts, property, and number and strict, or value
    kForgets,        // source: an event has pushed an older one out of what a reader sees
  };
  Kind kind = Kind::kAtLeast;
  Rate rate = Rate::kUnknown;
  uint32_t source = 0;
  uint32_t rung = 0;
  uint32_t k = 0;
  Millis length = 0;
  uint32_t forgets = kNone;  // of kAtLeast: the edge by which its event may turn it false
  Fact fact = Fact::kCount;
  std::vector<std::string> texts;
  double number = 0;
  bool strict = false;
  bool above = false;
  uint32_t property = kNone;
  bool is_text = false;
  std::string value;
};

// A touch before they are numbered.
struct TouchRef {
  enum class Kind : uint8_t { kSource, kGroup, kEdge };
  Kind kind = Kind::kSource;
  uint32_t index = 0;
  bool operator==(const TouchRef& other) const = default;
  bool operator<(const TouchRef& other) const {
    return std::tie(kind, index) < std::tie(other.kind, other.index);
  }
};

// Touches that may make a condition true when it is false, or nearer in time; and the other way.
// May name more than needed, never less.
struct Turns {
  std::set<TouchRef> rises;
  std::set<TouchRef> falls;

  void Add(const Turns& other) {
    rises.insert(other.rises.begin(), other.rises.end());
    falls.insert(other.falls.begin(), other.falls.end());
  }
  void RenumberSources(const std::vector<uint32_t>& to) {
    for (std::set<TouchRef>* touches : {&rises, &falls}) {
      std::set<TouchRef> after;
      for (TouchRef touch : *touches) {
        if (touch.kind == TouchRef::Kind::kSource) touch.index = to[touch.index];
        after.insert(touch);
      }
      *touches = std::move(after);
    }
  }
};

}  // namespace vinkki::rules
