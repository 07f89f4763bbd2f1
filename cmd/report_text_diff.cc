// What differs between two sets of rules, for the terminal.

#include "cmd/report_text.h"
#include "cmd/text_table.h"

namespace vinkki::cmd {
namespace {

using engine::RuleDiff;

constexpr size_t kExamples = 2;  // of a rule

std::string Arrow(const Terminal& t) { return t.unicode ? "→" : "->"; }

std::string Signed(uint64_t mine, uint64_t other) {
  if (mine == other) return "0";
  return mine > other ? "+" + Grouped(mine - other) : "-" + Grouped(other - mine);
}

std::string Totals(const ReportView& view, const Terminal& t) {
  const engine::ReplayDiff& diff = *view.diff;
  const auto& mine = *view.report;
  const auto& other = diff.other;
  TextTable table(t, {{"", false, 9},
                      {Clean(ShortPath(view.against, 24)), true, 8},
                      {Clean(ShortPath(view.rules, 24)), true, 8, Style::kStrong},
                      {"difference", true, 7}});
  const auto row = [&](const char* name, uint64_t a, uint64_t b) {
    table.Row({name, Grouped(a), Grouped(b), Signed(b, a)});
  };
  row("offers", other.offers, mine.offers);
  row("of them by the bot", other.bot_offers, mine.bot_offers);
  row("visitors with an offer", other.reached, mine.reached);
  row("agents busy at the peak", other.agents.peak, mine.agents.peak);
  row("agents enough for 95 %", other.agents.enough, mine.agents.enough);
  return table.Text();
}

TextTable RuleTable(const ReportView& view, const Terminal& t) {
  TextTable table(t, {{"rule", false, 9, Style::kStrong},
                      {"is", false, 8},
                      {"offers", true, 7},
                      {"now", true, 7, Style::kOffer},
                      {"same", true, 5},
                      {"changed", true, 6},
                      {"moved", true, 4},
                      {"added", true, 6, Style::kGood},
                      {"dropped", true, 6, Style::kBad},
                      {"visitors", true, 3}});
  for (const RuleDiff& rule : view.diff->rules) {
    if (!rule.differs() && rule.kind == RuleDiff::Kind::kSame) continue;
    table.Row({Clean(rule.rule), std::string(KindText(rule.kind)), Grouped(rule.offers_other),
               Grouped(rule.offers_mine), Grouped(rule.same), Grouped(rule.changed),
               Grouped(rule.moved), Grouped(rule.only_mine), Grouped(rule.only_other),
               "+" + Grouped(rule.visitors_gained) + " -" + Grouped(rule.visitors_lost)});
  }
  return table;
}

std::string ExampleText(const ReportView& view, const Terminal& t, const engine::Example& example) {
  const rules::Zone& zone = view.report->assumed.zone;
  const std::string visitor = Clean(example.visitor);
  const std::string moment = MomentText(zone, example.at);
  const bool fits = 4 + WidthOf(visitor) + 2 + WidthOf(moment) <= t.width;
  return "    " + visitor + (fits ? "  " : "\n    ") + Styled(t, Style::kFaint, moment) + "\n" +
         AroundText(t, zone, example, ChangeText(example, Arrow(t)));
}

// The counts of a rule that a narrow table has no room for; each moved firing is said below.
std::string CountsText(const Terminal& t, const TextTable& table, const RuleDiff& rule) {
  const std::pair<const char*, uint64_t> counts[] = {{"same", rule.same},
                                                     {"changed", rule.changed},
                                                     {"added", rule.only_mine},
                                                     {"dropped", rule.only_other}};
  std::string out;
  for (const auto& [name, n] : counts) {
    if (n == 0 || table.Shows(name)) continue;
    out += (out.empty() ? "" : ", ") + Tied(Grouped(n) + " " + name);
  }
  return out.empty() ? "" : "    " + Wrapped(t, out, 4) + "\n";
}

std::string RuleText(const ReportView& view, const Terminal& t, const TextTable& table,
                     const RuleDiff& rule) {
  const bool same = rule.kind == RuleDiff::Kind::kSame;
  std::string out = Heading(t, "  " + Clean(rule.rule),
                            same ? "the rule is the same; what the others do has changed" : "");
  out += CountsText(t, table, rule);
  const auto line = [&](uint64_t n, const std::string& text) {
    out += "    " + PadLeft(Grouped(n), 8) + "  " + Wrapped(t, text, 14) + "\n";
  };
  for (const auto& [n, verdicts] : MostFirst(rule.changes)) {
    line(n, Tied(VerdictText(verdicts.first)) + " " + Tied(Arrow(t) + " ") +
                Tied(VerdictText(verdicts.second)));
  }
  if (rule.moved > 0) line(rule.moved, "moved: the same at another moment");
  size_t shown = 0;
  for (const engine::Example& example : rule.examples) {
    if (shown++ < kExamples) out += ExampleText(view, t, example);
  }
  return out;
}

}  // namespace

std::string DiffText(const ReportView& view, const Terminal& t) {
  const engine::ReplayDiff& diff = *view.diff;
  std::string out = Heading(t, "Difference", Clean(view.rules) + " against " + Clean(view.against));
  if (!diff.differs()) {
    out += diff.same_sets ? "  No difference: the rules are the same.\n"
                          : "  No difference: over these events both sets decide the same.\n";
    return out;
  }
  const TextTable table = RuleTable(view, t);
  out += Totals(view, t) + "\n  " + Wrapped(t, ReachedText(diff), 2) + "\n\n" + table.Text();
  for (const RuleDiff& rule : diff.rules) {
    if (rule.differs()) out += RuleText(view, t, table, rule);
  }
  return out;
}

}  // namespace vinkki::cmd
