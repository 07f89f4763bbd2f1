#include "cmd/rule_events.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace vinkki::cmd {
namespace {

using rules::Expr;
using rules::ExprKind;
using Names = std::set<std::string>;  // one of these
using All = std::set<Names>;          // of each of these one

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

// Without the lists that a shorter one says already, and without more than anybody would read: what
// is left is still needed.
All Simple(const All& all) {
  constexpr size_t kMost = 8;
  All out;
  for (const Names& names : all) {
    const bool said = std::any_of(all.begin(), all.end(), [&](const Names& other) {
      return other.size() < names.size() &&
             std::includes(names.begin(), names.end(), other.begin(), other.end());
    });
    if (!said && out.size() < kMost) out.insert(names);
  }
  return out;
}

class NeedsOf {
 public:
  NeedsOf(const rules::File& file, const engine::ReplayReport& report)
      : file_(file), report_(report) {}

  // The events without which this cannot hold, or be more than nothing, and of which none came.
  All Of(const Expr& e) const {
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
  // One of these, when none of them came.
  All Missing(const std::vector<std::string>& names) const {
    for (const std::string& name : names) {
      if (report_.event_names.contains(name)) return {};
    }
    return names.empty() ? All() : All{Names(names.begin(), names.end())};
  }
  All OfEvents(const rules::Events& events) const {
    return events.any ? All() : Missing(events.names);
  }
  All OfLet(uint32_t let) const {  // without cycles: the checker has looked
    const bool known = let < file_.lets.size() && file_.lets[let].expr;
    return known ? Of(*file_.lets[let].expr) : All();
  }
  All OfAll(const Expr& e) const {
    All out;
    for (const rules::ExprPtr& arg : e.args) out.merge(Of(*arg));
    return Simple(out);
  }
  // Whichever holds: one of a list of the first or one of a list of the second, for each two lists.
  All OfAlternatives(const Expr& e) const {
    All out = Of(*e.args[0]);
    for (size_t i = 1; i < e.args.size(); ++i) {
      All both;
      for (const Names& more : Of(*e.args[i])) {
        for (Names names : out) {
          names.insert(more.begin(), more.end());
          both.insert(std::move(names));
        }
      }
      out = Simple(both);
    }
    return out;
  }
  All OfSequence(const rules::Sequence& sequence) const {
    All out;
    for (const rules::Step& step : sequence.steps) {
      if (!step.negated) out.merge(OfEvents(step.events));
    }
    return Simple(out);
  }
  // A count that is 0 because nothing came may well equal 0; a text that is missing equals none.
  All OfEqual(const Expr& e) const {
    if (e.args[0]->kind == ExprKind::kEventName && e.args[1]->kind == ExprKind::kText) {
      return Missing({e.args[1]->text});
    }
    const bool text = e.args[1]->kind == ExprKind::kText;
    const bool above_0 = e.args[1]->kind == ExprKind::kNumber && e.args[1]->number > 0;
    return text || above_0 ? Of(*e.args[0]) : All();
  }
  // More than a number or a duration.
  All OfGreater(const Expr& e) const {
    const Expr& than = *e.args[1];
    const bool or_equal = e.kind == ExprKind::kGreaterEqual;
    if (than.kind == ExprKind::kNumber && (than.number > 0 || (than.number == 0 && !or_equal))) {
      return Of(*e.args[0]);
    }
    return than.kind == ExprKind::kDuration ? Of(*e.args[0]) : All();
  }

  const rules::File& file_;
  const engine::ReplayReport& report_;
};

}  // namespace

std::vector<RuleNeeds> MissingEvents(const rules::RuleSet& set,
                                     const engine::ReplayReport& report) {
  std::set<std::string_view> fired;
  for (const engine::RuleReport& rule : report.rules) {
    if (rule.firings > 0 || rule.mode == rules::Mode::kOff) fired.insert(rule.rule);
  }
  std::vector<RuleNeeds> out;
  for (const rules::File& file : set.files) {
    for (const rules::Rule& rule : file.rules) {
      if (fired.contains(rule.name) || !rule.when) continue;
      Needs needs;
      for (const Names& names : NeedsOf(file, report).Of(*rule.when)) {
        needs.emplace_back(names.begin(), names.end());
      }
      if (needs.empty()) continue;
      std::stable_sort(needs.begin(), needs.end(),
                       [](const auto& a, const auto& b) { return a.size() < b.size(); });
      out.push_back({rule.name, std::move(needs)});
    }
  }
  return out;
}

}  // namespace vinkki::cmd
