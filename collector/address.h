// IP addresses: the peer's, and the client's behind proxies that we trust. Nothing here is stored
// or logged; quota.h makes a keyed hash of an address at once.
//
//   range = address ["/" bits]            ; 10.0.0.0/8, 127.0.0.1, ::1, 2001:db8::/32
//   X-Forwarded-For = entry *("," entry)  ; each proxy appends who spoke to it; an entry may have a
//                                         ; port: 192.0.2.1:80, [2001:db8::1]:80
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vinkki::collector {

// IPv4 stands in its mapped form, ::ffff:a.b.c.d.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};

  bool operator==(const IpAddress&) const = default;
  bool is_v4() const;
  // What one subscriber has: the address itself, or the /64 of an IPv6 address.
  std::string_view subscriber() const;
};

std::optional<IpAddress> ParseIp(std::string_view text);

struct IpRange {
  IpAddress first;
  int bits = 128;  // of the mapped form

  bool Holds(const IpAddress& address) const;
};

std::optional<IpRange> ParseIpRange(std::string_view text);

bool AnyHolds(const std::vector<IpRange>& ranges, const IpAddress& address);

// Whom the proxies `trusted` say that they speak for: the last entry that is none of them. Nothing
// when there is none, or what stands there is no address.
std::optional<IpAddress> ForwardedClient(std::string_view forwarded_for,
                                         const std::vector<IpRange>& trusted);

}  // namespace vinkki::collector
