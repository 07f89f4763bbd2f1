// What an expression is whatever the visitor does: 2 * 5s, 1 / 0, not true. For hints only; the
// compiler does not fold.
#pragma once

#include <optional>
#include <string>

#include "rules/ast.h"

namespace vinkki::rules {

// A value that is known beforehand. kNothing: it is missing (Exact meaning, 7).
struct Constant {
  Type type = Type::kNothing;
  double number = 0;  // of kNumber and kDuration, the latter in ms
  bool boolean = false;
  std::string text;
};

// Of a file that was checked and has no errors. nullopt: that depends on the visitor.
std::optional<Constant> ConstantOf(const Expr& expr, const File& file);
// The same of a condition: of a constant, whether it is true.
std::optional<bool> TruthOf(const Expr& condition, const File& file);

// Whether a quotient by a constant zero stands in it.
bool DividesByZero(const Expr& expr, const File& file);

}  // namespace vinkki::rules
