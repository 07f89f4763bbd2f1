// The primitive codecs under every stored value: little-endian fixed integers, varints (LEB128),
// zigzag for signed numbers, and length-prefixed text. ByteReader is bounds-checked: bytes from a
// disk or a network can be anything; after the first failure ok() stays false and reads give zero.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace vinkki {

static_assert(std::endian::native == std::endian::little, "stored numbers are little-endian");

inline void PutFixed64(std::string* out, uint64_t v) {
  out->append(reinterpret_cast<const char*>(&v), sizeof v);
}
inline void PutFixed32(std::string* out, uint32_t v) {
  out->append(reinterpret_cast<const char*>(&v), sizeof v);
}
inline void PutDouble(std::string* out, double v) { PutFixed64(out, std::bit_cast<uint64_t>(v)); }

// Big-endian, so that keys sort as numbers.
inline void PutBig64(std::string* out, uint64_t v) { PutFixed64(out, __builtin_bswap64(v)); }
inline void PutBig32(std::string* out, uint32_t v) { PutFixed32(out, __builtin_bswap32(v)); }

inline void PutVarint(std::string* out, uint64_t v) {
  char buffer[10];
  int n = 0;
  while (v >= 0x80) {
    buffer[n++] = static_cast<char>(v | 0x80);
    v >>= 7;
  }
  buffer[n++] = static_cast<char>(v);
  out->append(buffer, n);
}
inline uint64_t ZigZag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
inline int64_t UnZigZag(uint64_t v) {
  return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
}
inline void PutSigned(std::string* out, int64_t v) { PutVarint(out, ZigZag(v)); }
inline void PutText(std::string* out, std::string_view text) {
  PutVarint(out, text.size());
  out->append(text);
}

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  bool ok() const { return ok_; }
  bool AtEnd() const { return at_ == end_; }
  // For a reader of something larger that finds a value which cannot be.
  void Fail() { ok_ = false; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }
  const char* position() const { return at_; }

  uint8_t Byte() { return Need(1) ? static_cast<uint8_t>(*at_++) : 0; }
  uint64_t Fixed64() { return Fixed<uint64_t>(); }
  uint32_t Fixed32() { return Fixed<uint32_t>(); }
  uint64_t Big64() { return __builtin_bswap64(Fixed64()); }
  uint32_t Big32() { return __builtin_bswap32(Fixed32()); }
  double Double() { return std::bit_cast<double>(Fixed64()); }
  int64_t Signed() { return UnZigZag(Varint()); }

  uint64_t Varint() {
    if (ok_ && at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) {  // nearly always
      return static_cast<uint8_t>(*at_++);
    }
    uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t b = Byte();
      v |= static_cast<uint64_t>(b & 0x7f) << shift;
      if (b < 0x80) return v;
    }
    ok_ = false;
    return 0;
  }

  std::string_view Text() { return Bytes(Varint()); }
  std::string_view Bytes(uint64_t n) {
    if (!Need(n)) return {};
    std::string_view out(at_, n);
    at_ += n;
    return out;
  }

 private:
  bool Need(uint64_t n) {
    if (ok_ && n <= left()) return true;
    ok_ = false;
    return false;
  }
  template <typename T>
  T Fixed() {
    if (!Need(sizeof(T))) return 0;
    T v;
    std::memcpy(&v, at_, sizeof v);
    at_ += sizeof v;
    return v;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace vinkki
