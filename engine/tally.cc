#include "engine/tally.h"

#include <algorithm>

namespace vinkki::engine {
namespace {

int64_t FloorTo(int64_t number, int64_t width) {
  const int64_t rest = number % width;
  return number - (rest < 0 ? rest + width : rest);
}

bool Before(const Tally::Slot& a, const Tally::Slot& b) { return a.from < b.from; }

// Slots of one width: those that have become one are added up. Requires them sorted.
void Compact(int64_t width, std::vector<Tally::Slot>* slots) {
  size_t kept = 0;
  for (const Tally::Slot& slot : *slots) {
    const int64_t from = FloorTo(slot.from, width);
    if (kept > 0 && (*slots)[kept - 1].from == from) {
      (*slots)[kept - 1].count += slot.count;
    } else {
      (*slots)[kept++] = {from, slot.count};
    }
  }
  slots->resize(kept);
}

}  // namespace

void Tally::Merge(const Tally& other) {
  total_ += other.total_;
  width_ = std::max(width_, other.width_);
  fresh_.insert(fresh_.end(), other.slots_.begin(), other.slots_.end());
  fresh_.insert(fresh_.end(), other.fresh_.begin(), other.fresh_.end());
  Settle();
}

const std::vector<Tally::Slot>& Tally::slots() {
  Settle();
  return slots_;
}

int64_t Tally::Quartile(int k) {
  const uint64_t rank = (total_ * static_cast<uint64_t>(k) + 3) / 4;
  uint64_t seen = 0;
  for (const Slot& slot : slots()) {
    seen += slot.count;
    if (seen >= rank) return slot.from;
  }
  return 0;
}

void Tally::Settle() {
  if (fresh_.empty()) return;
  std::sort(fresh_.begin(), fresh_.end(), Before);
  Compact(width_, &fresh_);
  const auto middle = static_cast<ptrdiff_t>(slots_.size());
  slots_.insert(slots_.end(), fresh_.begin(), fresh_.end());
  fresh_.clear();
  std::inplace_merge(slots_.begin(), slots_.begin() + middle, slots_.end(), Before);
  Compact(width_, &slots_);
  while (slots_.size() > most_) {
    width_ *= 2;
    Compact(width_, &slots_);
  }
}

}  // namespace vinkki::engine
