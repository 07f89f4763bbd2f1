#include "rules/same.h"

#include <algorithm>

#include "rules/code.h"

namespace vinkki::rules {
namespace {

bool IsSameInfo(const RuleInfo& a, const RuleInfo& b) {
  return a.name == b.name && a.version == b.version && a.file == b.file && a.when == b.when &&
         a.description == b.description && a.audience == b.audience;
}

bool HasSameWords(const RuleCode& a, const RuleCode& b) {
  return std::equal(a.clauses.begin(), a.clauses.end(), b.clauses.begin(), b.clauses.end(),
                    [](const Clause& x, const Clause& y) { return x.text == y.text; });
}

}  // namespace

bool IsSame(const Program& a, const Program& b) {
  return a.version() == b.version() &&
         std::equal(a.rules().begin(), a.rules().end(), b.rules().begin(), b.rules().end(),
                    IsSameInfo) &&
         std::equal(a.code().rules.begin(), a.code().rules.end(), b.code().rules.begin(),
                    b.code().rules.end(), HasSameWords);
}

}  // namespace vinkki::rules
