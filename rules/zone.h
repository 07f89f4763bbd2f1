// Time zones, by their IANA names, for `hours` and for days that are counted. The one user of the
// time zone database; a Zone holds its changes of offset from 1970 to 2100 (later: as in 2100), so
// that asking it allocates nothing and takes no lock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace vinkki::rules {

class Zone {
 public:
  Zone();  // UTC
  // kNotFound: there is no such zone. "UTC" needs no database.
  static Result<Zone> Find(std::string_view name);
  // All that Find knows; UTC alone where there is no database. They live as long as the program.
  static std::vector<std::string_view> Names();
  // A name that somebody may have meant; "" when none is near.
  static std::string NearestName(std::string_view name);

  // Local time minus UTC at a moment.
  Millis OffsetAt(Millis at) const;
  // By the clock on the wall: time since midnight, and the day as days since 1970-01-01. In the
  // hour that comes twice the wall shows the same time twice; an hour that is skipped is never
  // shown.
  Millis TimeOfDay(Millis at) const;
  int64_t Day(Millis at) const;
  // 0 is Monday.
  static int Weekday(int64_t day) { return static_cast<int>(((day % 7) + 10) % 7); }
  // The first moment at which the wall shows this day and this time or later.
  Millis FirstAt(int64_t day, Millis time_of_day) const;

 private:
  struct Change {
    Millis at;
    Millis offset;
  };
  std::shared_ptr<const std::vector<Change>> changes_;  // by time, never empty
};

}  // namespace vinkki::rules
