// The clauses of a rule as people read them: the tree of and/or/not with each part as written, and
// the value that is worth showing beside it.
#include "rules/compiler.h"
#include "rules/print.h"

namespace vinkki::rules {
namespace {

bool IsLiteral(const Expr& expr) { return expr.kind <= ExprKind::kBool; }

// The side of a comparison that says something.
const Expr* Interesting(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kEqual:
    case ExprKind::kNotEqual:
    case ExprKind::kLess:
    case ExprKind::kLessEqual:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEqual:
      return IsLiteral(*expr.args[0]) ? expr.args[1].get() : expr.args[0].get();
    case ExprKind::kContains:
    case ExprKind::kStartsWith:
    case ExprKind::kMatches:
    case ExprKind::kIn:
    case ExprKind::kExists: return expr.args[0].get();
    default: return nullptr;
  }
}

}  // namespace

// A value to show is what its rule sees, and makes no source keep more than its rules need.
uint32_t Compiler::ShownNode(const Expr& outer, uint32_t bound) {
  const Expr& expr = Inlined(outer);
  if (expr.kind != ExprKind::kCall) return NodeOf(expr);
  return AddNode({Op::kCall, CallOf(expr, bound, 1), 0, 0});
}

void Compiler::AddClauses(const Expr& expr, int depth, std::vector<Clause>* out) {
  constexpr size_t kMostClauses = 500;
  if (out->size() >= kMostClauses) return;
  const bool tree =
      expr.kind == ExprKind::kAnd || expr.kind == ExprKind::kOr || expr.kind == ExprKind::kNot;
  // The outermost `and` is what people see as the list of a rule's clauses.
  const bool list = depth == 0 && out->empty() && expr.kind == ExprKind::kAnd;
  if (!list) {
    Clause clause;
    clause.text = Source(expr);
    clause.depth = depth;
    clause.test = BranchOf(expr, kYes, kNo);
    clause.shape = ShapeOf(expr);
    const Expr* interesting = Interesting(expr);
    if (interesting) clause.value = ShownNode(*interesting, BoundOf(expr));
    out->push_back(std::move(clause));
  }
  if (expr.kind == ExprKind::kLet) {
    AddClauses(*file_->lets[expr.let].expr, depth + 1, out);
  } else if (tree) {
    for (const ExprPtr& arg : expr.args) AddClauses(*arg, list ? depth : depth + 1, out);
  }
}

}  // namespace vinkki::rules
