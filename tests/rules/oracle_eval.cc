// Expressions (rules.md 7-10) and functions over windows (4, 8, 10), straight from the tree.
#include <re2/re2.h>

#include <algorithm>
#include <cmath>

#include "tests/rules/oracle.h"

namespace vinkki::rules::oracle {
namespace {

constexpr size_t kBound = 64;

const Expr& Named(const File& file, const Expr& e) {
  return e.kind == ExprKind::kLet ? Named(file, *file.lets[e.let].expr) : e;
}

// 7: a number that is a property, compared with a duration, is milliseconds.
bool IsProperty(const File& file, const Expr& written) {
  const Expr& e = Named(file, written);
  if (e.kind == ExprKind::kEventProp || e.kind == ExprKind::kWhereProp) return true;
  if (e.kind == ExprKind::kFact) return e.text.rfind("visitor.properties.", 0) == 0;
  return e.kind == ExprKind::kCall &&
         (e.call->function == Function::kFirst || e.call->function == Function::kLast);
}

// 7: values of different kinds, or a missing one, are not equal.
bool Equal(const Datum& a, const Datum& b) {
  if (a.missing() || a.kind != b.kind) return false;
  switch (a.kind) {
    case Datum::Kind::kBool: return a.boolean == b.boolean;
    case Datum::Kind::kText: return a.text == b.text;
    default: return a.number == b.number;
  }
}

// 7: only numbers and durations have an order.
bool Ordered(ExprKind kind, const Datum& a, const Datum& b) {
  if (a.kind != b.kind || !(a.is_number() || a.is_duration())) return false;
  switch (kind) {
    case ExprKind::kLess: return a.number < b.number;
    case ExprKind::kLessEqual: return a.number <= b.number;
    case ExprKind::kGreater: return a.number > b.number;
    default: return a.number >= b.number;
  }
}

Datum OrMissing(Datum d) { return std::isfinite(d.number) ? d : Datum::Missing(); }

}  // namespace

Datum Moment::Eval(const File& file, const Expr& e, const Event* where) const {
  switch (e.kind) {
    case ExprKind::kNumber: return Datum::Number(e.number);
    case ExprKind::kDuration: return Datum::Duration(static_cast<double>(e.duration));
    case ExprKind::kText: return Datum::Text(e.text);
    case ExprKind::kBool: return Datum::Bool(e.boolean);
    case ExprKind::kFact: return Fact(e.text);
    case ExprKind::kEventProp:  // 3: missing but at the instant of the event
      return with_event_ ? event(applied_ - 1).Get(e.text) : Datum::Missing();
    case ExprKind::kEventName:
      return with_event_ ? Datum::Text(event(applied_ - 1).name) : Datum::Missing();
    case ExprKind::kWhereProp: return where->Get(e.text);
    case ExprKind::kLet: return Eval(file, *file.lets[e.let].expr, where);
    case ExprKind::kNot:
    case ExprKind::kAnd:
    case ExprKind::kOr: return Condition(file, e, where);
    case ExprKind::kNegate:
    case ExprKind::kAdd:
    case ExprKind::kSubtract:
    case ExprKind::kMultiply:
    case ExprKind::kDivide: return Arithmetic(file, e, where);
    case ExprKind::kExists: return Datum::Bool(!Eval(file, *e.args[0], where).missing());
    case ExprKind::kCall: return CallOf(file, *e.call, 0);
    case ExprKind::kSequence: return Datum::Bool(SequenceHolds(file, *e.sequence));
    default: return Comparison(file, e, where);
  }
}

// 7: where a condition is wanted, only true counts as true.
Datum Moment::Condition(const File& file, const Expr& e, const Event* where) const {
  const bool first = Eval(file, *e.args[0], where).is_true();
  if (e.kind == ExprKind::kNot) return Datum::Bool(!first);
  bool result = first;
  for (size_t i = 1; i < e.args.size() && result == (e.kind == ExprKind::kAnd); ++i) {
    result = Eval(file, *e.args[i], where).is_true();
  }
  return Datum::Bool(result);
}

// 7: arithmetic with a missing value or another kind, and a division by zero, is missing.
Datum Moment::Arithmetic(const File& file, const Expr& e, const Event* where) const {
  const Datum a = Eval(file, *e.args[0], where);
  if (e.kind == ExprKind::kNegate) {
    if (a.is_number()) return Datum::Number(-a.number);
    return a.is_duration() ? Datum::Duration(-a.number) : Datum::Missing();
  }
  const Datum b = Eval(file, *e.args[1], where);
  const bool numbers = a.is_number() && b.is_number();
  const bool durations = a.is_duration() && b.is_duration();
  const bool scaled = a.is_duration() && b.is_number();
  const double x = a.number, y = b.number;
  switch (e.kind) {
    case ExprKind::kAdd:
    case ExprKind::kSubtract: {
      const double r = e.kind == ExprKind::kAdd ? x + y : x - y;
      if (numbers) return OrMissing(Datum::Number(r));
      return durations ? OrMissing(Datum::Duration(r)) : Datum::Missing();
    }
    case ExprKind::kMultiply:
      if (numbers) return OrMissing(Datum::Number(x * y));
      if (scaled || (a.is_number() && b.is_duration())) return OrMissing(Datum::Duration(x * y));
      return Datum::Missing();
    default:
      if (y == 0) return Datum::Missing();
      if (numbers || durations) return OrMissing(Datum::Number(x / y));
      return scaled ? OrMissing(Datum::Duration(x / y)) : Datum::Missing();
  }
}

Datum Moment::Comparison(const File& file, const Expr& e, const Event* where) const {
  // 10: a function compared with a literal of 64 or more sees one more than that.
  const auto value = [&](const Expr& side, const Expr* other) {
    const Expr& named = Named(file, side);
    if (named.kind != ExprKind::kCall || other == nullptr) return Eval(file, side, where);
    const Expr& literal = Named(file, *other);
    return CallOf(file, *named.call, literal.kind == ExprKind::kNumber ? literal.number : 0);
  };
  const auto as_duration = [&](Datum* d, const Expr& side, const Datum& other) {
    if (d->is_number() && other.is_duration() && IsProperty(file, side)) {
      d->kind = Datum::Kind::kDuration;
    }
  };
  const Expr& left = *e.args[0];
  if (e.kind == ExprKind::kMatches) {  // 9: anywhere
    const Datum a = Eval(file, left, where);
    return Datum::Bool(a.is_text() && RE2::PartialMatch(a.text, RE2(e.text)));
  }
  if (e.kind == ExprKind::kIn) {
    bool in = false;
    const Expr* largest = nullptr;  // 10: of the list's numbers, what a function is compared with
    for (size_t i = 1; i < e.args.size(); ++i) {
      const Expr& item = Named(file, *e.args[i]);
      if (item.kind != ExprKind::kNumber) continue;
      if (largest == nullptr || item.number > largest->number) largest = &item;
    }
    for (size_t i = 1; i < e.args.size(); ++i) {
      Datum a = value(left, largest), b = Eval(file, *e.args[i], where);
      as_duration(&a, left, b);
      as_duration(&b, *e.args[i], a);
      in = in || Equal(a, b);
    }
    return Datum::Bool(in);
  }
  const Expr& right = *e.args[1];
  Datum a = value(left, &right), b = value(right, &left);
  as_duration(&a, left, b);
  as_duration(&b, right, a);
  const bool texts = a.is_text() && b.is_text();
  switch (e.kind) {
    case ExprKind::kEqual: return Datum::Bool(Equal(a, b));
    case ExprKind::kNotEqual: return Datum::Bool(!Equal(a, b));
    case ExprKind::kContains: return Datum::Bool(texts && a.text.find(b.text) != std::string::npos);
    case ExprKind::kStartsWith: return Datum::Bool(texts && a.text.rfind(b.text, 0) == 0);
    default: return Datum::Bool(Ordered(e.kind, a, b));
  }
}

// 4 and 5
std::vector<size_t> Moment::InWindow(const Window& window) const {
  size_t begin = 0;
  if (window.kind == Window::Kind::kSession) begin = InSession() ? SessionStart() : applied_;
  if (window.kind == Window::Kind::kPage) {
    begin = applied_;
    for (size_t i = 0; i < applied_; ++i) {
      if (event(i).name == "page_view") begin = i;
    }
  }
  std::vector<size_t> out;
  for (size_t i = begin; i < applied_; ++i) {
    if (window.kind == Window::Kind::kDuration && event(i).at <= now_ - window.length) continue;
    out.push_back(i);
  }
  return out;
}

bool Moment::Matches(const File& file, const Events& events, size_t i) const {
  const Event& e = event(i);
  const auto& names = events.names;
  if (!events.any && std::find(names.begin(), names.end(), e.name) == names.end()) return false;
  return !events.where || Eval(file, *events.where, &e).is_true();
}

// 8 and 10. `literal`: what the function is compared with, 0 when with none.
Datum Moment::CallOf(const File& file, const Call& call, double literal) const {
  const Function f = call.function;
  if (f == Function::kSince) {
    for (size_t i = applied_; i-- > 0;) {
      if (Matches(file, call.events, i)) {
        return Datum::Duration(static_cast<double>(now_ - event(i).at));
      }
    }
    return Datum::Missing();
  }
  const bool adds = f == Function::kSum || f == Function::kAvg;
  const bool numeric = adds || f == Function::kMin || f == Function::kMax;
  std::vector<Datum> seen;
  for (size_t i : InWindow(call.window)) {
    if (!Matches(file, call.events, i)) continue;
    const Datum d = f == Function::kCount ? Datum::Bool(true) : event(i).Get(call.property);
    __int128 ignored;
    if (d.missing() || (numeric && !d.is_number())) continue;
    if (adds && !Millionths(d.number, &ignored)) continue;
    seen.push_back(d);
  }
  const bool sliding = call.window.kind == Window::Kind::kDuration;
  const bool values = f == Function::kDistinct || f == Function::kRepeats;
  size_t bound = sliding || values ? kBound : seen.size();
  if (sliding && (values || f == Function::kCount) && literal >= 64) {
    bound = static_cast<size_t>(literal) + 1;
  }
  if (seen.size() > bound) seen.erase(seen.begin(), seen.end() - static_cast<long>(bound));
  return Aggregate(f, seen);
}

Datum Moment::Aggregate(Function function, const std::vector<Datum>& seen) const {
  const auto count = [&](const Datum& d) {
    return std::count_if(seen.begin(), seen.end(), [&](const Datum& o) { return Equal(d, o); });
  };
  const bool values = function == Function::kDistinct || function == Function::kRepeats;
  double most = 0, different = 0;
  __int128 sum = 0, one = 0;
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < seen.size(); ++i) {
    if (values) most = std::max(most, static_cast<double>(count(seen[i])));
    bool before = false;
    for (size_t j = 0; values && j < i; ++j) before = before || Equal(seen[j], seen[i]);
    if (!before) ++different;
    if (seen[i].is_number() && Millionths(seen[i].number, &one)) sum += one;
    low = std::min(low, seen[i].number);
    high = std::max(high, seen[i].number);
  }
  const double size = static_cast<double>(seen.size());
  switch (function) {
    case Function::kCount: return Datum::Number(size);
    case Function::kDistinct: return Datum::Number(different);
    case Function::kRepeats: return Datum::Number(most);
    case Function::kSum: return Datum::Number(NearestDouble(sum));
    default: break;
  }
  if (seen.empty()) return Datum::Missing();
  switch (function) {
    case Function::kAvg: return Datum::Number(NearestDouble(sum) / size);
    case Function::kMin: return Datum::Number(low);
    case Function::kMax: return Datum::Number(high);
    case Function::kFirst: return seen.front();
    default: return seen.back();
  }
}

}  // namespace vinkki::rules::oracle
