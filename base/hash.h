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
    uint64_t lane = 0;
    std::memcpy(&lane, p, n);
    h = (h ^ Mix64(lane)) * 0x9fb21c651e98df25ULL;
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
