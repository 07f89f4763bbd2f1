// From a clause's expression to its shape: what it is about, in words.
#include "rules/clause_shape.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "rules/compiler.h"
#include "rules/print.h"
#include "rules/words.h"

namespace vinkki::rules {
namespace {

using Kind = ClauseShape::Kind;
using Subject = ClauseShape::Subject;

bool IsLiteral(const Expr& expr) { return expr.kind <= ExprKind::kBool; }

void SetGoal(const Expr& literal, ClauseShape* shape) {
  shape->has_goal = true;
  switch (literal.kind) {
    case ExprKind::kNumber:
      shape->percent = literal.percent;
      shape->goal = literal.number;
      break;
    case ExprKind::kDuration:
      shape->duration = true;
      shape->goal = static_cast<double>(literal.duration);
      break;
    case ExprKind::kText: shape->goal_text = literal.text; break;
    default: shape->goal_text = literal.boolean ? "true" : "false"; break;
  }
}

// Items are what most shops tell apart; other properties are named.
bool NamesItems(const Call& call) {
  static constexpr std::string_view kOfItems[] = {"view_item", "select_item", "add_to_cart",
                                                  "remove_from_cart", "add_to_wishlist"};
  const bool id =
      call.property == "item_id" || call.property == "item_name" || call.property == "id";
  const auto of_items = [](const std::string& name) {
    return std::find(std::begin(kOfItems), std::end(kOfItems), name) != std::end(kOfItems);
  };
  const auto& names = call.events.names;
  return id && !call.events.any && std::all_of(names.begin(), names.end(), of_items);
}

void DescribeValues(const Call& call, const Noun& noun, ClauseShape* shape) {
  const bool items = NamesItems(call);
  if (call.function == Function::kDistinct) {
    shape->subject = Subject::kDistinct;
    shape->one =
        "different " + (items ? noun.one : "value of " + call.property + " in " + noun.many);
    shape->many =
        "different " + (items ? noun.many : "values of " + call.property + " in " + noun.many);
    shape->key = "different_" + (items ? noun.key : KeyOf(call.property) + "s");
  } else {
    shape->subject = Subject::kRepeats;
    shape->one = "the same " + (items ? noun.one : call.property + " in " + noun.many);
    shape->many = shape->one;
    shape->key = "same_" + (items ? noun.key : KeyOf(call.property));
  }
}

void DescribeCall(const Expr& expr, ClauseShape* shape) {
  const Call& call = *expr.call;
  const Noun noun = NounOf(call.events);
  shape->window = call.function == Function::kSince ? "" : SpokenWindow(call.window);
  shape->on_page = call.function != Function::kSince && call.window.kind == Window::Kind::kPage;
  shape->one = noun.one;
  shape->many = noun.many;
  shape->key = noun.key;
  switch (call.function) {
    case Function::kCount: shape->subject = Subject::kCount; return;
    case Function::kSince:
      shape->subject = Subject::kSince;
      shape->key = "since_" + noun.key;
      return;
    case Function::kDistinct:
    case Function::kRepeats: DescribeValues(call, noun, shape); return;
    default: break;
  }
  static constexpr std::string_view kWords[] = {"", "total ", "average ", "lowest ", "highest ",
                                                "", "",       "first ",   "last ",   ""};
  const std::string_view word = kWords[static_cast<size_t>(call.function)];
  shape->subject = Subject::kCall;
  shape->one = shape->many = std::string(word) + call.property + " of " + noun.many;
  shape->key = KeyOf(std::string(word) + call.property);
}

void DescribeSubject(const Expr& expr, ClauseShape* shape) {
  shape->name = Source(expr);
  if (expr.kind == ExprKind::kCall) return DescribeCall(expr, shape);
  const bool fact = expr.kind == ExprKind::kFact;
  shape->subject = fact ? Subject::kFact : Subject::kOther;
  shape->one = shape->many = fact ? LabelOf(expr.text) : shape->name;
  shape->key = KeyOf(shape->name);
}

void DescribeSteps(const Sequence& sequence, ClauseShape* shape) {
  std::string between;  // " with no purchase between"
  for (const Step& step : sequence.steps) {
    const Noun noun = NounOf(step.events);
    if (step.negated) {
      if (step.absence) {
        shape->ending = "no " + noun.one + " for " + Spoken(*step.absence);
      } else {
        between += (between.empty() ? " with no " : " and no ") + noun.one;
      }
      continue;
    }
    for (uint32_t i = 0; i < step.times; ++i) {
      if (!between.empty()) between += " between";
      shape->steps.push_back((step.next ? "at once " : "") + noun.one + between);
      between.clear();
    }
  }
  if (!sequence.same.empty()) shape->key = "same " + sequence.same;
}

std::string ListOf(const Expr& in) {
  std::string out;
  for (size_t i = 1; i < in.args.size(); ++i) {
    const Expr& item = *in.args[i];
    out += (i > 1 ? i + 1 == in.args.size() ? " or " : ", " : "") +
           (item.kind == ExprKind::kText ? item.text : Source(item));
  }
  return out;
}

}  // namespace

ClauseShape Compiler::CompareShape(const Expr& expr) {
  ClauseShape shape;
  const Expr& left = Inlined(*expr.args[0]);
  const Expr& right = Inlined(*expr.args[1]);
  const bool turned = IsLiteral(left);
  const Expr& subject = turned ? right : left;
  const Expr& goal = turned ? left : right;
  if (!IsLiteral(goal)) return shape;
  shape.kind = Kind::kCompare;
  shape.op = turned ? Turned(expr.kind) : expr.kind;
  SetGoal(goal, &shape);
  if (subject.kind == ExprKind::kEventName) {
    shape.kind = shape.op == ExprKind::kEqual ? Kind::kEvent : Kind::kOther;
    const Noun noun = NounOf(shape.goal_text);
    shape.one = noun.one;
    shape.many = noun.many;
    return shape;
  }
  if (subject.kind == ExprKind::kEventProp) shape.kind = Kind::kOther;
  DescribeSubject(subject, &shape);
  return shape;
}

ClauseShape Compiler::ShapeOf(const Expr& expr) {
  ClauseShape shape;
  switch (expr.kind) {
    case ExprKind::kAnd: shape.kind = Kind::kAll; return shape;
    case ExprKind::kOr: shape.kind = Kind::kAny; return shape;
    case ExprKind::kNot: shape.kind = Kind::kNot; return shape;
    case ExprKind::kLet:
      shape.kind = Kind::kName;
      shape.name = expr.text;
      return shape;
    case ExprKind::kEqual:
    case ExprKind::kNotEqual:
    case ExprKind::kLess:
    case ExprKind::kLessEqual:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEqual: return CompareShape(expr);
    case ExprKind::kSequence:
      shape.kind = Kind::kSequence;
      shape.sequence = SequenceFactOf(expr);
      shape.window = SpokenWindow(expr.sequence->within);
      DescribeSteps(*expr.sequence, &shape);
      return shape;
    case ExprKind::kExists: return TextShape(expr, Kind::kExists);
    case ExprKind::kContains:
    case ExprKind::kStartsWith:
    case ExprKind::kMatches:
    case ExprKind::kIn: return TextShape(expr, Kind::kText);
    default: return shape;
  }
}

ClauseShape Compiler::TextShape(const Expr& expr, Kind kind) {
  ClauseShape shape;
  shape.kind = kind;
  shape.op = expr.kind;
  const Expr& subject = Inlined(*expr.args[0]);
  const bool of_event =
      subject.kind == ExprKind::kEventName || subject.kind == ExprKind::kEventProp;
  if (of_event) shape.kind = Kind::kOther;
  DescribeSubject(subject, &shape);
  if (expr.kind == ExprKind::kIn) {
    shape.goal_text = ListOf(expr);
    for (const ExprPtr& item : expr.args) shape.percent = shape.percent || item->percent;
  }
  if (expr.kind == ExprKind::kMatches) shape.goal_text = expr.text;
  if (expr.kind == ExprKind::kContains || expr.kind == ExprKind::kStartsWith) {
    const Expr& other = Inlined(*expr.args[1]);
    shape.goal_text = other.kind == ExprKind::kText ? other.text : Source(other);
  }
  return shape;
}

}  // namespace vinkki::rules
