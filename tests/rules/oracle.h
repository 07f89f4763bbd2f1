// A slow and obvious matcher for the whole rule language. It keeps every event of one visitor and
// recomputes every fact from scratch, by scanning them, at every instant; the numbers in the
// comments are those of "Exact meaning" in docs/rules.md. It shares nothing with the compiler and
// Step but the tree of the rules (rules/ast.h) and the shape of a decision.
//
// Entry point: Run. Values are Datum; a moment is how many events were applied, and the time.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "rules/ast.h"
#include "rules/step.h"

namespace vinkki::rules::oracle {

// A property of an event, or what an expression gives. Numbers and durations (ms) are in `number`.
struct Datum {
  enum class Kind : uint8_t { kMissing, kBool, kNumber, kDuration, kText };
  Kind kind = Kind::kMissing;
  bool boolean = false;
  double number = 0;
  std::string text;

  static Datum Missing() { return {}; }
  static Datum Bool(bool b) { return {Kind::kBool, b, 0, {}}; }
  static Datum Number(double n) { return {Kind::kNumber, false, n, {}}; }
  static Datum Duration(double ms) { return {Kind::kDuration, false, ms, {}}; }
  static Datum Text(std::string s) { return {Kind::kText, false, 0, std::move(s)}; }

  bool missing() const { return kind == Kind::kMissing; }
  bool is_number() const { return kind == Kind::kNumber; }
  bool is_duration() const { return kind == Kind::kDuration; }
  bool is_text() const { return kind == Kind::kText; }
  bool is_true() const { return kind == Kind::kBool && boolean; }
};

using Props = std::map<std::string, Datum>;

struct Event {
  Millis at = 0;
  std::string name;
  Props props;
  std::vector<Props> items;
  bool via_server = false;
  Millis arrives = 0;  // 24: above `at` for one that came late; 0: as it happened
  bool late() const { return arrives > at; }

  Datum Own(const std::string& key) const;
  Datum Get(const std::string& key) const;  // 6: own, or the first item's
};

// One visitor's life, and what Step has to know from outside (step.h, Context).
struct World {
  const RuleSet* set = nullptr;  // without errors, as Check left it
  std::string site;
  std::string visitor;
  std::vector<Event>
      events;      // as they arrive: by time, ties by arrival, but for those that are late
  Millis end = 0;  // the last moment looked at
  bool bot = false;
  bool ignore_holdout = false;
  double potential = std::numeric_limits<double>::quiet_NaN();
  std::set<uint32_t> without_capacity;  // rules that nobody can serve
  // How long after an anchor (oracle.cc, Instants) every millisecond is looked at.
  Millis dense = 400;
  bool meetings = false;  // rules compare two growing facts
  // Whether a match of a sequence ended at an event: does not depend on the moment, so it is kept.
  mutable std::map<std::pair<const Sequence*, size_t>, bool> ended;
  // Where a sequence's matches ended when it was last looked at: as long as the same events are
  // applied and in its window, it is the same.
  struct LastLook {
    size_t applied = 0;
    std::vector<size_t> in_window;
    std::set<size_t> ends;
  };
  mutable std::map<const Sequence*, LastLook> looks;
};

// In the order in which they were made; within one instant by rule.
std::vector<Decision> Run(const World& world);

// What the visitor's events so far say at one moment: events[0, applied) are applied; the instant
// of an event sees that event as event.*, all others do not (3).
class Moment {
 public:
  Moment(const World& world, size_t applied, Millis now, bool with_event)
      : world_(world), applied_(applied), now_(now), with_event_(with_event) {}

  Datum Eval(const File& file, const Expr& e, const Event* where = nullptr) const;
  bool Holds(const File& file, const Expr& e) const { return Eval(file, e).is_true(); }
  Datum Fact(const std::string& name) const;

  Millis now() const { return now_; }
  size_t applied() const { return applied_; }
  uint64_t SessionNumber() const;  // of the current or last one, from 1
  Millis SessionStartsAt() const { return event(SessionStart()).at; }

  bool ConversationRuns() const;  // 18

 private:
  friend class SequenceSearch;
  struct Cart {
    double value = 0;
    double pieces = 0;
    Millis since = 0;
    bool empty() const { return value == 0 && pieces == 0; }
  };

  const Event& event(size_t i) const { return world_.events[i]; }
  bool InSession() const;
  size_t SessionStart() const;  // index of its first event
  // The indexes of the applied events that a window holds at this moment, in order.
  std::vector<size_t> InWindow(const Window& window) const;
  bool Matches(const File& file, const Events& events, size_t i) const;

  Datum Condition(const File& file, const Expr& e, const Event* where) const;
  Datum Arithmetic(const File& file, const Expr& e, const Event* where) const;
  Datum Comparison(const File& file, const Expr& e, const Event* where) const;
  Datum CallOf(const File& file, const Call& call, double literal) const;
  Datum Aggregate(Function function, const std::vector<Datum>& seen) const;
  bool SequenceHolds(const File& file, const Sequence& s) const;

  Datum PageFact(const std::string& name) const;
  Datum SessionFact(const std::string& name) const;
  Datum VisitorFact(const std::string& name) const;
  Datum CartFact(const std::string& name) const;
  Cart CartNow() const;
  Datum Idle() const;
  Datum Dwell() const;

  const World& world_;
  size_t applied_;
  Millis now_;
  bool with_event_;
};

// 8: a number in whole millionths, rounded from its exact value, ties to even; false: left out.
bool Millionths(double number, __int128* out);
double NearestDouble(__int128 millionths);

bool IsSignOfLife(const Event& e);
bool IsBackground(const std::string& name);

}  // namespace vinkki::rules::oracle
