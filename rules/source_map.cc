#include "rules/source_map.h"

#include <algorithm>

namespace vinkki::rules {
namespace {

bool StartsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

Place SourceMap::At(size_t byte) {
  byte = std::clamp(byte, starts_.front(), text_.size());
  const bool in_line = byte >= byte_ && (line_ + 1 == starts_.size() || byte < starts_[line_ + 1]);
  if (!in_line) {
    line_ = static_cast<size_t>(std::upper_bound(starts_.begin(), starts_.end(), byte) -
                                starts_.begin()) -
            1;
    byte_ = starts_[line_];
    column_ = 1;
  }
  for (; byte_ < byte; ++byte_) {
    if (byte_ + 1 == text_.size() || StartsCharacter(text_[byte_ + 1])) ++column_;
  }
  return {file_, static_cast<uint32_t>(line_ + 1), column_};
}

uint32_t SourceMap::Length(size_t begin, size_t end) const {
  uint32_t length = 0;
  for (; begin < end && begin < text_.size() && text_[begin] != '\n'; ++begin) {
    if (StartsCharacter(text_[begin])) ++length;
  }
  return std::max(length, 1u);
}

}  // namespace vinkki::rules
