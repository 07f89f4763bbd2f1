#include "rules/clause_words.h"

#include <algorithm>
#include <cmath>

#include "rules/compare.h"
#include "rules/facts.h"
#include "rules/words.h"

namespace vinkki::rules {
namespace {

using Kind = ClauseShape::Kind;
using Subject = ClauseShape::Subject;
using Value = Operand::Kind;

bool IsMoney(const ClauseShape& shape) { return shape.name == "cart.value"; }

std::string Behind(std::string_view currency) {
  return currency.empty() ? "" : " " + std::string(currency);
}

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

Millis Whole(double ms) { return static_cast<Millis>(std::llround(ms)); }

// A number of the clause's kind: an amount, a duration, a share, or plain.
std::string Amount(const ClauseShape& shape, bool duration, double number,
                   std::string_view currency) {
  if (duration) return Spoken(Whole(number));
  if (shape.percent) return SpokenShare(number);
  return SpokenNumber(number) + (IsMoney(shape) ? Behind(currency) : "");
}

std::string ValueOf(const ClauseReading& clause, std::string_view currency) {
  const Operand& value = clause.value;
  switch (value.kind) {
    case Value::kMissing: return "not known";
    case Value::kBool: return value.boolean ? "true" : "false";
    case Value::kText: return std::string(value.text);
    default: break;
  }
  const bool duration = value.kind == Value::kDuration || clause.shape->duration;
  return Amount(*clause.shape, duration, value.number, currency);
}

bool IsCounted(Subject subject) {
  return subject == Subject::kCount || subject == Subject::kDistinct ||
         subject == Subject::kRepeats;
}

const std::string& Form(const ClauseShape& shape, double n) {
  return n == 1 ? shape.one : shape.many;
}

std::string SayCounted(const ClauseReading& clause) {
  const ClauseShape& shape = *clause.shape;
  const double n = clause.value.number;
  if (shape.subject == Subject::kRepeats) {
    if (n == 0) return "no item twice" + shape.window;
    return shape.one + " " + SpokenNumber(n) + (n == 1 ? " time" : " times") + shape.window;
  }
  return (n == 0 ? "no" : SpokenNumber(n)) + " " + Form(shape, n == 0 ? 1 : n) + shape.window;
}

std::string SayFact(const ClauseReading& clause, std::string_view currency) {
  const ClauseShape& shape = *clause.shape;
  const std::string value = ValueOf(clause, currency);
  if (shape.name == "idle") return "no sign of life for " + value;
  if (shape.name == "dwell") return value + " on this page";
  if (shape.name == "session.duration") return value + " in this visit";
  if (shape.name == "session.pages") {
    return value + (clause.value.number == 1 ? " page" : " pages") + " in this visit";
  }
  if (shape.name == "visitor.visits" || shape.name == "visitor.purchases") {
    const std::string one = shape.name == "visitor.visits" ? " visit" : " purchase";
    return value + one + (clause.value.number == 1 ? "" : "s");
  }
  if (shape.name == "cart.items") {
    return value + (clause.value.number == 1 ? " piece" : " pieces") + " in the cart";
  }
  if (shape.name == "cart.age") return "cart filled for " + value;
  if (shape.name == "cart.value" && clause.value.number == 0) return "cart empty";
  return shape.one + " " + value;
}

std::string SaySteps(const ClauseShape& shape, size_t from, size_t to) {
  std::string out;
  for (size_t i = from; i < to && i < shape.steps.size(); ++i) {
    out += (i > from ? ", then " : "") + shape.steps[i];
  }
  return out;
}

// Its steps from one on, and what holds for all of them.
std::string SayFrom(const ClauseShape& shape, size_t step) {
  std::string out = SaySteps(shape, step, shape.steps.size());
  if (!shape.ending.empty()) out += ", then " + shape.ending;
  return shape.key.empty() ? out : out + " (" + shape.key + ")";
}

// " in 5 min" or " within 5 min" behind what may end in "with no purchase between".
std::string WithTime(const std::string& text, const std::string& time) {
  return text + (text.ends_with(" between") && !time.empty() ? "," : "") + time;
}

std::string SaySequence(const ClauseShape& shape) {
  return WithTime(SayFrom(shape, 0), shape.window);
}

// ---- what is missing ----

// "needs one more", "needs 2 more".
std::string NeedsMore(double n) {
  return n == 1 ? "needs one more" : "needs " + SpokenNumber(n) + " more";
}

// What it can count at all: of different values it keeps the latest, over a duration as many as the
// goal wants (Exact meaning, 10).
bool IsWithinReach(const ClauseShape& shape, double goal) {
  const bool values = shape.subject == Subject::kDistinct || shape.subject == Subject::kRepeats;
  const bool lasting = shape.on_page || shape.window == SpokenWindow(Window{}) ||
                       shape.window == SpokenWindow({Window::Kind::kVisitor, 0});
  return !values || !lasting || goal <= kBound;
}

// A count that has to grow: "2 of 3 form errors in 2 min; needs one more".
Missing MoreOfCount(const ClauseReading& clause, double goal) {
  const ClauseShape& shape = *clause.shape;
  const double n = clause.value.number;
  Missing missing;
  const std::string before = clause.before_pages ? "no page_view yet; " : "";
  const std::string of = SpokenNumber(n) + " of " + SpokenNumber(goal);
  missing.text =
      before + (shape.subject == Subject::kRepeats ? shape.one + " " + of + " times" + shape.window
                                                   : of + " " + Form(shape, goal) + shape.window);
  if (!IsWithinReach(shape, goal)) {
    missing.text += "; cannot be reached: the latest " + std::to_string(kBound) + " are seen";
    return missing;
  }
  missing.text += "; " + NeedsMore(goal - n);
  if (n > 0) missing.before = clause.value_until;
  return missing;
}

// A count that has to be at most `goal`.
Missing LessOfCount(const ClauseReading& clause, double goal) {
  Missing missing;
  missing.text = SayCounted(clause) + "; ";
  missing.text += goal <= 0 ? "must be none" : "must be at most " + SpokenNumber(goal);
  missing.at = clause.changes_at;
  return missing;
}

Missing MissingCount(const ClauseReading& clause, ExprKind op) {
  const double goal = clause.shape->goal;
  const double n = clause.value.number;
  switch (op) {
    case ExprKind::kGreaterEqual: return MoreOfCount(clause, std::ceil(goal));
    case ExprKind::kGreater: return MoreOfCount(clause, std::floor(goal) + 1);
    case ExprKind::kLess: return LessOfCount(clause, std::ceil(goal) - 1);
    case ExprKind::kLessEqual: return LessOfCount(clause, std::floor(goal));
    case ExprKind::kEqual: return n < goal ? MoreOfCount(clause, goal) : LessOfCount(clause, goal);
    default: return {SayCounted(clause) + "; must be more or fewer", kNever, clause.changes_at};
  }
}

std::string GoalOf(const ClauseShape& shape, ExprKind op, std::string_view currency) {
  const std::string goal = shape.goal_text.empty()
                               ? Amount(shape, shape.duration, shape.goal, currency)
                               : shape.goal_text;
  switch (op) {
    case ExprKind::kNotEqual: return "must not be " + goal;
    case ExprKind::kLess: return "must be under " + goal;
    case ExprKind::kLessEqual: return "must be at most " + goal;
    case ExprKind::kGreater: return "needs more than " + goal;
    default: return "needs " + goal;
  }
}

// What its subject is now: "cart 20", "idle for 5 s", "no search yet".
std::string NowOf(const ClauseReading& clause, std::string_view currency) {
  const ClauseShape& shape = *clause.shape;
  const bool since = shape.subject == Subject::kSince;
  if (clause.value.missing()) return since ? "no " + shape.one + " yet" : shape.one + " not known";
  const std::string value = ValueOf(clause, currency);
  if (since) return value + " since the last " + shape.one;
  if (shape.name == "idle") return "idle for " + value;
  return shape.one + " " + value + shape.window;
}

// Whether more of the same brings it: of a sum or a cart, but not of a highest price or a ratio.
bool AddsUp(const ClauseShape& shape) {
  return shape.subject == Subject::kFact || shape.name.starts_with("sum(");
}

Missing MissingCompare(const ClauseReading& clause, ExprKind op, std::string_view currency) {
  const ClauseShape& shape = *clause.shape;
  const Operand& value = clause.value;
  if (IsCounted(shape.subject)) return MissingCount(clause, op);
  if (value.kind == Operand::Kind::kText && shape.goal_text.empty()) {
    return {shape.one + " " + Quoted(value.text) + " is a text; " + GoalOf(shape, op, currency)};
  }
  const std::string now = NowOf(clause, currency) + "; ";
  if (clause.growth.since != kNever) {
    return {now + GoalOf(shape, op, currency), kNever, clause.changes_at, clause.growth,
            ValueOf(clause, currency)};
  }
  // Of a share "5% more" could mean two things.
  const bool amount = value.kind == Value::kNumber && !shape.duration && !shape.percent &&
                      shape.goal_text.empty() && AddsUp(shape);
  if (amount && op == ExprKind::kGreaterEqual) {
    const double more = shape.goal - value.number;
    return {now + "needs " + Amount(shape, false, more, currency) + " more", kNever,
            clause.changes_at};
  }
  return {now + GoalOf(shape, op, currency), kNever, clause.changes_at};
}

Missing MissingSequence(const ClauseReading& clause) {
  const ClauseShape& shape = *clause.shape;
  const SequenceStage& stage = clause.stage;
  Missing missing;
  if (stage.due != kNever) {
    missing.text = SaySteps(shape, 0, shape.steps.size()) + "; waits for " + shape.ending;
    missing.at = stage.due;
    return missing;
  }
  if (stage.done == 0) {
    missing.text = "needs " + SaySequence(shape);
    return missing;
  }
  missing.text = std::to_string(stage.done) + " of " + std::to_string(shape.steps.size()) +
                 " steps (" + SaySteps(shape, 0, stage.done) + "); needs " +
                 WithTime(SayFrom(shape, stage.done), stage.before == kNever ? shape.window : "");
  missing.before = stage.before;
  return missing;
}

std::string_view TextVerb(ExprKind op, bool want) {
  switch (op) {
    case ExprKind::kContains: return want ? "must contain " : "must not contain ";
    case ExprKind::kStartsWith: return want ? "must start with " : "must not start with ";
    case ExprKind::kMatches: return want ? "must match " : "must not match ";
    default: return want ? "needs " : "must not be ";
  }
}

Missing MissingText(const ClauseReading& clause, bool want) {
  const ClauseShape& shape = *clause.shape;
  const bool list = shape.op == ExprKind::kIn;
  const std::string now = IsCounted(shape.subject)
                              ? SayCounted(clause)
                              : shape.one + " " + ValueOf(clause, "") + shape.window;
  return {now + "; " + std::string(TextVerb(shape.op, want)) +
              (list ? shape.goal_text : Quoted(shape.goal_text)),
          kNever, clause.changes_at};
}

}  // namespace

std::string Words(const Missing& missing, Millis now) {
  const auto left = [&](Millis when) {  // whole seconds, never more than there are
    const Millis ms = std::max<Millis>(when - now, 0);
    return Spoken(ms >= 10'000 ? ms - ms % 1'000 : ms);
  };
  if (missing.before != kNever) {
    return WithTime(missing.text, " within " + left(missing.before));
  }
  if (missing.at != kNever) return missing.text + "; true in " + left(missing.at);
  return missing.text;
}

Growth GrowthOf(const Operand& value, const Moment& moment) {
  if (value.kind != Value::kDuration || value.slope != 1) return {};
  return {moment.at - Whole(value.number),
          std::min({value.stops_at, moment.until, moment.gone_at})};
}

std::string SayClause(const ClauseReading& clause, std::string_view currency) {
  const ClauseShape& shape = *clause.shape;
  switch (shape.kind) {
    case Kind::kAll:
    case Kind::kAny:
    case Kind::kNot:
    case Kind::kName: return "";
    case Kind::kSequence: return SaySequence(shape);
    case Kind::kExists: return shape.one + " known";
    case Kind::kText:
      if (IsCounted(shape.subject)) return SayCounted(clause);
      return shape.one + " " + ValueOf(clause, currency) + shape.window;
    case Kind::kEvent: return shape.one;
    case Kind::kOther: return clause.text;
    case Kind::kCompare: break;
  }
  if (IsCounted(shape.subject)) return SayCounted(clause);
  if (clause.value.missing()) return NowOf(clause, currency);  // x != y, or not (x > y)
  if (shape.subject == Subject::kFact) return SayFact(clause, currency);
  if (shape.subject == Subject::kSince) {
    return ValueOf(clause, currency) + " since the last " + shape.one;
  }
  if (shape.subject == Subject::kCall) {
    return shape.one + " " + ValueOf(clause, currency) + shape.window;
  }
  return clause.text + " (" + ValueOf(clause, currency) + ")";
}

std::string SayNegated(const ClauseReading& clause, std::string_view currency) {
  const ClauseShape& shape = *clause.shape;
  switch (shape.kind) {
    case Kind::kExists: return shape.one + " not known";
    case Kind::kSequence: return "not: " + SaySequence(shape);
    case Kind::kOther:
    case Kind::kEvent: return "not " + clause.text;
    default: break;
  }
  const bool written = shape.kind == Kind::kCompare && shape.subject == Subject::kOther;
  return written ? NowOf(clause, currency) : SayClause(clause, currency);
}

Missing SayMissing(const ClauseReading& clause, bool want, std::string_view currency) {
  const ClauseShape& shape = *clause.shape;
  switch (shape.kind) {
    case Kind::kCompare:
      return MissingCompare(clause, want ? shape.op : Opposite(shape.op), currency);
    case Kind::kText: return MissingText(clause, want);
    case Kind::kExists:
      return {want ? shape.one + " is not known yet" : shape.one + " must not be known", kNever,
              clause.changes_at};
    case Kind::kSequence:
      if (want) return MissingSequence(clause);
      return {"must not be: " + SaySequence(shape), kNever, clause.changes_at};
    case Kind::kEvent: return {"needs the event itself: " + shape.goal_text, kNever, kNever};
    default: break;
  }
  return {(want ? "needs " : "must not be: ") + clause.text, kNever, clause.changes_at};
}

}  // namespace vinkki::rules
