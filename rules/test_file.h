// A *_test.yml as read: visits on virtual time, and what the rules have to make of them.
//
//   rules: checkout.yml               # a file or a list, from this file's folder; none: all there
//   start: 2024-01-01T12:00:00Z       # of all tests here (when absent: that Monday)
//   tests:
//     - name: three errors, then silence
//       visitor: { potential: 0.6 }     # site id potential bot identity consent properties
//       start: ..., holdout: yes        # leave the control group in
//       capacity: { checkout: 0 }       # by queue, or `capacity: 0` for all
//       events:
//         - 20s: form_error { field: phone } x3 every 4s via server
//       expect:
//         - fires: checkout-stuck       # an offer; at: 38s or a list, times: 2, to: bot
//         - silent: cart-left-waiting   # no offer of it at all
//         - silent: { rule: r, reason: hours }    # a decision with that reason; at: 38s
//         - nothing                     # no offer; `nothing else`: none but those named here
//
// The text behind an event's time is this, not YAML (which would trip over its second colon), and
// may also stand in quotes; the properties are a flow mapping, `items` a list of such:
//
//   event = name or quoted , [ "{" , [ pair , { "," , pair } ] , "}" ] , { suffix }
//   suffix = "x" number [ "every" duration ] | "via server"       (* each at most once *)
//
// Entry point: ReadTestFile. It runs in test_run.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "rules/ast.h"
#include "rules/expr_parser.h"
#include "rules/report.h"
#include "rules/source_map.h"
#include "rules/step.h"

namespace vinkki::rules {

inline constexpr Millis kTestStart = 1'704'110'400'000;  // Monday 2024-01-01 12:00 UTC (27)

using TestValue = std::variant<bool, double, std::string>;
using TestProps = std::vector<std::pair<std::string, TestValue>>;

struct TestEvent {
  Millis after = 0;  // the start of the test
  std::string name;
  TestProps props;
  std::vector<TestProps> items;
  bool via_server = false;
};

struct Expectation {
  enum class Kind : uint8_t { kFires, kSilent, kNothing, kNothingElse };
  Kind kind = Kind::kFires;
  std::string rule;
  std::vector<Millis> at;         // after the start; empty: whenever
  std::optional<uint32_t> times;  // of kFires
  Reason reason = Reason::kNone;  // of kSilent; kNone: no offer at all
  std::optional<bool> to_bot;     // of kFires
  Place place;
  uint32_t length = 1;
};

struct RuleTest {
  std::string name;
  Place place;
  std::string site = "test";
  std::string visitor = "visitor";
  std::optional<double> potential;
  bool bot = false;
  bool holdout = false;
  Millis start = kTestStart;
  std::map<std::string, int64_t> capacity;  // by queue; "" for all others
  std::vector<TestEvent> events;            // by time
  std::vector<Expectation> expect;
};

struct TestFile {
  std::string path;
  std::vector<std::string> rules;  // as written; empty: all files of the folder
  std::vector<Place> rule_places;
  std::vector<RuleTest> tests;
};

// False when there is an error; the diagnostics say which. Their places have file index 0.
bool ReadTestFile(std::string_view text, TestFile* out, std::vector<Diagnostic>* diagnostics);

// A property as it stands without quotes, by YAML's core schema; null is nothing. False for a
// number that an event cannot have (0x1F, .inf, 1e999), of which kNoNumber says what to do.
bool ReadPlainValue(std::string_view text, std::optional<TestValue>* out);
inline constexpr std::string_view kNoNumber =
    "an event cannot have such a number; write it in decimals, or in quotes if it is text";

// One event behind its time. The list grows by its repetitions.
bool ReadTestEvent(const ExprSource& source, Millis after, SourceMap* map, Report* report,
                   std::vector<TestEvent>* out);

}  // namespace vinkki::rules
