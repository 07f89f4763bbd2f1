#include "collector/quota.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/hash.h"

namespace vinkki::collector {
namespace {

constexpr int64_t kUnitsPerMilli = 100;
constexpr int64_t kUnitsPerSecond = 1000 * kUnitsPerMilli;
constexpr int kTimeBits = 44;
constexpr uint64_t kTimeMask = (uint64_t{1} << kTimeBits) - 1;
constexpr uint32_t kMostEvents = 400;  // of a batch, decode.h's kMaxEvents
constexpr size_t kVisitorSlots = 1u << 18;
constexpr size_t kAddressSlots = 1u << 16;

uint64_t TagOf(uint64_t key) { return (key >> kTimeBits) | 1; }

}  // namespace

BucketTable::BucketTable(uint32_t rate, size_t slots)
    : rate_(rate),
      sets_(slots / kWays),
      burst_(kBurstSeconds * kUnitsPerSecond),
      most_(burst_ + 2 * CostOf(kMostEvents)) {
  assert(sets_ > 0 && (sets_ & (sets_ - 1)) == 0);
  if (rate_ > 0) slots_ = std::make_unique<Slot[]>(slots);
}

int64_t BucketTable::CostOf(uint32_t events) const {
  if (rate_ == 0) return 0;
  return (int64_t{events} * kUnitsPerSecond + rate_ - 1) / rate_;
}

BucketTable::Slot* BucketTable::SetOf(uint64_t key) const {
  return &slots_[(key & (sets_ - 1)) * kWays];
}

// How far the bucket is from full, in the time that filling takes; 0: full.
int64_t BucketTable::LeadOf(uint64_t slot, int64_t now) const {
  const uint64_t ahead = (slot - static_cast<uint64_t>(now)) & kTimeMask;
  // Half of the circle is the past; further ahead than any debt means that the clock went back.
  return static_cast<int64_t>(ahead) > most_ ? 0 : static_cast<int64_t>(ahead);
}

Millis BucketTable::Wait(uint64_t key, Millis now) const {
  if (rate_ == 0) return 0;
  const Slot* set = SetOf(key);
  for (size_t way = 0; way < kWays; ++way) {
    const uint64_t slot = set[way].load(std::memory_order_relaxed);
    if (slot >> kTimeBits != TagOf(key)) continue;
    const int64_t over = LeadOf(slot, now * kUnitsPerMilli) - burst_;
    return over <= 0 ? 0 : (over + kUnitsPerMilli - 1) / kUnitsPerMilli;
  }
  return 0;
}

void BucketTable::Charge(uint64_t key, Millis now, uint32_t events) {
  if (rate_ == 0) return;
  const int64_t at = now * kUnitsPerMilli;
  Slot* set = SetOf(key);
  for (;;) {
    // The key's own slot, or the one whose bucket is the fullest.
    Slot* chosen = nullptr;
    uint64_t seen = 0;
    int64_t lead = 0;
    bool own = false;
    for (size_t way = 0; way < kWays && !own; ++way) {
      const uint64_t slot = set[way].load(std::memory_order_relaxed);
      own = slot >> kTimeBits == TagOf(key);
      const int64_t its = slot == 0 ? -1 : LeadOf(slot, at);
      if (!own && chosen != nullptr && its >= lead) continue;
      chosen = &set[way];
      seen = slot;
      lead = its;
    }
    const int64_t full = std::min((own ? lead : 0) + CostOf(events), most_) + at;
    const uint64_t news = TagOf(key) << kTimeBits | (static_cast<uint64_t>(full) & kTimeMask);
    if (chosen->compare_exchange_weak(seen, news, std::memory_order_relaxed)) return;
  }
}

Quotas::Quotas(const QuotaOptions& options, std::vector<IpRange> trusted)
    : visitors(options.visitor_rate, kVisitorSlots),
      addresses(options.address_rate, kAddressSlots),
      trusted_(std::move(trusted)),
      secret_(RandomId(16)) {}

uint64_t Quotas::Keyed(std::string_view a, std::string_view b) const {
  char text[256];
  size_t n = secret_.copy(text, 32);
  n += a.copy(text + n, 80);
  text[n++] = '\0';
  n += b.copy(text + n, 130);
  const uint64_t key = Hash64({text, n});
  return key == 0 ? 1 : key;
}

uint64_t Quotas::ClientKey(const IpAddress& peer, std::string_view forwarded_for) const {
  if (!AnyHolds(trusted_, peer)) return Keyed(peer.subscriber(), {});
  const auto client = ForwardedClient(forwarded_for, trusted_);
  return client ? Keyed(client->subscriber(), {}) : 0;
}

uint64_t Quotas::VisitorKey(std::string_view site, std::string_view visitor) const {
  return Keyed(site, visitor);
}

}  // namespace vinkki::collector
