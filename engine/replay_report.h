// What a replay found, in plain numbers: the report that cmd/ shows as text, JSON or HTML. Made by
// ReplayCounts (replay_counts.h) and, for two sets of rules, ReplayDiff (replay_diff.h).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/agents.h"
#include "engine/time_axis.h"
#include "rules/program.h"
#include "rules/step.h"
#include "rules/zone.h"

namespace vinkki::engine {

// What the numbers assume.
struct ReportOptions {
  Millis conversation = 6 * 60'000;  // how long each lasts
  // The share of the offers by a person that become a conversation, 0 to 1. Which ones is decided
  // by a hash of visitor, rule and moment, so that it is the same in every run.
  double accept = 1;
  std::string zone_name = "UTC";  // of days and hours
  rules::Zone zone;
};

// Quartiles by nearest rank; all 0 when n is.
struct Spread {
  uint64_t n = 0;
  Millis p25 = 0, median = 0, p75 = 0;
};

// What became of a firing. `made` false: this rule did not fire at this moment.
struct Verdict {
  bool made = false;
  rules::Reason reason = rules::Reason::kNone;
  bool to_bot = false;
  friend auto operator<=>(const Verdict&, const Verdict&) = default;
};

struct ExampleEvent {
  Millis at = 0;
  std::string name;
  std::string what;  // what it was about, in a word; may be empty
};

// One firing, with the events around it. For a difference `mine` is what the rules of the report
// decided, `other` what those did that they are compared with.
struct Example {
  std::string site, visitor;
  Millis at = 0;
  Verdict mine, other;
  std::optional<Millis> other_at;         // when it is another: the other set's moment
  std::optional<Millis> leaving, buying;  // VisitCourse::After
  std::vector<ExampleEvent> around;
};

struct RuleReport {
  std::string rule, version, file, description, queue;
  rules::Mode mode = rules::Mode::kLive;
  uint64_t firings = 0;     // offers and silences
  uint64_t offers = 0;      // the bot's included
  uint64_t bot_offers = 0;  // `otherwise: bot`, or a rule whose first channel is the bot
  uint64_t visitors = 0;    // with at least one offer
  std::map<std::string, uint64_t> silences;  // by reason
  Spread leaving;                // time ahead of leaving, of offers with a later sign of life
  uint64_t after_leaving = 0;    // offers without one
  Spread buying;                 // time ahead of buying, of offers followed by a purchase
  uint64_t bought_in_visit = 0;  // of those, in the same visit
  AgentsBusy agents;
  std::vector<uint64_t> firings_over_time, offers_over_time, busy_over_time;  // along the axis
  std::vector<Example> examples;
};

struct QueueReport {
  std::string queue;
  AgentsBusy agents;
};

struct BusyHour {
  Millis at = 0;  // wall time of its start, as if it were UTC
  uint64_t offers = 0;
};

struct ReplayReport {
  std::string program_version;
  uint64_t visitors = 0;
  uint64_t events = 0;      // applied; from --from on
  uint64_t duplicates = 0;  // left out: their id came before
  uint64_t sessions = 0;
  uint64_t purchases = 0;
  uint64_t decisions = 0;
  uint64_t offers = 0, bot_offers = 0;
  uint64_t reached = 0;      // visitors with at least one offer
  uint64_t broken_rows = 0;  // of the data folder, left out and said in the log
  Millis first_at = 0;       // of the events applied; 0 when there were none
  Millis last_at = 0;
  ReportOptions assumed;
  TimeAxis axis;
  std::vector<uint64_t> sessions_over_time, offers_over_time, busy_over_time;
  std::array<std::array<uint64_t, 24>, 7> week = {};  // offers by weekday (0: Monday) and hour
  std::vector<BusyHour> busiest;                      // at most five, the busiest first
  AgentsBusy agents;
  std::vector<QueueReport> queues;              // with conversations, by name
  std::vector<RuleReport> rules;                // one for each of the program's
  std::map<std::string, uint64_t> event_names;  // how often each came; at most 1,024 names
};

// What one rule does in two sets: "mine" is the set of the report, "other" the one it is compared
// with. Firings are compared by visitor and moment.
struct RuleDiff {
  enum class Kind : uint8_t { kSame, kChanged, kAdded, kRemoved };  // by version; added: only mine

  std::string rule;
  Kind kind = Kind::kSame;
  uint64_t same = 0;        // at the same moment, with the same outcome
  uint64_t changed = 0;     // with another outcome, at the same moment or less than 30 minutes away
  uint64_t moved = 0;       // with the same outcome at another moment, less than 30 minutes away
  uint64_t only_mine = 0;   // no such firing in the other set
  uint64_t only_other = 0;  // no such firing in mine
  uint64_t offers_mine = 0, offers_other = 0;
  uint64_t visitors_gained = 0;  // with an offer of this rule in mine only
  uint64_t visitors_lost = 0;    // in the other only
  // (other, mine) -> how often, of changed, only_mine and only_other.
  std::map<std::pair<Verdict, Verdict>, uint64_t> changes;
  std::vector<Example> examples;
  bool differs() const { return changed + moved + only_mine + only_other > 0; }
};

struct ReplayDiff {
  ReplayReport other;      // of the set compared with
  bool same_sets = false;  // the same rules, in the same order
  uint64_t same = 0, changed = 0, moved = 0, only_mine = 0, only_other = 0;
  uint64_t visitors_gained = 0, visitors_lost = 0;  // with any offer at all
  std::vector<RuleDiff> rules;  // mine in their order, then those that only the other has
  bool differs() const { return changed + moved + only_mine + only_other > 0; }
};

}  // namespace vinkki::engine
