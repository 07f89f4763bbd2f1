// Numbers for visitors (site NUL visitor) in order of appearance: open addressing over a power of
// two, at most half full, made for many look-ups in a row whose cache misses are taken ahead
// (Prefetch).
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "engine/huge_pages.h"

namespace vinkki::engine {

class VisitorIndex {
 public:
  VisitorIndex() { slots_.resize(1024); }

  // What the other calls want with the name: of its two parts, where they stand, so that nothing
  // has to be read back that was just put together.
  static uint64_t Hash(std::string_view site, std::string_view visitor) {
    return Mix64(Mixed(visitor, Mixed(site, 0)));
  }
  void PrefetchSlot(uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask()]); }
  void PrefetchNameOf(uint64_t hash) const {
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
  void PrefetchName(uint32_t number) const { __builtin_prefetch(&names_[number]); }

 private:
  static constexpr uint32_t kNone = 0xffffffff;
  struct Slot {
    uint64_t hash = 0;
    uint32_t number = kNone;
  };
  using Slots = std::vector<Slot, HugeAllocator<Slot>>;

  template <typename Piece>
  static uint64_t Read(const char* at) {
    Piece piece;
    std::memcpy(&piece, at, sizeof piece);
    return piece;
  }
  // Eight bytes at a time; the last ones overlap those before them.
  static uint64_t Mixed(std::string_view text, uint64_t h) {
    constexpr uint64_t kOdd = 0x9fb21c651e98df25;
    const char* const end = text.data() + text.size();
    h = (h ^ text.size()) * kOdd;
    const auto mix = [&](uint64_t piece) { h = (std::rotl(h, 29) ^ piece) * kOdd; };
    if (text.size() >= 8) {
      for (const char* at = text.data(); end - at > 8; at += 8) mix(Read<uint64_t>(at));
      mix(Read<uint64_t>(end - 8));
    } else if (text.size() >= 4) {
      mix(Read<uint32_t>(text.data()) << 32 | Read<uint32_t>(end - 4));
    } else {
      for (const char c : text) mix(static_cast<unsigned char>(c));
    }
    return h ^ h >> 32;
  }

  size_t mask() const { return slots_.size() - 1; }
  void Place(uint64_t hash, uint32_t number) {
    size_t i = hash & mask();
    while (slots_[i].number != kNone) i = (i + 1) & mask();
    slots_[i] = {hash, number};
  }
  void Grow() {
    Slots old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.number != kNone) Place(slot.hash, slot.number);
    }
  }

  Slots slots_;
  std::vector<std::string, HugeAllocator<std::string>> names_;
};

}  // namespace vinkki::engine
