#include "rules/conjunction.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "rules/compare.h"
#include "rules/constant.h"
#include "rules/facts.h"
#include "rules/print.h"

namespace vinkki::rules {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What a fact is compared with, where it is known beforehand: 90s, 2 * 5s, "a".
std::optional<Constant> GoalOf(const Expr& expr, const File& file) {
  auto goal = ConstantOf(expr, file);
  const bool useful = goal && (goal->type == Type::kNumber || goal->type == Type::kDuration ||
                               goal->type == Type::kText);
  return useful ? std::move(goal) : std::nullopt;
}

bool IsFactLike(const Expr& expr) {
  return expr.kind == ExprKind::kFact || expr.kind == ExprKind::kCall ||
         expr.kind == ExprKind::kEventName || expr.kind == ExprKind::kEventProp ||
         expr.kind == ExprKind::kWhereProp;
}

bool IsCount(const Expr& fact) {
  if (fact.kind == ExprKind::kFact) {
    return fact.text == "session.pages" || fact.text == "visitor.visits" ||
           fact.text == "visitor.purchases";
  }
  if (fact.kind != ExprKind::kCall) return false;
  const Function function = fact.call->function;
  return function == Function::kCount || function == Function::kDistinct ||
         function == Function::kRepeats;
}

// Steadily, so that it passes through a range once. `dwell` stands still now and then.
bool Grows(const Expr& fact) {
  if (fact.kind == ExprKind::kCall) return fact.call->function == Function::kSince;
  return fact.kind == ExprKind::kFact &&
         (fact.text == "idle" || fact.text == "session.duration" || fact.text == "cart.age");
}

// What a fact can be at all.
Allowed Range(const Expr& fact) {
  Allowed allowed;
  allowed.whole = IsCount(fact);
  allowed.grows = Grows(fact);
  const bool number = fact.kind == ExprKind::kFact && fact.type == Type::kNumber;
  if (fact.type == Type::kDuration || number || allowed.whole) allowed.AtLeast(0, false);
  if (fact.kind == ExprKind::kFact && fact.text == "potential") allowed.AtMost(1, false);
  if (fact.kind == ExprKind::kFact && fact.text == "visitor.visits") allowed.AtLeast(1, false);
  if (allowed.whole && IsOfOnePage(fact)) allowed.AtMost(1, false);
  return allowed;
}

// A number at every moment.
bool NeverMissing(const Expr& fact) {
  if (fact.kind == ExprKind::kFact) {
    return fact.text == "cart.value" || fact.text == "cart.items" ||
           fact.text == "visitor.visits" || fact.text == "visitor.purchases";
  }
  return fact.kind == ExprKind::kCall && IsCount(fact);
}

void Restrict(Allowed* allowed, ExprKind kind, double value) {
  const bool equal = kind == ExprKind::kEqual;
  if (equal || kind == ExprKind::kGreaterEqual || kind == ExprKind::kGreater) {
    allowed->AtLeast(value, kind == ExprKind::kGreater);
  }
  if (equal || kind == ExprKind::kLessEqual || kind == ExprKind::kLess) {
    allowed->AtMost(value, kind == ExprKind::kLess);
  }
}

}  // namespace

bool AlwaysHolds(ExprKind kind, const Expr& fact, double goal) {
  if (!NeverMissing(fact)) return false;
  Allowed otherwise = Range(fact);
  Restrict(&otherwise, Opposite(kind), goal);
  return otherwise.Empty();
}

bool IsOfOnePage(const Expr& fact) {
  if (fact.kind != ExprKind::kCall || fact.call->window.kind != Window::Kind::kPage) return false;
  const Events& events = fact.call->events;
  return !events.any && events.names.size() == 1 && events.names[0] == "page_view";
}

bool LeavesItsPage(const Sequence& sequence) {
  if (sequence.within.kind != Window::Kind::kPage) return false;
  bool first = true;
  for (const Step& step : sequence.steps) {
    if (step.negated) continue;
    const std::vector<std::string>& names = step.events.names;
    const bool begins_page =
        !step.events.any && std::all_of(names.begin(), names.end(), [](const std::string& name) {
          return name == "page_view";
        });
    if (begins_page && (!first || step.times > 1)) return true;
    first = false;
  }
  return false;
}

const Expr& Inlined(const Expr& expr, const File& file) {
  const Expr* at = &expr;
  while (at->kind == ExprKind::kLet) at = file.lets[at->let].expr.get();
  return *at;
}

void Conjuncts(const Expr& expr, const File& file, std::vector<const Expr*>* out) {
  const Expr& at = Inlined(expr, file);
  if (at.kind != ExprKind::kAnd) return out->push_back(&at);
  for (const ExprPtr& arg : at.args) Conjuncts(*arg, file, out);
}

Allowed::Allowed() : low(-kInfinity), high(kInfinity) {}

void Allowed::AtLeast(double value, bool open) {
  if (value < low || (value == low && !open)) return;
  low = value;
  low_open = open;
}

void Allowed::AtMost(double value, bool open) {
  if (value > high || (value == high && !open)) return;
  high = value;
  high_open = open;
}

void Allowed::OneOf(std::set<std::string> words) {
  if (texts) std::erase_if(words, [&](const std::string& word) { return !texts->contains(word); });
  texts = std::move(words);
}

bool Demand::Meets(const std::string& word) const {
  const bool is = kind == ExprKind::kEqual        ? word == text
                  : kind == ExprKind::kStartsWith ? word.starts_with(text)
                                                  : word.find(text) != std::string::npos;
  return is != denied;
}

bool Demand::Excludes(const Demand& other) const {
  if (denied) return !other.denied && other.Excludes(*this);
  const bool both_begin = kind == ExprKind::kStartsWith && other.kind == ExprKind::kStartsWith;
  if (!other.denied) {
    return both_begin && !text.starts_with(other.text) && !other.text.starts_with(text);
  }
  if (other.kind == ExprKind::kStartsWith) return both_begin && text.starts_with(other.text);
  return other.kind == ExprKind::kContains && text.find(other.text) != std::string::npos;
}

bool Allowed::Empty() const {
  const auto meets_all = [&](const std::string& word) {
    return std::all_of(demands.begin(), demands.end(),
                       [&](const Demand& demand) { return demand.Meets(word); });
  };
  if (texts && std::none_of(texts->begin(), texts->end(), meets_all)) return true;
  if (!whole) return low > high || (low == high && (low_open || high_open));
  const double first = low_open ? std::floor(low) + 1 : std::ceil(low);
  const double last = high_open ? std::ceil(high) - 1 : std::floor(high);
  return first > last;
}

Allowed* Conjunction::Of(const Expr& fact) {
  const std::string key = Canonical(fact, file_);
  const auto [at, is_new] = allowed_.emplace(key, Allowed());
  if (is_new) at->second = Range(fact);
  if (is_new && at->second.grows) written_[key] = Source(fact);
  return &at->second;
}

bool Conjunction::Add(const Expr& part) {
  if (const auto truth = TruthOf(part, file_)) return *truth;
  if (!AddSaid(part)) return false;
  if (part.kind == ExprKind::kIn) return AddWords(part);
  if (!AddDemand(part)) return false;
  if (!IsCompare(part.kind)) return true;
  const Expr& left = Inlined(*part.args[0], file_);
  const Expr& right = Inlined(*part.args[1], file_);
  if (const auto goal = GoalOf(right, file_)) return AddComparison(part.kind, left, *goal);
  if (const auto goal = GoalOf(left, file_)) return AddComparison(Turned(part.kind), right, *goal);
  return true;
}

bool Conjunction::AddComparison(ExprKind kind, const Expr& fact, const Constant& goal) {
  if (!IsFactLike(fact)) return true;
  Allowed* allowed = Of(fact);
  if (goal.type == Type::kText) {
    if (kind == ExprKind::kEqual) allowed->OneOf({goal.text});
    return !allowed->Empty();
  }
  Restrict(allowed, kind, goal.number);
  return !allowed->Empty();
}

// fact in ["a", "b"]
bool Conjunction::AddWords(const Expr& part) {
  const Expr& fact = Inlined(*part.args[0], file_);
  if (!IsFactLike(fact)) return true;
  std::set<std::string> words;
  for (size_t i = 1; i < part.args.size(); ++i) {
    const Expr& word = Inlined(*part.args[i], file_);
    if (word.kind != ExprKind::kText) return true;
    words.insert(word.text);
  }
  Allowed* allowed = Of(fact);
  allowed->OneOf(std::move(words));
  return !allowed->Empty();
}

// fact starts_with "a", fact contains "a", not fact == "a"
bool Conjunction::AddDemand(const Expr& part) {
  const Expr* said = &part;
  bool denied = false;
  for (; said->kind == ExprKind::kNot; denied = !denied) said = &Inlined(*said->args[0], file_);
  Demand demand{said->kind, "", denied};
  if (said->kind == ExprKind::kNotEqual) demand = {ExprKind::kEqual, "", !denied};
  const bool known = demand.kind == ExprKind::kStartsWith || demand.kind == ExprKind::kContains ||
                     (demand.kind == ExprKind::kEqual && demand.denied);
  if (!known) return true;
  const Expr& fact = Inlined(*said->args[0], file_);
  const auto goal = GoalOf(*said->args[1], file_);
  if (!IsFactLike(fact) || !goal || goal->type != Type::kText) return true;
  demand.text = goal->text;
  Allowed* allowed = Of(fact);
  for (const Demand& other : allowed->demands) {
    if (demand.Excludes(other)) return false;
  }
  allowed->demands.push_back(std::move(demand));
  return !allowed->Empty();
}

// x beside not x, and x == y beside x != y.
bool Conjunction::AddSaid(const Expr& part) {
  const Expr* said = &part;
  bool denied = false;
  while (said->kind == ExprKind::kNot) {
    said = &Inlined(*said->args[0], file_);
    denied = !denied;
  }
  std::string key = Canonical(*said, file_);
  if (said->kind == ExprKind::kEqual || said->kind == ExprKind::kNotEqual) {
    key = "== " + Canonical(*said->args[0], file_) + " " + Canonical(*said->args[1], file_);
    denied = denied != (said->kind == ExprKind::kNotEqual);
  }
  if ((denied ? said_ : denied_).contains(key)) return false;
  (denied ? denied_ : said_).insert(std::move(key));
  return true;
}

const Expr* Impossible(const Expr& condition, const File& file) {
  const Expr& at = Inlined(condition, file);
  if (at.kind == ExprKind::kOr) {
    const Expr* found = nullptr;
    for (const ExprPtr& arg : at.args) {
      found = Impossible(*arg, file);
      if (!found) return nullptr;
    }
    return found;
  }
  std::vector<const Expr*> parts;
  Conjuncts(at, file, &parts);
  Conjunction conjunction(file);
  for (const Expr* part : parts) {
    if (!conjunction.Add(*part)) return part;
    if (part->kind == ExprKind::kOr) {
      if (const Expr* found = Impossible(*part, file)) return found;
    }
  }
  return nullptr;
}

std::optional<Conjunction::Passage> Conjunction::ShortestPassage() const {
  std::optional<Passage> shortest;
  for (const auto& [key, fact] : written_) {
    const Allowed& allowed = allowed_.at(key);
    const double first = std::floor(allowed.low) + (allowed.low_open ? 1 : 0);
    // From 0 on, what puts it back to 0 makes no break.
    if (first <= 0 || allowed.high == kInfinity) continue;
    const double end = std::floor(allowed.high) + (allowed.high_open ? 0 : 1);
    const auto length = static_cast<Millis>(end - first);
    if (!shortest || length < shortest->length) shortest = Passage{length, fact};
  }
  return shortest;
}

}  // namespace vinkki::rules
