#include "engine/history.h"

#include <algorithm>
#include <functional>

#include "base/hash.h"
#include "engine/keys.h"

namespace vinkki::engine {

void History::Clear() {
  rows_.clear();
  events_.clear();
  ids_.clear();
  any_id_ = false;
  consent_.reset();
  duplicates_ = 0;
  next_ = 0;
}

Status History::AddStored(const Store& store, std::string_view who,
                          const std::vector<uint32_t>& days, size_t max_rows) {
  std::vector<std::pair<uint64_t, std::string>> found;
  VINKKI_RETURN_IF_ERROR(
      VisitRowsBack(store, who, days, [&](const BatchKey& key, std::string_view bytes) {
        found.emplace_back(key.sequence, bytes);
        return found.size() < max_rows;
      }));
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  Status status;
  for (auto& row : found) {
    if (Status s = AddOwned(std::move(row.second)); !s.ok()) status = std::move(s);
  }
  return status;
}

Status History::AddOwned(std::string bytes) {
  rows_.push_back(std::move(bytes));
  return Add(rows_.back());
}

Status History::Add(std::string_view bytes) { return AddFrom(BatchReader(bytes)); }

// Events are read where they will stay: a copy would wait for what was just written.
// (emplace_back() would fill each with zeros first, by an instruction that takes as long as the
// reading.)
Status History::AddList(std::string_view events, uint64_t count, const WordList* words) {
  EventListReader reader(events, count, words);
  const EventView blank;
  for (events_.push_back(blank); reader.Next(&events_.back()); events_.push_back(blank)) {
    any_id_ |= !events_.back().id.empty();
  }
  events_.pop_back();
  return reader.status();
}

Status History::AddFrom(BatchReader reader) {
  if (reader.header().load != 0) consent_ = reader.header().consent;
  const EventView blank;
  for (events_.push_back(blank); NextEvent(&reader, &events_.back()); events_.push_back(blank)) {
    any_id_ |= !events_.back().id.empty();
  }
  events_.pop_back();
  return reader.status();
}

void History::Sort() {
  if (any_id_) {  // the first to arrive stays, so before sorting
    duplicates_ = std::erase_if(events_, [&](const EventView& event) {
      return !event.id.empty() && !ids_.insert(Hash64(event.id)).second;
    });
  }
  const auto earlier = [](const EventView& a, const EventView& b) { return a.at < b.at; };
  if (!std::is_sorted(events_.begin(), events_.end(), earlier)) {
    std::stable_sort(events_.begin(), events_.end(), earlier);
  }
  next_ = 0;
}

Status VisitRowsBack(const Store& store, std::string_view who, const std::vector<uint32_t>& days,
                     const std::function<bool(const BatchKey&, std::string_view)>& f) {
  std::string prefix;
  bool more = true;
  Status broken;
  for (auto day = days.rbegin(); day != days.rend() && more && broken.ok(); ++day) {
    EncodeDayPrefix(*day, who, &prefix);
    VINKKI_RETURN_IF_ERROR(store.ScanBack(Family::kBatches, prefix, PrefixEnd(prefix),
                                          [&](std::string_view key, std::string_view value) {
                                            const Result<BatchKey> k = DecodeBatchKey(key);
                                            if (!k.ok()) {
                                              broken = k.status();
                                              return false;
                                            }
                                            more = f(k.value(), value);
                                            return more;
                                          }));
  }
  return broken;
}

Result<std::vector<uint32_t>> FindDays(const Store& store, std::string_view who) {
  std::vector<uint32_t> days;
  std::string from;
  uint32_t day = 0;
  for (;;) {  // jumps from day to day: at most two seeks for each
    EncodeDayPrefix(day, who, &from);
    bool found = false;
    uint32_t at = 0;
    bool mine = false;
    const Status s =
        store.Scan(Family::kBatches, from, {}, [&](std::string_view key, std::string_view) {
          found = true;
          at = ByteReader(key).Big32();
          mine = at == day && key.starts_with(from);
          return false;
        });
    if (!s.ok()) return s;
    if (!found) return days;
    if (mine) days.push_back(day);
    day = at > day ? at : day + 1;
  }
}

}  // namespace vinkki::engine
