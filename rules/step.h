// The function that everything is about: a visitor's state and one event, or the passing of time,
// give a new state and decisions. Pure: no clock, no I/O, no allocation in the steady state. Live
// traffic, timers, replay, explain and rule tests all call these.
//
// Time: an event at t first lets everything due before or at t happen at its own time, in order
// (rules.md, Exact meaning, 1), then the event is applied, then the instant after it (3).
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/batch.h"
#include "base/clock.h"
#include "base/status.h"
#include "rules/layout.h"

namespace vinkki::rules {

class Program;
class State;

inline constexpr Millis kNever = std::numeric_limits<Millis>::max();

// Why a firing made no offer; the order is the order in which they are looked for.
enum class Reason : uint8_t {
  kNone,
  kShadow,
  kStale,
  kBot,
  kConsent,
  kHours,
  kLimit,
  kCooldown,
  kDeclined,
  kEngaged,
  kHoldout,
  kAudience,
  kCapacity,
  kPriority
};
std::string_view ReasonName(Reason reason);  // "shadow", ...; "" for kNone

struct Decision {
  Millis at = 0;                  // the moment of the firing
  uint32_t rule = 0;              // index into Program::rules
  Reason reason = Reason::kNone;  // kNone: an offer
  bool to_bot = false;            // the offer is the bot's (otherwise: bot)
};

// What Step has to know from outside, at the time of the call.
struct Context {
  Millis now = 0;               // the wall clock, for `stale`; ignored in a replay
  bool replay = false;          // virtual time: nothing is stale
  bool bot = false;             // the visitor is a robot by user agent
  bool ignore_holdout = false;  // rule tests
  double potential = std::numeric_limits<double>::quiet_NaN();  // NaN: no model
  // False when nobody can take the offer of this rule now. Null: capacity is unknown, so yes.
  const std::function<bool(uint32_t rule)>* has_capacity = nullptr;
};

// Reused from call to call, so that the steady state allocates nothing.
struct Effects {
  std::vector<Decision> decisions;  // in the order in which they were made
  void Clear() { decisions.clear(); }
};

// A visitor's state under one program. Movable; made by NewState or DecodeState.
using StatePtr = std::unique_ptr<State, void (*)(State*)>;
StatePtr NewState(const Program& program, std::string_view site, std::string_view visitor);
// Makes the state as new, of another visitor, in the memory that it has.
void Renew(std::string_view site, std::string_view visitor, State* state);

// The stored form. Facts are keyed by the hash of their definition, so that a state written under
// one program reads under another: what both know keeps its value (rules.md 26). `stale_facts` is
// set when the program has facts that the state knows nothing of although the visitor has a past;
// Migrate brings them. `layouts` knows the programs before; without it, a fact of which the bytes
// say nothing is taken for new. Decode checks everything: kCorrupt, never a crash.
void EncodeState(const State& state, std::string* out);
Result<StatePtr> DecodeState(const Program& program, std::string_view site,
                             std::string_view visitor, std::string_view bytes, bool* stale_facts,
                             const LayoutFinder& layouts = {});
// The layout under which the bytes were written (Code::layout); 0 when they are broken.
uint64_t LayoutOfState(std::string_view bytes);
uint64_t LayoutHash(const Program& program);

// Applies an event whose time is not before LastEventAt(state).
void Apply(const Program& program, const Context& context, const EventView& event, State* state,
           Effects* effects);

// Lets all timers due before or at `to` happen. Calling it early, late or twice changes nothing.
void Advance(const Program& program, const Context& context, Millis to, State* state,
             Effects* effects);

// When Advance must next be called: the earliest moment at which time alone may make a rule hold or
// fire; kNever when there is none. A rule's end that time alone brings, and takes back no more,
// wakes nobody: the next call finds it.
Millis NextDeadline(const State& state);
// The earliest moment at which time alone may change whether a rule holds, for those who show it.
Millis NextTurn(const State& state);

// The time of the latest event applied; 0 before any. An event before it is late (rules.md 24).
Millis LastEventAt(const State& state);
Millis FirstEventAt(const State& state);
// Bytes held in memory.
size_t StateSize(const State& state);

// Another program wrote this state: Migrate comes before anything else.
bool NeedsMigration(const State& state);
bool NeedsEvents(const State& state);  // and it needs the visitor's events

// Makes a state of the program's own out of one that another wrote (rules.md 26). New facts are
// rebuilt from `events`, all that are stored, by time, ties by arrival; the others stay as they
// are. Rules that did not change live on up to `now` as if nothing had happened; there all rules
// are looked at once, and one whose `when` is new and holds rises.
void Migrate(const Program& program, const Context& context, Millis now,
             std::span<const EventView> events, State* state, Effects* effects);

// For a late event: recomputes every fact from the visitor's events
// (all that are stored, sorted by time, ties by arrival), moves time on to `now` and evaluates the
// rules once, there: a rise in the past that still holds is a rise now; nothing fires for a moment
// that has passed. What the rules already did (fired, offers, limits) is kept.
// `next` hands out the events one after the other, false at the end. `before`: what the visitor was
// before the first of them (StateBefore); null: nothing.
void Rebuild(const Program& program, const Context& context, Millis now,
             const std::function<bool(EventView*)>& next, State* state, Effects* effects,
             const State* before = nullptr);

// What the visitor was before the first of `stored`, the events that are still stored of those that
// the state has applied (sorted by time, ties by arrival). Null: these are all. before.h says what
// it knows.
StatePtr StateBefore(const Program& program, std::span<const EventView> stored, const State& state);

}  // namespace vinkki::rules
