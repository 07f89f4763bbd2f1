#include <cmath>
#include <cstring>

#include "rules/compiler.h"
#include "rules/facts.h"

namespace vinkki::rules {
namespace {

constexpr size_t kSmallLet = 8;  // atoms: above it, a let is compiled once and called

std::string Key(std::string_view what, uint64_t a, uint64_t b = 0, uint64_t c = 0, uint64_t d = 0) {
  std::string key(what);
  for (const uint64_t part : {a, b, c, d}) key += " " + std::to_string(part);
  return key;
}

bool IsCondition(ExprKind kind) {
  switch (kind) {
    case ExprKind::kNot:
    case ExprKind::kAnd:
    case ExprKind::kOr:
    case ExprKind::kContains:
    case ExprKind::kStartsWith:
    case ExprKind::kMatches:
    case ExprKind::kIn:
    case ExprKind::kExists:
    case ExprKind::kSequence: return true;
    default: return IsCompare(kind);
  }
}

// A call that counts: its comparisons with a literal are thresholds.
bool Counts(const Expr& expr) {
  if (expr.kind != ExprKind::kCall) return false;
  const Function f = expr.call->function;
  return f == Function::kCount || f == Function::kDistinct || f == Function::kRepeats;
}

// How many events a function sees that is compared with k.
uint32_t BoundFor(double k) {
  constexpr double kMost = kMostCounted;  // the checker refuses more over a duration
  return k >= kBound ? static_cast<uint32_t>(std::floor(std::fmin(k, kMost))) + 1 : kBound;
}

}  // namespace

const Expr& Compiler::Inlined(const Expr& expr) const {
  const Expr* at = &expr;
  while (at->kind == ExprKind::kLet) at = file_->lets[at->let].expr.get();
  return *at;
}

// Atoms in a condition, its lets put in; stops counting where it is no longer small.
size_t Compiler::SizeOf(const Expr& expr) const {
  const Expr& inlined = Inlined(expr);
  size_t size = IsCondition(inlined.kind) ? 0 : 1;
  if (inlined.kind == ExprKind::kAnd || inlined.kind == ExprKind::kOr ||
      inlined.kind == ExprKind::kNot) {
    for (const ExprPtr& arg : inlined.args) {
      size += SizeOf(*arg);
      if (size > kSmallLet) break;
    }
    return size;
  }
  return 1;
}

uint32_t Compiler::BranchOf(const Expr& expr, uint32_t yes, uint32_t no) {
  switch (expr.kind) {
    case ExprKind::kBool: return expr.boolean ? yes : no;
    case ExprKind::kNot: return BranchOf(*expr.args[0], no, yes);
    case ExprKind::kAnd:
      for (size_t i = expr.args.size(); i-- > 0;) yes = BranchOf(*expr.args[i], yes, no);
      return yes;
    case ExprKind::kOr:
      for (size_t i = expr.args.size(); i-- > 0;) no = BranchOf(*expr.args[i], yes, no);
      return no;
    case ExprKind::kLet: return BranchOfLet(expr, yes, no);
    default: break;
  }
  if (IsCompare(expr.kind)) return BranchOfCompare(expr, yes, no);
  return BranchOfAtom(AtomOf(expr), yes, no);
}

uint32_t Compiler::BranchOfLet(const Expr& expr, uint32_t yes, uint32_t no) {
  const Expr& inlined = Inlined(expr);
  if (SizeOf(inlined) <= kSmallLet) return BranchOf(inlined, yes, no);
  Atom atom;
  atom.kind = AtomKind::kTrue;
  atom.a = NodeOf(inlined);
  return BranchOfAtom(atom, yes, no);
}

uint32_t Compiler::BranchOfAtom(const Atom& atom, uint32_t yes, uint32_t no) {
  if (yes == no) return yes;
  const uint64_t kinds =
      static_cast<uint64_t>(atom.kind) << 8 | static_cast<uint64_t>(atom.compare);
  const uint32_t index = Once(Key("atom", kinds, atom.a, atom.b, atom.k), &code_->atoms, atom);
  return Once(Key("branch", index, yes, no), &code_->branches, Branch{index, yes, no});
}

uint32_t Compiler::BoundOf(const Expr& expr) const {
  double largest = 0;
  bool counts = false;
  for (const ExprPtr& arg : expr.args) {
    const Expr& side = Inlined(*arg);
    counts = counts || Counts(side);
    if (side.kind == ExprKind::kNumber) largest = std::max(largest, side.number);
  }
  return counts ? BoundFor(largest) : kBound;
}

uint32_t Compiler::BranchOfCompare(const Expr& expr, uint32_t yes, uint32_t no) {
  const Expr& a = Inlined(*expr.args[0]);
  const Expr& b = Inlined(*expr.args[1]);
  Compare compare = CompareOf(expr.kind);
  if (compare == Compare::kNotEqual) {
    compare = Compare::kEqual;
    std::swap(yes, no);
  }
  if (Counts(a) && b.kind == ExprKind::kNumber) {
    return BranchOfThreshold(a, compare, b.number, yes, no);
  }
  if (Counts(b) && a.kind == ExprKind::kNumber) {
    return BranchOfThreshold(b, Turned(compare), a.number, yes, no);
  }
  Atom atom;
  atom.kind = AtomKind::kCompare;
  atom.compare = compare;
  atom.a = NodeOf(a);
  atom.b = NodeOf(b);
  return BranchOfAtom(atom, yes, no);
}

// A count is whole and at least 0, so every comparison is one of "at least", or two.
uint32_t Compiler::BranchOfThreshold(const Expr& call, Compare compare, double k, uint32_t yes,
                                     uint32_t no) {
  const uint32_t bound = BoundFor(k);
  switch (compare) {
    case Compare::kGreaterEqual: return AtLeast(call, std::ceil(k), bound, yes, no);
    case Compare::kGreater: return AtLeast(call, std::floor(k) + 1, bound, yes, no);
    case Compare::kLess: return AtLeast(call, std::ceil(k), bound, no, yes);
    case Compare::kLessEqual: return AtLeast(call, std::floor(k) + 1, bound, no, yes);
    default: break;
  }
  if (k != std::trunc(k) || k < 0) return no;
  return AtLeast(call, k, bound, AtLeast(call, k + 1, bound, no, yes), no);
}

uint32_t Compiler::AtLeast(const Expr& call, double k, uint32_t bound, uint32_t yes, uint32_t no) {
  if (k <= 0) return yes;
  Atom atom;
  atom.kind = AtomKind::kAtLeast;
  atom.k = static_cast<uint32_t>(std::min(k, 4e9));
  const bool whole_ring = call.call->function == Function::kRepeats;
  atom.a = CallOf(call, bound, whole_ring ? bound : std::min(bound, atom.k));
  return BranchOfAtom(atom, yes, no);
}

uint32_t Compiler::RegexOf(const std::string& pattern) {
  return Once("regex " + pattern, &code_->regexes, set_->regexes.Of(pattern));
}

Atom Compiler::InAtom(const Expr& expr) {
  Atom atom;
  atom.kind = AtomKind::kIn;
  atom.k = static_cast<uint32_t>(expr.args.size() - 1);
  std::string key = "list";
  std::vector<uint32_t> items;
  for (size_t i = 1; i < expr.args.size(); ++i) {
    const Expr& item = Inlined(*expr.args[i]);
    items.push_back(NodeOf(item));
    key += " " + std::to_string(items.back());
  }
  atom.a = NodeOf(*expr.args[0], BoundOf(expr));
  const auto [at, added] = known_.emplace(key, static_cast<uint32_t>(code_->lists.size()));
  if (added) code_->lists.insert(code_->lists.end(), items.begin(), items.end());
  atom.b = at->second;
  return atom;
}

Atom Compiler::AtomOf(const Expr& expr) {
  Atom atom;
  switch (expr.kind) {
    case ExprKind::kContains:
    case ExprKind::kStartsWith:
      atom.kind = expr.kind == ExprKind::kContains ? AtomKind::kContains : AtomKind::kStartsWith;
      atom.a = NodeOf(*expr.args[0]);
      atom.b = NodeOf(*expr.args[1]);
      return atom;
    case ExprKind::kMatches:
      atom.kind = AtomKind::kMatches;
      atom.a = NodeOf(*expr.args[0]);
      atom.b = RegexOf(expr.text);
      return atom;
    case ExprKind::kIn: return InAtom(expr);
    case ExprKind::kExists:
      atom.kind = AtomKind::kExists;
      atom.a = NodeOf(*expr.args[0]);
      return atom;
    case ExprKind::kSequence:
      atom.kind = AtomKind::kSequence;
      atom.a = SequenceFactOf(expr);
      return atom;
    default:
      atom.kind = AtomKind::kTrue;
      atom.a = NodeOf(expr);
      return atom;
  }
}

uint32_t Compiler::AddNode(const Node& node) {
  uint64_t bits;
  std::memcpy(&bits, &node.number, sizeof bits);
  return Once(Key("node", static_cast<uint64_t>(node.op), node.a, node.b, bits), &code_->nodes,
              node);
}

uint32_t Compiler::TextNode(const std::string& text) {
  return AddNode({Op::kText, Once("text " + text, &code_->texts, text), 0, 0});
}

uint32_t Compiler::FactNode(const Expr& expr) {
  if (expr.text.starts_with(kVisitorProperties)) {
    const uint32_t source = VisitorProperty(expr.text.substr(kVisitorProperties.size()));
    return AddNode({Op::kVisitorProperty, source, 0, 0});
  }
  static_assert(static_cast<int>(Fact::kCount) == 21, "Fact stands in the order of Facts()");
  const auto row = static_cast<uint32_t>(FindFact(expr.text) - Facts().data());
  return AddNode({Op::kFact, row, 0, 0});
}

uint32_t Compiler::ArithmeticNode(const Expr& expr) {
  Node node;
  switch (expr.kind) {
    case ExprKind::kNegate: node.op = Op::kNegate; break;
    case ExprKind::kAdd: node.op = Op::kAdd; break;
    case ExprKind::kSubtract: node.op = Op::kSubtract; break;
    case ExprKind::kMultiply: node.op = Op::kMultiply; break;
    default: node.op = Op::kDivide; break;
  }
  node.a = NodeOf(*expr.args[0]);
  if (expr.args.size() > 1) node.b = NodeOf(*expr.args[1]);
  return AddNode(node);
}

// `bound`: how many events a call that stands here sees; 0: the usual number.
uint32_t Compiler::NodeOf(const Expr& outer, uint32_t bound) {
  const Expr& expr = Inlined(outer);
  if (IsCondition(expr.kind)) return AddNode({Op::kTest, BranchOf(expr, kYes, kNo), 0, 0});
  switch (expr.kind) {
    case ExprKind::kNumber: return AddNode({Op::kNumber, 0, 0, expr.number});
    case ExprKind::kDuration:
      return AddNode({Op::kDuration, 0, 0, static_cast<double>(expr.duration)});
    case ExprKind::kText: return TextNode(expr.text);
    case ExprKind::kBool: return AddNode({Op::kBool, expr.boolean ? 1u : 0u, 0, 0});
    case ExprKind::kFact: return FactNode(expr);
    case ExprKind::kEventName: return AddNode({Op::kEventName, 0, 0, 0});
    case ExprKind::kEventProp:
      return AddNode({Op::kEventProp, code_->properties.Add(expr.text), 0, 0});
    case ExprKind::kWhereProp:
      return AddNode({Op::kWhereProp, code_->properties.Add(expr.text), 0, 0});
    case ExprKind::kCall: {
      const uint32_t seen = Counts(expr) && bound > kBound ? bound : kBound;
      return AddNode({Op::kCall, CallOf(expr, seen, seen), 0, 0});
    }
    default: return ArithmeticNode(expr);
  }
}

}  // namespace vinkki::rules
