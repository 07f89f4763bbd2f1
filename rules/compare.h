// The six comparisons: as they are written (ExprKind) and as they are run (Compare).
#pragma once

#include <cstdint>

#include "rules/ast.h"

namespace vinkki::rules {

// In the order of ExprKind's.
enum class Compare : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

constexpr bool IsCompare(ExprKind kind) {
  return kind >= ExprKind::kEqual && kind <= ExprKind::kGreaterEqual;
}
// Requires IsCompare(kind).
constexpr Compare CompareOf(ExprKind kind) {
  return static_cast<Compare>(static_cast<int>(kind) - static_cast<int>(ExprKind::kEqual));
}
constexpr ExprKind KindOf(Compare compare) {
  return static_cast<ExprKind>(static_cast<int>(ExprKind::kEqual) + static_cast<int>(compare));
}
static_assert(CompareOf(ExprKind::kNotEqual) == Compare::kNotEqual &&
              CompareOf(ExprKind::kLess) == Compare::kLess &&
              CompareOf(ExprKind::kLessEqual) == Compare::kLessEqual &&
              CompareOf(ExprKind::kGreater) == Compare::kGreater &&
              CompareOf(ExprKind::kGreaterEqual) == Compare::kGreaterEqual);

// a < b as b > a.
constexpr Compare Turned(Compare compare) {
  switch (compare) {
    case Compare::kLess: return Compare::kGreater;
    case Compare::kLessEqual: return Compare::kGreaterEqual;
    case Compare::kGreater: return Compare::kLess;
    case Compare::kGreaterEqual: return Compare::kLessEqual;
    default: return compare;
  }
}
// The same of a comparison as it is written; any other expression stays as it is.
constexpr ExprKind Turned(ExprKind kind) {
  return IsCompare(kind) ? KindOf(Turned(CompareOf(kind))) : kind;
}

// What is true of two numbers where `kind` is not. Requires IsCompare(kind).
constexpr ExprKind Opposite(ExprKind kind) {
  switch (kind) {
    case ExprKind::kEqual: return ExprKind::kNotEqual;
    case ExprKind::kNotEqual: return ExprKind::kEqual;
    case ExprKind::kLess: return ExprKind::kGreaterEqual;
    case ExprKind::kLessEqual: return ExprKind::kGreater;
    case ExprKind::kGreater: return ExprKind::kLessEqual;
    default: return ExprKind::kLess;
  }
}

// a `compare` b, of numbers.
constexpr bool Answer(Compare compare, double a, double b) {
  switch (compare) {
    case Compare::kEqual: return a == b;
    case Compare::kNotEqual: return a != b;
    case Compare::kLess: return a < b;
    case Compare::kLessEqual: return a <= b;
    case Compare::kGreater: return a > b;
    case Compare::kGreaterEqual: return a >= b;
  }
  return false;
}

}  // namespace vinkki::rules
