// How often each whole number came (a moment, a duration), in bounded memory: exact while there are
// few different ones; with more than `most` of them the width of a slot doubles. The outcome
// depends only on what was added, not on the order, nor on how it was spread over tallies that were
// merged: a set that is too large at some width makes every set around it too large at that width.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vinkki::engine {

// Owned by one thread.
class Tally {
 public:
  struct Slot {
    int64_t from = 0;  // of the numbers in [from, from + width())
    uint64_t count = 0;
  };

  // Requires most >= 2: slots do not reach over 0.
  explicit Tally(int64_t width = 1, size_t most = 65'536) : width_(width), most_(most) {}

  void Add(int64_t number) { AddTo(number, 1); }
  // Requires the same first width and the same `most`.
  void Merge(const Tally& other);

  uint64_t total() const { return total_; }
  // By number. Valid until the next Add.
  const std::vector<Slot>& slots();
  int64_t width() const { return width_; }
  // The least number that at least k quarters of all do not exceed (nearest rank), to the width.
  // Requires total() > 0 and k in 1..4.
  int64_t Quartile(int k);

 private:
  void AddTo(int64_t number, uint64_t count);
  void Rebuild(size_t places);  // of table_, a power of two, with the slots of this width

  int64_t width_;
  size_t most_;
  uint64_t total_ = 0;
  // Open addressing by a hash of `from`, at most three quarters full; count 0: a free place.
  std::vector<Slot> table_;
  size_t used_ = 0;
  std::vector<Slot> sorted_;  // what slots() gave, while nothing was added; else empty
};

}  // namespace vinkki::engine
