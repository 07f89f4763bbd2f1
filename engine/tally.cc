#include "engine/tally.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace vinkki::engine {
namespace {

using Slot = Tally::Slot;

constexpr size_t kFewSlots = 64;  // found faster than sorted
constexpr size_t kFewestWaiting = 512;
constexpr size_t kMostWaiting = 32'768;  // they and their sorting stay in the second cache
constexpr size_t kFewToSort = 128;
constexpr int kDigitBits = 8;

bool Earlier(const Slot& a, const Slot& b) { return a.from < b.from; }

int64_t FloorTo(int64_t number, int64_t width) {
  if (width == 1) return number;
  const int64_t rest = number % width;
  return number - (rest < 0 ? rest + width : rest);
}

// Sorted numbers to slots of the width, each once.
void Collapse(int64_t width, std::vector<Slot>* slots) {
  size_t kept = 0;
  for (const Slot slot : *slots) {
    if (kept > 0 && slot.from - (*slots)[kept - 1].from < width) {
      (*slots)[kept - 1].count += slot.count;
    } else {
      (*slots)[kept++] = {FloorTo(slot.from, width), slot.count};
    }
  }
  slots->resize(kept);
}

// One pass of a radix sort: by the digit above `shift` of the distance from `least`.
void SortByDigit(uint64_t least, int shift, const std::vector<Slot>& from, std::vector<Slot>* to) {
  const auto digit = [=](const Slot& slot) {
    return (static_cast<uint64_t>(slot.from) - least) >> shift & ((1u << kDigitBits) - 1);
  };
  std::array<uint32_t, 1u << kDigitBits> places = {};
  for (const Slot& slot : from) ++places[digit(slot)];
  uint32_t next = 0;
  for (uint32_t& place : places) next += std::exchange(place, next);
  for (const Slot& slot : from) (*to)[places[digit(slot)]++] = slot;
}

void Sort(std::vector<Slot>* slots) {
  if (std::is_sorted(slots->begin(), slots->end(), Earlier)) return;
  if (slots->size() < kFewToSort) return std::sort(slots->begin(), slots->end(), Earlier);
  const auto [least, most] = std::minmax_element(slots->begin(), slots->end(), Earlier);
  const auto from = static_cast<uint64_t>(least->from);
  const int bits = std::bit_width(static_cast<uint64_t>(most->from) - from);
  std::vector<Slot> sorted(slots->size());
  for (int shift = 0; shift < bits; shift += kDigitBits) {
    SortByDigit(from, shift, *slots, &sorted);
    slots->swap(sorted);
  }
}

}  // namespace

void Tally::AddElsewhere(int64_t number) {
  if (slots_.size() <= kFewSlots) {
    const auto after = std::upper_bound(slots_.begin(), slots_.end(), Slot{number, 0}, Earlier);
    if (after != slots_.begin() && Holds(*std::prev(after), number)) {
      likely_ = static_cast<size_t>(after - slots_.begin()) - 1;
      ++slots_[likely_].count;
      return;
    }
  }
  waiting_.push_back({number, 1});
  SettleWhenMany();
}

void Tally::SettleWhenMany() {
  const size_t many = std::clamp(slots_.size() / 2, kFewestWaiting, kMostWaiting);
  if (waiting_.size() >= many) Settle();
}

void Tally::Settle() {
  if (waiting_.empty()) return;
  Sort(&waiting_);
  Collapse(width_, &waiting_);
  MergeIn(waiting_);
  waiting_.clear();
  while (slots_.size() > most_) Widen(width_ * 2);
}

// From the back, so that the slots need no second place.
void Tally::MergeIn(const std::vector<Slot>& more) {
  size_t mine = slots_.size();
  size_t theirs = more.size();
  slots_.resize(mine + theirs);
  size_t to = slots_.size();
  while (theirs > 0) {
    Slot slot = more[theirs - 1];
    if (mine > 0 && slots_[mine - 1].from > slot.from) {
      slot = slots_[--mine];
    } else {
      --theirs;
      if (mine > 0 && slots_[mine - 1].from == slot.from) slot.count += slots_[--mine].count;
    }
    slots_[--to] = slot;
  }
  const auto begin = slots_.begin();
  slots_.erase(begin + static_cast<ptrdiff_t>(mine), begin + static_cast<ptrdiff_t>(to));
}

void Tally::Widen(int64_t width) {
  width_ = width;
  Collapse(width_, &slots_);
}

void Tally::Merge(const Tally& other) {
  if (other.width_ > width_) Widen(other.width_);
  waiting_.insert(waiting_.end(), other.slots_.begin(), other.slots_.end());
  waiting_.insert(waiting_.end(), other.waiting_.begin(), other.waiting_.end());
  total_ += other.total_;
  SettleWhenMany();
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

}  // namespace vinkki::engine
