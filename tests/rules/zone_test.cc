// Local time over changes of the clock. Helsinki 2024: forward on 31 March at 01:00 UTC (03:00 to
// 04:00), back on 27 October at 01:00 UTC (04:00 to 03:00).
#include "rules/zone.h"

#include <doctest/doctest.h>

#include "base/text.h"

namespace vinkki::rules {
namespace {

constexpr Millis kHour = 3'600'000;

Millis At(const char* text) { return *ParseRfc3339(text); }

Zone Named(const char* name) {
  auto zone = Zone::Find(name);
  REQUIRE(zone.ok());
  return *zone;
}

}  // namespace

TEST_CASE("offsets and days") {
  const Zone helsinki = Named("Europe/Helsinki");
  CHECK(helsinki.OffsetAt(At("2024-01-01T12:00:00Z")) == 2 * kHour);
  CHECK(helsinki.OffsetAt(At("2024-03-31T00:59:59.999Z")) == 2 * kHour);
  CHECK(helsinki.OffsetAt(At("2024-03-31T01:00:00Z")) == 3 * kHour);
  CHECK(helsinki.OffsetAt(At("2024-10-27T00:59:59.999Z")) == 3 * kHour);
  CHECK(helsinki.OffsetAt(At("2024-10-27T01:00:00Z")) == 2 * kHour);
  CHECK(helsinki.TimeOfDay(At("2024-01-01T21:59:59.999Z")) == 24 * kHour - 1);
  CHECK(helsinki.TimeOfDay(At("2024-01-01T22:00:00Z")) == 0);
  CHECK(helsinki.Day(At("2024-01-01T22:00:00Z")) == helsinki.Day(At("2024-01-01T21:59:59Z")) + 1);
  CHECK(Zone::Weekday(Zone().Day(At("2024-01-01T12:00:00Z"))) == 0);
  CHECK(Zone::Weekday(Zone().Day(At("2024-01-07T23:59:59Z"))) == 6);
  CHECK(Zone::Weekday(Zone().Day(At("1969-12-31T12:00:00Z"))) == 2);
  CHECK(Zone().Day(-1) == -1);
  CHECK(Zone().TimeOfDay(-1) == 24 * kHour - 1);
  const Zone kathmandu = Named("Asia/Kathmandu");
  CHECK(kathmandu.OffsetAt(At("2024-06-01T00:00:00Z")) == 5 * kHour + 45 * 60'000);
  CHECK(Named("America/New_York").OffsetAt(At("2024-07-01T00:00:00Z")) == -4 * kHour);
}

TEST_CASE("the first moment that shows a time") {
  const Zone helsinki = Named("Europe/Helsinki");
  const int64_t spring = helsinki.Day(At("2024-03-31T12:00:00Z"));
  CHECK(helsinki.FirstAt(spring, 0) == At("2024-03-30T22:00:00Z"));
  CHECK(helsinki.FirstAt(spring, 2 * kHour) == At("2024-03-31T00:00:00Z"));
  // 03:30 is skipped: the wall goes from 02:59:59.999 to 04:00.
  CHECK(helsinki.FirstAt(spring, 3 * kHour + kHour / 2) == At("2024-03-31T01:00:00Z"));
  CHECK(helsinki.FirstAt(spring, 5 * kHour) == At("2024-03-31T02:00:00Z"));
  const int64_t autumn = helsinki.Day(At("2024-10-27T12:00:00Z"));
  // 03:30 comes twice: the first counts.
  CHECK(helsinki.FirstAt(autumn, 3 * kHour + kHour / 2) == At("2024-10-27T00:30:00Z"));
  CHECK(helsinki.FirstAt(autumn, 4 * kHour) == At("2024-10-27T02:00:00Z"));
  CHECK(Zone().FirstAt(1, 5) == 86'400'005);
}

TEST_CASE("zones that are none") {
  for (const char* name : {"", "Europe/Helsinky", "../../etc/passwd", "utc+2", "Europe"}) {
    CHECK_FALSE(Zone::Find(name).ok());
  }
  CHECK(Zone::NearestName("Europe/Helsinky") == "Europe/Helsinki");
  CHECK(Zone::NearestName("nowhere/at all") == "");
  CHECK(Zone::NearestName("europe/helsinki") == "Europe/Helsinki");
  CHECK(Zone::NearestName("Helsinki") == "Europe/Helsinki");
  CHECK(Zone::NearestName("UTC+2") == "");
  CHECK(Zone::NearestName("Finland") == "");
  CHECK(Zone::NearestName("") == "");
}

}  // namespace vinkki::rules
