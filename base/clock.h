// Time as whole milliseconds since 1970 UTC. The clock is injected everywhere, so that tests and
// replays run on virtual time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace vinkki {

using Millis = int64_t;  // a moment (since 1970 UTC) or a duration, in milliseconds

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Millis Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Millis Now() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

// A clock that stands still until told. Any thread may read and set it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Millis now = 0) : now_(now) {}
  Millis Now() const override { return now_.load(std::memory_order_acquire); }
  void Set(Millis now) { now_.store(now, std::memory_order_release); }
  void Advance(Millis by) { now_.fetch_add(by, std::memory_order_acq_rel); }

 private:
  std::atomic<Millis> now_;
};

}  // namespace vinkki
