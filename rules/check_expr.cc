#include <algorithm>
#include <utility>

#include "rules/check.h"
#include "rules/expr_parser.h"
#include "rules/facts.h"
#include "rules/nearest.h"
#include "rules/print.h"
#include "rules/regex.h"

namespace vinkki::rules {
namespace {

constexpr uint32_t kMostLetHeight = 100;
constexpr uint32_t kMostDepth = 200;  // of an expression with its lets put in

bool IsOrder(ExprKind kind) {
  return kind == ExprKind::kLess || kind == ExprKind::kLessEqual || kind == ExprKind::kGreater ||
         kind == ExprKind::kGreaterEqual;
}

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

Known Of(Type type) {
  Known known;
  known.type = type;
  return known;
}

// The facts that begin with the same word: cart.value and others for cart.total.
std::vector<std::string_view> GroupOf(std::string_view name) {
  std::vector<std::string_view> group;
  for (const FactRow& row : Facts()) {
    if (row.name.starts_with(name.substr(0, name.find('.') + 1))) group.push_back(row.name);
  }
  return group;
}

// By what stands behind the dot: session.country is not session.entry.
std::string NearestIn(const std::vector<std::string_view>& group, std::string_view name) {
  const size_t dot = name.find('.') + 1;
  const size_t end = std::min(name.find('.', dot), name.size());
  std::vector<std::string_view> ends;
  for (const std::string_view one : group) ends.push_back(one.substr(dot));
  if (name.starts_with("visitor.")) ends.push_back("properties");
  const std::string_view nearest = Nearest(name.substr(dot, end - dot), ends, 2);
  if (nearest.empty()) return "";
  const std::string_view rest = nearest == "properties" ? name.substr(end) : "";
  return "; did you mean '" + std::string(name.substr(0, dot)) + std::string(nearest) +
         std::string(rest) + "'?";
}

// What a name with a dot most likely means that is no fact.
std::string HintForFact(const std::string& name) {
  const std::vector<std::string_view> group = GroupOf(name);
  if (name == "visitor.properties") return "; say which property: visitor.properties.tier";
  if (std::string near = NearestIn(group, name); !near.empty()) return near;
  if (name.starts_with("visitor.")) {
    return "; what `identify` brought is visitor.properties." + name.substr(8);
  }
  std::string list;
  for (const std::string_view one : group) list += (list.empty() ? "" : ", ") + std::string(one);
  if (!list.empty()) return "; there are " + list;
  std::vector<std::string_view> facts;
  for (const FactRow& row : Facts()) facts.push_back(row.name);
  if (std::string near = DidYouMean(name, facts); !near.empty()) return near;
  const auto& events = KnownEvents();
  if (std::find(events.begin(), events.end(), name.substr(0, name.find('.'))) != events.end()) {
    return "; a property of what happened is seen by a function: last(" + name + ", session)";
  }
  return "; facts begin with page, session, visitor, cart or event";
}

}  // namespace

uint32_t LengthOf(const Expr& expr) {
  const bool one_line = expr.end.line == expr.place.line && expr.end.column > expr.place.column;
  return one_line ? expr.end.column - expr.place.column : 1;
}

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kBool: return "true or false";
    case Type::kNumber: return "a number";
    case Type::kDuration: return "a duration";
    case Type::kText: return "text";
    default: return "a property";
  }
}

ExprChecker::ExprChecker(File* file, Regexes* regexes, Report* report)
    : file_(file), regexes_(regexes), report_(report) {
  lets_.resize(file->lets.size());
  for (uint32_t i = 0; i < file->lets.size(); ++i) names_.emplace(file->lets[i].name, i);
}

void ExprChecker::Error(const Expr& at, std::string message) {
  report_->Error(at.place, LengthOf(at), std::move(message));
}

void ExprChecker::CheckLets() {
  for (uint32_t i = 0; i < lets_.size(); ++i) {
    Let& let = file_->lets[i];
    const auto length = static_cast<uint32_t>(let.name.size());
    if (FindFact(let.name)) {
      report_->Error(let.place, length, Quoted(let.name) + " is a fact; a let needs another name");
    } else if (!IsBareName(let.name)) {
      report_->Error(let.place, length,
                     "the name of a let is a word of the letters a to z, digits and _, and none of "
                     "the language's own");
    }
    if (let.expr && lets_[i].state == State::kNew) OpenLet(i, *let.expr);
  }
}

// Visits a let, once. False when it leads back to itself.
bool ExprChecker::OpenLet(uint32_t index, const Expr& from) {
  LetInfo& info = lets_[index];
  if (info.state == State::kDone) return true;
  if (info.state == State::kOpen || open_.size() >= kMostLetHeight) {
    std::string chain;
    const auto begin = std::find(open_.begin(), open_.end(), index);
    for (auto i = begin; i != open_.end() && i - begin < 10; ++i) {
      chain += file_->lets[*i].name + " -> ";
    }
    Error(from, info.state == State::kOpen
                    ? "this let leads back to itself: " + chain + file_->lets[index].name
                    : "lets stand on each other more than 100 deep here");
    return false;
  }
  info.state = State::kOpen;
  open_.push_back(index);
  if (file_->lets[index].expr) info.known = Visit(file_->lets[index].expr.get());
  open_.pop_back();
  info.state = State::kDone;
  return true;
}

Known ExprChecker::VisitLet(Expr* expr) {
  const auto found = names_.find(expr->text);
  if (found == names_.end()) return VisitUnknown(expr);
  expr->let = found->second;
  lets_[expr->let].used = true;
  if (!OpenLet(expr->let, *expr)) return {};
  LetInfo& info = lets_[expr->let];
  if (!open_.empty()) {
    uint32_t& height = lets_[open_.back()].height;
    height = std::max(height, info.height + 1);
    if (height == kMostLetHeight + 1)
      Error(*expr, "lets stand on each other more than 100 deep here");
  }
  return info.known;
}

// A single name that is neither a fact nor a let.
Known ExprChecker::VisitUnknown(Expr* expr) {
  Error(*expr, "there is no fact and no let " + Quoted(expr->text) + HintForName(expr->text));
  return {};
}

Known ExprChecker::VisitFact(Expr* expr) {
  if (const FactRow* row = FindFact(expr->text)) return {row->type, row->grows, 1, 1};
  const std::string& name = expr->text;
  if (name.starts_with(kVisitorProperties)) return {Type::kAny, false, 1, 1};
  Error(*expr, "there is no fact " + Quoted(name) + HintForFact(name));
  return {};
}

Known ExprChecker::Visit(Expr* expr) {
  Known known = VisitKind(expr);
  if (known.type == Type::kBool) known.grows = false;
  if (known.size > kMostNodes || known.depth > kMostDepth) {
    Error(*expr, known.size > kMostNodes
                     ? "with its lets put in, this has more than 10,000 parts"
                     : "with its lets put in, this is nested deeper than 200 levels");
    known.size = 1;
    known.depth = 1;
  }
  expr->type = known.type;
  return known;
}

Known ExprChecker::VisitKind(Expr* expr) {
  switch (expr->kind) {
    case ExprKind::kNumber: return Of(Type::kNumber);
    case ExprKind::kDuration: return Of(Type::kDuration);
    case ExprKind::kText:
    case ExprKind::kEventName: return Of(Type::kText);
    case ExprKind::kBool: return Of(Type::kBool);
    case ExprKind::kEventProp:
    case ExprKind::kWhereProp: return Of(Type::kAny);
    case ExprKind::kFact: return VisitFact(expr);
    case ExprKind::kLet: return VisitLet(expr);
    case ExprKind::kCall: return VisitCall(expr);
    case ExprKind::kSequence: return VisitSequence(expr);
    case ExprKind::kNot: return VisitConditions(expr, "not");
    case ExprKind::kAnd: return VisitConditions(expr, "and");
    case ExprKind::kOr: return VisitConditions(expr, "or");
    case ExprKind::kIn: return VisitIn(expr);
    case ExprKind::kExists: return VisitExists(expr);
    case ExprKind::kContains:
    case ExprKind::kStartsWith:
    case ExprKind::kMatches: return VisitText(expr);
    case ExprKind::kNegate: return VisitNegate(expr);
    case ExprKind::kAdd:
    case ExprKind::kSubtract:
    case ExprKind::kMultiply:
    case ExprKind::kDivide: return VisitArithmetic(expr);
    default: return VisitComparison(expr);
  }
}

Known ExprChecker::VisitExists(Expr* expr) {
  Known known = VisitArgs(expr);
  known.type = Type::kBool;
  return known;
}

Known ExprChecker::VisitArgs(Expr* expr) {
  Known all;
  for (const ExprPtr& arg : expr->args) {
    const Known known = Visit(arg.get());
    all.grows = all.grows || known.grows;
    all.depth = std::max(all.depth, known.depth + 1);
    all.size += known.size;
  }
  return all;
}

Known ExprChecker::VisitConditions(Expr* expr, std::string_view what) {
  Known all = VisitArgs(expr);
  for (const ExprPtr& arg : expr->args) {
    if (arg->type == Type::kBool || arg->type == Type::kAny) continue;
    Error(*arg,
          Quoted(what) + " joins conditions; this is " + std::string(TypeName(arg->type)) +
              (arg->kind == ExprKind::kText && arg != expr->args[0]
                   ? ": write the comparison again, x == \"a\" " + std::string(what) + " x == \"b\""
                   : ", compare it with something"));
  }
  all.type = Type::kBool;
  return all;
}

void ExprChecker::CheckCondition(Expr* expr, std::string_view what) {
  Visit(expr);
  if (expr->type == Type::kBool || expr->type == Type::kAny) return;
  Error(*expr, std::string(what) + ": a condition is wanted; this is " +
                   std::string(TypeName(expr->type)) + ", compare it with something");
}

void ExprChecker::CheckWhere(Events* events, Known* known) {
  if (!events->where) return;
  const Known where = Visit(events->where.get());
  known->depth = std::max(known->depth, where.depth + 1);
  known->size += where.size;
  const Type type = events->where->type;
  if (type == Type::kBool || type == Type::kAny) return;
  Error(*events->where, "where: a condition is wanted; this is " + std::string(TypeName(type)) +
                            ", compare it with something");
}

Known ExprChecker::VisitCall(Expr* expr) {
  const FunctionRow& row = RowOf(expr->call->function);
  Known known{row.type, row.grows, 1, 1};
  CheckWhere(&expr->call->events, &known);
  return known;
}

Known ExprChecker::VisitSequence(Expr* expr) {
  Known known{Type::kBool, false, 1, 1};
  for (Step& step : expr->sequence->steps) {
    ++known.size;
    CheckWhere(&step.events, &known);
  }
  CheckSequence(*expr->sequence, expr->place, report_);
  return known;
}

Known ExprChecker::VisitNegate(Expr* expr) {
  Known all = VisitArgs(expr);
  const Type type = expr->args[0]->type;
  all.type = type == Type::kDuration ? Type::kDuration : Type::kNumber;
  if (type == Type::kText || type == Type::kBool) {
    Error(*expr, "'-' needs a number or a duration; this is " + std::string(TypeName(type)));
  }
  return all;
}

Known ExprChecker::VisitArithmetic(Expr* expr) {
  const Known left = Visit(expr->args[0].get());
  const Known right = Visit(expr->args[1].get());
  Known all{Type::kAny, left.grows || right.grows, std::max(left.depth, right.depth) + 1,
            left.size + right.size + 1};
  // Straight lines of time only (2).
  if (expr->kind == ExprKind::kMultiply && left.grows && right.grows) {
    Error(*expr, "both sides grow with the clock; their product is no straight line of time");
  } else if (expr->kind == ExprKind::kDivide && right.grows) {
    Error(*expr->args[1],
          "this grows with the clock; a quotient by it is no straight line of time");
  } else {
    all.type = ArithmeticType(*expr, left.type, right.type);
  }
  return all;
}

// kAny where it said what is wrong, so that nothing more is said of it.
Type ExprChecker::ArithmeticType(const Expr& expr, Type left, Type right) {
  const auto wrong = [](Type type) { return type == Type::kText || type == Type::kBool; };
  const bool left_duration = left == Type::kDuration;
  const bool right_duration = right == Type::kDuration;
  if (wrong(left) || wrong(right)) {
    Error(expr, "arithmetic needs numbers or durations; this is " +
                    std::string(TypeName(wrong(left) ? left : right)));
    return Type::kAny;
  }
  if (!left_duration && !right_duration) return Type::kNumber;
  if (expr.kind == ExprKind::kMultiply) {
    if (!left_duration || !right_duration) return Type::kDuration;
    Error(expr, "two durations cannot be multiplied");
  } else if (expr.kind == ExprKind::kDivide) {
    if (left_duration) return right_duration ? Type::kNumber : Type::kDuration;
    Error(expr, "a number cannot be divided by a duration");
  } else {
    if (left_duration && right_duration) return Type::kDuration;
    Error(expr,
          "a duration and a number cannot be added or subtracted; write the number as a "
          "duration (5s)");
  }
  return Type::kAny;
}

Known ExprChecker::VisitComparison(Expr* expr) {
  Known all = VisitArgs(expr);
  const Expr& left = *expr->args[0];
  const Expr& right = *expr->args[1];
  if (IsOrder(expr->kind)) {
    CheckOrder(*expr, left, right);
  } else {
    CheckEqual(*expr, left, right);
  }
  CheckBound(left, right);
  CheckBound(right, left);
  all.type = Type::kBool;
  return all;
}

void ExprChecker::CheckEqual(const Expr& at, const Expr& left, const Expr& right) {
  CheckWords(left, right);
  CheckWords(right, left);
  if (left.type == right.type || left.type == Type::kAny || right.type == Type::kAny) return;
  Error(at, "these are never equal: one side is " + std::string(TypeName(left.type)) +
                ", the other " + std::string(TypeName(right.type)));
}

void ExprChecker::CheckOrder(const Expr& at, const Expr& left, const Expr& right) {
  for (const Expr* side : {&left, &right}) {
    if (side->type != Type::kText && side->type != Type::kBool) continue;
    Error(*side,
          "only numbers and durations have an order; this is " + std::string(TypeName(side->type)));
    return;
  }
  if (left.type == right.type || left.type == Type::kAny || right.type == Type::kAny) return;
  const bool number_first = left.type == Type::kNumber;
  const Expr& number = number_first ? left : right;
  const Expr& duration = number_first ? right : left;
  const std::string said = "a number and a duration cannot be compared; ";
  if (number.percent) {
    Error(number, said + "write how long, such as 5s");
  } else if (number.kind == ExprKind::kNumber) {
    Error(number, said + "write the number as a duration (" + Source(number) + "s)");
  } else if (duration.kind == ExprKind::kDuration) {
    Error(duration, said + "the other side is a number, which has no unit");
  } else {
    Error(at, said + "a duration divided by 1ms is a number");
  }
}

const Expr& ExprChecker::Inlined(const Expr& expr) const {
  const Expr* at = &expr;
  for (uint32_t i = 0; i <= kMostLetHeight && at->kind == ExprKind::kLet; ++i) {
    if (at->let >= lets_.size() || lets_[at->let].state != State::kDone) break;
    const ExprPtr& next = file_->lets[at->let].expr;
    if (!next) break;
    at = next.get();
  }
  return *at;
}

// 10: a function over a sliding window that is compared with a literal sees k + 1 events.
void ExprChecker::CheckBound(const Expr& call, const Expr& other) {
  const Expr& function = Inlined(call);
  const Expr& literal = Inlined(other);
  if (function.kind != ExprKind::kCall || literal.kind != ExprKind::kNumber) return;
  const Call& what = *function.call;
  const bool counts = what.function == Function::kCount;
  const bool values = what.function == Function::kDistinct || what.function == Function::kRepeats;
  if (!counts && !values) return;
  const std::string name(RowOf(what.function).name);
  if (what.window.kind == Window::Kind::kDuration) {
    if (literal.number > kMostCounted) {
      Error(other, name +
                       " over a sliding window counts to 1,024 at most; compare it with less, or "
                       "take page, session or visitor as the window");
    }
  } else if (values && literal.number > kBound) {
    const std::string bound = std::to_string(kBound);
    report_->Warning(other.place, LengthOf(other),
                     name + " over page, session or visitor sees the " + bound +
                         " latest values; it never comes above " + bound);
  }
}

// A fact with few words, compared with another word.
void ExprChecker::CheckWords(const Expr& fact, const Expr& text) {
  const Expr& word = Inlined(text);
  const Expr& source = Inlined(fact);
  if (word.kind != ExprKind::kText || source.kind != ExprKind::kFact) return;
  std::vector<std::string_view> words;
  if (source.text == "visitor.identity") words = {"anonymous", "known", "strong"};
  if (source.text == "visitor.consent") words = {"off", "cookieless", "full"};
  if (words.empty() || std::find(words.begin(), words.end(), word.text) != words.end()) return;
  std::string list;
  for (const std::string_view w : words) list += (list.empty() ? "" : ", ") + std::string(w);
  report_->Warning(text.place, LengthOf(text),
                   source.text + " is one of " + list + DidYouMean(word.text, words));
}

Known ExprChecker::VisitText(Expr* expr) {
  Known all = VisitArgs(expr);
  const std::string_view what = expr->kind == ExprKind::kContains     ? "contains"
                                : expr->kind == ExprKind::kStartsWith ? "starts_with"
                                                                      : "matches";
  for (const ExprPtr& arg : expr->args) {
    if (arg->type == Type::kText || arg->type == Type::kAny) continue;
    Error(*arg, Quoted(what) + " looks into text; this is " + std::string(TypeName(arg->type)));
  }
  if (expr->kind == ExprKind::kMatches) {
    const Result<Regex>& regex = regexes_->Add(expr->text);
    if (!regex.ok()) {
      const auto length = static_cast<uint32_t>(expr->text.size() + 2);
      report_->Error(expr->pattern, length, regex.status().message());
    }
  }
  all.type = Type::kBool;
  return all;
}

Known ExprChecker::VisitIn(Expr* expr) {
  Known all = VisitArgs(expr);
  const Expr& left = *expr->args[0];
  for (size_t i = 1; i < expr->args.size(); ++i) {
    const Expr& value = *expr->args[i];
    CheckEqual(value, left, value);
    CheckBound(left, value);
    CheckBound(value, left);
  }
  all.type = Type::kBool;
  return all;
}

}  // namespace vinkki::rules
