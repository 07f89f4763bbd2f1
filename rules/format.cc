// Diagnostics as text for people and as JSON for editors (declared in load.h).
#include <algorithm>
#include <tuple>

#include "base/json_writer.h"
#include "base/text.h"
#include "rules/load.h"
#include "rules/source_map.h"

namespace vinkki::rules {
namespace {

constexpr size_t kWidest = 160;  // characters of a line that are shown
constexpr size_t kBefore = 60;   // of them at least so many before the caret, in a longer line

std::string_view SeverityName(Diagnostic::Severity severity) {
  switch (severity) {
    case Diagnostic::Severity::kError: return "error";
    case Diagnostic::Severity::kWarning: return "warning";
    case Diagnostic::Severity::kNote: return "note";
  }
  return "error";
}

// Line starts of the file that was asked for last: diagnostics come by file and line.
class Lines {
 public:
  std::string_view Line(const std::string& text, uint32_t line) {
    if (&text != text_ || line < line_) {
      text_ = &text;
      begin_ = ByteOrderMark(text);
      line_ = 1;
    }
    for (; line_ < line; ++line_) {
      const size_t end = text.find('\n', begin_);
      if (end == std::string::npos) return {};
      begin_ = end + 1;
    }
    const size_t end = text.find('\n', begin_);
    std::string_view found = std::string_view(text).substr(begin_, end - begin_);
    if (end == std::string::npos) found = std::string_view(text).substr(begin_);
    if (found.ends_with('\r')) found.remove_suffix(1);
    return found;
  }

 private:
  const std::string* text_ = nullptr;
  size_t begin_ = 0;
  uint32_t line_ = 1;
};

// The byte at which character `n` (from 0) starts.
size_t ByteOf(std::string_view line, size_t n) {
  size_t at = 0;
  for (; at < line.size(); ++at) {
    if ((static_cast<unsigned char>(line[at]) & 0xC0) == 0x80) continue;
    if (n-- == 0) break;
  }
  return at;
}

// What a file of somebody else says or is called, for a terminal and for JSON: nothing
// that commands it, no broken UTF-8.
void AddClean(std::string_view text, std::string* out) {
  for (size_t i = 0; i < text.size();) {
    size_t n = 1;
    while (n < 4 && i + n < text.size() && (static_cast<unsigned char>(text[i + n]) & 0xC0) == 0x80)
      ++n;
    const std::string_view character = text.substr(i, n);
    i += n;
    if (!IsUtf8(character)) {
      *out += "\xEF\xBF\xBD";  // U+FFFD
    } else if (UnshownAt(character, 0) > 0) {
      *out += character == "\t" ? '\t' : ' ';
    } else {
      *out += character;
    }
  }
}

std::string Clean(std::string_view text) {
  std::string out;
  AddClean(text, &out);
  return out;
}

void AddSnippet(std::string_view line, const Diagnostic& d, std::string* out) {
  size_t column = d.place.column > 0 ? d.place.column - 1 : 0;
  size_t first = column > kWidest - 20 ? column - kBefore : 0;
  const size_t begin = ByteOf(line, first);
  std::string_view shown = line.substr(begin);
  shown = shown.substr(0, ByteOf(shown, kWidest));
  column -= first;
  *out += "  ";
  AddClean(shown, out);
  *out += "\n  ";
  const size_t caret = ByteOf(shown, column);
  for (size_t i = 0; i < caret; ++i) {
    if ((static_cast<unsigned char>(shown[i]) & 0xC0) != 0x80)
      *out += shown[i] == '\t' ? '\t' : ' ';
  }
  *out += '^';
  const size_t left = shown.size() - caret;
  for (size_t i = 1; i < d.length && i < left; ++i) *out += '~';
  *out += '\n';
}

std::string_view PathOf(const RuleSet& set, const Diagnostic& d) {
  return d.place.file < set.files.size() ? std::string_view(set.files[d.place.file].path) : "";
}

}  // namespace

std::string Format(const RuleSet& set, const std::vector<Diagnostic>& diagnostics) {
  std::string out;
  Lines lines;
  for (const Diagnostic& d : diagnostics) {
    AddClean(PathOf(set, d), &out);
    out += ":" + std::to_string(d.place.line) + ":" + std::to_string(d.place.column) + ": ";
    if (d.severity != Diagnostic::Severity::kError) {
      out += std::string(SeverityName(d.severity)) + ": ";
    }
    const std::string rule = d.rule.empty() ? "" : "rule '" + d.rule + "': ";
    AddClean(rule + d.message, &out);
    out += '\n';
    if (d.place.file >= set.files.size()) continue;
    AddSnippet(lines.Line(set.files[d.place.file].text, d.place.line), d, &out);
  }
  return out;
}

std::string Format(const LoadResult& result) { return Format(result.set, result.diagnostics); }

std::string FormatJson(const RuleSet& set, const std::vector<Diagnostic>& diagnostics) {
  JsonWriter json;
  json.BeginArray();
  for (const Diagnostic& d : diagnostics) {
    json.BeginObject();
    json.Key("file").Text(Clean(PathOf(set, d)));
    json.Key("line").Whole(d.place.line).Key("column").Whole(d.place.column);
    json.Key("length").Whole(d.length).Key("severity").Text(SeverityName(d.severity));
    json.Key("rule").Text(d.rule).Key("message").Text(Clean(d.message));
    json.EndObject();
  }
  json.EndArray();
  return std::string(json.text());
}

void SortDiagnostics(std::vector<Diagnostic>* diagnostics) {
  const auto key = [](const Diagnostic& d) {
    return std::tie(d.place.file, d.place.line, d.place.column, d.severity);
  };
  std::stable_sort(diagnostics->begin(), diagnostics->end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
}

bool HasErrors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& d) {
    return d.severity == Diagnostic::Severity::kError;
  });
}

}  // namespace vinkki::rules
