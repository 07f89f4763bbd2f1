#include "engine/time_axis.h"

#include <algorithm>

namespace vinkki::engine {
namespace {

constexpr Millis kMinute = 60'000;
constexpr Millis kHour = 60 * kMinute;
constexpr Millis kDay = 24 * kHour;
constexpr Millis kUnits[] = {15 * kMinute, kHour, 6 * kHour, kDay, 7 * kDay, 28 * kDay};
constexpr int64_t kMost = 200;
constexpr Millis kMonday = 3 * kDay;  // 1970-01-01 was a Thursday; weeks begin on Monday

int64_t NumberOf(Millis wall, Millis unit) {
  const Millis from_monday = wall + kMonday;
  return from_monday >= 0 ? from_monday / unit : -((-from_monday + unit - 1) / unit);
}

}  // namespace

TimeAxis TimeAxis::Over(const rules::Zone& zone, Millis from, Millis to) {
  const Millis first = WallTime(zone, from);
  const Millis last = std::max(first, WallTime(zone, to));
  Millis unit = kUnits[0];
  const auto stretches = [&] { return NumberOf(last, unit) - NumberOf(first, unit) + 1; };
  for (const Millis next : kUnits) {
    unit = next;
    if (stretches() <= kMost) break;
  }
  while (stretches() > kMost) unit *= 2;
  return {unit, NumberOf(first, unit) * unit - kMonday, static_cast<size_t>(stretches())};
}

size_t TimeAxis::IndexOf(const rules::Zone& zone, Millis at) const {
  const int64_t index = (WallTime(zone, at) - first) / unit;
  return static_cast<size_t>(std::clamp<int64_t>(index, 0, static_cast<int64_t>(count) - 1));
}

std::vector<uint64_t> TimeAxis::Spread(const rules::Zone& zone, Tally* moments) const {
  std::vector<uint64_t> out(count);
  if (count == 0) return out;
  for (const Tally::Slot& slot : moments->slots()) out[IndexOf(zone, slot.from)] += slot.count;
  return out;
}

}  // namespace vinkki::engine
