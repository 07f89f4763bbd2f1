// Regular expressions in time that grows with the text only, whatever the pattern. RE2's syntax;
// the one user of RE2.
#pragma once

#include <memory>
#include <string_view>

#include "base/status.h"

namespace vinkki::rules {

class Regex {
 public:
  // kInvalid, with RE2's words: no regular expression, or one that needs more than 256 KB.
  static Result<Regex> Compile(std::string_view pattern);
  // Whether the pattern stands anywhere in the text. Any thread.
  bool Find(std::string_view text) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace vinkki::rules
