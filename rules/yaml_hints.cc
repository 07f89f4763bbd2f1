#include "rules/yaml_hints.h"

#include <algorithm>
#include <vector>

#include "rules/white_space.h"

namespace vinkki::rules {
namespace {

std::string_view LineOf(std::string_view text, uint32_t line) {
  for (; line > 1; --line) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool IsTabbed(std::string_view line) {
  return Has(line.substr(0, line.find_first_not_of(" \t")), "\t");
}

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// "-name: x" and "version:1": what follows the sign at once.
std::string MissingSpace(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  if (line.size() > 1 && line[0] == '-' && IsWord(line[1])) {
    return "; a space stands behind the '-' of a list";
  }
  size_t end = 0;
  while (end < line.size() && IsWord(line[end])) ++end;
  const bool glued = end > 0 && end + 1 < line.size() && line[end] == ':' && line[end + 1] != ' ' &&
                     line[end + 1] != '\r' && !Has(line, ": ");
  return glued ? "; a space stands behind the ':' of a key" : "";
}

// "description: what: this"; what stands in quotes or brackets does not count.
bool HasTwoColons(std::string_view line) {
  const size_t first = line.find(": ");
  if (first == std::string_view::npos) return false;
  const std::string_view value = line.substr(first + 2);
  return !value.starts_with('"') && !value.starts_with('\'') && !value.starts_with('{') &&
         !value.starts_with('[') && Has(value, ": ");
}

struct Saying {
  std::string_view said;
  std::string_view hint;
};
constexpr Saying kSayings[] = {
    {"trailing content after",
     "; an expression that begins with a quote goes on a line of its own, below a |, and so does a "
     "text with quotes in it"},
    {"cannot start with", "; put it into quotes"},
    {"could not find expected ':'", "; after a key come ':' and a space"},
    {"missing comma in flow mapping",
     "; a text with ': ', a comma or a bracket in it goes into quotes, and one with \" in it "
     "between single ones"},
    {"closing bracket", "; each [ and { needs its ] and }"},
    {"mismatched", "; each [ and { needs its ] and }"},
    {"invalid escape",
     "; in double quotes YAML reads \\ itself: write the text in single quotes, or below a |"},
    {"wrongly indented flow", "; what stands in brackets is indented further than its key"},
    {"quoted scalar",
     "; each quote needs its second one, and the text stands further right than "
     "its key"},
    {"invalid value after mapping", "; a comment ends the value before it: put it above the key"},
    {"multiline plain key",
     "; keys that belong together begin in one column, a blank stands behind each ':', and an item "
     "of a list begins with '- '"},
    {"indicator", "; keys that belong together begin in one column, and so do the '-' of a list"},
    {"expected key",
     "; keys that belong together begin in one column, and so do the '-' of a list"},
    {"end of block",
     "; keys that belong together begin in one column, and so do the '-' of a list"},
    {"node content", "; a value is missing here, or it begins with a sign that needs quotes"},
};

// The byte behind a quoted text that begins at `at`.
size_t BehindQuoted(std::string_view text, size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || at + 1 >= text.size() || text[at + 1] != quote) return at + 1;
      ++at;
    }
  }
  return at;
}

}  // namespace

size_t OpenBracket(std::string_view text, size_t from, size_t to) {
  std::vector<size_t> open;
  char before = '\n';      // what stands directly before
  char significant = '[';  // the last that is not white space
  for (size_t at = from; at < std::min(to, text.size());) {
    const char c = text[at];
    const bool begins = significant == '[' || significant == '{' || significant == ',' ||
                        (significant == ':' && IsSpace(before));
    if ((c == '"' || c == '\'') && begins) {
      at = BehindQuoted(text, at);
      before = significant = c;
      continue;
    }
    if (c == '#' && IsSpace(before)) {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (c == '[' || c == '{') open.push_back(at);
    if ((c == ']' || c == '}') && !open.empty()) open.pop_back();
    before = c;
    if (!IsSpace(c)) significant = c;
    ++at;
  }
  const char closer = to < text.size() ? text[to] : ' ';
  const bool closes = closer == ']' || closer == '}';
  const bool one_too_many = closes && std::none_of(open.begin(), open.end(), [&](size_t at) {
                              return text[at] == (closer == ']' ? '[' : '{');
                            });
  return open.empty() || one_too_many ? std::string_view::npos : open.back();
}

std::string YamlHint(std::string_view text, uint32_t line, std::string_view said) {
  const std::string_view at = LineOf(text, line);
  // A value that goes on in the next line is said to be wrong where it began.
  const bool goes_on = Has(said, "multiline");
  if (IsTabbed(at) || (goes_on && IsTabbed(LineOf(text, line + 1)))) {
    return "; indent with spaces, not with tabs";
  }
  if (std::string hint = MissingSpace(at); !hint.empty()) return hint;
  if (Has(at, ": !")) return "; write `not` instead of '!'";
  if (HasTwoColons(at) && !Has(said, "wrongly indented flow")) {
    return "; a value with ': ' in it goes into quotes, or on a line of its own below a |";
  }
  for (const Saying& saying : kSayings) {
    if (Has(said, saying.said)) return std::string(saying.hint);
  }
  return "";
}

}  // namespace vinkki::rules
