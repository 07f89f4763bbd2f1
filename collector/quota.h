// Quotas: how many events a visitor and a client's address may send, so that one of them cannot
// take the place of all others. Token buckets in tables of a fixed size: whoever comes, memory
// stays what it is. Addresses are never kept, only a hash of them under a key of this process.
//
//   slot = tag (20 bits, never 0) then (44 bits) when the bucket is full again, in units of 10 us,
//          modulo 2^44; 0: empty
//
// A bucket holds a minute's worth of its rate. Where a set of slots is full, the bucket that is the
// fullest is forgotten: what an attacker gains by that is bounded by the other quota.
//
// Threads: any; the tables are atomics, no thread waits for another. Time is the caller's; when it
// jumps back, buckets start anew.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "collector/address.h"

namespace vinkki::collector {

class BucketTable {
 public:
  // rate: events a second, 0: no limit; slots: a power of two, 8 bytes each.
  BucketTable(uint32_t rate, size_t slots);

  // How long the owner of `key` has to wait until something may be sent again; 0: now.
  Millis Wait(uint64_t key, Millis now) const;
  // What was sent is taken out, and may leave a debt: nobody knows beforehand how much a body
  // holds.
  void Charge(uint64_t key, Millis now, uint32_t events);

  static constexpr int64_t kBurstSeconds = 60;

 private:
  static constexpr size_t kWays = 4;
  using Slot = std::atomic<uint64_t>;

  Slot* SetOf(uint64_t key) const;
  int64_t LeadOf(uint64_t slot, int64_t now) const;
  int64_t CostOf(uint32_t events) const;

  const uint32_t rate_;
  const size_t sets_;
  const int64_t burst_;  // in units
  const int64_t most_;   // the deepest debt
  std::unique_ptr<Slot[]> slots_;
};

struct QuotaOptions {
  uint32_t visitor_rate = 50;    // events a second of one visitor; 0: no limit
  uint32_t address_rate = 2000;  // of one address; many people may share one
  // Whose X-Forwarded-For is believed. What comes from one of them without it has no address.
  std::vector<std::string> trusted_proxies = {"127.0.0.1", "::1"};
};

// Both quotas, and who a client is. Owned by the server.
class Quotas {
 public:
  // `trusted` are QuotaOptions::trusted_proxies, parsed.
  Quotas(const QuotaOptions& options, std::vector<IpRange> trusted);

  // The key of a request's address; 0: unknown, and so without a quota.
  uint64_t ClientKey(const IpAddress& peer, std::string_view forwarded_for) const;
  uint64_t VisitorKey(std::string_view site, std::string_view visitor) const;

  BucketTable visitors;
  BucketTable addresses;

 private:
  uint64_t Keyed(std::string_view a, std::string_view b) const;

  const std::vector<IpRange> trusted_;
  const std::string secret_;  // of this process
};

}  // namespace vinkki::collector
