#include "cmd/rule_events.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace vinkki::cmd {
namespace {

using rules::Expr;
using rules::ExprKind;
using Names = std::set<std::string>;

// The events that a fact comes from; none when any event will do.
std::vector<std::string> SourcesOf(std::string_view fact) {
  if (fact.starts_with("page.") || fact == "dwell" || fact == "session.entry" ||
      fact == "session.campaign" || fact == "session.pages") {
    return {"page_view"};
  }
  if (fact.starts_with("visitor.properties.")) return {"identify"};
  if (fact.starts_with("cart.")) return {"add_to_cart", "view_cart", "begin_checkout"};
  return {};
}

class Needs {
 public:
  Needs(const rules::File& file, const engine::ReplayReport& report)
      : file_(file), report_(report) {}

  // The events without which this cannot hold, or be more than nothing, and of which none came.
  Names Of(const Expr& e) const {
    switch (e.kind) {
      case ExprKind::kFact: return Missing(SourcesOf(e.text));
      case ExprKind::kLet: return OfLet(e.let);
      case ExprKind::kCall: return OfEvents(e.call->events);
      case ExprKind::kSequence: return OfSequence(*e.sequence);
      case ExprKind::kOr: return OfAlternatives(e);
      case ExprKind::kEqual: return OfEqual(e);
      case ExprKind::kGreater:
      case ExprKind::kGreaterEqual: return OfGreater(e);
      case ExprKind::kAnd:
      case ExprKind::kExists:
      case ExprKind::kContains:
      case ExprKind::kStartsWith:
      case ExprKind::kMatches: return OfAll(e);
      case ExprKind::kIn: return Of(*e.args[0]);
      default: return {};  // may hold without any
    }
  }

 private:
  // All of these, when none of them came.
  Names Missing(const std::vector<std::string>& names) const {
    for (const std::string& name : names) {
      if (report_.event_names.contains(name)) return {};
    }
    return {names.begin(), names.end()};
  }
  Names OfEvents(const rules::Events& events) const {
    return events.any ? Names() : Missing(events.names);
  }
  Names OfLet(uint32_t let) const {  // without cycles: the checker has looked
    const bool known = let < file_.lets.size() && file_.lets[let].expr;
    return known ? Of(*file_.lets[let].expr) : Names();
  }
  Names OfAll(const Expr& e) const {
    Names out;
    for (const rules::ExprPtr& arg : e.args) out.merge(Of(*arg));
    return out;
  }
  Names OfAlternatives(const Expr& e) const {
    Names out;
    for (const rules::ExprPtr& arg : e.args) {
      Names more = Of(*arg);
      if (more.empty()) return {};
      out.merge(more);
    }
    return out;
  }
  Names OfSequence(const rules::Sequence& sequence) const {
    Names out;
    for (const rules::Step& step : sequence.steps) {
      if (!step.negated) out.merge(OfEvents(step.events));
    }
    return out;
  }
  // A count that is 0 because nothing came may well equal 0; a text that is missing equals none.
  Names OfEqual(const Expr& e) const {
    if (e.args[0]->kind == ExprKind::kEventName && e.args[1]->kind == ExprKind::kText) {
      return Missing({e.args[1]->text});
    }
    const bool text = e.args[1]->kind == ExprKind::kText;
    const bool above_0 = e.args[1]->kind == ExprKind::kNumber && e.args[1]->number > 0;
    return text || above_0 ? Of(*e.args[0]) : Names();
  }
  // More than a number or a duration.
  Names OfGreater(const Expr& e) const {
    const Expr& than = *e.args[1];
    const bool or_equal = e.kind == ExprKind::kGreaterEqual;
    if (than.kind == ExprKind::kNumber && (than.number > 0 || (than.number == 0 && !or_equal))) {
      return Of(*e.args[0]);
    }
    return than.kind == ExprKind::kDuration ? Of(*e.args[0]) : Names();
  }

  const rules::File& file_;
  const engine::ReplayReport& report_;
};

}  // namespace

std::vector<std::pair<std::string, std::vector<std::string>>> MissingEvents(
    const rules::RuleSet& set, const engine::ReplayReport& report) {
  std::set<std::string_view> fired;
  for (const engine::RuleReport& rule : report.rules) {
    if (rule.firings > 0 || rule.mode == rules::Mode::kOff) fired.insert(rule.rule);
  }
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  for (const rules::File& file : set.files) {
    for (const rules::Rule& rule : file.rules) {
      if (fired.contains(rule.name) || !rule.when) continue;
      const Names missing = Needs(file, report).Of(*rule.when);
      if (missing.empty()) continue;
      out.emplace_back(rule.name, std::vector<std::string>(missing.begin(), missing.end()));
    }
  }
  return out;
}

}  // namespace vinkki::cmd
