#include "rules/regex.h"

#include <re2/re2.h>
#include <re2/stringpiece.h>

#include <algorithm>
#include <string>

namespace vinkki::rules {

struct Regex::Compiled {
  Compiled(std::string_view pattern, const re2::RE2::Options& options)
      : re2(std::string(pattern), options) {}
  re2::RE2 re2;
};

namespace {

constexpr size_t kLongest = 1'000;  // bytes
constexpr size_t kMostSteps = 100'000;

Status NoRegex(const std::string& why) {
  return Status::Invalid("this is no regular expression: " + why);
}

// A whole number at `at`, which moves behind it; none is 0.
size_t NumberAt(std::string_view pattern, size_t* at) {
  size_t number = 0;
  for (; *at < pattern.size() && pattern[*at] >= '0' && pattern[*at] <= '9'; ++*at) {
    number = std::min<size_t>(number * 10 + static_cast<size_t>(pattern[*at] - '0'), 1'000);
  }
  return number;
}

// The time that RE2 takes before there are steps, as steps. Measured: 0.17 ms for \pL, 3 ms for
// (a|b){1,900}, 70 ms for 142 times a{1,31}.
struct Hidden {
  size_t classes = 0;  // such as \pL, each of which is read whole
  size_t nested = 0;   // for x{n,m}: m - n parts come to lie within each other, with their square
};

Hidden HiddenSteps(std::string_view pattern) {
  constexpr size_t kClass = 400;
  constexpr size_t kNestedPerStep = 128;
  Hidden hidden;
  size_t nested = 0;
  for (size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '\\') {
      ++at;
      const bool is_class = at < pattern.size() && (pattern[at] == 'p' || pattern[at] == 'P');
      hidden.classes += is_class ? kClass : 0;
    } else if (pattern[at] == '{') {
      size_t end = at + 1;
      const size_t least = NumberAt(pattern, &end);
      const bool range = end < pattern.size() && pattern[end] == ',';
      const size_t most = range ? NumberAt(pattern, &++end) : 0;
      nested += most > least ? most - least : 0;
    }
  }
  hidden.nested = nested * nested / kNestedPerStep;
  return hidden;
}

}  // namespace

Result<Regex> Regex::Compile(std::string_view pattern, size_t* steps) {
  constexpr size_t kUntilLarge = 7'000;  // steps, until 256 KB are found to be too few
  size_t ignored = 0;
  if (!steps) steps = &ignored;
  *steps = 0;
  if (pattern.size() > kLongest) {
    return NoRegex("it is longer than 1,000 bytes; split it");
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 18);
  options.set_never_capture(true);
  Regex regex;
  auto compiled = std::make_shared<Compiled>(pattern, options);
  const bool too_large = compiled->re2.error_code() == re2::RE2::ErrorPatternTooLarge;
  if (too_large) *steps = kUntilLarge;
  if (!compiled->re2.ok()) return NoRegex(compiled->re2.error());
  *steps = static_cast<size_t>(compiled->re2.ProgramSize());
  regex.compiled_ = std::move(compiled);
  return regex;
}

bool Regex::Find(std::string_view text) const {
  // StringPiece is the library's own in Debian 12 and absl::string_view in Debian 13.
  const re2::StringPiece piece(text.data(), text.size());
  return compiled_->re2.Match(piece, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

const Result<Regex>& Regexes::Add(const std::string& pattern) {
  if (const auto at = known_.find(pattern); at != known_.end()) return at->second;
  const Hidden hidden = pattern.size() > kLongest ? Hidden() : HiddenSteps(pattern);
  const size_t least = hidden.classes + hidden.nested;
  Result<Regex> regex =
      least < kMostSteps ? Status::Invalid(
                               "with this one the regular expressions of all rules are too large "
                               "together: simplify those that repeat much, such as (a|b){1,900} or "
                               "\\pL{8}")
                         : NoRegex("it repeats too much");
  if (steps_ + least < kMostSteps) {
    size_t steps = 0;
    regex = Regex::Compile(pattern, &steps);
    steps_ += hidden.nested + std::max(hidden.classes, steps);
  }
  return known_.emplace(pattern, std::move(regex)).first->second;
}

}  // namespace vinkki::rules
