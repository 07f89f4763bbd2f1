// Copies texts that are mostly shorter than a call of memcpy takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace vinkki {

// Overlapping pieces make any length from one to two of them.
template <typename Piece>
void CopyEnds(char* to, const char* from, size_t n) {
  Piece first, last;
  std::memcpy(&first, from, sizeof first);
  std::memcpy(&last, from + n - sizeof last, sizeof last);
  std::memcpy(to, &first, sizeof first);
  std::memcpy(to + n - sizeof last, &last, sizeof last);
}

// Where the copy ends.
inline char* CopyShort(char* to, std::string_view text) {
  struct Sixteen {
    char bytes[16];
  };
  struct ThirtyTwo {
    char bytes[32];
  };
  const size_t n = text.size();
  if (n > 64) {
    std::memcpy(to, text.data(), n);
  } else if (n >= 32) {
    CopyEnds<ThirtyTwo>(to, text.data(), n);
  } else if (n >= 16) {
    CopyEnds<Sixteen>(to, text.data(), n);
  } else if (n >= 8) {
    CopyEnds<uint64_t>(to, text.data(), n);
  } else if (n >= 4) {
    CopyEnds<uint32_t>(to, text.data(), n);
  } else {
    for (size_t i = 0; i < n; ++i) to[i] = text[i];
  }
  return to + n;
}

}  // namespace vinkki
