// What the place can show that a text is written to, and the pieces that reports are drawn with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vinkki::cmd {

struct Terminal {
  size_t width = 100;
  bool obeys = false;    // a terminal that knows what a line that rewrites itself needs
  bool color = false;    // such a one, and NO_COLOR is not set
  bool unicode = false;  // the locale's characters are UTF-8

  // Of a file descriptor and the environment (COLUMNS, NO_COLOR, TERM, LC_ALL, LC_CTYPE, LANG).
  static Terminal Of(int fd);
};

enum class Style { kPlain, kStrong, kFaint, kOffer, kAgents, kGood, kBad };

// Without colour the text as it is.
std::string Styled(const Terminal& terminal, Style style, std::string_view text);

// Characters, each of which is taken to be one column wide.
size_t WidthOf(std::string_view text);
// Fit for a terminal: control characters, and those that turn the direction of writing, become '?'.
std::string Clean(std::string_view text);
// A word of a command as a shell takes it; what Clean takes away stands there as its number.
std::string ShellQuoted(std::string_view word);
// At most `width` columns, with an ellipsis where something was cut.
std::string Cut(const Terminal& terminal, std::string_view text, size_t width);
// A blank at which no line of Wrapped ends.
inline constexpr std::string_view kTie = "\u00a0";
// What is read as one thing, a moment or an amount: Wrapped keeps it in one line.
std::string Tied(std::string_view text);
// One long line, broken at its blanks; the lines that follow stand under the first, at `indent`,
// where the first is to be put.
std::string Wrapped(const Terminal& terminal, std::string_view text, size_t indent);
std::string PadLeft(std::string_view text, size_t width);
std::string PadRight(std::string_view text, size_t width);

// How to bring numbers into fewer columns.
enum class Fold { kSum, kMost };
std::vector<uint64_t> Folded(const std::vector<uint64_t>& numbers, size_t columns, Fold fold);

// One line, one character for each number; the highest of all is `most` (0: of these).
std::string Sparkline(const Terminal& terminal, const std::vector<uint64_t>& numbers,
                      uint64_t most = 0);
// Bars, `height` lines from the top down, with eighths of a line where the terminal has them.
std::vector<std::string> BarChart(const Terminal& terminal, const std::vector<uint64_t>& numbers,
                                  size_t height);

}  // namespace vinkki::cmd
