// Warnings about numbers that people write otherwise than the language reads them: 1.000 for a
// thousand, 50% beside what is no share. Only where money or pieces are compared: a time in seconds
// may well be 1.250, and a discount 10%.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "rules/check.h"
#include "rules/compare.h"
#include "rules/conjunction.h"
#include "rules/facts.h"
#include "rules/print.h"

namespace vinkki::rules {
namespace {

// What is never a share, but for `value`, which may be anything where the shop says it.
enum class Unit : uint8_t { kUnknown, kValue, kMoneyOrPieces };

// Of a property by the last word of its name: item_price is money, price_drop need not be.
Unit UnitOfName(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "price", "amount", "revenue", "total", "subtotal", "quantity", "items", "pieces", "results"};
  const std::string_view last = name.substr(name.find_last_of("._") + 1);
  if (last == "value") return Unit::kValue;
  const bool known = std::find(kNames.begin(), kNames.end(), last) != kNames.end();
  return known ? Unit::kMoneyOrPieces : Unit::kUnknown;
}

Unit UnitOf(const Expr& fact) {
  switch (fact.kind) {
    case ExprKind::kFact:
      if (fact.text.starts_with(kVisitorProperties)) return UnitOfName(fact.text);
      return fact.type == Type::kNumber && fact.text != "potential" ? Unit::kMoneyOrPieces
                                                                    : Unit::kUnknown;
    case ExprKind::kEventProp:
    case ExprKind::kWhereProp: return UnitOfName(fact.text);
    case ExprKind::kCall: break;
    default: return Unit::kUnknown;
  }
  switch (fact.call->function) {
    case Function::kCount:
    case Function::kDistinct:
    case Function::kRepeats: return Unit::kMoneyOrPieces;
    default: return UnitOfName(fact.call->property);
  }
}

class NumberHints {
 public:
  NumberHints(const File& file, Report* report) : file_(file), report_(report) {}

  void Visit(const Expr& expr) {
    if (expr.call) VisitWhere(expr.call->events);
    if (expr.sequence) {
      for (const Step& step : expr.sequence->steps) VisitWhere(step.events);
    }
    for (const ExprPtr& arg : expr.args) Visit(*arg);
    if (!IsCompare(expr.kind) && expr.kind != ExprKind::kIn) return;
    for (size_t i = 1; i < expr.args.size(); ++i) {
      VisitPair(*expr.args[0], *expr.args[i]);
      VisitPair(*expr.args[i], *expr.args[0]);
    }
  }

 private:
  void VisitWhere(const Events& events) {
    if (events.where) Visit(*events.where);
  }

  void VisitPair(const Expr& fact, const Expr& goal) {
    const Expr& number = Inlined(goal, file_);
    if (number.kind != ExprKind::kNumber) return;
    const Unit unit = UnitOf(Inlined(fact, file_));
    if (number.grouped && unit != Unit::kUnknown) {
      report_->Warning(goal.place, LengthOf(goal),
                       "this is " + Source(number) + ", as a point begins the decimals; write " +
                           std::to_string(std::llround(number.number * 1000)) +
                           " if thousands are meant");
    }
    if (number.percent && unit == Unit::kMoneyOrPieces) {
      const std::string written = Source(number);
      report_->Warning(goal.place, LengthOf(goal),
                       written + " is " + Canonical(number, file_) + ", and " + Source(fact) +
                           " is no share; write " + written.substr(0, written.size() - 1) +
                           " if that is meant");
    }
  }

  const File& file_;
  Report* report_;
};

}  // namespace

void HintsForNumbers(const File& file, Report* report) {
  NumberHints hints(file, report);
  ForEachCondition(file, report, [&](const Expr& condition) { hints.Visit(condition); });
}

}  // namespace vinkki::rules
