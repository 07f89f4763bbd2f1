// The outbox on the store. Shards write rows inside their group commits; sinks read what is
// committed, in order.
//
// Order over several shards: a group takes a floor before it gives its first row a sequence and
// gives it back when it is committed or abandoned; readers see only rows below every floor that is
// out. So a row never appears behind a place that a reader has passed.
//
// Thread-safe. Nothing here is on an event's way: only groups that decided something come by.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/outbox.h"
#include "engine/store.h"

namespace vinkki::engine {

class StoreOutbox final : public Outbox {
 public:
  explicit StoreOutbox(Store* store) : store_(store) {}
  // Counts what waits, once, at the start.
  Status Load();

  // A shard's side: Begin, then WriteGroup::Put with sequences from the store, then End with how
  // many rows were committed for each sink (none: abandoned).
  uint64_t Begin();
  void End(uint64_t floor, const std::map<std::string, uint64_t>& committed);

  Result<std::vector<OutboxRow>> Read(std::string_view sink, uint64_t after, size_t max,
                                      std::chrono::milliseconds wait) override;
  Status Remove(std::string_view sink, std::span<const uint64_t> sequences) override;
  uint64_t Lag(std::string_view sink) const override;

 private:
  Result<std::vector<OutboxRow>> ReadNow(std::string_view sink, uint64_t after, size_t max,
                                         uint64_t below);

  Store* store_;
  mutable std::mutex mutex_;
  std::condition_variable grown_;
  std::multiset<uint64_t> floors_;
  std::map<std::string, int64_t, std::less<>> lag_;
  uint64_t ends_ = 0;  // groups that ended; changes whenever there may be more to read
};

}  // namespace vinkki::engine
