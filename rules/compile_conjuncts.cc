// A rule's `when`, split at its outermost `and` into conjuncts, the one that turns least often
// first.
#include <algorithm>

#include "rules/compiler.h"

namespace vinkki::rules {
namespace {

constexpr size_t kMostConjuncts = 16;

}  // namespace

Rate Compiler::RateOf(const Turns& turns, uint32_t test) const {
  Rate rate = Rate::kSessionText;
  for (const TouchRef& touch : turns.rises) {
    if (touch.kind == TouchRef::Kind::kEdge) rate = std::max(rate, edges_[touch.index].rate);
    if (touch.kind == TouchRef::Kind::kSource) rate = std::max(rate, Rate::kSequence);
    if (touch.kind != TouchRef::Kind::kGroup) continue;
    const auto group = static_cast<Group>(touch.index);
    const bool timed = group == Group::kIdle || group == Group::kIdleBegins ||
                       group == Group::kDwell || group == Group::kSessionBegin;
    rate = std::max(rate, timed ? Rate::kTimed : Rate::kUnknown);
  }
  // What is true of a visitor of whom nothing is known mostly stays so.
  const State nobody(*code_, "", "");
  Moment moment{*code_, nobody};
  return Test(&moment, test) ? Rate::kUsuallyTrue : rate;
}

void Compiler::Flatten(const Expr& outer, bool positive, std::vector<Part>* parts) {
  const Expr& expr = Inlined(outer);
  if (parts->size() < kMostConjuncts) {
    if (expr.kind == ExprKind::kNot) return Flatten(*expr.args[0], !positive, parts);
    if (expr.kind == (positive ? ExprKind::kAnd : ExprKind::kOr)) {
      for (const ExprPtr& arg : expr.args) Flatten(*arg, positive, parts);
      return;
    }
  }
  Part part;
  part.test = positive ? BranchOf(expr, kYes, kNo) : BranchOf(expr, kNo, kYes);
  part.turns = TurnsOf(expr, positive);
  part.rate = RateOf(part.turns, part.test);
  parts->push_back(std::move(part));
}

// The edge of a conjunct that is a condition on the event's name alone; else kNone. An `or` is
// none: what is true in it from the start never rises, and is not among what turns it.
uint32_t Compiler::NameEdgeOf(const Part& part) const {
  if (part.turns.rises.size() != 1 || !IsOneAtom(part.test)) return kNone;
  const TouchRef touch = *part.turns.rises.begin();
  const bool name =
      touch.kind == TouchRef::Kind::kEdge && edges_[touch.index].kind == Edge::Kind::kEventName;
  return name ? touch.index : kNone;
}

// A condition on the event's name and one on one of its properties turn the rule only together:
// both wait for the edge of the two.
void Compiler::SharpenEventName(std::vector<Part>* parts) {
  for (Part& part : *parts) {
    const uint32_t name = NameEdgeOf(part);
    if (name == kNone) continue;
    for (Part& other : *parts) {
      const uint32_t edge = EventEdge(name, other.test);
      if (edge == kNone) continue;
      part.turns.rises = other.turns.rises = {{TouchRef::Kind::kEdge, edge}};
      return;
    }
  }
}

void Compiler::AddConjuncts(const Rule& rule, RuleWhen* when) {
  std::vector<Part> parts;
  Flatten(*rule.when, true, &parts);
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Part& a, const Part& b) { return a.rate < b.rate; });
  SharpenEventName(&parts);
  when->first = static_cast<uint32_t>(code_->conjuncts.size());
  when->conjuncts = static_cast<uint32_t>(parts.size());
  parts_.resize(code_->rules.size() + 1);
  for (Part& part : parts) {
    const bool one = IsOneAtom(part.test);
    code_->conjuncts.push_back(
        {part.test, 0, 0, one ? code_->branches[part.test].atom : kNone, false});
    parts_.back().push_back(std::move(part.turns));
  }
}

}  // namespace vinkki::rules
