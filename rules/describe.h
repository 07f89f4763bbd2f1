// What the rules see of a visitor at a moment, in words: for the live view, explain, the `why` of a
// trigger and the failures of rule tests. Not on an event's way; it may allocate.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "rules/let_go.h"
#include "rules/program.h"
#include "rules/said.h"
#include "rules/step.h"

namespace vinkki::rules {

struct ClauseView {
  std::string text;   // as written: count(form_error, 2m) >= 3
  std::string value;  // of its interesting side: "2"; "true"/"false" where it has none
  Growth growth;      // of `value`
  std::string other;  // of a comparison of two values: the sign and the right one, "<= 0"
  bool holds = false;
  int depth = 0;               // in the tree of and/or/not
  Millis changes_at = kNever;  // when time alone changes it
  Millis looked_at = kNever;   // when its rule has to look at it again; not after changes_at
};

struct RuleView {
  uint32_t rule = 0;
  bool when = false;
  Millis risen_at = kNever;          // since when it holds
  Millis fires_at = kNever;          // rise + for, while it waits
  bool fired = false;                // since it rose
  std::vector<MissingPart> missing;  // for `when` to hold; all of these
  std::vector<ClauseView> clauses;
  bool in_audience = true;
};

struct FactView {
  std::string name;   // page.type, cart.value, count(form_error, 2m), ...
  std::string value;  // "checkout", "80", "-" when missing
  Growth growth = {};
};

struct StateView {
  std::vector<FactView> facts;  // the visitor's, and those that rules watch
  std::vector<RuleView> rules;  // those of the visitor's site that are not off
  Millis next_deadline = kNever;
};

// What is there at a moment beside the state.
struct Beside {
  const EventView* event = nullptr;  // for event.*; null: it is over, and missing
  double potential = std::numeric_limits<double>::quiet_NaN();
};

// At a moment not before the last Apply or Advance; the state is not changed. `currency` stands
// behind money in words.
StateView Describe(const Program& program, const State& state, Millis at,
                   std::string_view currency = {}, const Beside& beside = {});

// A rule that holds, or that time may turn.
struct Pending {
  uint32_t rule = 0;
  bool holds = false;
  Millis risen_at = kNever;  // since when it holds
  bool fired = false;        // since it rose
  Millis wake = kNever;      // when it is looked at next; its firing, while its `for` runs
};
std::vector<Pending> PendingOf(const State& state);

// "sum(view_item.price, 1h) sees the latest 64 only: 6 older ones were let go".
std::string LetGoText(const Program& program, const LetGoListener::Entry& entry);

// What travels with a trigger (docs/schemas/trigger.schema.json), out of the state.
struct Snapshot {
  std::string page_url, page_type, page_title;
  std::string session_referrer, session_campaign, session_entry, device, language;
  Millis session_started = 0;
  uint64_t session_pages = 0;
  bool in_session = false;
  uint64_t visits = 0, purchases = 0;
  std::string identity, consent;
  double cart_value = 0, cart_pieces = 0;
};
Snapshot TakeSnapshot(const State& state);

// Why a rule holds, or held when it fired, for people: `why` of a trigger.
Why WhyFired(const Program& program, const State& state, uint32_t rule, Millis at,
             std::string_view currency = {});

}  // namespace vinkki::rules
