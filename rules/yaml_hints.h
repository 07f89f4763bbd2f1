// What to do about a file that is not YAML: the parser says what it stumbled over, which seldom is
// what a person did.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vinkki::rules {

// "; indent with spaces, not with tabs" or the like for the line (from 1) at which libfyaml said
// `said`; empty when nothing better is known. Looks at the line first, because the words of the
// library change with its version.
std::string YamlHint(std::string_view text, uint32_t line, std::string_view said);

// The byte of the innermost [ or { that is still open at `to`; npos: there is none, or what stands
// at `to` closes more than was opened. `from`: outside of quotes and comments, brackets are not
// text from there on.
size_t OpenBracket(std::string_view text, size_t from, size_t to);

}  // namespace vinkki::rules
