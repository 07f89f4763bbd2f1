// Hash64 spreads keys over shards and tables, and names stored things: its values are on disk, so
// the function never changes (xxHash's avalanche over 8-byte lanes, seed 0). Sha256 is OpenSSL's.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace vinkki {

inline uint64_t Mix64(uint64_t h) {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdULL;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53ULL;
  return h ^ (h >> 33);
}

// n bytes, 1 to 7, as a lane whose rest is 0: in two or three loads that may overlap.
inline uint64_t ShortLane(const char* p, size_t n) {
  if (n >= 4) {
    uint32_t front, back;
    std::memcpy(&front, p, 4);
    std::memcpy(&back, p + n - 4, 4);
    return front | uint64_t{back} << ((n - 4) * 8);
  }
  const auto byte = [p](size_t i) { return uint64_t{static_cast<uint8_t>(p[i])} << (i * 8); };
  return byte(0) | byte(n / 2) | byte(n - 1);
}

inline uint64_t Hash64(std::string_view s) {
  uint64_t h = 0x9e3779b97f4a7c15ULL ^ s.size();
  const char* p = s.data();
  size_t n = s.size();
  for (; n >= 8; p += 8, n -= 8) {
    uint64_t lane;
    std::memcpy(&lane, p, 8);
    h = (h ^ Mix64(lane)) * 0x9fb21c651e98df25ULL;
  }
  if (n > 0) {
    h = (h ^ Mix64(ShortLane(p, n))) * 0x9fb21c651e98df25ULL;
  }
  return Mix64(h);
}

std::array<uint8_t, 32> Sha256(std::string_view bytes);
std::string Sha256Hex(std::string_view bytes);
std::string HexOf(std::string_view bytes);

// n bytes from the system's cryptographic generator, as base64url without padding.
std::string RandomId(size_t n = 16);

// Equal in constant time; for secrets and tokens.
bool SecretsEqual(std::string_view a, std::string_view b);

}  // namespace vinkki
