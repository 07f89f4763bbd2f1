// Expressions into tokens: identifiers, words of the language, strings, numbers (12, 1.5, 5%),
// durations (1h30m), times (3x) and signs. Grammar: rules.md, Expressions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rules/ast.h"

namespace vinkki::rules {

struct Token {
  enum class Kind : uint8_t {
    kEnd,
    kName,
    kWord,
    kText,
    kNumber,
    kDuration,
    kTimes,
    kSign,
    kBroken
  };
  Kind kind = Kind::kEnd;
  size_t begin = 0;  // bytes in the expression
  size_t end = 0;
  std::string_view written;  // as it stands in the expression
  std::string text;          // kText: without quotes and escapes; kBroken: what is wrong
  double number = 0;         // kNumber (a percentage is divided by 100), kTimes
  Millis duration = 0;       // kDuration
  bool percent = false;      // kNumber, written as 35%
  bool grouped = false;      // kNumber, written as 1.000 or 12.500

  bool Is(std::string_view sign) const {
    return (kind == Kind::kSign || kind == Kind::kWord) && written == sign;
  }
};

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}
  // After the last token kEnd, always; after kBroken nothing more should be asked.
  Token Next();

 private:
  void ReadText(Token* token);
  void ReadNumber(Token* token);
  void ReadWord(Token* token);
  void ReadSign(Token* token);

  std::string_view source_;
  size_t at_ = 0;
};

}  // namespace vinkki::rules
