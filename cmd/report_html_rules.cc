// The table of rules and each rule in detail, for the page.

#include <algorithm>
#include <map>

#include "base/markup.h"
#include "cmd/html.h"
#include "cmd/report_html.h"
#include "cmd/terminal.h"

namespace vinkki::cmd {
namespace {

using engine::ReplayReport;
using engine::RuleReport;

constexpr size_t kBars = 96;   // of a rule's own chart
constexpr size_t kSpark = 32;  // of the small one

// Reasons by what a service lead can do about them.
std::string ClassOf(const std::string& reason) {
  if (reason == "engaged") return "c-engaged";
  if (reason == "shadow") return "c-off";
  if (reason == "limit" || reason == "cooldown" || reason == "declined" || reason == "priority") {
    return "c-limit";
  }
  return "c-held";  // hours, holdout, audience, capacity, consent, bot
}

std::string FiringsHtml(const RuleReport& rule) {
  std::vector<Part> parts;
  const auto add = [&](const std::string& css_class, const std::string& name, uint64_t n) {
    parts.push_back({css_class, Grouped(n) + " " + name, n});
  };
  add("c-offer", "offers", rule.offers - rule.bot_offers);
  add("c-bot", "offers by the bot", rule.bot_offers);
  for (const auto& [reason, n] : rule.silences) add(ClassOf(reason), "silent: " + reason, n);
  std::stable_sort(parts.begin() + 2, parts.end(),
                   [](const Part& a, const Part& b) { return a.css_class < b.css_class; });
  return PartsHtml(parts);
}

std::string Cell(const std::string& name, const std::string& html, uint64_t sort_by,
                 const std::string& css_class = "") {
  return "<td data-name=\"" + name + "\" data-v=\"" + std::to_string(sort_by) + "\"" +
         (css_class.empty() ? "" : " class=\"" + css_class + "\"") + ">" + html + "</td>";
}

// "1 min 20 s", never with a line's end in it.
std::string Unbroken(Millis length) {
  std::string html;
  for (const char c : LengthText(length)) html += c == ' ' ? "&nbsp;" : std::string(1, c);
  return html;
}

std::string Length(const engine::Spread& spread) {
  if (spread.n == 0) return "–";
  return Unbroken(spread.median) + "<small>" + Unbroken(spread.p25) + " to " +
         Unbroken(spread.p75) + "</small>";
}

const std::vector<uint64_t>& ChartOf(const RuleReport& rule) {
  return rule.offers > 0 ? rule.offers_over_time : rule.firings_over_time;
}

std::string RowHtml(const RuleReport& rule, const ReplayReport& report, size_t i) {
  std::string out = "<tr><td class=\"text name\" data-name=\"Rule\"><a href=\"#rule-" +
                    std::to_string(i) + "\">" + UserHtml(rule.rule) + "</a>";
  if (rule.mode == rules::Mode::kShadow) out += " <span class=\"tag\">shadow</span>";
  out += "</td>" + Cell("Firings", Grouped(rule.firings), rule.firings);
  out += Cell("Offers", Grouped(rule.offers), rule.offers);
  out += Cell(
      "Visitors",
      Grouped(rule.visitors) + "<small>" + Percent(rule.visitors, report.visitors) + "</small>",
      rule.visitors);
  out +=
      Cell("Leaving in", Length(rule.leaving), static_cast<uint64_t>(rule.leaving.median), "time");
  out += Cell("Buying in", Length(rule.buying), static_cast<uint64_t>(rule.buying.median), "time");
  out += Cell("Agents", Grouped(rule.agents.peak), rule.agents.peak);
  out += Cell("Firings by outcome", FiringsHtml(rule), rule.firings - rule.offers, "wide");
  out += "<td data-name=\"Over time\" class=\"wide\">" +
         SparkHtml(Folded(ChartOf(rule), kSpark, Fold::kSum), rule.offers > 0 ? "offer" : "quiet",
                   Clean(rule.rule) + " over time") +
         "</td>";
  return out + "</tr>";
}

std::string KeyHtml() {
  return "<ul class=\"key\"><li><i class=\"c-offer\"></i>offer by a person</li>"
         "<li><i class=\"c-bot\"></i>offer by the bot</li>"
         "<li><i class=\"c-limit\"></i>limit, cooldown, declined, priority</li>"
         "<li><i class=\"c-engaged\"></i>engaged: another offer was open</li>"
         "<li><i class=\"c-held\"></i>hours, holdout, audience, capacity, consent, bot</li>"
         "<li><i class=\"c-off\"></i>shadow</li></ul>";
}

std::string Fact(const std::string& name, const std::string& html) {
  return "<div><dt>" + name + "</dt><dd>" + html + "</dd></div>";
}

std::string SpreadFact(const engine::Spread& spread, const std::string& more) {
  if (spread.n == 0) return more;
  return "median " + LengthText(spread.median) + ", half of them " + LengthText(spread.p25) +
         " to " + LengthText(spread.p75) + " (" + Grouped(spread.n) + " offers)<br>" + more;
}

std::string FactsHtml(const RuleReport& rule, const ReplayReport& report) {
  std::string out = "<dl class=\"facts\">";
  std::string firings = Grouped(rule.offers) + " offers";
  for (const auto& [n, reason] : MostFirst(rule.silences))
    firings += "<br>" + Grouped(n) + " silent: " + reason;
  out += Fact("Firings", firings);
  if (rule.offers > 0) {
    out += Fact("Ahead of leaving",
                SpreadFact(rule.leaving,
                           Grouped(rule.after_leaving) + " offers without a later sign of life"));
    out += Fact("Ahead of buying", SpreadFact(rule.buying, Grouped(rule.bought_in_visit) +
                                                               " bought in the same visit"));
    const std::string queue = rule.queue.empty() ? "" : "queue " + UserHtml(rule.queue) + "<br>";
    out += Fact("Agents",
                queue + (rule.agents.peak == 0
                             ? std::string("none: the bot answers")
                             : Grouped(rule.agents.peak) + " at the peak, " +
                                   MomentText(report.assumed.zone, rule.agents.peak_at) + "; " +
                                   Grouped(rule.agents.enough) + " are enough for 95 %"));
  }
  out += Fact("Rule", "<code>" + UserHtml(rule.file) + "</code><br><small>" +
                          EscapeMarkup(rule.version.substr(0, 19)) + "</small>");
  return out + "</dl>";
}

std::string ExamplesHtml(const RuleReport& rule, const rules::Zone& zone) {
  if (rule.examples.empty()) return "";
  std::string out = "<h3>For example</h3><div class=\"examples\">";
  for (const engine::Example& example : rule.examples) {
    std::string verdict = VerdictText(example.mine);
    if (example.leaving) verdict += "; left " + LengthText(*example.leaving) + " later";
    if (example.buying) verdict += "; bought " + LengthText(*example.buying) + " later";
    out += ExampleHtml(zone, example, verdict);
  }
  return out + "</div>";
}

// A rule's own chart, in at most kBars bars. `what` is what it counts.
std::string ChartHtml(const RuleReport& rule, const ReplayReport& report,
                      const std::vector<uint64_t>& all, Fold fold, const std::string& css_class,
                      const std::string& what) {
  const auto numbers = Folded(all, kBars, fold);
  const engine::TimeAxis axis = FoldedAxis(report.axis, kBars);
  const uint64_t most = numbers.empty() ? 0 : *std::max_element(numbers.begin(), numbers.end());
  BarStyle style;
  style.css_class = css_class;
  style.label = Clean(rule.rule) + ": " + what + " over time, at most " + Grouped(most);
  style.top = Grouped(most) + " " + what + " in " + UnitsText(1, axis.unit);
  style.left = WallText(axis.first);
  style.right = WallText(axis.first + static_cast<Millis>(axis.count) * axis.unit);
  return BarChartHtml(numbers, style, [&](size_t bar) {
    return StretchText(axis, bar) + ": " + Grouped(numbers[bar]) + " " + what;
  });
}

std::string DetailsHtml(const RuleReport& rule, const ReplayReport& report, size_t i) {
  std::string out = "<details id=\"rule-" + std::to_string(i) + "\"><summary><b>" +
                    UserHtml(rule.rule) + "</b><span>" + UserHtml(rule.description) +
                    "</span></summary><div><div class=\"pair\">";
  const bool offers = rule.offers > 0;
  out += ChartHtml(rule, report, ChartOf(rule), Fold::kSum, offers ? "offer" : "quiet",
                   offers ? "offers" : "firings");
  if (rule.agents.peak > 0) {
    out += ChartHtml(rule, report, rule.busy_over_time, Fold::kMost, "agents", "agents busy");
  }
  out += "</div><h3>In numbers</h3>" + FactsHtml(rule, report) +
         ExamplesHtml(rule, report.assumed.zone);
  return out + "</div></details>";
}

}  // namespace

std::string RulesHtml(const ReportView& view) {
  const ReplayReport& report = *view.report;
  if (report.decisions == 0) return "";
  std::string out =
      "<h2>Rules</h2><p class=\"note\">Times ahead are medians, with the middle half below; agents "
      "are those busy at the peak.</p><div class=\"panel\"><div class=\"scroll\">"
      "<table class=\"list cards sorts\"><thead><tr><th class=\"text\">Rule</th><th>Firings</th>"
      "<th>Offers</th><th>Visitors</th><th>Leaving in</th><th>Buying in</th><th>Agents</th>"
      "<th class=\"text\">Firings by outcome</th><th class=\"text\" data-still>Over time</th></tr>"
      "</thead><tbody>";
  std::string details;
  std::string quiet;
  for (size_t i = 0; i < report.rules.size(); ++i) {
    const RuleReport& rule = report.rules[i];
    if (rule.firings == 0) {
      quiet += (quiet.empty() ? "" : ", ") + UserHtml(rule.rule);
      continue;
    }
    out += RowHtml(rule, report, i);
    details += DetailsHtml(rule, report, i);
  }
  out += "</tbody></table></div>" + KeyHtml() + "</div>";
  if (!quiet.empty()) out += "<p class=\"note\">Never fired: " + quiet + ".</p>";
  return out + "<h2>Rule by rule</h2>" + details;
}

}  // namespace vinkki::cmd
