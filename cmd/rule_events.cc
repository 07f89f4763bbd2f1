#include "cmd/rule_events.h"

#include <set>
#include <string_view>

namespace vinkki::cmd {
namespace {

using rules::Expr;
using rules::ExprKind;

// The event that a fact comes from; "" when any does.
std::string_view SourceOf(std::string_view fact) {
  if (fact.starts_with("page.") || fact == "dwell" || fact == "session.pages" ||
      fact == "session.entry" || fact == "session.campaign") {
    return "page_view";
  }
  if (fact.starts_with("visitor.properties.") || fact == "visitor.identity") return "identify";
  if (fact == "visitor.consent") return "consent";
  if (fact.starts_with("cart.")) return "add_to_cart";
  return "";
}

void AddNames(const rules::Events& events, std::set<std::string>* names) {
  for (const std::string& name : events.names) names->insert(name);
}

class Collector {
 public:
  explicit Collector(const rules::File& file) : file_(file) {}

  void Add(const Expr& e) {
    if (e.kind == ExprKind::kFact && !SourceOf(e.text).empty()) {
      names.insert(std::string(SourceOf(e.text)));
    }
    if (e.kind == ExprKind::kLet && e.let < file_.lets.size() && file_.lets[e.let].expr) {
      Add(*file_.lets[e.let].expr);  // without cycles: the checker has looked
    }
    if (e.kind == ExprKind::kEqual && e.args.size() == 2 &&
        e.args[0]->kind == ExprKind::kEventName && e.args[1]->kind == ExprKind::kText) {
      names.insert(e.args[1]->text);
    }
    if (e.call) AddNames(e.call->events, &names);
    if (e.sequence) {
      for (const rules::Step& step : e.sequence->steps) {
        if (!step.negated) AddNames(step.events, &names);
      }
    }
    for (const rules::ExprPtr& arg : e.args) Add(*arg);
  }

  std::set<std::string> names;

 private:
  const rules::File& file_;
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
      Collector collector(file);
      collector.Add(*rule.when);
      std::vector<std::string> missing;
      for (const std::string& name : collector.names) {
        if (!report.event_names.contains(name)) missing.push_back(name);
      }
      if (!missing.empty()) out.emplace_back(rule.name, std::move(missing));
    }
  }
  return out;
}

}  // namespace vinkki::cmd
