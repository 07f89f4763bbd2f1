#include "engine/tally.h"

#include <algorithm>

#include "base/hash.h"

namespace vinkki::engine {
namespace {

int64_t FloorTo(int64_t number, int64_t width) {
  const int64_t rest = number % width;
  return number - (rest < 0 ? rest + width : rest);
}

constexpr size_t kFirstPlaces = 16;

size_t PlaceOf(int64_t from, size_t places) {
  return static_cast<size_t>(Mix64(static_cast<uint64_t>(from))) & (places - 1);
}

bool HasRoom(size_t places, size_t used) { return used * 4 <= places * 3; }

}  // namespace

void Tally::AddTo(int64_t number, uint64_t count) {
  if (!HasRoom(table_.size(), used_ + 1)) Rebuild(std::max(kFirstPlaces, table_.size() * 2));
  total_ += count;
  sorted_.clear();
  const int64_t from = FloorTo(number, width_);
  size_t i = PlaceOf(from, table_.size());
  while (table_[i].count > 0 && table_[i].from != from) i = (i + 1) & (table_.size() - 1);
  used_ += table_[i].count == 0 ? 1 : 0;
  table_[i].from = from;
  table_[i].count += count;
  while (used_ > most_) {
    width_ *= 2;
    Rebuild(table_.size());
  }
}

void Tally::Rebuild(size_t places) {
  std::vector<Slot> old(places);
  old.swap(table_);
  const uint64_t total = total_;
  used_ = 0;
  for (const Slot& slot : old) {
    if (slot.count > 0) AddTo(slot.from, slot.count);
  }
  total_ = total;
}

void Tally::Merge(const Tally& other) {
  const bool widened = other.width_ > width_;
  if (widened) width_ = other.width_;
  // What comes in the order of a table fills one that is too small from its beginning to far more
  // than its share, which makes searches long: so there is room for both beforehand.
  size_t places = std::max({kFirstPlaces, table_.size(), other.table_.size()});
  while (!HasRoom(places, used_ + other.used_)) places *= 2;
  if (widened || places > table_.size()) Rebuild(places);
  for (const Slot& slot : other.table_) {
    if (slot.count > 0) AddTo(slot.from, slot.count);
  }
}

const std::vector<Tally::Slot>& Tally::slots() {
  if (!sorted_.empty()) return sorted_;
  for (const Slot& slot : table_) {
    if (slot.count > 0) sorted_.push_back(slot);
  }
  std::sort(sorted_.begin(), sorted_.end(),
            [](const Slot& a, const Slot& b) { return a.from < b.from; });
  return sorted_;
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
