// What differs between two sets of rules, for the page.

#include <algorithm>

#include "cmd/html.h"
#include "cmd/report_html.h"

namespace vinkki::cmd {
namespace {

using engine::RuleDiff;

// Without a colour: whether more is better is not for a report to say.
std::string Signed(uint64_t mine, uint64_t other) {
  if (mine == other) return "±0";
  return mine > other ? "+" + Grouped(mine - other) : "−" + Grouped(other - mine);
}

// "+3 −2": who gets an offer of the rule, and who gets none any more.
std::string GainedAndLost(const RuleDiff& rule) {
  if (rule.visitors_lost == 0) return Signed(rule.visitors_gained, 0);
  return (rule.visitors_gained > 0 ? Signed(rule.visitors_gained, 0) + " " : "") +
         Signed(0, rule.visitors_lost);
}

std::string TotalsHtml(const ReportView& view) {
  const auto& mine = *view.report;
  const auto& other = view.diff->other;
  std::string out = "<table class=\"list\"><thead><tr><th></th><th><code>" +
                    UserHtml(ShortPath(view.against, 28)) + "</code></th><th><code>" +
                    UserHtml(ShortPath(view.rules, 28)) +
                    "</code></th><th>Difference</th></tr></thead>"
                    "<tbody>";
  const auto row = [&](const char* name, uint64_t a, uint64_t b) {
    out += "<tr><td class=\"text\">" + std::string(name) + "</td><td>" + Grouped(a) + "</td><td>" +
           Grouped(b) + "</td><td>" + Signed(b, a) + "</td></tr>";
  };
  row("Offers", other.offers, mine.offers);
  row("Of them by the bot", other.bot_offers, mine.bot_offers);
  row("Visitors with an offer", other.reached, mine.reached);
  row("Agents busy at the peak", other.agents.peak, mine.agents.peak);
  row("Agents enough for 95 %", other.agents.enough, mine.agents.enough);
  return out + "</tbody></table>";
}

std::string Cell(const char* name, const std::string& html, uint64_t sort_by) {
  return "<td data-name=\"" + std::string(name) + "\" data-v=\"" + std::to_string(sort_by) + "\">" +
         html + "</td>";
}

std::string RowHtml(const RuleDiff& rule, size_t i) {
  const std::string kind(KindText(rule.kind));
  std::string name = UserHtml(rule.rule);
  if (rule.differs()) name = "<a href=\"#diff-" + std::to_string(i) + "\">" + name + "</a>";
  return "<tr><td class=\"text name\">" + name + " <span class=\"tag " + kind + "\">" + kind +
         "</span></td>" + Cell("Offers before", Grouped(rule.offers_other), rule.offers_other) +
         Cell("Offers now", Grouped(rule.offers_mine), rule.offers_mine) +
         Cell("Same", Grouped(rule.same), rule.same) +
         Cell("Changed", Grouped(rule.changed), rule.changed) +
         Cell("Moved", Grouped(rule.moved), rule.moved) +
         Cell("Added", Grouped(rule.only_mine), rule.only_mine) +
         Cell("Dropped", Grouped(rule.only_other), rule.only_other) +
         Cell("Visitors", GainedAndLost(rule), rule.visitors_gained + rule.visitors_lost) + "</tr>";
}

std::string DetailsHtml(const ReportView& view, const RuleDiff& rule, size_t i) {
  std::string out = "<details id=\"diff-" + std::to_string(i) + "\"><summary><b>" +
                    UserHtml(rule.rule) + "</b><span>";
  if (rule.kind == RuleDiff::Kind::kSame) {
    out += "the rule is the same; what the others do has changed";
  }
  out +=
      "</span></summary><div><table class=\"list\"><thead><tr><th class=\"text\">Before</th>"
      "<th class=\"text\">Now</th><th>Firings</th></tr></thead><tbody>";
  for (const auto& [n, verdicts] : MostFirst(rule.changes)) {
    out += "<tr><td class=\"text\">" + VerdictText(verdicts.first) + "</td><td class=\"text\">" +
           VerdictText(verdicts.second) + "</td><td>" + Grouped(n) + "</td></tr>";
  }
  if (rule.moved > 0) {
    out += "<tr><td class=\"text\" colspan=\"2\">the same, at another moment</td><td>" +
           Grouped(rule.moved) + "</td></tr>";
  }
  out += "</tbody></table><h3>For example</h3><div class=\"examples\">";
  for (const engine::Example& example : rule.examples) {
    out += ExampleHtml(view.report->assumed.zone, example, ChangeText(example, "→"));
  }
  return out + "</div></div></details>";
}

}  // namespace

std::string DiffHtml(const ReportView& view) {
  if (view.diff == nullptr) return "";
  const engine::ReplayDiff& diff = *view.diff;
  std::string out = "<h2>Difference</h2>";
  if (!diff.differs()) {
    return out + "<p class=\"note\">No difference: " +
           (diff.same_sets ? "the rules are the same."
                           : "over these events both sets decide the same.") +
           "</p>";
  }
  out +=
      "<p class=\"note\">" + ReachedText(diff) + "</p><div class=\"panel\">" + TotalsHtml(view) +
      "</div><h3>By rule</h3><p class=\"note\">Firings of the same visitor are compared: changed "
      "ones came to another outcome, moved ones came less than 30 minutes earlier or later.</p>"
      "<div class=\"panel\"><div class=\"scroll\"><table class=\"list cards changes "
      "sorts\"><thead><tr>"
      "<th class=\"text\">Rule</th><th>Offers before</th><th>Offers now</th><th>Same</th>"
      "<th>Changed</th><th>Moved</th><th>Added</th><th>Dropped</th><th>Visitors</th></tr></thead>"
      "<tbody>";
  std::string details;
  for (size_t i = 0; i < diff.rules.size(); ++i) {
    const RuleDiff& rule = diff.rules[i];
    if (!rule.differs() && rule.same == 0 && rule.kind == RuleDiff::Kind::kSame) continue;
    out += RowHtml(rule, i);
    if (rule.differs()) details += DetailsHtml(view, rule, i);
  }
  return out + "</tbody></table></div></div><h3>What changes, rule by rule</h3>" + details;
}

}  // namespace vinkki::cmd
