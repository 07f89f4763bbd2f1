#include "cmd/report_view.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cmd/terminal.h"

namespace vinkki::cmd {
namespace {

constexpr Millis kSecond = 1000;
constexpr Millis kMinute = 60 * kSecond;
constexpr Millis kHour = 60 * kMinute;
constexpr Millis kDay = 24 * kHour;

// "6 min 20 s": whole large units, and the small ones that are left, if there are any.
std::string TwoUnits(Millis length, Millis large, const char* large_name, Millis small,
                     const char* small_name) {
  std::string out = std::to_string(length / large) + " " + large_name;
  const Millis rest = length % large / small;
  return rest == 0 ? out : out + " " + std::to_string(rest) + " " + small_name;
}

template <typename... Args>
std::string Printed(const char* format, Args... args) {
  char text[160];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

// "copy", "copy and page_view", "copy, and click or hidden"
std::string NeedsText(const Needs& needs) {
  const bool choice =
      std::any_of(needs.begin(), needs.end(), [](const auto& any_of) { return any_of.size() > 1; });
  std::string out;
  for (size_t i = 0; i < needs.size(); ++i) {
    if (i > 0) out += choice ? ", and " : i + 1 == needs.size() ? " and " : ", ";
    for (size_t j = 0; j < needs[i].size(); ++j) out += (j > 0 ? " or " : "") + needs[i][j];
  }
  return out;
}

bool Fired(const engine::ReplayReport& report) { return report.decisions > 0; }

}  // namespace

std::string Grouped(uint64_t n) {
  std::string digits = std::to_string(n);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string Counted(uint64_t n, const std::string& thing) {
  return Grouped(n) + " " + thing + (n == 1 ? "" : "s");
}

std::string Percent(uint64_t part, uint64_t whole) {
  if (whole == 0) return "-";
  if (part == 0 || part == whole) return part == 0 ? "0 %" : "100 %";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 0.1) return "<0.1 %";
  if (percent > 99.9) return ">99.9 %";
  return Printed(percent < 9.95 || percent > 99 ? "%.1f %%" : "%.0f %%", percent);
}

std::string LengthText(Millis length) {
  if (length < kSecond) return std::to_string(length) + " ms";
  if (length < 10 * kSecond) return Printed("%.1f s", static_cast<double>(length) / 1000);
  if (length < kMinute) return std::to_string(length / kSecond) + " s";
  if (length < kHour) return TwoUnits(length, kMinute, "min", kSecond, "s");
  if (length < 2 * kDay) return TwoUnits(length, kHour, "h", kMinute, "min");
  return TwoUnits(length, kDay, "days", kHour, "h");
}

std::string WallIso(Millis wall) { return FormatRfc3339(wall).substr(0, 16); }

std::string FormatClock(Millis wall) { return FormatRfc3339(wall).substr(11, 8); }

std::string WallText(Millis wall) {
  static constexpr const char* kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  const Millis day = wall >= 0 ? wall / kDay : -((-wall + kDay - 1) / kDay);
  std::string text = WallIso(wall);
  text[text.find('T')] = ' ';
  return std::string(kDays[rules::Zone::Weekday(day)]) + " " + text;
}

std::string MomentText(const rules::Zone& zone, Millis at) {
  return WallText(engine::WallTime(zone, at));
}

std::string VerdictText(const engine::Verdict& verdict) {
  if (!verdict.made) return "nothing";
  if (verdict.reason != rules::Reason::kNone) {
    return "silent: " + std::string(rules::ReasonName(verdict.reason));
  }
  return verdict.to_bot ? "offer by the bot" : "offer";
}

std::string UnitText(Millis unit) {
  if (unit < kHour) return "quarter of an hour";
  if (unit == kHour) return "hour";
  if (unit < kDay) return std::to_string(unit / kHour) + " hours";
  if (unit == kDay) return "day";
  if (unit == 7 * kDay) return "week";
  return std::to_string(unit / (7 * kDay)) + " weeks";
}

std::string UnitsText(size_t n, Millis unit) {
  const Millis length = static_cast<Millis>(n) * unit;
  if (length < kHour) return std::to_string(length / kMinute) + " min";
  const std::pair<Millis, const char*> kUnits[] = {
      {7 * kDay, "week"}, {kDay, "day"}, {kHour, "hour"}};
  for (const auto& [one, name] : kUnits) {
    if (length % one != 0) continue;
    return std::to_string(length / one) + " " + name + (length == one ? "" : "s");
  }
  return LengthText(length);
}

std::string ReachedText(const engine::ReplayDiff& diff) {
  if (diff.visitors_gained == 0 && diff.visitors_lost == 0) {
    return "The same visitors get an offer.";
  }
  return Counted(diff.visitors_gained, "visitor") + (diff.visitors_gained == 1 ? " gets" : " get") +
         " an offer who got none, " + Grouped(diff.visitors_lost) +
         (diff.visitors_lost == 1 ? " gets" : " get") + " none any more.";
}

std::string AssumptionText(const engine::ReportOptions& assumed) {
  const std::string length = LengthText(assumed.conversation);
  if (assumed.accept >= 1) {
    return "each offer by a person becomes a conversation of " + length;
  }
  return Printed("%g %% of the offers by a person become a conversation of %s",
                 assumed.accept * 100, length.c_str());
}

std::string ChangeText(const engine::Example& example, std::string_view arrow) {
  std::string when;
  if (example.other_at) {
    const bool later = example.at > *example.other_at;
    const Millis by = later ? example.at - *example.other_at : *example.other_at - example.at;
    when = ", " + LengthText(by) + (later ? " later" : " earlier");
  }
  if (example.other == example.mine) return VerdictText(example.mine) + when;
  return VerdictText(example.other) + " " + std::string(arrow) + " " + VerdictText(example.mine) +
         when;
}

std::string ShortPath(const std::string& path, size_t most) {
  if (path.size() <= most) return path;
  size_t from = path.find('/', path.size() - most);
  if (from == std::string::npos) from = path.size() - most;
  while ((path[from] & 0xC0) == 0x80) ++from;
  return "..." + path.substr(from);
}

std::string_view KindText(engine::RuleDiff::Kind kind) {
  switch (kind) {
    case engine::RuleDiff::Kind::kSame: return "same";
    case engine::RuleDiff::Kind::kChanged: return "changed";
    case engine::RuleDiff::Kind::kAdded: return "new";
    case engine::RuleDiff::Kind::kRemoved: return "gone";
  }
  return "";
}

std::string ExplainCommand(const ReportView& view, const engine::Example& example) {
  return view.explain + (example.site.empty() ? "" : " --site " + ShellQuoted(example.site)) +
         " --visitor " + ShellQuoted(example.visitor) + " --at " + FormatRfc3339(example.at);
}

std::vector<Hint> Hints(const ReportView& view) {
  const engine::ReplayReport& report = *view.report;
  std::vector<Hint> hints;
  if (report.events == 0) {
    hints.push_back(
        {"",
         "there were no events: is the file empty, are all lines refused, or do --from and --to "
         "leave nothing?",
         ""});
    return hints;
  }
  if (report.rules.empty()) hints.push_back({"", "there are no rules in " + view.rules, ""});
  for (const RuleNeeds& rule : view.missing) {
    hints.push_back({rule.rule, " needs " + NeedsText(rule.needs) + ": no such event came", ""});
  }
  if (!Fired(report) && hints.empty()) {
    hints.push_back({"",
                     "take a visitor V who should have had an offer, and ask what was missing: ",
                     view.explain + (view.site.empty() ? "" : " --site " + ShellQuoted(view.site)) +
                         " --visitor V"});
  }
  return hints;
}

}  // namespace vinkki::cmd
