// How a property, and what stands around properties, is written into room that is there. For the
// writers of base/batch.h, which has the grammar, and base/event_list.h; nothing else includes it.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"
#include "base/copy_short.h"
#include "base/value.h"

namespace vinkki::prop_bytes {

enum Tag : uint8_t { kFalse = 0, kTrue = 1, kDouble = 2, kText = 3, kWhole = 4 };

// -0.0 and anything with a fraction keep their bits as a double.
inline bool IsWhole(double n) {
  if (!(std::abs(n) < 4503599627370496.0)) return false;
  return n == static_cast<double>(static_cast<int64_t>(n)) && !(n == 0 && std::signbit(n));
}

// The Put functions of base/bytes.h, into room that is there.
constexpr size_t kMostVarint = 10;

inline char* Varint(char* to, uint64_t v) {
  while (v >= 0x80) {
    *to++ = static_cast<char>(v | 0x80);
    v >>= 7;
  }
  *to++ = static_cast<char>(v);
  return to;
}

inline char* Fixed64(char* to, uint64_t v) {
  std::memcpy(to, &v, sizeof v);
  return to + sizeof v;
}

inline char* Text(char* to, std::string_view text) {
  return CopyShort(Varint(to, text.size()), text);
}

inline char* Number(char* to, double n) {
  if (IsWhole(n)) {
    *to++ = kWhole;
    return Varint(to, ZigZag(static_cast<int64_t>(n)));
  }
  *to++ = kDouble;
  return Fixed64(to, std::bit_cast<uint64_t>(n));
}

// At least as many bytes as PutProp takes, or a word (base/word_list.h) and PutValue.
inline size_t MostOfProp(std::string_view key, const Value& value) {
  const size_t text_size = value.kind == Value::Kind::kText ? value.text.size() : 0;
  return key.size() + text_size + 2 * kMostVarint + 2;
}

// Requires a value that is not missing.
inline char* PutValue(char* to, const Value& value) {
  switch (value.kind) {
    case Value::Kind::kBool: *to++ = value.boolean ? kTrue : kFalse; return to;
    case Value::Kind::kText: *to++ = kText; return Text(to, value.text);
    default: return Number(to, value.number);
  }
}

inline char* PutProp(char* to, std::string_view key, const Value& value) {
  return PutValue(Text(to, key), value);
}

// A count that is known only after what it counts: a varint of fixed width.
constexpr size_t kPaddedVarint = 3;  // holds up to 2^21 - 1

inline void PutPadded(char* to, uint64_t n) {
  to[0] = static_cast<char>((n & 0x7f) | 0x80);
  to[1] = static_cast<char>(((n >> 7) & 0x7f) | 0x80);
  to[2] = static_cast<char>((n >> 14) & 0x7f);
}

}  // namespace vinkki::prop_bytes
