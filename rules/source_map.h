// From bytes of a file to places that people count: lines and characters, both from 1; a byte order
// mark at its beginning is none. Asked for rising bytes, as parsers do, it costs one walk over the
// file in all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "rules/ast.h"

namespace vinkki::rules {

// How many bytes of one `text` begins with; some editors write it.
inline size_t ByteOrderMark(std::string_view text) {
  return text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
}

class SourceMap {
 public:
  // `text` outlives the map. Lines end with LF; a CR before it counts as a character.
  SourceMap(uint32_t file, std::string_view text)
      : text_(text), file_(file), byte_(ByteOrderMark(text)) {
    starts_.push_back(byte_);
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') starts_.push_back(i + 1);
    }
  }

  Place At(size_t byte);
  // The characters from byte `begin` to byte `end`, at least 1; of the first line only.
  uint32_t Length(size_t begin, size_t end) const;
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  uint32_t file_;
  std::vector<size_t> starts_;  // of lines
  size_t line_ = 0;             // of the last answer
  size_t byte_;
  uint32_t column_ = 1;
};

}  // namespace vinkki::rules
