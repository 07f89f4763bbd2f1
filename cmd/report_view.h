// What the three forms of a replay's report share: where it came from, and the words for numbers,
// times and verdicts. The forms: report_json.h, report_text.h, report_html.h.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cmd/rule_events.h"
#include "engine/replay_report.h"

namespace vinkki::cmd {

struct ReportView {
  const engine::ReplayReport* report = nullptr;
  const engine::ReplayDiff* diff = nullptr;  // null: nothing to compare with
  std::string rules;    // where the rules came from, as said on the command line
  std::string against;  // the other ones
  std::string events;   // the file or the data folder
  // `vinkki explain` with what was read here and the rules, as a shell takes it.
  std::string explain = "vinkki explain";
  std::string site;  // of lines that name none; may be empty
  // Rules that never fired and need events which never came.
  std::vector<RuleNeeds> missing;
};

// 1234567 -> "1,234,567"
std::string Grouped(uint64_t n);
// "1 visit", "1,234 visits"
std::string Counted(uint64_t n, const std::string& thing);
// "0 %", "0.4 %", "12 %", "100 %"; "-" of nothing. Never 0 or 100 unless it is.
std::string Percent(uint64_t part, uint64_t whole);
// For people, two units at most: "850 ms", "4.2 s", "38 s", "6 min 20 s", "3 h 5 min", "12 days".
std::string LengthText(Millis length);
// "Mon 2024-01-01 12:05" by the clock on the wall of the zone.
std::string MomentText(const rules::Zone& zone, Millis at);
// The same of a wall time.
std::string WallText(Millis wall);
// "12:05:31" of a wall time.
std::string FormatClock(Millis wall);
// "2024-01-01T12:05" of a wall time.
std::string WallIso(Millis wall);
// "offer", "offer by the bot", "silent: engaged", "nothing"
std::string VerdictText(const engine::Verdict& verdict);
// "quarter of an hour", "hour", "6 hours", "day", "week", ...
std::string UnitText(Millis unit);
// "30 min", "2 days", ...: `n` of them
std::string UnitsText(size_t n, Millis unit);
// Who gets an offer that got none, and the other way round.
std::string ReachedText(const engine::ReplayDiff& diff);
// "each offer by a person becomes a conversation of 6 min", ...
std::string AssumptionText(const engine::ReportOptions& assumed);
// "offer → silent: engaged", "offer, 10 s later": what became of a firing in the other set and in
// mine.
std::string ChangeText(const engine::Example& example, std::string_view arrow);
// The end of a path, at most about `most` characters.
std::string ShortPath(const std::string& path, size_t most);
// "same", "changed", "new", "gone"
std::string_view KindText(engine::RuleDiff::Kind kind);
// Counts by what they count, the highest first.
template <typename Key>
std::vector<std::pair<uint64_t, Key>> MostFirst(const std::map<Key, uint64_t>& counts) {
  std::vector<std::pair<uint64_t, Key>> out;
  for (const auto& [key, n] : counts) out.emplace_back(n, key);
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  return out;
}

// The command that shows the whole visit.
std::string ExplainCommand(const ReportView& view, const engine::Example& example);

// Why a rule or nothing at all fired, and what to do: said one after the other.
struct Hint {
  std::string rule;  // its name; may be empty
  std::string text;
  std::string command;  // to be copied; may be empty
};
std::vector<Hint> Hints(const ReportView& view);

}  // namespace vinkki::cmd
