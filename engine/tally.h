// How often each whole number came (a moment, a duration), in bounded memory: exact while there are
// few different ones; with more than `most` of them the width of a slot doubles. The outcome
// depends only on what was added, not on the order, nor on how it was spread over tallies that were
// merged: a set that is too large at some width makes every set around it too large at that width.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vinkki::engine {

// Owned by one thread. Numbers wait until there are enough of them to be sorted and merged into the
// slots: one after the other, each would miss the cache.
class Tally {
 public:
  struct Slot {
    int64_t from = 0;  // of the numbers in [from, from + width())
    uint64_t count = 0;
  };

  // Requires most >= 2: slots do not reach over 0.
  explicit Tally(int64_t width = 1, size_t most = 65'536) : width_(width), most_(most) {}

  void Add(int64_t number) {
    ++total_;
    if (dense_) {
      const size_t at = static_cast<size_t>(Distance(number) / static_cast<uint64_t>(width_));
      if (at < slots_.size()) {
        ++slots_[at].count;
        return;
      }
    }
    waiting_.push_back(number);
    if (waiting_.size() >= kFewestWaiting) SettleWhenMany();
  }
  // Requires the same first width and the same `most`.
  void Merge(Tally other);
  // All in one. Requires at least one; the same holds of each two of them.
  static Tally Together(std::span<const Tally* const> tallies);

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
  static constexpr size_t kFewestWaiting = 512;

  // From the first slot on; of a number before it, more than there is room for slots.
  uint64_t Distance(int64_t number) const {
    return static_cast<uint64_t>(number) - static_cast<uint64_t>(slots_.front().from);
  }
  void SettleWhenMany();
  void Settle();
  void MergeIn(const std::vector<Slot>& more);
  void Widen(int64_t width);

  int64_t width_;
  size_t most_;
  uint64_t total_ = 0;
  std::vector<Slot> slots_;       // by number, at most most_
  std::vector<int64_t> waiting_;  // numbers that are not in the slots yet, as they came
  bool dense_ = false;            // there are slots, and no gaps between them
};

}  // namespace vinkki::engine
