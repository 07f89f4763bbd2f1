#include "rules/regex.h"

#include <re2/re2.h>
#include <re2/stringpiece.h>

#include <string>

namespace vinkki::rules {

struct Regex::Compiled {
  Compiled(std::string_view pattern, const re2::RE2::Options& options)
      : re2(std::string(pattern), options) {}
  re2::RE2 re2;
};

namespace {

Status NoRegex(const std::string& why) {
  return Status::Invalid("this is no regular expression: " + why);
}

}  // namespace

Result<Regex> Regex::Compile(std::string_view pattern) {
  // Bytes; \\pL takes 0.2 ms to compile, so that a pattern of nothing else stays below 100 ms.
  constexpr size_t kLongest = 1'000;
  if (pattern.size() > kLongest) {
    return NoRegex("it is longer than 1,000 bytes; split it");
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 18);
  options.set_never_capture(true);
  Regex regex;
  auto compiled = std::make_shared<Compiled>(pattern, options);
  if (!compiled->re2.ok()) return NoRegex(compiled->re2.error());
  regex.compiled_ = std::move(compiled);
  return regex;
}

bool Regex::Find(std::string_view text) const {
  // StringPiece is the library's own in Debian 12 and absl::string_view in Debian 13.
  const re2::StringPiece piece(text.data(), text.size());
  return compiled_->re2.Match(piece, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

size_t Regex::steps() const { return static_cast<size_t>(compiled_->re2.ProgramSize()); }

const Result<Regex>& Regexes::Add(const std::string& pattern) {
  constexpr size_t kMostSteps = 100'000;
  if (const auto at = known_.find(pattern); at != known_.end()) return at->second;
  Result<Regex> regex = Status::Invalid(
      "with this one the regular expressions of all rules are too large together: simplify those "
      "that repeat much, such as (a|b){1,900} or \\pL{8}");
  if (steps_ < kMostSteps) regex = Regex::Compile(pattern);
  if (regex.ok()) steps_ += regex->steps();
  return known_.emplace(pattern, std::move(regex)).first->second;
}

}  // namespace vinkki::rules
