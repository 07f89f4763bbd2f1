// Names to small numbers, made once when a program is compiled, then only looked up: open
// addressing over a power of two, at most half full.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace vinkki::rules {

class NameTable {
 public:
  static constexpr uint32_t kUnknown = 0xffffffff;

  // The number of a name, a new one if need be; numbers count from 0.
  uint32_t Add(std::string_view name) {
    const uint32_t known = Find(name);
    if (known != kUnknown) return known;
    names_.emplace_back(name);
    if (slots_.size() < names_.size() * 2) {
      Grow();
    } else {
      Place(static_cast<uint32_t>(names_.size() - 1));
    }
    return static_cast<uint32_t>(names_.size() - 1);
  }

  uint32_t Find(std::string_view name) const {
    if (slots_.empty()) return kUnknown;
    const uint64_t hash = Hash64(name);
    for (size_t i = hash & mask();; i = (i + 1) & mask()) {
      const Slot& slot = slots_[i];
      if (slot.number == kUnknown) return kUnknown;
      if (slot.hash == hash && names_[slot.number] == name) return slot.number;
    }
  }

  size_t size() const { return names_.size(); }
  const std::string& Name(uint32_t number) const { return names_[number]; }

 private:
  struct Slot {
    uint64_t hash = 0;
    uint32_t number = kUnknown;
  };

  size_t mask() const { return slots_.size() - 1; }

  void Place(uint32_t number) {
    const uint64_t hash = Hash64(names_[number]);
    size_t i = hash & mask();
    while (slots_[i].number != kUnknown) i = (i + 1) & mask();
    slots_[i] = {hash, number};
  }

  void Grow() {
    slots_.assign(slots_.empty() ? 16 : slots_.size() * 2, Slot());
    for (uint32_t i = 0; i < names_.size(); ++i) Place(i);
  }

  std::vector<std::string> names_;
  std::vector<Slot> slots_;
};

}  // namespace vinkki::rules
