// What a set of rule files says, as read: the tree between the reader (load.h), the checker
// (check.h), the compiler (compiler.h) and everything that prints rules. Every node knows its
// place. The checker fills in `type` and resolves `let` names; nothing after it changes the tree.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "rules/regex.h"

namespace vinkki::rules {

// A place in a file: line and column count from 1, columns in characters. file indexes
// RuleSet::files.
struct Place {
  uint32_t file = 0;
  uint32_t line = 0;
  uint32_t column = 0;
};

// kAny: known only when it runs (a property, first, last). kNothing: not checked yet.
enum class Type : uint8_t { kNothing, kAny, kBool, kNumber, kDuration, kText };

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Window {
  enum class Kind : uint8_t { kDuration, kPage, kSession, kVisitor };
  Kind kind = Kind::kSession;
  Millis length = 0;  // of kDuration, above 0
};

// "*" (any), or names, with an optional condition on the event.
struct Events {
  bool any = false;
  std::vector<std::string> names;
  ExprPtr where;  // may be null
  Place place;
};

enum class Function : uint8_t {
  kCount,
  kSum,
  kAvg,
  kMin,
  kMax,
  kDistinct,
  kRepeats,
  kFirst,
  kLast,
  kSince
};

// count(events, window), sum(events.property, window), since(events), ...
struct Call {
  Function function = Function::kCount;
  Events events;
  std::string property;  // empty for count and since
  Window window;         // unused by since
};

struct Step {
  bool negated = false;  // not c
  bool next = false;     // next a
  Events events;
  uint32_t times = 1;             // a 3x
  std::optional<Millis> absence;  // not c for D, at the end only
};

struct Sequence {
  std::vector<Step> steps;
  Window within;  // session when not said
  bool has_within = false;
  std::string same;  // empty: none
};

enum class ExprKind : uint8_t {
  kNumber,
  kDuration,
  kText,
  kBool,       // literals; a percentage is a number
  kFact,       // text: "page.type", "idle", "visitor.properties.tier", ... (facts.h lists them)
  kEventProp,  // text: the property of event.<text>; event.name is kEventName
  kEventName,
  kWhereProp,  // text: a bare name inside where
  kLet,        // text: its name; let: the index into File::lets, after checking
  kNot,
  kAnd,
  kOr,
  kNegate,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kContains,
  kStartsWith,
  kMatches,  // args[0] matches text
  kIn,       // args[0] in args[1..]
  kExists,   // args[0] is a fact-like expression
  kCall,
  kSequence,
};

struct Expr {
  ExprKind kind = ExprKind::kBool;
  Type type = Type::kNothing;
  Place place;
  Place end;             // one past the last character
  uint32_t depth = 1;    // levels of the tree from here down, at most 100 (lets count as one)
  double number = 0;     // kNumber
  Millis duration = 0;   // kDuration
  bool boolean = false;  // kBool
  bool percent = false;  // kNumber, written as 35%
  bool grouped = false;  // kNumber, written as 1.000: a thousand, to whom points part digits
  std::string text;
  Place pattern;  // kMatches: where the regular expression stands
  uint32_t let = 0;
  std::vector<ExprPtr> args;
  std::unique_ptr<Call> call;          // kCall
  std::unique_ptr<Sequence> sequence;  // kSequence
};

struct Let {
  std::string name;
  Place place;
  ExprPtr expr;
  std::string source;  // as written
};

struct Limits {
  std::optional<uint32_t> per_session, per_day, per_visitor;
  std::optional<Millis> cooldown, after_decline;
  bool empty() const {
    return !per_session && !per_day && !per_visitor && !cooldown && !after_decline;
  }
};

struct Hours {
  uint8_t days = 0x7f;  // bit 0 = Monday
  Millis from = 0;      // since local midnight
  Millis to = 86'400'000;
  std::string zone = "UTC";
  Place zone_place;  // line 0 when no zone is written
};

enum class Channel : uint8_t { kChat, kVoice, kVideo, kScreenshare, kBot };

struct Offer {
  std::vector<Channel> channels;
  std::vector<Channel> escalate;
  std::string queue;
  std::map<std::string, std::string> message;  // language -> text
  Millis expires = 120'000;
};

enum class Mode : uint8_t { kLive, kShadow, kOff };

struct Rule {
  std::string name;
  std::string description;
  Place place;  // of the name
  ExprPtr when;
  std::string when_source;  // as written
  Millis hold = 0;          // "for"
  Offer offer;
  ExprPtr audience;  // may be null
  std::string audience_source;
  bool otherwise_bot = false;
  Limits limits;
  std::optional<Hours> hours;
  double holdout = 0;  // 0 to 1
  int32_t priority = 0;
  Mode mode = Mode::kLive;
  Millis fresh = 10'000;
};

struct File {
  std::string path;  // from the rules folder; files stand in the byte order of their paths
  std::string text;  // as read, for snippets in messages
  std::vector<std::string> sites;  // empty: all
  Limits limits;                   // of the file as a whole, days in UTC
  std::vector<Let> lets;
  std::vector<Rule> rules;
  std::optional<Place> no_rules;  // the key `rules` is not there, or says nothing
};

struct RuleSet {
  std::vector<File> files;
  Regexes regexes;  // of what `matches` looks for; filled by Check
};

// One thing to say about a file.
struct Diagnostic {
  // kNote: nothing is wrong, but a bound of rules.md (Exact meaning, 10) is at work here.
  enum class Severity : uint8_t { kError, kWarning, kNote };
  Severity severity = Severity::kError;
  Place place;
  uint32_t length = 1;  // characters to underline
  std::string rule;     // empty: not in a rule
  std::string message;  // what is wrong and what to do
};

}  // namespace vinkki::rules
