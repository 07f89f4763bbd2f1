#include "rules/constant.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "rules/compare.h"
#include "rules/conjunction.h"
#include "rules/print.h"

namespace vinkki::rules {
namespace {

bool IsNumeric(const Constant& c) { return c.type == Type::kNumber || c.type == Type::kDuration; }

Constant OfBool(bool value) { return {Type::kBool, 0, value, {}}; }

// What is too large for a double is missing.
Constant OfNumber(Type type, double number) {
  return std::isfinite(number) ? Constant{type, number, false, {}} : Constant();
}

bool IsZero(const std::optional<Constant>& c) { return c && IsNumeric(*c) && c->number == 0; }

// Requires numbers or durations; what cannot be joined is missing.
Constant Join(ExprKind kind, const Constant& a, const Constant& b) {
  const bool same = a.type == b.type;
  switch (kind) {
    case ExprKind::kAdd: return same ? OfNumber(a.type, a.number + b.number) : Constant();
    case ExprKind::kSubtract: return same ? OfNumber(a.type, a.number - b.number) : Constant();
    case ExprKind::kMultiply:
      if (same && a.type == Type::kDuration) return {};
      return OfNumber(same ? a.type : Type::kDuration, a.number * b.number);
    default:
      if (b.number == 0 || (!same && b.type == Type::kDuration)) return {};
      return OfNumber(same ? Type::kNumber : Type::kDuration, a.number / b.number);
  }
}

std::optional<Constant> Arithmetic(const Expr& expr, const File& file) {
  const auto a = ConstantOf(*expr.args[0], file);
  const auto b = ConstantOf(*expr.args[1], file);
  if ((a && !IsNumeric(*a)) || (b && !IsNumeric(*b))) return Constant();
  if (expr.kind == ExprKind::kDivide && IsZero(b)) return Constant();
  if (!a || !b) return std::nullopt;
  return Join(expr.kind, *a, *b);
}

bool Compared(ExprKind kind, const Constant& a, const Constant& b) {
  const bool unequal = kind == ExprKind::kNotEqual;
  if (a.type != b.type || a.type == Type::kNothing) return unequal;
  if (IsNumeric(a)) return Answer(CompareOf(kind), a.number, b.number);
  const bool equal = a.type == Type::kText ? a.text == b.text : a.boolean == b.boolean;
  return unequal ? !equal : kind == ExprKind::kEqual && equal;
}

std::optional<bool> Comparison(const Expr& expr, const File& file) {
  const auto a = ConstantOf(*expr.args[0], file);
  const auto b = ConstantOf(*expr.args[1], file);
  if (a && b) return Compared(expr.kind, *a, *b);
  const bool missing = (a && a->type == Type::kNothing) || (b && b->type == Type::kNothing);
  if (missing) return expr.kind == ExprKind::kNotEqual;
  const Expr& left = Inlined(*expr.args[0], file);
  const Expr& right = Inlined(*expr.args[1], file);
  if (b && IsNumeric(*b) && AlwaysHolds(expr.kind, left, b->number)) return true;
  if (a && IsNumeric(*a) && AlwaysHolds(Turned(expr.kind), right, a->number)) return true;
  // Nothing is below or above itself.
  const bool strict = expr.kind == ExprKind::kLess || expr.kind == ExprKind::kGreater;
  if (strict && !a && !b && Canonical(*expr.args[0], file) == Canonical(*expr.args[1], file))
    return false;
  return std::nullopt;
}

// contains and starts_with: false unless both are text.
std::optional<bool> TextTruth(const Expr& expr, const File& file) {
  const auto a = ConstantOf(*expr.args[0], file);
  const auto b = ConstantOf(*expr.args[1], file);
  if ((a && a->type != Type::kText) || (b && b->type != Type::kText)) return false;
  if (!a || !b) return std::nullopt;
  return expr.kind == ExprKind::kContains ? a->text.find(b->text) != std::string::npos
                                          : a->text.starts_with(b->text);
}

std::optional<bool> ListTruth(const Expr& expr, const File& file) {
  const auto value = ConstantOf(*expr.args[0], file);
  if (!value) return std::nullopt;
  bool known = true;
  for (size_t i = 1; i < expr.args.size(); ++i) {
    const auto item = ConstantOf(*expr.args[i], file);
    if (item && Compared(ExprKind::kEqual, *value, *item)) return true;
    known = known && (item || value->type == Type::kNothing);
  }
  return known ? std::optional<bool>(false) : std::nullopt;
}

// All of them (`all`), or any.
std::optional<bool> JoinedTruth(const Expr& expr, bool all, const File& file) {
  bool known = true;
  for (const ExprPtr& arg : expr.args) {
    const auto truth = TruthOf(*arg, file);
    if (truth && *truth != all) return truth;
    known = known && truth.has_value();
  }
  return known ? std::optional<bool>(all) : std::nullopt;
}

bool MatchesNothing(const Events& events, const File& file) {
  return events.where && Impossible(*events.where, file);
}

// a != "x" or a != "y": nothing is both.
bool DeniesTwo(const Expr& either, const File& file) {
  std::map<std::string, Constant> denied;  // by what is compared
  for (const ExprPtr& arg : either.args) {
    const Expr& part = Inlined(*arg, file);
    if (part.kind != ExprKind::kNotEqual) continue;
    const auto goal = ConstantOf(*part.args[1], file);
    if (!goal || goal->type == Type::kNothing) continue;
    const auto [at, is_new] = denied.emplace(Canonical(*part.args[0], file), *goal);
    if (!is_new && Compared(ExprKind::kNotEqual, at->second, *goal)) return true;
  }
  return false;
}

// Of nothing these are 0, the others missing.
std::optional<Constant> CallOfNothing(const Call& call, const File& file) {
  if (!MatchesNothing(call.events, file)) return std::nullopt;
  switch (call.function) {
    case Function::kCount:
    case Function::kSum:
    case Function::kDistinct:
    case Function::kRepeats: return OfNumber(Type::kNumber, 0);
    default: return Constant();
  }
}

bool CannotMatch(const Sequence& sequence, const File& file) {
  return LeavesItsPage(sequence) ||
         std::any_of(sequence.steps.begin(), sequence.steps.end(), [&](const Step& step) {
           return !step.negated && MatchesNothing(step.events, file);
         });
}

}  // namespace

std::optional<bool> TruthOf(const Expr& condition, const File& file) {
  const Expr& at = Inlined(condition, file);
  switch (at.kind) {
    case ExprKind::kNot: {
      const auto truth = TruthOf(*at.args[0], file);
      return truth ? std::optional<bool>(!*truth) : std::nullopt;
    }
    case ExprKind::kAnd: return JoinedTruth(at, true, file);
    case ExprKind::kOr:
      return DeniesTwo(at, file) ? std::optional<bool>(true) : JoinedTruth(at, false, file);
    case ExprKind::kContains:
    case ExprKind::kStartsWith: return TextTruth(at, file);
    case ExprKind::kIn: return ListTruth(at, file);
    case ExprKind::kSequence:
      return CannotMatch(*at.sequence, file) ? std::optional<bool>(false) : std::nullopt;
    case ExprKind::kMatches:
    case ExprKind::kExists: return std::nullopt;
    default: break;
  }
  if (IsCompare(at.kind)) return Comparison(at, file);
  const auto value = ConstantOf(at, file);
  if (!value) return std::nullopt;
  return value->type == Type::kBool && value->boolean;
}

std::optional<Constant> ConstantOf(const Expr& expr, const File& file) {
  const Expr& at = Inlined(expr, file);
  switch (at.kind) {
    case ExprKind::kNumber: return OfNumber(Type::kNumber, at.number);
    case ExprKind::kDuration: return OfNumber(Type::kDuration, static_cast<double>(at.duration));
    case ExprKind::kText: return Constant{Type::kText, 0, false, at.text};
    case ExprKind::kBool: return OfBool(at.boolean);
    case ExprKind::kCall: return CallOfNothing(*at.call, file);
    case ExprKind::kFact:
    case ExprKind::kEventProp:
    case ExprKind::kEventName:
    case ExprKind::kWhereProp: return std::nullopt;
    case ExprKind::kAdd:
    case ExprKind::kSubtract:
    case ExprKind::kMultiply:
    case ExprKind::kDivide: return Arithmetic(at, file);
    case ExprKind::kNegate: {
      const auto value = ConstantOf(*at.args[0], file);
      if (!value) return std::nullopt;
      return IsNumeric(*value) ? OfNumber(value->type, -value->number) : Constant();
    }
    default: break;
  }
  const auto truth = TruthOf(at, file);
  return truth ? std::optional<Constant>(OfBool(*truth)) : std::nullopt;
}

bool DividesByZero(const Expr& expr, const File& file) {
  const Expr& at = Inlined(expr, file);
  if (at.kind == ExprKind::kDivide && IsZero(ConstantOf(*at.args[1], file))) return true;
  return std::any_of(at.args.begin(), at.args.end(),
                     [&](const ExprPtr& arg) { return DividesByZero(*arg, file); });
}

}  // namespace vinkki::rules
