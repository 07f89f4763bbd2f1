// The charts' common axis: stretches of one length by the clock on the wall of a zone, so that a
// day is a day (in the hour that comes twice in autumn both count as the same).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "engine/tally.h"
#include "rules/zone.h"

namespace vinkki::engine {

struct TimeAxis {
  Millis unit = 3'600'000;  // 15 min, 1 h, 6 h, a day, a week, four weeks, or more
  Millis first = 0;         // wall time of the first stretch's start, as if it were UTC
  size_t count = 0;

  // At most 200 stretches that hold all moments from `from` to `to`.
  static TimeAxis Over(const rules::Zone& zone, Millis from, Millis to);
  // The stretch that holds the moment; the nearest one when it lies outside. Requires count > 0.
  size_t IndexOf(const rules::Zone& zone, Millis at) const;
  // How many of the tally's moments each stretch holds.
  std::vector<uint64_t> Spread(const rules::Zone& zone, Tally* moments) const;
};

// Wall time, as if it were UTC.
inline Millis WallTime(const rules::Zone& zone, Millis at) { return at + zone.OffsetAt(at); }

}  // namespace vinkki::engine
