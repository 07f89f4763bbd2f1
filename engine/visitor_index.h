// Numbers for visitors in order of appearance: open addressing over a power of two, at most half
// full, made for many look-ups in a row whose cache misses are taken ahead (Prefetch).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace vinkki::engine {

class VisitorIndex {
 public:
  VisitorIndex() { slots_.resize(1024); }

  // `hash` is Hash64 of the name.
  void PrefetchSlot(uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask()]); }
  void PrefetchName(uint64_t hash) const {
    const Slot& slot = slots_[hash & mask()];
    if (slot.number != kNone) __builtin_prefetch(&names_[slot.number]);
  }
  // The number of a name, a new one if need be; numbers count from 0.
  uint32_t Add(std::string_view name, uint64_t hash) {
    for (size_t i = hash & mask();; i = (i + 1) & mask()) {
      Slot* slot = &slots_[i];
      if (slot->number == kNone) break;
      if (slot->hash == hash && names_[slot->number] == name) return slot->number;
    }
    const auto number = static_cast<uint32_t>(names_.size());
    names_.emplace_back(name);
    if (names_.size() * 2 > slots_.size()) Grow();
    Place(hash, number);
    return number;
  }

  size_t size() const { return names_.size(); }
  const std::string& Name(uint32_t number) const { return names_[number]; }

 private:
  static constexpr uint32_t kNone = 0xffffffff;
  struct Slot {
    uint64_t hash = 0;
    uint32_t number = kNone;
  };

  size_t mask() const { return slots_.size() - 1; }
  void Place(uint64_t hash, uint32_t number) {
    size_t i = hash & mask();
    while (slots_[i].number != kNone) i = (i + 1) & mask();
    slots_[i] = {hash, number};
  }
  void Grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.number != kNone) Place(slot.hash, slot.number);
    }
  }

  std::vector<Slot> slots_;
  std::vector<std::string> names_;
};

}  // namespace vinkki::engine
