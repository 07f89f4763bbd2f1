// Regular expressions in time that grows with the text only, whatever the pattern. RE2's syntax;
// the one user of RE2.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/status.h"

namespace vinkki::rules {

class Regex {
 public:
  // kInvalid, with RE2's words: no regular expression, or one that needs more than 256 KB. `steps`:
  // those that were compiled, well or in vain; each takes half a microsecond.
  static Result<Regex> Compile(std::string_view pattern, size_t* steps = nullptr);
  // Whether the pattern stands anywhere in the text. Any thread.
  bool Find(std::string_view text) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

// Those of a set of rules, each pattern compiled once.
class Regexes {
 public:
  // As Regex::Compile. kInvalid too where all together would have more than 100,000 steps: a small
  // file of large patterns would take minutes otherwise.
  const Result<Regex>& Add(const std::string& pattern);
  // Requires that it was added, and is ok.
  const Regex& Of(const std::string& pattern) const { return known_.at(pattern).value(); }

 private:
  std::unordered_map<std::string, Result<Regex>> known_;
  size_t steps_ = 0;
};

}  // namespace vinkki::rules
