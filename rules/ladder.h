// Counts over sliding windows of one kind of event that differ in nothing but the number that one
// of its properties has to be above: `count(view_item where price > 100, 15m) >= 2`, `... >= 300
// ...`. They are remembered together: the constants, sorted, are the rungs of a ladder, and an
// event is kept as its time and how many of them its number is above. "At least k above rung j"
// asks for the k-th latest entry that is above j.
//
// Of the entries above any rung, the `keep` latest are needed, so one that `keep` later ones have
// come as far as, or farther, tells nobody anything (in papers: the k-skyband of a window). At most
// `keep` are left for each rung; mostly it is a handful in all.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "rules/blocks.h"
#include "rules/search.h"

namespace vinkki::rules {

struct Ladder {
  // More make no ladder: they are few, and keep more than pays.
  static constexpr uint32_t kMostKept = 64;

  struct Rung {
    double number = 0;
    bool strict = false;  // >, not >=
    bool Below(double value) const { return (value > number) | (!strict & (value == number)); }
    bool operator==(const Rung& other) const = default;
    // Who is above one of two is above the lesser, too.
    bool operator<(const Rung& other) const {
      return number != other.number ? number < other.number : strict < other.strict;
    }
  };
  // "At least k" above a rung in a window.
  struct Edge {
    uint32_t rung = 0;
    Millis length = 0;
    uint32_t touch = 0;
    uint32_t upto = 0;  // for those before it in the group, too (code.h)
  };
  struct Group {
    uint32_t k = 0;
    uint32_t begin = 0;  // of edges, by rung, then by length
    uint32_t end = 0;
  };

  std::vector<Rung> rungs;  // sorted
  std::vector<Group> groups;
  std::vector<Edge> edges;
  std::vector<Millis> lengths;  // of the edges, sorted, each once

  // How many rungs a number is above; those are the first ones.
  uint32_t Reached(double value) const {
    return static_cast<uint32_t>(CountFirst(
        rungs.data(), rungs.size(), [value](const Rung& rung) { return rung.Below(value); }));
  }
};

// The n highest of what was added.
class Highest {
 public:
  explicit Highest(uint32_t n) : n_(n) {}

  // The i-th, from 1 to n; 0 when there are fewer.
  uint32_t Of(uint32_t i) const { return highest_[i - 1]; }
  void Add(uint32_t reached) {
    uint32_t i = n_ - 1;
    if (highest_[i] >= reached) return;
    for (; i > 0 && highest_[i - 1] < reached; --i) highest_[i] = highest_[i - 1];
    highest_[i] = reached;
  }

 private:
  uint32_t n_;  // from 1 to kMostKept
  std::array<uint32_t, Ladder::kMostKept> highest_ = {};
};

// Drops the entries that nobody needs when one that reaches so far comes (0: when none does).
void DropOutdone(uint32_t keep, uint32_t reached, const Ring<Climb>& ring);

}  // namespace vinkki::rules
