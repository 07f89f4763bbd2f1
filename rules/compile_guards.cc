// A rule's `when`, split at its outermost `and` into conjuncts, the one that turns least often
// first; and what must be true for that one, in the form of the indexes.
#include <algorithm>
#include <cmath>

#include "rules/compiler.h"
#include "rules/facts.h"

namespace vinkki::rules {
namespace {

constexpr size_t kMostConjuncts = 16;
constexpr size_t kMostGuards = 32;

// How often a conjunct is expected to turn true; less is better. Only an order, from what shops see.
enum Rate : int {
  kRareCount = 0,    // several of an event that few visitors have
  kEventFilter = 1,
  kCount = 2,
  kUnusualText = 3,  // a campaign, a path, a title
  kNumberOfFact = 4,
  kTextOfFact = 5,
  kSequenceRate = 6,
  kUnknown = 7,
  kTimed = 8,
  kUsuallyTrue = 9,
};

bool IsText(Fact fact) {
  switch (fact) {
    case Fact::kPageUrl:
    case Fact::kPagePath:
    case Fact::kPageType:
    case Fact::kPageTitle:
    case Fact::kSessionReferrer:
    case Fact::kSessionEntry:
    case Fact::kSessionCampaign:
    case Fact::kSessionDevice:
    case Fact::kSessionLanguage:
    case Fact::kIdentity:
    case Fact::kConsent: return true;
    default: return false;
  }
}

bool IsStepwise(Fact fact) {
  switch (fact) {
    case Fact::kSessionPages:
    case Fact::kVisits:
    case Fact::kPurchases:
    case Fact::kCartValue:
    case Fact::kCartItems: return true;
    default: return false;
  }
}

Fact FactOf(const Expr& expr) {
  if (expr.kind != ExprKind::kFact) return Fact::kCount;
  const FactRow* row = FindFact(expr.text);
  return row ? static_cast<Fact>(row - Facts().data()) : Fact::kCount;
}

// `a compare b` as it is, or, when it must be false, its opposite.
ExprKind Sided(ExprKind kind, bool positive, bool turned) {
  if (!positive) {
    switch (kind) {
      case ExprKind::kEqual: kind = ExprKind::kNotEqual; break;
      case ExprKind::kNotEqual: kind = ExprKind::kEqual; break;
      default: return ExprKind::kBool;  // missing makes both false: no opposite
    }
  }
  if (!turned) return kind;
  switch (kind) {
    case ExprKind::kLess: return ExprKind::kGreater;
    case ExprKind::kLessEqual: return ExprKind::kGreaterEqual;
    case ExprKind::kGreater: return ExprKind::kLess;
    case ExprKind::kGreaterEqual: return ExprKind::kLessEqual;
    default: return kind;
  }
}

bool IsAtLeast(ExprKind kind) {
  return kind == ExprKind::kGreater || kind == ExprKind::kGreaterEqual || kind == ExprKind::kEqual;
}

bool IsCountCall(const Expr& expr) {
  if (expr.kind != ExprKind::kCall) return false;
  const Function f = expr.call->function;
  return f == Function::kCount || f == Function::kDistinct || f == Function::kRepeats;
}

bool Grows(const Expr& expr) {
  if (expr.kind == ExprKind::kCall) return expr.call->function == Function::kSince;
  const Fact fact = FactOf(expr);
  return fact == Fact::kIdle || fact == Fact::kDwell || fact == Fact::kSessionDuration ||
         fact == Fact::kCartAge;
}

}  // namespace

// Of events that come all the time.
bool Compiler::IsFrequent(const Events& events) {
  static constexpr std::string_view kFrequent[] = {"page_view", "view_item", "active", "click",
                                                   "hidden",    "visible",   "vitals", "scroll",
                                                   "view_item_list", "page_leave"};
  if (events.any) return true;
  for (const std::string& name : events.names) {
    if (std::find(std::begin(kFrequent), std::end(kFrequent), name) != std::end(kFrequent)) {
      return true;
    }
  }
  return false;
}

// A comparison of a count with a literal: what it needs at least. Counts are never missing.
bool Compiler::CountGuard(const Expr& call, ExprKind kind, double number, bool positive,
                          Guard* guard) {
  if (!positive) {
    if (kind == ExprKind::kLess) {
      kind = ExprKind::kGreaterEqual;
    } else if (kind == ExprKind::kLessEqual) {
      kind = ExprKind::kGreater;
    } else if (kind == ExprKind::kNotEqual) {
      kind = ExprKind::kEqual;
    } else {
      return false;
    }
  }
  if (!IsAtLeast(kind)) return false;
  const double k = kind == ExprKind::kGreater ? std::floor(number) + 1 : std::ceil(number);
  if (k < 1 || k > 1'024) return false;
  guard->kind = Guard::Kind::kAtLeast;
  guard->k = static_cast<uint32_t>(k);
  // One more than needed is kept, so that the index sees what was true before.
  guard->call = CallOf(call, 1'025, call.call->function == Function::kRepeats ? 64 : guard->k + 1);
  return true;
}

bool Compiler::CompareGuard(const Expr& expr, bool positive, Guard* guard) {
  const Expr* a = &Inlined(*expr.args[0]);
  const Expr* b = &Inlined(*expr.args[1]);
  const bool turned = a->kind <= ExprKind::kBool;
  if (turned) std::swap(a, b);
  if (IsCountCall(*a) && b->kind == ExprKind::kNumber) {
    return CountGuard(*a, Sided(expr.kind, true, turned), b->number, positive, guard);
  }
  const ExprKind kind = Sided(expr.kind, positive, turned);
  const Fact fact = FactOf(*a);
  if (kind == ExprKind::kEqual && b->kind == ExprKind::kText) {
    guard->text = b->text;
    guard->kind = a->kind == ExprKind::kEventName ? Guard::Kind::kEvent : Guard::Kind::kFactText;
    guard->fact = fact;
    return a->kind == ExprKind::kEventName || IsText(fact);
  }
  const bool at_least = kind == ExprKind::kGreater || kind == ExprKind::kGreaterEqual;
  if (b->kind == ExprKind::kNumber && IsStepwise(fact) && at_least) {
    guard->kind = Guard::Kind::kFactNumber;
    guard->fact = fact;
    guard->number = b->number;
    guard->strict = kind == ExprKind::kGreater;
    return guard->number > 0 || (guard->strict && guard->number == 0);
  }
  return false;
}

// x in ["a", "b"]: one of these.
bool Compiler::InGuards(const Expr& expr, Guards* guards) {
  const Expr& a = Inlined(*expr.args[0]);
  const Fact fact = FactOf(a);
  if (a.kind != ExprKind::kEventName && !IsText(fact)) return false;
  for (size_t i = 1; i < expr.args.size(); ++i) {
    const Expr& item = Inlined(*expr.args[i]);
    if (item.kind != ExprKind::kText) return false;
    Guard guard;
    guard.kind = a.kind == ExprKind::kEventName ? Guard::Kind::kEvent : Guard::Kind::kFactText;
    guard.fact = fact;
    guard.text = item.text;
    guards->push_back(guard);
  }
  return true;
}

// What may turn a condition (or, not positive, its opposite) true; false: no index knows.
bool Compiler::GuardsOf(const Expr& outer, bool positive, Guards* guards) {
  const Expr& expr = Inlined(outer);
  if (guards->size() >= kMostGuards) return false;
  switch (expr.kind) {
    case ExprKind::kNot: return GuardsOf(*expr.args[0], !positive, guards);
    case ExprKind::kAnd:
    case ExprKind::kOr:  // any part may be the one that turns it
      for (const ExprPtr& arg : expr.args) {
        if (!GuardsOf(*arg, positive, guards)) return false;
      }
      return true;
    case ExprKind::kIn: return positive && InGuards(expr, guards);
    case ExprKind::kEqual:
    case ExprKind::kNotEqual:
    case ExprKind::kLess:
    case ExprKind::kLessEqual:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEqual: {
      Guard guard;
      if (!CompareGuard(expr, positive, &guard)) return false;
      guards->push_back(std::move(guard));
      return true;
    }
    default: return false;
  }
}

int Compiler::RateOf(const Expr& outer, bool positive, const Guards& guards) const {
  const Expr& expr = Inlined(outer);
  int rate = 0;
  for (const Guard& guard : guards) {
    switch (guard.kind) {
      case Guard::Kind::kAtLeast:
        rate = std::max<int>(rate, guard.k > 1 && !frequent_calls_[guard.call] ? kRareCount : kCount);
        break;
      case Guard::Kind::kFactNumber: rate = std::max<int>(rate, kNumberOfFact); break;
      case Guard::Kind::kEvent: rate = std::max<int>(rate, kEventFilter); break;
      case Guard::Kind::kFactText:
        rate = std::max<int>(rate, guard.fact == Fact::kPageType ? kTextOfFact : kUnusualText);
    }
  }
  if (!guards.empty()) return rate;
  if (!positive || expr.kind == ExprKind::kNotEqual) return kUsuallyTrue;
  if (expr.kind == ExprKind::kSequence) return kSequenceRate;
  for (const ExprPtr& arg : expr.args) {
    if (Grows(Inlined(*arg))) return kTimed;
    if (IsCountCall(Inlined(*arg))) return kUsuallyTrue;  // == 0, < k
  }
  return kUnknown;
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
  part.expr = &expr;
  part.positive = positive;
  if (!GuardsOf(expr, positive, &part.guards)) part.guards.clear();
  part.rate = RateOf(expr, positive, part.guards);
  parts->push_back(std::move(part));
}

// A condition on the event's name takes a condition on one of its properties with it.
void Compiler::SharpenEventGuard(std::vector<Part>* parts) {
  Part& first = parts->front();
  if (first.guards.empty() || first.guards[0].kind != Guard::Kind::kEvent) return;
  for (size_t i = 1; i < parts->size(); ++i) {
    const Part part = (*parts)[i];
    if (part.expr->args.size() != 2 || part.expr->kind == ExprKind::kIn) continue;
    const Expr* a = &Inlined(*part.expr->args[0]);
    const Expr* b = &Inlined(*part.expr->args[1]);
    const bool turned = a->kind <= ExprKind::kBool;
    if (turned) std::swap(a, b);
    const ExprKind kind = Sided(part.expr->kind, part.positive, turned);
    const bool number = b->kind == ExprKind::kNumber && IsAtLeast(kind);
    const bool text = b->kind == ExprKind::kText && kind == ExprKind::kEqual;
    if (a->kind != ExprKind::kEventProp || (!number && !text)) continue;
    for (Guard& guard : first.guards) {
      guard.property = code_->properties.Add(a->text);
      guard.property_is_text = text;
      guard.property_text = b->text;
      guard.number = b->number;
      guard.strict = kind == ExprKind::kGreater;
    }
    std::rotate(parts->begin() + 1, parts->begin() + static_cast<std::ptrdiff_t>(i),
                parts->begin() + static_cast<std::ptrdiff_t>(i) + 1);
    return;
  }
}

void Compiler::AddConjuncts(const Rule& rule, RuleCode* code) {
  std::vector<Part> parts;
  Flatten(*rule.when, true, &parts);
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Part& a, const Part& b) { return a.rate < b.rate; });
  SharpenEventGuard(&parts);
  code->first_conjunct = static_cast<uint32_t>(code_->conjuncts.size());
  code->conjuncts = static_cast<uint32_t>(parts.size());
  for (const Part& part : parts) {
    code_->conjuncts.push_back(part.positive ? BranchOf(*part.expr, kYes, kNo)
                                             : BranchOf(*part.expr, kNo, kYes));
  }
  guards_.resize(code_->rules.size() + 1);
  guards_.back() = parts.front().guards;
}

}  // namespace vinkki::rules
