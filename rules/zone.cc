#include "rules/zone.h"

#include <date/tz.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <limits>

#include "base/text.h"
#include "rules/nearest.h"

namespace vinkki::rules {
namespace {

constexpr Millis kDay = 86'400'000;
constexpr Millis kEnd = 4'102'444'800'000;  // 2100-01-01

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

Zone::Zone() {
  static const auto utc = std::make_shared<const std::vector<Change>>(
      std::vector<Change>{{std::numeric_limits<Millis>::min(), 0}});
  changes_ = utc;
}

Result<Zone> Zone::Find(std::string_view name) {
  Zone zone;
  if (name == "UTC") return zone;
  try {
    const date::time_zone* found = date::locate_zone(std::string(name));
    auto changes = std::make_shared<std::vector<Change>>();
    Millis at = 0;
    do {
      const auto info = found->get_info(date::sys_seconds(std::chrono::seconds(at / 1000)));
      changes->push_back({at, std::chrono::milliseconds(info.offset).count()});
      at = std::chrono::milliseconds(info.end.time_since_epoch()).count();
    } while (at > changes->back().at && at < kEnd);
    changes->front().at = std::numeric_limits<Millis>::min();
    zone.changes_ = std::move(changes);
    return zone;
  } catch (const std::exception&) {
    return Status::NotFound("there is no time zone '" + std::string(name) +
                            "' (is the package tzdata installed?)");
  }
}

std::vector<std::string_view> Zone::Names() {
  std::vector<std::string_view> names = {"UTC"};
  try {
    for (const date::time_zone& zone : date::get_tzdb().zones) {
      if (zone.name() != names[0]) names.push_back(zone.name());
    }
  } catch (const std::exception&) {
    // Find says that there is none.
  }
  return names;
}

std::string Zone::NearestName(std::string_view name) {
  if (name.empty() || name.find_first_of("+0123456789") != name.npos) return "";  // UTC+2
  const std::vector<std::string_view> names = Names();
  if (const std::string_view nearest = Nearest(name, names);
      !nearest.empty() && Lower(nearest[0]) == Lower(name[0])) {
    return std::string(nearest);
  }
  const std::string city = "/" + std::string(name);  // Helsinki
  const auto full = std::find_if(names.begin(), names.end(),
                                 [&](std::string_view one) { return one.ends_with(city); });
  return full == names.end() ? "" : std::string(*full);
}

Millis Zone::OffsetAt(Millis at) const {
  const auto after = std::upper_bound(changes_->begin(), changes_->end(), at,
                                      [](Millis t, const Change& c) { return t < c.at; });
  return after == changes_->begin() ? changes_->front().offset : std::prev(after)->offset;
}

Millis Zone::TimeOfDay(Millis at) const {
  const Millis local = at + OffsetAt(at);
  return local - FloorDivide(local, kDay) * kDay;
}

int64_t Zone::Day(Millis at) const { return FloorDivide(at + OffsetAt(at), kDay); }

Millis Zone::FirstAt(int64_t day, Millis time_of_day) const {
  const Millis local = day * kDay + time_of_day;
  // Within each stretch of one offset the wall runs on; the first stretch that shows it, or the
  // start of the one that begins beyond it.
  const auto from = std::upper_bound(changes_->begin(), changes_->end(), local - 2 * kDay,
                                     [](Millis t, const Change& c) { return t < c.at; });
  for (auto i = from == changes_->begin() ? from : std::prev(from); i != changes_->end(); ++i) {
    const Millis end =
        std::next(i) == changes_->end() ? std::numeric_limits<Millis>::max() : std::next(i)->at;
    const Millis shown = std::max(local - i->offset, i->at);
    if (shown < end) return shown;
  }
  return local;
}

}  // namespace vinkki::rules
