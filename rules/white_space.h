// The white space of YAML and of expressions: ASCII, whatever the locale.
#pragma once

namespace vinkki::rules {

constexpr bool IsBlank(char c) { return c == ' ' || c == '\t'; }
constexpr bool IsLineEnd(char c) { return c == '\n' || c == '\r'; }
constexpr bool IsSpace(char c) { return IsBlank(c) || IsLineEnd(c); }

}  // namespace vinkki::rules
