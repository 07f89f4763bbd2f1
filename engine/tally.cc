#include "engine/tally.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace vinkki::engine {
namespace {

using Slot = Tally::Slot;

constexpr size_t kMostWaiting = 32'768;  // they and their sorting stay in the second cache
constexpr size_t kFewToSort = 128;
constexpr int kDigitBits = 8;

int64_t FloorTo(int64_t number, int64_t width) {
  if (width == 1) return number;
  const int64_t rest = number % width;
  return number - (rest < 0 ? rest + width : rest);
}

// Sorted numbers as slots of the width, each once.
std::vector<Slot> SlotsOf(const std::vector<int64_t>& numbers, int64_t width) {
  std::vector<Slot> slots;
  for (const int64_t number : numbers) {
    if (slots.empty() || number - slots.back().from >= width) {
      slots.push_back({FloorTo(number, width), 0});
    }
    ++slots.back().count;
  }
  return slots;
}

// One pass of a radix sort: by the digit above `shift` of the distance from `least`.
void SortByDigit(int64_t least, int shift, const std::vector<int64_t>& from,
                 std::vector<int64_t>* to) {
  const auto digit = [=](int64_t number) {
    const uint64_t distance = static_cast<uint64_t>(number) - static_cast<uint64_t>(least);
    return distance >> shift & ((1u << kDigitBits) - 1);
  };
  std::array<uint32_t, 1u << kDigitBits> places = {};
  for (const int64_t number : from) ++places[digit(number)];
  uint32_t next = 0;
  for (uint32_t& place : places) next += std::exchange(place, next);
  for (const int64_t number : from) (*to)[places[digit(number)]++] = number;
}

void Sort(std::vector<int64_t>* numbers) {
  if (std::is_sorted(numbers->begin(), numbers->end())) return;
  if (numbers->size() < kFewToSort) return std::sort(numbers->begin(), numbers->end());
  const auto [least, most] = std::minmax_element(numbers->begin(), numbers->end());
  const int64_t from = *least;
  const int bits = std::bit_width(static_cast<uint64_t>(*most) - static_cast<uint64_t>(from));
  std::vector<int64_t> sorted(numbers->size());
  for (int shift = 0; shift < bits; shift += kDigitBits) {
    SortByDigit(from, shift, *numbers, &sorted);
    numbers->swap(sorted);
  }
}

}  // namespace

void Tally::SettleWhenMany() {
  if (waiting_.size() >= std::min(slots_.size() / 2, kMostWaiting)) Settle();
}

void Tally::Settle() {
  if (waiting_.empty()) return;
  Sort(&waiting_);
  MergeIn(SlotsOf(waiting_, width_));
  waiting_.clear();
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
  while (slots_.size() > most_) Widen(width_ * 2);
  dense_ = !slots_.empty() &&
           Distance(slots_.back().from) == (slots_.size() - 1) * static_cast<uint64_t>(width_);
}

void Tally::Widen(int64_t width) {
  width_ = width;
  size_t kept = 0;
  for (const Slot slot : slots_) {
    if (kept > 0 && slot.from - slots_[kept - 1].from < width) {
      slots_[kept - 1].count += slot.count;
    } else {
      slots_[kept++] = {FloorTo(slot.from, width), slot.count};
    }
  }
  slots_.resize(kept);
}

void Tally::Merge(Tally other) {
  Settle();
  other.Settle();
  if (other.width_ > width_) Widen(other.width_);
  if (other.width_ < width_) other.Widen(width_);
  MergeIn(other.slots_);
  total_ += other.total_;
}

// Halves first: so a slot moves as often as there are halvings, not as often as there are tallies.
Tally Tally::Together(std::span<const Tally* const> tallies) {
  if (tallies.size() == 1) return *tallies.front();
  const size_t half = tallies.size() / 2;
  Tally out = Together(tallies.first(half));
  out.Merge(Together(tallies.subspan(half)));
  return out;
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
