#include "rules/read_on.h"

#include <algorithm>
#include <string>

#include "rules/facts.h"
#include "rules/white_space.h"

namespace vinkki::rules {
namespace {

constexpr int kMostTries = 20;

// An entry of `rules:` or `let:`, with all lines up to the next.
struct Entry {
  uint32_t first, last;  // lines
  size_t begin, end;     // bytes
  bool is_let;
  bool left_out = false;
};

// Nothing, or a comment.
bool SaysNothing(std::string_view line) {
  const size_t at =
      static_cast<size_t>(std::find_if_not(line.begin(), line.end(), IsSpace) - line.begin());
  return at == line.size() || line[at] == '#';
}

bool BeginsEntry(std::string_view line, size_t indent) {
  return line.size() > indent && line[indent] == '-' &&
         (indent + 1 == line.size() || IsSpace(line[indent + 1]));
}

// By their lines alone. A line that is not indented as far as they are ends the list.
void AddEntries(std::string_view text, bool lets, std::vector<Entry>* out) {
  const std::string_view section = lets ? "let:" : "rules:";
  std::vector<Entry> entries;
  bool inside = false;
  size_t indent = 0;
  uint32_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    ++number;
    if (!inside) {
      inside = line.starts_with(section) && SaysNothing(line.substr(section.size()));
    } else if (!SaysNothing(line)) {
      const size_t spaces = std::min(line.find_first_not_of(' '), line.size());
      if (entries.empty()) indent = spaces;
      if (spaces == indent && (lets ? indent > 0 : BeginsEntry(line, indent))) {
        entries.push_back({number, number, at, end, lets});
      } else if (spaces <= indent) {
        break;
      }
    }
    if (!entries.empty()) entries.back().last = number;
    if (!entries.empty()) entries.back().end = end;
    at = end;
  }
  out->insert(out->end(), entries.begin(), entries.end());
}

// In the order of their lines.
std::vector<Entry> EntriesOf(std::string_view text) {
  std::vector<Entry> entries;
  AddEntries(text, true, &entries);
  AddEntries(text, false, &entries);
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.first < b.first; });
  return entries;
}

void Blank(Entry* entry, std::string* text) {
  entry->left_out = true;
  for (size_t i = entry->begin; i < entry->end; ++i) {
    if ((*text)[i] != '\n') (*text)[i] = ' ';
  }
}

// The entry of the line, or the one before a line between two lists.
bool LeaveOut(uint32_t line, std::vector<Entry>* entries, std::string* text) {
  const auto after = std::find_if(entries->begin(), entries->end(),
                                  [&](const Entry& entry) { return entry.first > line; });
  if (after == entries->begin() || std::prev(after)->left_out) return false;
  Blank(&*std::prev(after), text);
  return true;
}

bool StandAsWritten(const YamlNode* list, const std::vector<Entry>& entries, bool lets) {
  size_t next = 0;
  const auto kind = lets ? YamlNode::Kind::kMapping : YamlNode::Kind::kSequence;
  const size_t size = list && list->kind == kind ? list->items.size() : 0;
  for (const Entry& entry : entries) {
    if (entry.left_out || entry.is_let != lets) continue;
    if (next >= size) return false;
    const YamlNode& item = lets ? list->keys[next] : list->items[next];
    if (!lets && item.kind != YamlNode::Kind::kMapping) return false;
    if (item.place.line != entry.first) return false;
    ++next;
  }
  return next == size && (lets || next > 0);
}

// The words of each line up to its colon: a let that was left out is called by one of them.
void AddNames(std::string_view text, std::vector<std::string>* names) {
  constexpr std::string_view kSigns =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789";
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::string_view key = line.substr(0, line.find(':'));
    for (size_t at = key.find_first_of(kSigns); at < key.size();) {
      const size_t end = std::min(key.find_first_not_of(kSigns, at), key.size());
      const std::string_view name = key.substr(at, end - at);
      if (IsBareName(name) && !FindFact(name)) names->emplace_back(name);
      at = key.find_first_of(kSigns, end);
    }
  }
}

// Blanks one entry after the other until the rest is YAML.
bool ReadRest(Place broken, std::vector<Entry>* entries, std::string* rest, SourceMap* map,
              std::vector<Diagnostic>* found, YamlNode* root) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    if (!LeaveOut(broken.line, entries, rest)) return false;
    found->clear();
    Report report(found);
    if (ReadYaml(*rest, map, &report, root)) return true;
    if (found->empty()) return false;
    broken = found->back().place;
  }
  return false;
}

}  // namespace

bool ReadWithoutBroken(std::string_view text, Place broken, SourceMap* map,
                       std::vector<Diagnostic>* found, WithoutBroken* out) {
  std::string rest(text);
  std::vector<Entry> entries = EntriesOf(text);
  if (!ReadRest(broken, &entries, &rest, map, found, &out->root)) return false;
  if (!StandAsWritten(out->root.Find("let"), entries, true)) return false;
  if (!StandAsWritten(out->root.Find("rules"), entries, false)) return false;
  for (const Entry& entry : entries) {
    if (!entry.is_let || !entry.left_out) continue;
    AddNames(text.substr(entry.begin, entry.end - entry.begin), &out->lets);
  }
  return true;
}

}  // namespace vinkki::rules
