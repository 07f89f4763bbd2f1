// Random choices from a seed: the same on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace vinkki::bench {

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  int In(int low, int high) {
    return low + static_cast<int>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  bool Percent(int n) { return In(1, 100) <= n; }
  template <size_t N>
  const char* Of(const char* const (&from)[N]) {
    return from[In(0, N - 1)];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace vinkki::bench
