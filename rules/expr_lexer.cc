#include "rules/expr_lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "rules/duration_meant.h"
#include "rules/facts.h"
#include "rules/report.h"
#include "rules/white_space.h"

namespace vinkki::rules {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

void Break(Token* token, std::string message) {
  token->kind = Token::Kind::kBroken;
  token->text = std::move(message);
}

// The bytes of the character at `at`.
size_t CharacterLength(std::string_view source, size_t at) {
  size_t n = 1;
  while (at + n < source.size() && (static_cast<unsigned char>(source[at + n]) & 0xC0) == 0x80) ++n;
  return n;
}

// 1_000, 1'000, 1\u00a0000: digits in groups.
constexpr std::string_view kPlainDigits = "numbers have a point and no other sign: 30.5, 1000";

// Whether the character at `at`, of n bytes, parts digits as people write them.
bool PartsDigits(std::string_view source, size_t at, size_t n) {
  static constexpr std::array<std::string_view, 6> kSigns = {"'",      "\u2019", "\u02bc",
                                                             "\u00a0", "\u202f", "\u2009"};
  const bool between =
      at > 0 && IsDigit(source[at - 1]) && at + n < source.size() && IsDigit(source[at + n]);
  return between && std::find(kSigns.begin(), kSigns.end(), source.substr(at, n)) != kSigns.end();
}

std::string HintForSemicolon(std::string_view before, std::string_view behind) {
  if (std::all_of(behind.begin(), behind.end(), IsSpace)) {
    return "an expression ends without ';': leave it out";
  }
  const auto number = [&](char c) { return std::count(before.begin(), before.end(), c); };
  const bool inside = number('(') > number(')') || number('[') > number(']');
  return inside ? "write ',' instead of ';'" : "conditions are joined by `and` or `or`, not by ';'";
}

std::string HintForSign(std::string_view sign) {
  if (sign == "=>" || sign == "\u2265") return "write >= instead of '" + std::string(sign) + "'";
  if (sign == "=<" || sign == "\u2264") return "write <= instead of '" + std::string(sign) + "'";
  if (sign == "<>" || sign == "\u2260") return "write != instead of '" + std::string(sign) + "'";
  if (sign == "\u00d7") return "write * instead of '" + std::string(sign) + "'";
  if (sign == "#") return "a comment cannot stand inside an expression; put it above the key";
  if (sign == "=") return "'=' is no sign of the language; write == to compare";
  if (sign == "&") return "write 'and' instead of '&'";
  if (sign == "|") return "write 'or' instead of '|'";
  if (sign == "!") return "write 'not' instead of '!'";
  if (sign == "%") return "'%' stands directly behind a number: 35%";
  if (sign == "\u201c" || sign == "\u201d" || sign == "\u2018" || sign == "\u2019") {
    return "write straight quotes, \" or ', around text";
  }
  std::string hint;
  if (sign == ":") hint = "; times of day stand in hours: { from: 08:00, to: 20:00 }";
  if (sign == "\u20ac" || sign == "$" || sign == "\u00a3") hint = "; amounts stand alone: 50";
  // U+00C0 to U+07FF: letters of other alphabets than a to z, but for some signs.
  const auto lead = static_cast<unsigned char>(sign[0]);
  if (lead >= 0xC3 && lead <= 0xDF) hint = "; names are of a to z, and text stands in quotes";
  return "the character '" + std::string(sign) + "' has no place in an expression" + hint;
}

// Well made, but above the longest.
bool IsTooLong(std::string_view written) {
  std::string ones;
  for (size_t i = 0; i < written.size(); ++i) {
    if (!IsDigit(written[i]))
      ones += written[i];
    else if (i == 0 || !IsDigit(written[i - 1]))
      ones += '1';
  }
  return ParseDuration(ones).has_value();
}

// Of digits behind which a % stands: the double next to the hundredth, so that 1.1% is 0.011.
double Hundredth(std::string_view digits) {
  const std::string written = std::string(digits) + "e-2";
  double value = 0;
  std::from_chars(written.data(), written.data() + written.size(), value);
  return value;
}

// 1.000 and 12.500, but neither 0.500 nor 1.125.
bool IsGrouped(std::string_view digits) {
  const size_t point = digits.find('.');
  constexpr size_t kMostBefore = 3;
  return point <= kMostBefore && digits.size() == point + 4 && digits[0] != '0' &&
         digits.ends_with('0');
}

std::string HintForNumber(std::string_view written) {
  if (written.find_first_not_of("0123456789_") == written.npos) return std::string(kPlainDigits);
  if (IsTooLong(written)) return "this duration is longer than 10^13 ms (317 years)";
  const std::string meant = DurationMeant(written);
  if (written.find('.') != std::string_view::npos) {
    const bool times = written.ends_with('x');
    return "'" + std::string(written) + "' is no " + (times ? "number of times" : "duration") +
           ": it has whole numbers only" +
           (meant.empty() ? times ? " (3x)" : " (1h30m)" : "; write " + meant);
  }
  for (size_t i = 0; i + 2 < written.size(); ++i) {
    if (IsDigit(written[i]) && Lower(written[i + 1]) == 'e' && IsDigit(written[i + 2])) {
      return "'" + std::string(written) + "' is no number: exponents are not part of the language";
    }
  }
  return "'" + std::string(written) +
         "' is neither a number nor a duration (units d h m s ms, from large to small, each once: "
         "1h30m)" +
         (meant.empty() ? "" : "; write " + meant);
}

}  // namespace

void Lexer::ReadText(Token* token) {
  const char quote = source_[at_++];
  if (PartsDigits(source_, at_ - 1, 1)) return Break(token, std::string(kPlainDigits));
  for (; at_ < source_.size() && source_[at_] != quote; ++at_) {
    const char next = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
    if (source_[at_] == '\\' && (next == '"' || next == '\'' || next == '\\')) ++at_;
    token->text += source_[at_];
  }
  if (at_ >= source_.size()) {
    at_ = source_.size();
    return Break(token,
                 "this text has no closing quote (in YAML ' #' begins a comment and ': ' a "
                 "key; put the expression below a | then)");
  }
  ++at_;
  token->kind = Token::Kind::kText;
}

void Lexer::ReadNumber(Token* token) {
  const size_t begin = at_;
  while (at_ < source_.size() && IsDigit(source_[at_])) ++at_;
  if (at_ + 1 < source_.size() && source_[at_] == '.' && IsDigit(source_[at_ + 1])) {
    ++at_;
    while (at_ < source_.size() && IsDigit(source_[at_])) ++at_;
  }
  const std::string_view digits = source_.substr(begin, at_ - begin);
  while (at_ < source_.size() && (IsDigit(source_[at_]) || IsLetter(source_[at_]))) ++at_;
  const std::string_view written = source_.substr(begin, at_ - begin);
  const std::string_view unit = written.substr(digits.size());
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), token->number);
  if (parsed.ec != std::errc() || !std::isfinite(token->number)) {
    return Break(token, "this number is too large");
  }
  if (unit.empty()) {
    token->kind = Token::Kind::kNumber;
    if (at_ < source_.size() && source_[at_] == '%') {
      ++at_;
      token->number = Hundredth(digits);
      token->percent = true;
    }
    token->grouped = !token->percent && IsGrouped(digits);
  } else if (unit == "x" && digits.find('.') == std::string_view::npos) {
    token->kind = Token::Kind::kTimes;
  } else if (const auto duration = ParseDuration(written)) {
    token->kind = Token::Kind::kDuration;
    token->duration = *duration;
  } else {
    Break(token, HintForNumber(written));
  }
}

void Lexer::ReadWord(Token* token) {
  const size_t begin = at_;
  while (at_ < source_.size() && (IsDigit(source_[at_]) || IsLetter(source_[at_]))) ++at_;
  if (source_.substr(at_).starts_with("://")) {
    while (at_ < source_.size() && !IsSpace(source_[at_]) && source_[at_] != ')') ++at_;
    const std::string address = Clip(source_.substr(begin, at_ - begin), 60);
    return Break(token, "an address is text, which stands in quotes: \"" + address + "\"");
  }
  const bool word = IsReserved(source_.substr(begin, at_ - begin));
  token->kind = word ? Token::Kind::kWord : Token::Kind::kName;
}

void Lexer::ReadSign(Token* token) {
  static constexpr std::array<std::string_view, 16> kSigns = {
      "==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", ".", "+", "-", "*", "/"};
  for (const std::string_view sign : {"<>", "=>", "=<"}) {  // other languages have them
    if (source_.substr(at_, sign.size()) != sign) continue;
    at_ += sign.size();
    return Break(token, HintForSign(sign));
  }
  token->kind = Token::Kind::kSign;
  for (const std::string_view sign : kSigns) {
    if (source_.substr(at_, sign.size()) == sign) {
      at_ += sign.size();
      return;
    }
  }
  const size_t n = CharacterLength(source_, at_);
  const std::string_view sign = source_.substr(at_, n);
  Break(token, PartsDigits(source_, at_, n) ? std::string(kPlainDigits)
               : sign == ";" ? HintForSemicolon(source_.substr(0, at_), source_.substr(at_ + n))
                             : HintForSign(sign));
  at_ += n;
}

Token Lexer::Next() {
  while (at_ < source_.size() && IsSpace(source_[at_])) ++at_;
  Token token;
  token.begin = at_;
  if (at_ < source_.size()) {
    const char c = source_[at_];
    if (c == '"' || c == '\'') {
      ReadText(&token);
    } else if (IsDigit(c)) {
      ReadNumber(&token);
    } else if (IsLetter(c)) {
      ReadWord(&token);
    } else {
      ReadSign(&token);
    }
  }
  token.end = at_;
  token.written = source_.substr(token.begin, token.end - token.begin);
  return token;
}

}  // namespace vinkki::rules
