// Why a visitor got an offer, or none: one visitor's stored events, or a file's, through the
// production Step on virtual time up to a moment, and everything that the rules see there. What was
// decided and every value come from Step and its own readers; nothing is computed a second time.
//
//   ExplainStored(store, program, query, now)     a data folder, or a running server's store
//   ExplainHistory(program, query, history, ...)  events from elsewhere
//   ExplanationJson(explanation)                  docs/schemas/explanation.schema.json
//
// Not on an event's way: a few milliseconds for a visit, on the thread of whoever asks.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/history.h"
#include "engine/keys.h"
#include "rules/describe.h"
#include "rules/program.h"
#include "rules/silences.h"

namespace vinkki::engine {

// A moment: milliseconds, or so long after the visitor's first or last event.
struct ExplainMoment {
  enum class From : uint8_t { kEpoch, kFirst, kLast };
  From from = From::kLast;
  Millis offset = 0;
};
// "1795311531289", "2026-11-22T12:00:00Z", "first", "last", "last+10s", "first+2m"; nothing: none
// of these.
std::optional<ExplainMoment> ParseExplainMoment(std::string_view text);

struct ExplainQuery {
  std::optional<std::string> site;  // nothing: wherever the visitor is known
  std::string visitor;
  std::optional<ExplainMoment> at;  // nothing: now; of a file the last event
  std::string rule;                 // empty: all
};

struct TimelineEntry {
  enum class Kind : uint8_t {
    kVisit,     // a visit begins; `times` is its number
    kEvent,     // `times` of them in a row, from `at` to `until`
    kRule,      // a rule with a `for` began to hold, or ceased before it fired
    kDecision,  // by Step, here
    kLive,      // as it was decided when it happened, where Step decides otherwise here
  };
  Kind kind = Kind::kEvent;
  Millis at = 0;
  Millis until = 0;
  uint64_t times = 1;
  std::string name;                             // of the event or the rule
  std::vector<std::string> what;                // what the events were about, each once
  bool holds = false;                           // kRule
  rules::Reason reason = rules::Reason::kNone;  // kDecision, kLive
  bool to_bot = false;
  std::string why;   // kDecision
  std::string live;  // kDecision: "same", "offer", "none" or the reason of then; empty: not known
};

struct RuleExplanation {
  rules::RuleView view;
  std::vector<rules::Silence> silences;    // if it fired now
  std::vector<rules::Decision> decisions;  // the latest first, at most three
};

struct ExplainTimer {
  Millis at = 0;
  uint32_t rule = 0;
  bool fires = false;                // else it is looked at again
  std::vector<std::string> clauses;  // those that time turns then
};

struct Explanation {
  std::shared_ptr<const rules::Program> program;
  std::string site, visitor;
  Millis at = 0;
  Millis first_at = 0, last_at = 0;  // of the events up to then
  uint64_t events = 0;
  uint64_t later = 0;       // events after the moment
  uint64_t duplicates = 0;  // left out: their id came before
  rules::Snapshot snapshot;
  std::string currency, consent;
  rules::StateView state;
  std::vector<TimelineEntry> timeline;
  uint64_t timeline_cut = 0;  // entries left out at its beginning
  std::vector<RuleExplanation> rules;
  std::vector<ExplainTimer> timers;
  std::vector<rules::LetGoListener::Entry> let_go;
  std::vector<std::string> let_go_text;
  std::vector<std::string> notes;
};

// `history` is sorted. `recorded`: what was decided when it happened; null: not known. kNotFound:
// no events, none up to the moment, or no such rule; kInvalid: the rule is not evaluated.
Result<Explanation> ExplainHistory(std::shared_ptr<const rules::Program> program,
                                   const ExplainQuery& query, std::string_view site,
                                   const History& history, const std::vector<DecisionRow>* recorded,
                                   std::optional<Millis> now);

// kNotFound also: no such visitor, with those that are near; kInvalid: known at several sites.
Result<Explanation> ExplainStored(const Store& store, std::shared_ptr<const rules::Program> program,
                                  const ExplainQuery& query, Millis now);

std::string ExplanationJson(const Explanation& explanation);

}  // namespace vinkki::engine
