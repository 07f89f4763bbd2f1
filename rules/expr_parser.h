// One expression, as it stands in a YAML scalar, into a tree. Names are not resolved here but for
// what the grammar itself tells apart: event.x, a bare name in `where`, a single name that is no
// fact (taken for a let). Grammar: rules.md, Expressions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "rules/ast.h"
#include "rules/report.h"
#include "rules/source_map.h"

namespace vinkki::rules {

// Where each byte of the expression stands in its file.
struct ExprSource {
  std::string_view text;
  // offsets[i] is the byte of the file that text[i] came from, offsets[text.size()] the end; empty:
  // text stands in the file as it is, from `begin`.
  std::vector<uint32_t> offsets;
  size_t begin = 0;
};

// Levels of parentheses, not, where and operators inside each other.
inline constexpr uint32_t kMostNesting = 100;
// Nodes in one expression, and after its lets were put in.
inline constexpr uint32_t kMostNodes = 10'000;

// Null when it is not an expression; then the first error stands in the report.
ExprPtr ParseExpr(const ExprSource& source, SourceMap* map, Report* report);

}  // namespace vinkki::rules
