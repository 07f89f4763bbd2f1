// Names and types (in the making): resolves lets.
#include <functional>
#include <unordered_map>

#include "rules/load.h"

namespace vinkki::rules {
namespace {

void Resolve(Expr* expr, const std::unordered_map<std::string, uint32_t>& lets,
             std::vector<Diagnostic>* diagnostics) {
  if (expr->kind == ExprKind::kLet) {
    const auto found = lets.find(expr->text);
    if (found == lets.end()) {
      diagnostics->push_back({Diagnostic::Severity::kError, expr->place,
                              static_cast<uint32_t>(expr->text.size()), "",
                              "there is no fact and no let '" + expr->text + "'"});
    } else {
      expr->let = found->second;
    }
  }
  for (const ExprPtr& arg : expr->args) Resolve(arg.get(), lets, diagnostics);
}

}  // namespace

void Check(RuleSet* set, std::vector<Diagnostic>* diagnostics) {
  for (File& file : set->files) {
    std::unordered_map<std::string, uint32_t> lets;
    for (uint32_t i = 0; i < file.lets.size(); ++i) lets.emplace(file.lets[i].name, i);
    for (Let& let : file.lets) {
      if (let.expr) Resolve(let.expr.get(), lets, diagnostics);
    }
    for (Rule& rule : file.rules) {
      if (rule.when) Resolve(rule.when.get(), lets, diagnostics);
      if (rule.audience) Resolve(rule.audience.get(), lets, diagnostics);
    }
  }
}

}  // namespace vinkki::rules
