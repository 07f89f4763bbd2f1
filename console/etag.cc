#include "console/etag.h"

#include <algorithm>

namespace vinkki::console {
namespace {

void SkipBlanksAndCommas(std::string_view* text) {
  text->remove_prefix(std::min(text->find_first_not_of(" \t,"), text->size()));
}

// A list of tags; a comma may stand within the quotes.
bool Names(std::string_view list, std::string_view tag, bool weak_too) {
  if (list == "*") return true;
  for (SkipBlanksAndCommas(&list); !list.empty(); SkipBlanksAndCommas(&list)) {
    const bool weak = list.starts_with("W/");
    if (weak) list.remove_prefix(2);
    if (!list.starts_with('"')) return false;
    const size_t end = list.find('"', 1);
    if (end == std::string_view::npos) return false;
    if (list.substr(0, end + 1) == tag && (weak_too || !weak)) return true;
    list.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

bool IfMatchPasses(std::string_view header, std::string_view tag) {
  return Names(header, tag, false);
}

bool IfNoneMatchKnows(std::string_view header, std::string_view tag) {
  return Names(header, tag, true);
}

}  // namespace vinkki::console
