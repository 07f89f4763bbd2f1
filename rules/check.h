// The parts of Check (load.h): types and names of expressions (check_expr.cc), the placement rules
// of sequences (check_sequence.cc), a file's lets and rules (check.cc), hints (check_hints.cc).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/ast.h"
#include "rules/report.h"

namespace vinkki::rules {

// What is known of an expression, its lets put in.
struct Known {
  Type type = Type::kAny;
  bool grows = false;  // with the clock while nothing happens
  uint32_t depth = 1;
  uint64_t size = 1;  // nodes
};

class ExprChecker {
 public:
  ExprChecker(File* file, Regexes* regexes, Report* report);

  // Checks all lets of the file, and says which lead back to themselves.
  void CheckLets();
  // An expression that is to be true or false; `what` names it in messages: "when".
  void CheckCondition(Expr* expr, std::string_view what);
  bool IsUsed(uint32_t let) const { return lets_[let].used; }

 private:
  enum class State : uint8_t { kNew, kOpen, kDone };
  struct LetInfo {
    State state = State::kNew;
    bool used = false;
    uint32_t height = 1;  // lets below each other
    Known known;
  };

  Known Visit(Expr* expr);
  Known VisitKind(Expr* expr);  // what its kind says, whatever its size
  Known VisitExists(Expr* expr);
  Known VisitArgs(Expr* expr);  // joins what grows, the depths and the sizes
  Known VisitFact(Expr* expr);
  Known VisitLet(Expr* expr);
  Known VisitUnknown(Expr* expr);
  std::string HintForName(const std::string& name) const;
  Known VisitCall(Expr* expr);
  Known VisitSequence(Expr* expr);
  Known VisitNegate(Expr* expr);
  Known VisitArithmetic(Expr* expr);
  Known VisitComparison(Expr* expr);
  Known VisitText(Expr* expr);
  Known VisitIn(Expr* expr);
  Known VisitConditions(Expr* expr, std::string_view what);

  Type ArithmeticType(const Expr& expr, Type left, Type right);
  bool OpenLet(uint32_t index, const Expr& from);
  void CheckWhere(Events* events, Known* known);
  void CheckEqual(const Expr& at, const Expr& left, const Expr& right);
  void CheckOrder(const Expr& at, const Expr& left, const Expr& right);
  void CheckBound(const Expr& call, const Expr& other);
  void CheckWords(const Expr& fact, const Expr& text);
  const Expr& Inlined(const Expr& expr) const;
  void Error(const Expr& at, std::string message);

  File* file_;
  Regexes* regexes_;
  Report* report_;
  std::unordered_map<std::string_view, uint32_t> names_;
  std::vector<LetInfo> lets_;
  std::vector<uint32_t> open_;  // lets being visited, outermost first
};

// Exact meaning 11 to 15.
void CheckSequence(const Sequence& sequence, Place place, Report* report);

// Rules that cannot fire, always lose, hold for longer than they look back; lets that nobody uses.
// Requires a file without errors.
void HintsForRule(const Rule& rule, const File& file, Report* report);
void HintsForLets(const File& file, Report* report);
// check_words.cc: names that are almost those of known events, paths without '/'.
void HintsForWords(const File& file, Report* report);
// All conditions of a file, what is reported of a rule's under its name.
template <typename Visit>
void ForEachCondition(const File& file, Report* report, Visit&& visit) {
  for (const Let& let : file.lets) visit(*let.expr);
  for (const Rule& rule : file.rules) {
    report->InRule(rule.name);
    visit(*rule.when);
    if (rule.audience) visit(*rule.audience);
  }
  report->InRule("");
}
// check_numbers.cc: 1.000 for a thousand, percentages of what is no share.
void HintsForNumbers(const File& file, Report* report);
// "'view_itme' is no event of ...; did you mean 'view_item'?"; "" for what is one, or is like none.
std::string HintForEvent(const std::string& name);
void HintsForChoice(const RuleSet& set, std::vector<Report>* reports);

// The characters that an expression takes on its first line.
uint32_t LengthOf(const Expr& expr);
std::string_view TypeName(Type type);  // "a number"

}  // namespace vinkki::rules
