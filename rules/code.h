// What Step runs: the compiled form of a rule set, flat arrays that refer to each other by index.
//
// From what happened to what may change:
//   event name -> EventPlan -> streams (an event with its `where`, tested once; those that want a
//   property to be a text are found by it) -> sources (what is remembered of a stream: times,
//   values, counters, the states of a sequence) -> rules. Built-in facts (page.*, cart.*, idle,
//   ...) stand in groups; group -> rules.
// From a rule to its truth: conjuncts, each the first of some branches; a branch tests one atom (a
// comparison, a sequence, exists) and says where to go on. Atoms are shared by all rules.
//
// Facts are pure functions of (state, time): nothing in a state moves by time alone. An atom's test
// also says until when its answer holds while nothing happens; that is where timers come from.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/ast.h"
#include "rules/clause_shape.h"
#include "rules/compare.h"
#include "rules/edge_index.h"
#include "rules/facts.h"
#include "rules/ladder.h"
#include "rules/name_table.h"
#include "rules/regex.h"
#include "rules/zone.h"

namespace vinkki::rules {

inline constexpr uint32_t kNone = 0xffffffff;

// ---- expressions ----

enum class Op : uint8_t {
  kNumber,
  kDuration,
  kText,
  kBool,             // literals: number, or a = index of Code::texts, or a = 0/1
  kFact,             // a = Fact
  kVisitorProperty,  // a = source
  kEventName,
  kEventProp,
  kWhereProp,  // a = property
  kCall,       // a = call
  kTest,       // a = first branch: a condition used as a value
  kNegate,     // a
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,  // a, b
};

struct Node {
  Op op = Op::kBool;
  uint32_t a = 0;
  uint32_t b = 0;
  double number = 0;
};

enum class Fact : uint8_t {
  kPageUrl,
  kPagePath,
  kPageType,
  kPageTitle,
  kSessionPages,
  kSessionDuration,
  kSessionReferrer,
  kSessionEntry,
  kSessionCampaign,
  kSessionDevice,
  kSessionLanguage,
  kVisits,
  kPurchases,
  kIdentity,
  kConsent,
  kCartValue,
  kCartItems,
  kCartAge,
  kPotential,
  kIdle,
  kDwell,
  kCount
};

enum class AtomKind : uint8_t {
  kAtLeast,  // call a (count, distinct, repeats) >= k, exact about when that ends
  kCompare,  // node a `compare` node b
  kTrue,     // node a is true
  kExists,   // node a is not missing
  kContains,
  kStartsWith,  // node a, node b
  kMatches,     // node a, regex b
  kIn,          // node a in nodes lists[b .. b + k)
  kSequence,    // sequence a
};

// A comparison of a fact with a literal, as most of those of rules are: a test knows both without a
// look at their nodes.
enum class Shortcut : uint8_t {
  kNone,
  kTextIs,      // `fact`, a text that page_views set, == `text`
  kTextBegins,  // ... starts_with `text`
  kNumber,      // `fact`, a number of the profile that is never missing, `compare` `number`
};

struct Atom {
  AtomKind kind = AtomKind::kTrue;
  Compare compare = Compare::kEqual;
  Shortcut shortcut = Shortcut::kNone;
  Fact fact = Fact::kCount;  // these three: of the shortcut
  uint32_t text = 0;         // index of Code::texts
  double number = 0;
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t k = 0;
};

// Where a branch leads: a branch, or one of these.
inline constexpr uint32_t kYes = 0xfffffffe;
inline constexpr uint32_t kNo = 0xfffffffd;

struct Branch {
  uint32_t atom = 0;
  uint32_t yes = kYes;
  uint32_t no = kNo;
};

// ---- what is remembered ----

enum class Storage : uint8_t {
  kLastTime,  // since: one time
  kTimes,     // count over a duration: a ring of times
  kCounter,   // count over page, session, visitor
  kAmounts,   // sum, avg over a duration: a ring of (time, millionths)
  kTotal,     // sum, avg over page, session, visitor: (millionths, how many)
  kNumbers,   // min, max over a duration: a ring of (time, number)
  kLeast,
  kGreatest,  // min, max over page, session, visitor
  kRecent,    // distinct: the values seen last, each with its last time and its ordinal
  kHashes,    // repeats: a ring of (time, value's hash)
  kValues,    // first over a duration: the latest values with their times
  kFirst,     // first over page, session, visitor
  kLast,      // last over any window
  kProperty,  // visitor.properties.x
  kSequence,  // the states of a sequence
  kLadder,    // counts over durations, by how far a number is: a ring of (time, rungs reached)
};

struct SourceCode {
  Storage storage = Storage::kCounter;
  Window::Kind window = Window::Kind::kVisitor;  // kDuration: sliding, shared by all lengths
  uint32_t property = kNone;
  uint32_t keep = 0;          // entries at most
  uint32_t rungs = 1;         // kLadder: `keep` of each
  bool bounded = false;       // some reader would see more than `keep` (rules.md 10)
  uint32_t sees = 0;          // how many of the latest the readers see for whom that is a loss
  Millis longest = 0;         // sliding: the longest window that looks at it
  uint32_t sequence = kNone;  // of kSequence
  uint32_t ladder = kNone;    // of kLadder
  uint64_t hash = 0;          // of definition: the key of the stored form
  std::string definition;

  uint32_t most() const { return keep * rungs; }
};

// A function call: how a source is read.
struct CallFact {
  Function function = Function::kCount;
  Storage storage = Storage::kCounter;  // of the source
  uint32_t source = 0;
  Window window;
  uint32_t bound = kBound;
  uint32_t rung = 0;  // of a ladder: the one to be above
  std::string text;
};

// One step to the next of a sequence. Repeated steps are written out.
struct SequenceStep {
  bool next = false;     // the very next event must be the one
  bool guarded = false;  // there is a `not` between the step before and this one
};

struct SequenceCode {
  uint32_t source = 0;
  std::vector<SequenceStep> steps;
  bool stamped = false;   // some step has `next`
  uint32_t same = kNone;  // a property
  // Of `not c for D` at the end, all D: sequences that differ in nothing else are one. Empty: a
  // match ends with its last step.
  std::vector<Millis> absences;
  Millis longest_absence = 0;

  bool ends_in_absence() const { return !absences.empty(); }
};

// sequence(..., within w): how a sequence's source is read; all w over a duration share it, and so
// do all lengths of an absence at its end.
struct SequenceFact {
  uint32_t sequence = 0;
  uint32_t absence = 0;  // index of its length
  Window within;
  std::string text;
};

// What an event may be to a sequence.
struct Role {
  enum class Kind : uint8_t { kGuard, kStep, kAbsence };
  Kind kind = Kind::kStep;
  uint32_t step = 0;  // kStep: its index; kGuard: the index of the step that it stands before

  // In the order in which one event plays several: a step is taken by what stood before it, then
  // what stands there is ended by a guard, then the step before it is taken.
  bool operator<(const Role& other) const {
    if (after() != other.after()) return after() > other.after();
    return kind < other.kind;
  }

 private:
  uint32_t after() const { return kind == Kind::kGuard ? step - 1 : step; }
};

// What an event changes is said in touches, small numbers in three ranges:
//   [0, sources)                 source i took something in
//   [sources, edges_begin)       a group of facts of the profile moved (Group)
//   [edges_begin, touches)       an edge: a certain atom may just have turned true. Edges are for
//                                atoms that an index finds: at least k in a window, a fact equal to
//                                a text, a number of the profile at or above a constant; and where
//                                `dwell` is about to cross one.
enum class Group : uint8_t {
  kPage,          // page_view: page.*
  kPageWindow,    // page_view: everything over the window `page` begins anew
  kSessionBegin,  // session.*
  kSessionPages,
  kSessionTexts,
  kVisits,
  kPurchases,
  kIdentity,
  kConsent,
  kCart,
  kIdle,        // a sign of life
  kIdleBegins,  // the first one
  kDwell,       // it began anew, or runs on
  kPotential,
  kEvent,  // event.*: at every event, and once more after it
  kCount
};

// ---- which rules to look at ----
//
// A rule's `when` is split at its outermost `and` into conjuncts. A rule that does not hold watches
// one conjunct that is false, and nothing else of it is looked at until that one may have turned.
// The first conjunct is the one that turns least often; almost every rule of a visitor waits for
// it, which costs the state nothing.
//
// Conjuncts with the same test, turned by the same touches, are one *condition*. A state knows of
// conditions that they are false until one of those touches comes; a rule with such a conjunct is
// looked at without testing anything.

// A part of a rule's `when`.
struct Conjunct {
  uint32_t test = kNo;         // its first branch
  uint32_t slot = 0;           // among the bits of a visitor's Watches
  uint32_t condition = 0;      // among those, too
  uint32_t atom = kNone;       // all of the test, if it is no more than that
  bool ends_for_good = false;  // where time turns it false, only an event makes it true again
};

// Of a rule, what is asked at each look at it; what stands in RuleCode is asked when it fires.
struct RuleWhen {
  uint32_t first = 0;  // into Code::conjuncts
  uint32_t conjuncts = 0;
  // A conjunct that is false whenever event.* is missing: the rule fires at the instant of an event
  // or never. kNone: there is none.
  uint32_t event_conjunct = kNone;
  Millis hold = 0;  // as in RuleCode
};

// A set of small numbers, as those words of its bits that are not 0: few members cost little, and
// many are met with a visitor's own bits 64 at a time.
struct BitWord {
  uint32_t word = 0;
  uint64_t bits = 0;
};
using BitSet = std::span<const BitWord>;

// What a touch may turn: three sets of conjuncts' slots, then one of conditions that may have
// become true, that follow each other in Code::touch_words. Conjuncts with the same test have
// neighbouring slots, so that what one touch may turn in many rules stands in few words. And the
// rules that fire with it: those that are true whenever the event is one that crosses this edge,
// and never else.
struct alignas(64) TouchRules {
  uint32_t begin = 0;
  uint32_t watched = 0;
  uint32_t falls = 0;
  uint32_t rises = 0;
  uint32_t end = 0;
  uint32_t fires_begin = 0;  // into Code::touch_fires
  uint32_t fires_end = 0;
  BitWord first_rises;  // the first word of that set, mostly the only one: it stands here alone
  uint64_t watched_words = 0;  // which words those sets are in, modulo 64: where a visitor has
  uint64_t falls_words = 0;    // nothing there, nothing is looked for
};
static_assert(sizeof(TouchRules) == 64);

// A conjunct by its slot: what is asked when it may have turned true and its rule waits for it. Of
// a first one, where the rule goes while the next one is known to be false, as most rules for a
// department do when the visitor comes into it.
struct alignas(16) Slot {
  uint32_t rule = 0;
  uint32_t place = 0;               // counted from the rule's first
  uint32_t next_condition = kNone;  // kNone: the rule has to be looked at
  uint32_t next_slot = 0;
};

// ---- from events ----

enum class BuiltIn : uint8_t {
  kNone,
  kPageView,
  kIdentify,
  kConsent,
  kAddToCart,
  kRemoveFromCart,
  kViewCart,
  kBeginCheckout,
  kPurchase,
  kOfferShown,
  kOfferAccepted,
  kOfferDeclined,
  kOfferOther,
  kConversationStarted,
  kConversationEnded
};

struct Stream {
  uint32_t where = kYes;  // first branch; kYes: every event of the name
  std::vector<uint32_t> sources;
  // A `where` that compares one property with a number, taken apart.
  uint32_t property = kNone;
  Compare compare = Compare::kEqual;
  double number = 0;
};

// What an event that passed a stream is to one sequence.
struct SequenceUse {
  uint32_t sequence = 0;
  uint32_t source = 0;       // of the sequence
  bool begins = false;       // it may be the first step
  bool absence = false;      // it is what must not come at the end
  uint32_t roles_begin = 0;  // into EventPlan::roles
  uint32_t roles_end = 0;
};

// A stream that events of a plan may pass.
struct StreamUse {
  uint32_t stream = 0;
  bool test = false;             // its `where` has to be tested
  uint32_t sequences_begin = 0;  // into EventPlan::sequences
  uint32_t sequences_end = 0;
};

// Streams that an event passes only where a property of it is a certain text: a thousand rules that
// each look at a category of their own cost an event no more than those of its category do.
struct WhereIndex {
  uint32_t property = 0;
  NameTable texts;
  std::vector<std::vector<StreamUse>> streams;  // by text
};

struct EventPlan {
  std::string name;
  BuiltIn built_in = BuiltIn::kNone;
  bool sign_of_life = true;
  bool background = false;
  std::vector<StreamUse> streams;  // of which no text says whether an event may pass them
  std::vector<WhereIndex> wheres;
  std::vector<SequenceUse> sequences;  // of each stream, in order
  std::vector<Role> roles;             // of each sequence, in order
  std::vector<uint32_t> edges;         // of the event's name alone
  std::vector<EventFilter> filters;
};

// ---- rules ----

// A clause of a rule as written, for people.
struct Clause {
  std::string text;
  int depth = 0;
  uint32_t test = kNo;     // first branch of its condition
  uint32_t value = kNone;  // the node that is worth showing, if any
  ClauseShape shape;       // for words
};

struct RuleCode {
  std::string name;
  uint32_t when = kNo;  // first branch of all of it
  Millis hold = 0;
  uint16_t reasons = 0;       // bits by Reason: the rule itself may be silenced for these
  uint32_t audience = kNone;  // first branch; kNone: everybody
  bool otherwise_bot = false;
  Mode mode = Mode::kLive;
  int32_t priority = 0;
  double holdout = 0;
  Millis fresh = 10'000;
  Millis expires = 120'000;
  Limits limits;
  uint32_t file = 0;
  bool has_hours = false;
  uint8_t days = 0x7f;
  Millis from = 0;
  Millis to = 86'400'000;
  uint32_t zone = 0;        // index into Code::zones
  uint64_t run_hash = 0;    // name and `when`: keeps whether it has fired
  uint64_t offer_hash = 0;  // name: keeps its offers
  std::vector<Clause> clauses;
};

struct FileCode {
  Limits limits;
  std::vector<std::string> sites;  // empty: all
  uint64_t offer_hash = 0;
};

// The rules of a visitor's site that are not off.
struct SiteRules {
  std::string site;
  std::vector<uint64_t> mask;
};

struct Code {
  std::vector<std::string> texts;
  std::vector<Node> nodes;
  std::vector<Atom> atoms;
  std::vector<Branch> branches;
  std::vector<uint32_t> lists;
  std::vector<Regex> regexes;
  std::vector<Zone> zones;

  NameTable properties;          // of events: names that somebody asks for
  NameTable event_names;         // index -> plans[index + 1]
  std::vector<EventPlan> plans;  // plans[0]: any other name
  std::vector<Stream> streams;
  std::vector<SourceCode> sources;
  std::vector<CallFact> calls;
  std::vector<Ladder> ladders;
  std::vector<SequenceCode> sequences;
  std::vector<SequenceFact> sequence_facts;
  std::vector<std::pair<uint32_t, uint32_t>> visitor_properties;  // property -> source

  std::vector<RuleCode> rules;
  std::vector<FileCode> files;
  std::vector<RuleWhen> whens;           // of the rules
  std::vector<Conjunct> conjuncts;       // rule by rule
  std::vector<Slot> slots;               // of the conjuncts
  std::vector<uint64_t> false_at_first;  // bits by condition: those of whom nothing is known
  std::vector<TouchRules> touches;       // by touch
  std::vector<uint64_t> touches_matter;  // bits by touch: it may turn something
  std::vector<BitWord> touch_words;
  std::vector<uint32_t> touch_fires;
  uint32_t edges_begin = 0;
  uint32_t together_begin = 0;               // touches from here on stand for several edges
  std::vector<ThresholdIndex> thresholds;    // by source
  std::vector<TextIndex> texts_of_fact;      // by Fact
  std::vector<NumberIndex> numbers_of_fact;  // by Fact
  bool event_matters = false;                // some rule may turn when the event is over
  std::vector<uint32_t> from_the_start;  // rules that may hold, or wait for time, without any touch
  std::vector<SiteRules> sites;          // [0]: sites that no file names
  // Hash of what matters to states and their timers: sources, and the rules' `when` and `for` and
  // for which sites they are. States of one layout need nothing when another program with it comes.
  uint64_t layout = 0;

  bool Matters(uint32_t touch) const {
    return (touches_matter[touch / 64] >> (touch % 64) & 1) != 0;
  }
  // Those that are their rule's first and may have turned true.
  BitSet FirstOf(const TouchRules& t) const { return Words(t.begin, t.watched); }
  // Others that may have turned true.
  BitSet WatchedOf(const TouchRules& t) const { return Words(t.watched, t.falls); }
  // Those that may have turned false.
  BitSet FallsOf(const TouchRules& t) const { return Words(t.falls, t.rises); }
  // Conditions that may have turned true.
  BitSet RisesOf(const TouchRules& t) const { return Words(t.rises, t.end); }
  std::span<const uint32_t> FiresOf(const TouchRules& t) const {
    return {touch_fires.data() + t.fires_begin, touch_fires.data() + t.fires_end};
  }
  BitSet Words(uint32_t begin, uint32_t end) const {
    return {touch_words.data() + begin, end - begin};
  }
  uint32_t TouchOf(Group group) const {
    return static_cast<uint32_t>(sources.size()) + static_cast<uint32_t>(group);
  }
  const EventPlan& PlanOf(std::string_view name) const { return plans[event_names.Find(name) + 1]; }
};

}  // namespace vinkki::rules
