#include "rules/read_on.h"

#include <algorithm>
#include <string>

#include "rules/white_space.h"

namespace vinkki::rules {
namespace {

constexpr int kMostTries = 20;

// An entry of `rules:`, with all lines up to the next.
struct Entry {
  uint32_t first, last;  // lines
  size_t begin, end;     // bytes
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
std::vector<Entry> ListEntries(std::string_view text) {
  std::vector<Entry> entries;
  bool inside = false;
  size_t indent = 0;
  uint32_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    ++number;
    if (!inside) {
      inside = line.starts_with("rules:") && SaysNothing(line.substr(6));
    } else if (!SaysNothing(line)) {
      const size_t spaces = std::min(line.find_first_not_of(' '), line.size());
      if (entries.empty()) indent = spaces;
      if (BeginsEntry(line, indent) && spaces == indent) {
        entries.push_back({number, number, at, end});
      } else if (spaces <= indent) {
        break;
      }
    }
    if (!entries.empty()) entries.back().last = number;
    if (!entries.empty()) entries.back().end = end;
    at = end;
  }
  return entries;
}

void Blank(Entry* entry, std::string* text) {
  entry->left_out = true;
  for (size_t i = entry->begin; i < entry->end; ++i) {
    if ((*text)[i] != '\n') (*text)[i] = ' ';
  }
}

// The entry of the line. What shows at an entry's first line may be the fault of the one before.
bool LeaveOut(uint32_t line, std::vector<Entry>* entries, std::string* text) {
  for (size_t i = 0; i < entries->size(); ++i) {
    Entry& entry = (*entries)[i];
    if (line < entry.first || line > entry.last) continue;
    if (entry.left_out) return false;
    Blank(&entry, text);
    if (line == entry.first && i > 0) Blank(&(*entries)[i - 1], text);
    return true;
  }
  return false;
}

bool StandAsWritten(const YamlNode& root, const std::vector<Entry>& entries) {
  const YamlNode* rules = root.Find("rules");
  if (!rules || rules->kind != YamlNode::Kind::kSequence) return false;
  size_t next = 0;
  for (const Entry& entry : entries) {
    if (entry.left_out) continue;
    if (next >= rules->items.size()) return false;
    const YamlNode& item = rules->items[next++];
    if (item.kind != YamlNode::Kind::kMapping || item.place.line != entry.first) return false;
  }
  return next > 0 && next == rules->items.size();
}

}  // namespace

bool ReadWithoutBroken(std::string_view text, Place broken, SourceMap* map,
                       std::vector<Diagnostic>* found, YamlNode* root) {
  std::string rest(text);
  std::vector<Entry> entries = ListEntries(text);
  for (int tries = 0; tries < kMostTries; ++tries) {
    if (!LeaveOut(broken.line, &entries, &rest)) return false;
    found->clear();
    Report report(found);
    if (ReadYaml(rest, map, &report, root)) return StandAsWritten(*root, entries);
    if (found->empty()) return false;
    broken = found->back().place;
  }
  return false;
}

}  // namespace vinkki::rules
