// A handful of examples out of many, the same whatever the order in which they come: at most three,
// each of another visitor, those whose visitors hash to the least numbers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/batch.h"
#include "engine/replay_report.h"

namespace vinkki::engine {

// Owned by one thread.
class FewExamples {
 public:
  // Asked before an example is made, because making one costs something.
  bool Wants(uint64_t hash) const {
    if (kept_.size() == kMost && hash >= most_hash_) return false;
    return std::none_of(kept_.begin(), kept_.end(),
                        [hash](const Kept& kept) { return kept.hash == hash; });
  }
  bool empty() const { return kept_.empty(); }
  // Requires Wants(hash).
  void Keep(uint64_t hash, Example example);
  void Merge(const FewExamples& other);
  std::vector<Example> Take();  // by hash

 private:
  static constexpr size_t kMost = 3;
  struct Kept {
    uint64_t hash;
    Example example;
  };
  std::vector<Kept> kept_;  // by hash, ties by visitor
  uint64_t most_hash_ = 0;  // of the last: most are not wanted, and know it from here
};

// The example of a firing: at most five events up to it and three after it, within 30 minutes.
Example MakeExample(std::string_view who, std::span<const EventView> events, Millis at);

}  // namespace vinkki::engine
