// What one visitor's events say about their visits: how many there were and what was bought, and,
// from any moment, how long it still took until they left or bought.
//   leaving: the last sign of life (rules.md, Facts, idle) in the visit that holds the moment
//   buying: the next purchase, in that visit or a later one
// A visit is a session: it ends 30 minutes after its last event (rules.md, Exact meaning, 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/batch.h"
#include "engine/tally.h"

namespace vinkki::engine {

inline constexpr Millis kSessionGap = 30 * 60'000;

struct TimeAhead {
  std::optional<Millis> leaving;  // absent: no sign of life came after the moment in that visit
  std::optional<Millis> buying;   // absent: nothing was bought after it
  bool bought_in_visit = false;   // the purchase was in the visit of the moment
};

// Reused from visitor to visitor. Owned by one thread.
class VisitCourse {
 public:
  // `events` by time; they must stay where they are. Visits without an event at or after `from`,
  // and events before it, are not counted. `starts`, if given, gets the time of each visit's start.
  void Read(std::span<const EventView> events, std::optional<Millis> from, Tally* starts);

  uint64_t visits() const { return visits_; }
  uint64_t purchases() const { return purchases_; }
  uint64_t events() const { return counted_; }
  // Requires a moment at or after the first event.
  TimeAhead After(Millis moment);

 private:
  struct Ahead {
    Millis last_life = 0;     // of the visit, at or after this event; 0: none
    size_t next_buy = 0;      // index of the next purchase after this event; size(): none
    size_t end_of_visit = 0;  // index of the visit's last event
  };
  void LookAhead();

  std::span<const EventView> events_;
  std::vector<size_t> bought_;  // the purchases that count, ascending
  std::vector<Ahead> ahead_;    // filled when it is first asked for
  uint64_t visits_ = 0;
  uint64_t purchases_ = 0;
  uint64_t counted_ = 0;
};

}  // namespace vinkki::engine
