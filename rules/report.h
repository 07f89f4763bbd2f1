// Where the reader and the checker put what they find. One report serves one file; after kMost
// entries of a file it only counts, so that a hostile file cannot make a message for each byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/ast.h"

namespace vinkki::rules {

// At most `most` bytes of a text, cut between characters, with "..." where something was cut.
inline std::string Clip(std::string_view text, size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return std::string(text.substr(0, most)) + "...";
}

class Report {
 public:
  static constexpr uint32_t kMost = 1000;
  static constexpr size_t kLongest = 500;  // bytes of a message

  // `out` outlives the report.
  explicit Report(std::vector<Diagnostic>* out) : out_(out) {}

  // What follows is about this rule; "" when it is not in a rule.
  void InRule(std::string_view name) { rule_ = Clip(name, 200); }

  void Error(Place at, uint32_t length, std::string message) {
    ++errors_;
    Add(Diagnostic::Severity::kError, at, length, std::move(message));
  }
  void Warning(Place at, uint32_t length, std::string message) {
    Add(Diagnostic::Severity::kWarning, at, length, std::move(message));
  }
  void Note(Place at, uint32_t length, std::string message) {
    Add(Diagnostic::Severity::kNote, at, length, std::move(message));
  }
  uint32_t errors() const { return errors_; }

 private:
  void Add(Diagnostic::Severity severity, Place at, uint32_t length, std::string message) {
    if (added_ > kMost) return;
    if (added_++ == kMost) {
      message = "there is more to say about this file; mend what stands above first";
    }
    out_->push_back({severity, at, length == 0 ? 1 : length, rule_, Clip(message, kLongest)});
  }

  std::vector<Diagnostic>* out_;
  std::string rule_;
  uint32_t errors_ = 0;
  uint32_t added_ = 0;
};

}  // namespace vinkki::rules
