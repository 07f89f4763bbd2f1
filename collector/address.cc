#include "collector/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

namespace vinkki::collector {
namespace {

constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// "192.0.2.1:80" and "[2001:db8::1]:80" without port and brackets.
std::string_view WithoutPort(std::string_view entry) {
  while (entry.starts_with(' ')) entry.remove_prefix(1);
  while (entry.ends_with(' ')) entry.remove_suffix(1);
  if (entry.starts_with('[')) {
    entry.remove_prefix(1);
    return entry.substr(0, entry.find(']'));
  }
  const size_t colon = entry.find(':');
  const bool one = colon != std::string_view::npos && colon == entry.rfind(':');
  return one ? entry.substr(0, colon) : entry;
}

}  // namespace

bool IpAddress::is_v4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes.begin()); }

std::string_view IpAddress::subscriber() const {
  const auto* begin = reinterpret_cast<const char*>(bytes.data());
  return {begin, is_v4() ? bytes.size() : bytes.size() / 2};
}

std::optional<IpAddress> ParseIp(std::string_view text) {
  char copy[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof copy) return std::nullopt;
  copy[text.copy(copy, sizeof copy - 1)] = '\0';
  IpAddress address;
  if (inet_pton(AF_INET6, copy, address.bytes.data()) == 1) return address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
  if (inet_pton(AF_INET, copy, address.bytes.data() + kMapped.size()) == 1) return address;
  return std::nullopt;
}

bool IpRange::Holds(const IpAddress& address) const {
  const auto whole = static_cast<size_t>(bits / 8);
  if (std::memcmp(first.bytes.data(), address.bytes.data(), whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff << (8 - bits % 8));
  return ((first.bytes[whole] ^ address.bytes[whole]) & mask) == 0;
}

std::optional<IpRange> ParseIpRange(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = ParseIp(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return IpRange{*address, 128};
  const std::string_view number = text.substr(slash + 1);
  int bits = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
  const int most = address->is_v4() ? 32 : 128;
  if (error != std::errc() || end != number.data() + number.size() || bits < 0 || bits > most) {
    return std::nullopt;
  }
  return IpRange{*address, bits + (128 - most)};
}

bool AnyHolds(const std::vector<IpRange>& ranges, const IpAddress& address) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const IpRange& range) { return range.Holds(address); });
}

std::optional<IpAddress> ForwardedClient(std::string_view forwarded_for,
                                         const std::vector<IpRange>& trusted) {
  while (!forwarded_for.empty()) {
    const size_t comma = forwarded_for.rfind(',');
    const size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    const auto address = ParseIp(WithoutPort(forwarded_for.substr(begin)));
    if (!address || !AnyHolds(trusted, *address)) return address;
    forwarded_for = forwarded_for.substr(0, begin == 0 ? 0 : comma);
  }
  return std::nullopt;
}

}  // namespace vinkki::collector
