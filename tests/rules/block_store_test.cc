// Blocks of a store against blocks of their own: whatever grows and goes, what others hold stays.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "rules/state.h"

namespace vinkki::rules {
namespace {

using Bytes = std::vector<uint8_t>;

// `most`: bytes that a block may have; large ones make the store too large for narrow offsets.
void GrowAndDrop(uint32_t slots, size_t most, int steps, uint64_t seed) {
  std::mt19937_64 dice(seed);
  BlockStore store(slots);
  std::vector<Bytes> wanted(slots);
  for (int step = 0; step < steps; ++step) {
    const auto slot = static_cast<uint32_t>(dice() % slots);
    if (dice() % 5 == 0) {
      store.Drop(slot);
      wanted[slot].clear();
    } else {
      const size_t bytes = RoundUp8(1 + dice() % most);
      auto* block = static_cast<uint8_t*>(store.Make(slot, bytes));
      if (bytes > wanted[slot].size()) wanted[slot].resize(bytes, 0);
      const size_t at = dice() % bytes;
      block[at] = wanted[slot][at] = static_cast<uint8_t>(dice());
    }
    for (uint32_t i = 0; i < slots; ++i) {
      const Bytes& one = wanted[i];
      const bool same = store.bytes(i) == one.size() &&
                        (one.empty() || std::equal(one.begin(), one.end(), store.Get<uint8_t>(i)));
      if (!same) FAIL("slot " << i << " of " << slots << " after step " << step);
    }
  }
}

TEST_CASE("blocks that grow and go leave the others as they are") {
  for (const uint32_t slots : {1u, 15u, 63u, 64u, 65u, 128u, 300u}) {
    GrowAndDrop(slots, 80, 600, slots);
  }
  GrowAndDrop(100, 20'000, 150, 1);  // beyond half a megabyte
}

}  // namespace
}  // namespace vinkki::rules
