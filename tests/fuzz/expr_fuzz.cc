// Any bytes as an expression. What is one must stay the same when it is printed and read again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/text.h"
#include "rules/expr_parser.h"
#include "rules/print.h"

namespace {

vinkki::rules::ExprPtr Parse(const std::string& text, size_t* errors) {
  std::vector<vinkki::rules::Diagnostic> found;
  vinkki::rules::Report report(&found);
  vinkki::rules::SourceMap map(0, text);
  auto expr = vinkki::rules::ParseExpr({text, {}, 0}, &map, &report);
  *errors = found.size();
  return expr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (!vinkki::IsUtf8(text)) return 0;
  size_t errors = 0;
  const auto expr = Parse(text, &errors);
  if ((expr == nullptr) != (errors == 1)) std::abort();
  if (!expr) return 0;
  const std::string printed = vinkki::rules::Source(*expr);
  const auto again = Parse(printed, &errors);
  if (!again || vinkki::rules::Source(*again) != printed) std::abort();
  return 0;
}
