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

  void Add(int64_t number) {
    fresh_.push_back({number, 1});
    ++total_;
    if (fresh_.size() >= kFresh && fresh_.size() >= slots_.size()) Settle();
  }
  // Requires the same first width and the same `most`.
  void Merge(const Tally& other);

  uint64_t total() const { return total_; }
  // By number. Valid until the next Add.
  const std::vector<Slot>& slots();
  int64_t width() {
    Settle();
    return width_;
  }
  // The least number that at least k quarters of all do not exceed (nearest rank), to the width.
  // Requires total() > 0 and k in 1..4.
  int64_t Quartile(int k);

 private:
  static constexpr size_t kFresh = 512;
  void Settle();

  int64_t width_;
  size_t most_;
  uint64_t total_ = 0;
  std::vector<Slot> slots_;  // sorted, different
  std::vector<Slot> fresh_;  // as they came
};

}  // namespace vinkki::engine
