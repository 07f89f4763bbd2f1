// The stored events of one visitor, in the order of their times: what Rebuild, the journey of a
// trigger and the replay read. Ties stand in the order of arrival, an event whose id came before is
// left out (rules.md 25), and no event is later than its batch was received (but for not_before,
// which keeps the order within a page load even when the clock went back).
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/batch.h"
#include "base/event_list.h"
#include "base/status.h"
#include "engine/store.h"

namespace vinkki::engine {

// A visitor with more rows than this is rebuilt from the latest ones.
inline constexpr size_t kHistoryRows = 16'384;

// BatchReader::Next, with times in the future set to the moment of receipt.
inline bool NextEvent(BatchReader* reader, EventView* event) {
  if (!reader->Next(event)) return false;
  const BatchHeader& header = reader->header();
  if (event->at > header.received) event->at = std::max(header.received, header.not_before);
  return true;
}

class History {
 public:
  // Forgets everything, keeps its capacity.
  void Clear();
  // Adds the rows of the visitor (site NUL visitor) on these days, at most `max_rows`, the latest.
  // kCorrupt: a row is broken; the others are there.
  Status AddStored(const Store& store, std::string_view who, const std::vector<uint32_t>& days,
                   size_t max_rows = kHistoryRows);
  // Adds a batch that is not (yet) stored, or not here; after what was added before. `bytes` must
  // stay where they are.
  Status Add(std::string_view bytes);
  // The same with `count` events that came without a batch (base/event_list.h), and the words in
  // which they are written.
  Status AddList(std::string_view events, uint64_t count, const WordList* words);
  // The same with bytes that it keeps itself.
  Status AddOwned(std::string bytes);
  // Sorts and drops duplicates. Call once, after the last Add.
  void Sort();

  // Hands out one after the other; false at the end.
  bool Next(EventView* event) {
    if (next_ == events_.size()) return false;
    *event = events_[next_++];
    return true;
  }
  const std::vector<EventView>& events() const { return events_; }
  // The mode of the latest batch that came from a page; nothing: none did.
  std::optional<Consent> consent() const { return consent_; }
  // Events that Sort left out: their id came before.
  size_t duplicates() const { return duplicates_; }

 private:
  Status AddFrom(BatchReader reader);

  std::deque<std::string> rows_;  // views point into them
  std::vector<EventView> events_;
  std::unordered_set<uint64_t> ids_;
  std::optional<Consent> consent_;
  size_t duplicates_ = 0;
  bool any_id_ = false;
  size_t next_ = 0;
};

// f(key, bytes) for each row of the visitor on these days, the latest first, until it says false.
// `key` and `bytes` are good during the call.
struct BatchKey;
Status VisitRowsBack(const Store& store, std::string_view who, const std::vector<uint32_t>& days,
                     const std::function<bool(const BatchKey& key, std::string_view bytes)>& f);

// All days on which the visitor has rows, found by looking at each day of the store.
Result<std::vector<uint32_t>> FindDays(const Store& store, std::string_view who);

}  // namespace vinkki::engine
