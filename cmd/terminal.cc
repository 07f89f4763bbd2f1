#include "cmd/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"

namespace vinkki::cmd {
namespace {

constexpr size_t kNarrowest = 40;
constexpr size_t kWidest = 200;

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

bool LocaleIsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = Lower(Environment(name));
    if (value.empty()) continue;
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

bool Continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// One of the levels 0 (nothing) to 8 (full); what is there at all is at least 1.
size_t LevelOf(uint64_t number, uint64_t most) {
  if (number == 0 || most == 0) return 0;
  const double share = static_cast<double>(number) / static_cast<double>(most);
  return std::clamp<size_t>(static_cast<size_t>(share * 8 + 0.5), 1, 8);
}

constexpr const char* kBlocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr const char* kPlainBlocks[] = {" ", ".", ".", ":", "-", "=", "+", "*", "#"};

}  // namespace

Terminal Terminal::Of(int fd) {
  Terminal out;
  const bool is_terminal = ::isatty(fd) != 0;
  winsize size{};
  if (is_terminal && ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    out.width = size.ws_col;
  } else if (const long columns =
                 std::strtol(std::string(Environment("COLUMNS")).c_str(), nullptr, 10);
             columns > 0) {
    out.width = static_cast<size_t>(columns);
  }
  out.width = std::clamp(out.width, kNarrowest, kWidest);
  out.obeys = is_terminal && Environment("TERM") != "dumb";
  out.color = out.obeys && Environment("NO_COLOR").empty();
  out.unicode = LocaleIsUtf8();
  return out;
}

std::string Styled(const Terminal& terminal, Style style, std::string_view text) {
  static constexpr const char* kCodes[] = {"", "1", "2", "35", "36", "32", "31"};
  if (!terminal.color || style == Style::kPlain || text.empty()) return std::string(text);
  return "\033[" + std::string(kCodes[static_cast<size_t>(style)]) + "m" + std::string(text) +
         "\033[0m";
}

size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !Continues(c); }));
}

std::string Clean(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t unshown = UnshownAt(text, i);
    out += unshown > 0 ? '?' : text[i];
    i += std::max<size_t>(unshown, 1);
  }
  return out;
}

std::string ShellQuoted(std::string_view word) {
  static constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:@%+=,";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string inside;
  for (size_t i = 0; i < word.size();) {
    size_t unshown = UnshownAt(word, i);
    if (unshown == 0) {
      inside += word[i] == '\'' ? "'\\''" : std::string(1, word[i]);
      ++i;
    }
    for (; unshown > 0; --unshown, ++i) {
      const auto byte = static_cast<unsigned char>(word[i]);
      inside += "'$'\\";  // $'\342' is that byte
      for (const int shift : {6, 3, 0}) inside += static_cast<char>('0' + (byte >> shift & 7));
      inside += "''";
    }
  }
  return "'" + inside + "'";
}

std::string Cut(const Terminal& terminal, std::string_view text, size_t width) {
  if (WidthOf(text) <= width) return std::string(text);
  const std::string_view dots = terminal.unicode ? "…" : "~";
  size_t end = 0;
  for (size_t columns = 0; end < text.size(); ++end) {
    if (!Continues(text[end]) && ++columns > width - std::min<size_t>(width, 1)) break;
  }
  return std::string(text.substr(0, end)) + std::string(width == 0 ? "" : dots);
}

std::string Tied(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == ' ' ? std::string(kTie) : std::string(1, c);
  return out;
}

std::string Wrapped(const Terminal& terminal, std::string_view text, size_t indent) {
  std::string out;
  size_t column = indent;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (column > indent && column + 1 + WidthOf(word) > terminal.width) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += WidthOf(word);
    at = end + 1;
  }
  for (size_t at = 0; (at = out.find(kTie, at)) != std::string::npos; ++at) {
    out.replace(at, kTie.size(), " ");
  }
  return out;
}

std::string PadLeft(std::string_view text, size_t width) {
  const size_t mine = WidthOf(text);
  return std::string(width > mine ? width - mine : 0, ' ') + std::string(text);
}

std::string PadRight(std::string_view text, size_t width) {
  const size_t mine = WidthOf(text);
  return std::string(text) + std::string(width > mine ? width - mine : 0, ' ');
}

std::vector<uint64_t> Folded(const std::vector<uint64_t>& numbers, size_t columns, Fold fold) {
  if (columns == 0 || numbers.size() <= columns) return numbers;
  const size_t each = (numbers.size() + columns - 1) / columns;   // the same for all, so that the
  std::vector<uint64_t> out((numbers.size() + each - 1) / each);  // heights can be compared
  for (size_t i = 0; i < numbers.size(); ++i) {
    uint64_t& to = out[i / each];
    to = fold == Fold::kSum ? to + numbers[i] : std::max(to, numbers[i]);
  }
  return out;
}

std::string Sparkline(const Terminal& terminal, const std::vector<uint64_t>& numbers,
                      uint64_t most) {
  if (most == 0 && !numbers.empty()) most = *std::max_element(numbers.begin(), numbers.end());
  const auto& blocks = terminal.unicode ? kBlocks : kPlainBlocks;
  std::string out;
  for (const uint64_t n : numbers) out += blocks[LevelOf(n, most)];
  return out;
}

std::vector<std::string> BarChart(const Terminal& terminal, const std::vector<uint64_t>& numbers,
                                  size_t height) {
  std::vector<std::string> lines(height);
  if (numbers.empty()) return lines;
  const uint64_t most = *std::max_element(numbers.begin(), numbers.end());
  for (size_t line = 0; line < height; ++line) {
    const size_t below = (height - 1 - line) * 8;  // eighths
    for (const uint64_t n : numbers) {
      size_t eighths = 0;
      if (n > 0) {
        const double share = static_cast<double>(n) / static_cast<double>(most);
        eighths =
            std::max<size_t>(1, static_cast<size_t>(share * static_cast<double>(height * 8) + 0.5));
      }
      const size_t level = eighths <= below ? 0 : std::min<size_t>(eighths - below, 8);
      lines[line] += terminal.unicode ? kBlocks[level] : (level >= 4 ? "#" : level > 0 ? "." : " ");
    }
  }
  return lines;
}

}  // namespace vinkki::cmd
