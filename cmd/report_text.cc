#include "cmd/report_text.h"

#include <algorithm>

#include "base/text.h"
#include "cmd/text_table.h"

namespace vinkki::cmd {
namespace {

using engine::ReplayReport;
using engine::RuleReport;

constexpr size_t kChartHeight = 5;
constexpr size_t kChartScale = 7;  // columns of the numbers beside it

std::string Title(const Terminal& t, const std::string& text, const std::string& more) {
  const bool fits = WidthOf(text) + 2 + WidthOf(more) <= t.width;
  return Styled(t, Style::kStrong, text) +
         (more.empty() ? ""
          : fits       ? "  "
                       : "\n  ") +
         Styled(t, Style::kFaint, Wrapped(t, more, 2)) + "\n";
}

std::string Line(const Terminal& t, const std::string& name, const std::string& text) {
  return "  " + Styled(t, Style::kFaint, PadRight(name, 11)) + Wrapped(t, text, 13) + "\n";
}

std::string Summary(const ReportView& view, const Terminal& t) {
  const ReplayReport& r = *view.report;
  const rules::Zone& zone = r.assumed.zone;
  const std::string dot = t.unicode ? "\u00a0· " : ", ";
  std::string out =
      Title(t, "vinkki replay", Clean(view.rules) + " over " + Clean(view.events)) + "\n";
  out += Line(t, "time",
              Tied(MomentText(zone, r.first_at)) + " to " + Tied(MomentText(zone, r.last_at)) +
                  ", " + Tied(LengthText(r.last_at - r.first_at)) + dot +
                  Tied("times are " + r.assumed.zone_name));
  out +=
      Line(t, "traffic",
           Tied(Counted(r.visitors, "visitor")) + dot + Tied(Counted(r.sessions, "visit")) + dot +
               Tied(Counted(r.events, "event")) + dot + Tied(Counted(r.purchases, "purchase")));
  if (r.duplicates > 0) out += Line(t, "", Counted(r.duplicates, "event") + " came twice");
  if (r.broken_rows > 0) {
    out += Line(t, "",
                Styled(t, Style::kBad,
                       Counted(r.broken_rows, "visitor") + " have stored rows that are broken"));
  }
  std::string offers = r.offers == 0 ? "none"
                                     : Grouped(r.offers) + " to " + Counted(r.reached, "visitor") +
                                           " (" + Tied(Percent(r.reached, r.visitors)) + ")";
  if (r.bot_offers > 0) {
    offers += ", " + Grouped(r.bot_offers) + " of them by the bot (" +
              Tied(Percent(r.bot_offers, r.offers)) + ")";
  }
  out += Line(t, "offers", offers);
  if (r.agents.peak > 0) {
    const std::string agents =
        "at most " + Grouped(r.agents.peak) + " busy at once, " +
        Tied(MomentText(zone, r.agents.peak_at)) + "; with " + Grouped(r.agents.enough) +
        " of them " + Tied("95 %") +
        " of the conversations begin at once. Assumed: " + AssumptionText(r.assumed) + ".";
    out += Line(t, "agents", agents);
  }
  return out;
}

std::string Ahead(const engine::Spread& spread) {
  return spread.n == 0 ? "-" : LengthText(spread.median);
}

std::vector<std::string> RuleCells(const Terminal& t, const RuleReport& rule,
                                   const ReplayReport& report, size_t chart) {
  std::string line;
  if (chart > 0) {
    line = Sparkline(t, Folded(rule.offers > 0 ? rule.offers_over_time : rule.firings_over_time,
                               chart, Fold::kSum));
  }
  std::vector<std::string> cells = {Clean(rule.rule),
                                    Grouped(rule.firings),
                                    Grouped(rule.offers),
                                    Grouped(rule.visitors),
                                    Percent(rule.visitors, report.visitors),
                                    Ahead(rule.leaving),
                                    Ahead(rule.buying),
                                    Grouped(rule.agents.peak),
                                    line};
  if (report.bot_offers > 0) cells.insert(cells.begin() + 3, Grouped(rule.bot_offers));
  return cells;
}

TextTable RulesTable(const Terminal& t, const ReplayReport& report, size_t chart) {
  std::vector<TextTable::Column> columns = {{"rule", false, 9, Style::kStrong},
                                            {"firings", true, 4},
                                            {"offers", true, 8, Style::kOffer},
                                            {"visitors", true, 7},
                                            {"share", true, 2},
                                            {"leaving in", true, 6},
                                            {"buying in", true, 5},
                                            {"agents", true, 7, Style::kAgents},
                                            {"over time", false, 1, Style::kOffer, true}};
  if (report.bot_offers > 0) columns.insert(columns.begin() + 3, {"to bot", true, 3});
  TextTable table(t, std::move(columns));
  for (const RuleReport& rule : report.rules) {
    if (rule.firings > 0) table.Row(RuleCells(t, rule, report, chart));
  }
  return table;
}

std::string Names(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + Tied(Clean(name));
  return out;
}

std::string RulesText(const ReportView& view, const Terminal& t) {
  const ReplayReport& report = *view.report;
  if (report.decisions == 0) return "";
  const size_t left = RulesTable(t, report, 0).WidthLeft();
  const TextTable table = RulesTable(t, report, std::min<size_t>(left, 60));
  const char* const about = !table.Shows("leaving in") ? ""
                            : !table.Shows("over time")
                                ? "medians"
                                : "medians; the chart shows offers, or firings without any";
  std::string out = Heading(t, "Rules", about) + table.Text();
  std::vector<std::string> quiet;
  for (const RuleReport& rule : report.rules) {
    const bool hinted = std::any_of(view.missing.begin(), view.missing.end(),
                                    [&](const auto& m) { return m.rule == rule.rule; });
    if (rule.firings == 0 && !hinted) quiet.push_back(rule.rule);
  }
  if (!quiet.empty()) {
    out += "\n  " + Styled(t, Style::kFaint, Wrapped(t, "never fired: " + Names(quiet), 2)) + "\n";
  }
  return out;
}

std::string SilencesText(const Terminal& t, const ReplayReport& report) {
  TextTable table(t, {{"rule", false, 9, Style::kStrong},
                      {"silent", true, 8},
                      {"of its firings", true, 3},
                      {"because of", false, 7, Style::kPlain, true}});
  bool any = false;
  for (const RuleReport& rule : report.rules) {
    const auto reasons = MostFirst(rule.silences);
    std::string why;
    for (const auto& [n, reason] : reasons) {
      why += (why.empty() ? "" : ", ") + reason + " " + Grouped(n);
    }
    if (reasons.empty()) continue;
    any = true;
    table.Row({Clean(rule.rule), Grouped(rule.firings - rule.offers),
               Percent(rule.firings - rule.offers, rule.firings), why});
  }
  return any ? Heading(t, "Silences", "a firing that made no offer, by reason") + table.Text() : "";
}

size_t ChartColumns(const Terminal& t) { return t.width - kChartScale - 5; }

// A chart with its scale to the left and its time below.
std::string Chart(const Terminal& t, const ReplayReport& report,
                  const std::vector<uint64_t>& numbers, Fold fold, Style style) {
  const size_t columns = ChartColumns(t);
  std::vector<uint64_t> folded = Folded(numbers, columns, fold);
  const std::string most = Grouped(*std::max_element(folded.begin(), folded.end()));
  const size_t wide = std::max<size_t>(1, columns / folded.size());  // columns of one bar
  std::vector<uint64_t> widened;
  for (const uint64_t n : folded) widened.insert(widened.end(), std::min<size_t>(wide, 6), n);
  std::string out;
  const std::vector<std::string> lines = BarChart(t, widened, kChartHeight);
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string mark = i == 0 ? most : i + 1 == lines.size() ? "0" : "";
    out += "  " + Styled(t, Style::kFaint, PadLeft(mark, kChartScale) + (t.unicode ? " │" : " |")) +
           Styled(t, style, lines[i].substr(0, lines[i].find_last_not_of(' ') + 1)) + "\n";
  }
  const std::string from = WallText(report.axis.first);
  const std::string to =
      WallText(report.axis.first + static_cast<Millis>(report.axis.count) * report.axis.unit);
  const std::string margin(kChartScale + 4, ' ');
  const size_t both = from.size() + to.size() + 2;
  if (both > columns) {  // a narrow terminal: below each other
    return out + margin + Styled(t, Style::kFaint, from) + "\n" + margin +
           Styled(t, Style::kFaint, PadLeft(to, std::max(widened.size(), to.size()))) + "\n";
  }
  const size_t room = std::max(widened.size(), both);
  return out + margin + Styled(t, Style::kFaint, from + PadLeft(to, room - from.size())) + "\n";
}

// What one bar of a chart stands for: of many units where the terminal is narrow.
std::string BarText(const Terminal& t, const ReplayReport& report,
                    const std::vector<uint64_t>& numbers, Fold fold) {
  const size_t bars = Folded(numbers, ChartColumns(t), fold).size();
  const size_t each = numbers.empty() ? 1 : (numbers.size() + bars - 1) / bars;
  return "by " + (each > 1 ? UnitsText(each, report.axis.unit) : UnitText(report.axis.unit));
}

std::string ChartsText(const Terminal& t, const ReplayReport& report) {
  if (report.offers == 0) return "";
  std::string out =
      Heading(t, "Offers over time", BarText(t, report, report.offers_over_time, Fold::kSum)) +
      Chart(t, report, report.offers_over_time, Fold::kSum, Style::kOffer);
  if (report.agents.peak == 0) return out;
  return out +
         Heading(t, "Agents busy",
                 "the most at once, " + BarText(t, report, report.busy_over_time, Fold::kMost)) +
         Chart(t, report, report.busy_over_time, Fold::kMost, Style::kAgents);
}

// The week as a field of shades: days down, hours across.
std::string WeekText(const Terminal& t, const ReplayReport& report) {
  static constexpr const char* kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  uint64_t most = 0;
  for (const auto& day : report.week)
    most = std::max(most, *std::max_element(day.begin(), day.end()));
  if (most == 0) return "";
  const char* const shades[] = {t.unicode ? "·" : " ", t.unicode ? "░" : ".", t.unicode ? "▒" : ":",
                                t.unicode ? "▓" : "+", t.unicode ? "█" : "#"};
  std::string out = Heading(t, "Offers by weekday and hour",
                            "fullest: " + Counted(most, "offer") + ", all weeks together");
  const size_t cells = t.width >= 56 ? 2 : 1;  // of an hour
  std::string hours(7, ' ');
  for (int hour = 0; hour < 24; hour += 3) hours += PadRight(std::to_string(hour), 3 * cells);
  out += Styled(t, Style::kFaint, hours.substr(0, hours.find_last_not_of(' ') + 1)) + "\n";
  for (size_t day = 0; day < 7; ++day) {
    std::string row;
    for (const uint64_t n : report.week[day]) {
      const size_t shade = n == 0 ? 0 : 1 + std::min<uint64_t>(3, (n * 4 - 1) / most);
      for (size_t cell = 0; cell < cells; ++cell) row += shades[shade];
    }
    out +=
        "  " + Styled(t, Style::kFaint, kDays[day]) + "  " + Styled(t, Style::kOffer, row) + "\n";
  }
  std::string busiest;
  for (const engine::BusyHour& hour : report.busiest) {
    busiest +=
        (busiest.empty() ? "" : ", ") + Tied(WallText(hour.at) + " (" + Grouped(hour.offers) + ")");
  }
  return out + "  " + Styled(t, Style::kFaint, Wrapped(t, "busiest hours: " + busiest, 2)) + "\n";
}

std::string QueuesText(const Terminal& t, const ReplayReport& report) {
  if (report.queues.size() < 2) return "";
  TextTable table(t, {{"queue", false, 9, Style::kStrong},
                      {"conversations", true, 8},
                      {"most busy at once", true, 8, Style::kAgents},
                      {"enough for 95 %", true, 7},
                      {"when", false, 5}});
  for (const engine::QueueReport& queue : report.queues) {
    table.Row({Clean(queue.queue), Grouped(queue.agents.conversations), Grouped(queue.agents.peak),
               Grouped(queue.agents.enough),
               MomentText(report.assumed.zone, queue.agents.peak_at)});
  }
  return Heading(t, "Agents by queue") + table.Text();
}

// The command is one line, however wide: so it can be copied.
std::string ExamplesText(const ReportView& view, const Terminal& t) {
  const ReplayReport& report = *view.report;
  TextTable table(t, {{"rule", false, 9, Style::kStrong},
                      {"visitor", false, 8},
                      {"when", false, 7},
                      {"", false, 6, Style::kFaint}});
  const engine::Example* first = nullptr;
  for (const RuleReport& rule : report.rules) {
    if (rule.examples.empty() || rule.offers == 0) continue;
    const engine::Example& example = rule.examples.front();
    if (first == nullptr) first = &example;
    std::string then = "no sign of life after";
    if (example.leaving) then = "left in " + LengthText(*example.leaving);
    if (example.buying) then = "bought in " + LengthText(*example.buying);
    table.Row({Clean(rule.rule), Clean(example.visitor), FormatRfc3339(example.at), then});
  }
  if (first == nullptr) return "";
  return Heading(t, "For example", "") + table.Text() + "\n  " +
         Styled(t, Style::kFaint, "the first one's whole visit:") + "\n  " +
         ExplainCommand(view, *first) + "\n";
}

std::string HintsText(const ReportView& view, const Terminal& t) {
  const std::vector<Hint> hints = Hints(view);
  if (hints.empty()) return "";
  std::string out;
  if (view.report->decisions == 0) out += "\n" + Styled(t, Style::kStrong, "No rule fired.") + "\n";
  if (view.report->decisions > 0)
    out += Heading(t, "Never fired", "because what they need did not come");
  for (const Hint& hint : hints) {
    out += std::string(t.unicode ? "  • " : "  - ") +
           Wrapped(t, Clean(hint.rule + hint.text) + Tied(hint.command), 4) + "\n";
  }
  return out;
}

}  // namespace

std::string Heading(const Terminal& terminal, const std::string& text, const std::string& more) {
  return "\n" + Title(terminal, text, more);
}

std::string AroundText(const Terminal& terminal, const rules::Zone& zone,
                       const engine::Example& example, const std::string& firing) {
  constexpr size_t kBefore = 18;  // the indent, the time of day
  const size_t room = terminal.width - std::min(terminal.width, kBefore);
  std::string out;
  bool told = false;
  const auto line = [&](Millis at, Style style, const std::string& text) {
    out += "        " + FormatClock(engine::WallTime(zone, at)) + "  " +
           Styled(terminal, style, text) + "\n";
  };
  const auto tell = [&] {
    line(example.at, Style::kOffer, Wrapped(terminal, firing, kBefore));
    told = true;
  };
  for (const engine::ExampleEvent& event : example.around) {
    if (!told && event.at > example.at) tell();
    const std::string what = Cut(terminal, Clean(event.what), 40);
    line(event.at, Style::kFaint,
         Cut(terminal, Clean(event.name) + (what.empty() ? "" : "  ") + what, room));
  }
  if (!told) tell();
  return out;
}

std::string ReportText(const ReportView& view, const Terminal& t) {
  const ReplayReport& report = *view.report;
  if (report.events == 0)
    return Styled(t, Style::kStrong, "No events.") + "\n" + HintsText(view, t);
  std::string out = Summary(view, t);
  if (view.diff != nullptr) out += DiffText(view, t);
  out += RulesText(view, t) + SilencesText(t, report) + ChartsText(t, report) +
         WeekText(t, report) + QueuesText(t, report) + ExamplesText(view, t) + HintsText(view, t);
  return out;
}

}  // namespace vinkki::cmd
