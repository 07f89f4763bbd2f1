#include "engine/visit_course.h"

#include <algorithm>

#include "rules/facts.h"

namespace vinkki::engine {

void VisitCourse::Read(std::span<const EventView> events, std::optional<Millis> from,
                       Tally* starts) {
  events_ = events;
  bought_.clear();
  ahead_.clear();
  visits_ = purchases_ = counted_ = 0;
  Value last_transaction;
  bool counted_visit = false;
  for (size_t i = 0; i < events.size(); ++i) {
    const EventView& event = events[i];
    const bool in_range = !from || event.at >= *from;
    if (i == 0 || event.at - events[i - 1].at >= kSessionGap) counted_visit = false;
    if (in_range && !counted_visit) {
      counted_visit = true;
      ++visits_;
      if (starts != nullptr) starts->Add(event.at);
    }
    counted_ += in_range ? 1 : 0;
    if (event.name != "purchase") continue;
    const Value transaction = event.Own("transaction_id");
    const bool again =
        !bought_.empty() && !transaction.missing() && transaction == last_transaction;
    last_transaction = transaction;
    if (again) continue;
    bought_.push_back(i);
    purchases_ += in_range ? 1 : 0;
  }
}

TimeAhead VisitCourse::After(Millis moment) {
  if (ahead_.empty()) LookAhead();
  const auto after = std::upper_bound(events_.begin(), events_.end(), moment,
                                      [](Millis t, const EventView& e) { return t < e.at; });
  TimeAhead out;
  if (after == events_.begin()) return out;
  const size_t at = static_cast<size_t>(after - events_.begin()) - 1;
  const Ahead& ahead = ahead_[at];
  const bool in_visit = moment - events_[at].at < kSessionGap;
  if (in_visit && ahead.last_life > moment) out.leaving = ahead.last_life - moment;
  if (ahead.next_buy < events_.size()) {
    out.buying = events_[ahead.next_buy].at - moment;
    out.bought_in_visit = in_visit && ahead.next_buy <= ahead.end_of_visit;
  }
  return out;
}

void VisitCourse::LookAhead() {
  const size_t n = events_.size();
  ahead_.resize(n);
  size_t next_buy = n;
  auto buy = bought_.rbegin();
  for (size_t i = n; i-- > 0;) {
    Ahead& mine = ahead_[i];
    mine.end_of_visit = i;
    if (i + 1 < n && events_[i + 1].at - events_[i].at < kSessionGap) {
      mine.end_of_visit = ahead_[i + 1].end_of_visit;
      mine.last_life = ahead_[i + 1].last_life;
    }
    const EventView& event = events_[i];
    if (mine.last_life == 0 && !event.via_server && rules::IsSignOfLife(event.name)) {
      mine.last_life = event.at;
    }
    mine.next_buy = next_buy;
    if (buy != bought_.rend() && *buy == i) {
      next_buy = i;
      ++buy;
    }
  }
}

}  // namespace vinkki::engine
