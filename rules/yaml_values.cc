#include "rules/yaml_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "rules/duration_meant.h"
#include "rules/nearest.h"

namespace vinkki::rules {
namespace {

std::string Shown(const YamlNode& node) { return "'" + Clip(node.text, 40) + "'"; }

}  // namespace

bool Field::Wrong(std::string message) const {
  report->Error(node.place, node.length, std::string(name) + ": " + std::move(message));
  return false;
}

bool Field::IsText() const {
  if (node.kind != YamlNode::Kind::kScalar)
    return Wrong("one value is wanted here, not a list or mapping");
  if (node.IsNull()) return Wrong("the value is missing");
  return true;
}

bool ReadText(const Field& field, size_t longest, std::string* out) {
  if (!field.IsText()) return false;
  const std::string& text = field.node.text;
  if (text.empty()) return field.Wrong("an empty text is not enough");
  if (text.size() > longest) {
    return field.Wrong("the text is longer than " + std::to_string(longest) + " bytes");
  }
  if (HasControl(text)) return field.Wrong("line breaks and control characters may not stand here");
  for (size_t i = 0; i < text.size(); ++i) {
    if (UnshownAt(text, i) == 0) continue;
    return field.Wrong("a character that nobody sees stands in it; type the text, do not copy it");
  }
  *out = text;
  return true;
}

bool ReadWhole(const Field& field, int64_t least, int64_t most, int64_t* out) {
  if (!field.IsText()) return false;
  const std::string& text = field.node.text;
  int64_t value = 0;
  const char* begin = text.data() + (text.size() > 1 && text[0] == '+' ? 1 : 0);
  const auto parsed = std::from_chars(begin, text.data() + text.size(), value);
  const bool too_large = parsed.ec == std::errc::result_out_of_range;
  if (!too_large && (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())) {
    return field.Wrong("a whole number is wanted, not " + Shown(field.node));
  }
  if (too_large || value < least || value > most) {
    return field.Wrong("a number from " + std::to_string(least) + " to " + std::to_string(most) +
                       " is wanted, not " + Shown(field.node));
  }
  *out = value;
  return true;
}

bool ReadDuration(const Field& field, Millis* out) {
  if (!field.IsText()) return false;
  const auto duration = ParseDuration(field.node.text);
  if (!duration) {
    const std::string meant = DurationMeant(field.node.text);
    return field.Wrong("a duration such as 90s, 1h30m or 7d is wanted (at most 10^13 ms), not " +
                       Shown(field.node) + (meant.empty() ? "" : "; write " + meant));
  }
  *out = *duration;
  return true;
}

bool ReadShare(const Field& field, double* out) {
  if (!field.IsText()) return false;
  std::string_view text = field.node.text;
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return field.Wrong("a percentage such as 10% is wanted, not " + Shown(field.node));
  }
  if (percent) value /= 100;
  if (!(value >= 0 && value <= 1)) {
    return field.Wrong("a share is between 0% and 100%" +
                       (percent ? std::string() : "; write " + std::string(text) + "%"));
  }
  *out = value;
  return true;
}

namespace {

// "08:00", 0 to 24:00.
std::optional<Millis> ParseTimeOfDay(std::string_view text) {
  const size_t colon = text.find(':');
  unsigned hours = 99;
  unsigned minutes = 99;
  const char* end = text.data() + text.size();
  if (colon == 1 || colon == 2) {
    const auto h = std::from_chars(text.data(), text.data() + colon, hours);
    const auto m = std::from_chars(text.data() + colon + 1, end, minutes);
    const bool whole = h.ptr == text.data() + colon && m.ptr == end && text.size() == colon + 3;
    if (!whole) hours = 99;
  }
  if (hours > 24 || minutes > 59 || (hours == 24 && minutes > 0)) return std::nullopt;
  return (hours * 60 + minutes) * Millis{60'000};
}

// Of 8.30 and 8, which people write too; "" of anything else.
std::string TimeOfDayMeant(std::string_view text) {
  std::string meant(text);
  std::replace(meant.begin(), meant.end(), '.', ':');
  if (text.size() <= 2) meant += ":00";
  return ParseTimeOfDay(meant) ? "; write " + meant : "";
}

}  // namespace

bool ReadTimeOfDay(const Field& field, Millis* out) {
  if (!field.IsText()) return false;
  const auto read = ParseTimeOfDay(field.node.text);
  if (!read) {
    return field.Wrong("a time of day such as 08:00, up to 24:00, is wanted, not " +
                       Shown(field.node) + TimeOfDayMeant(field.node.text));
  }
  *out = *read;
  return true;
}

bool ReadWord(const Field& field, const std::vector<std::string_view>& words, size_t* out) {
  if (!field.IsText()) return false;
  std::string list;
  for (size_t i = 0; i < words.size(); ++i) {
    if (field.node.text == words[i]) {
      *out = i;
      return true;
    }
    list += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + std::string(words[i]);
  }
  return field.Wrong(list + " is wanted, not " + Shown(field.node) +
                     DidYouMean(field.node.text, words));
}

}  // namespace vinkki::rules
