// Refused input, kept for whoever wants to know why: rows of the family `quarantine`, bounded in
// bytes, the oldest go. Handed in from any thread, written by one shard with its next group.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "engine/ingest.h"
#include "engine/store.h"

namespace vinkki::engine {

class Quarantine {
 public:
  Quarantine(Store* store, size_t limit_bytes, Metrics* metrics);
  // What is there already, once, at the start.
  Status Load();
  // Any thread; never blocks for the disk. What waits is bounded too: the oldest go, counted.
  void Add(Reject reject);
  // The shard's side: moves what waits into the group, and deletes the oldest beyond the limit.
  void Write(WriteGroup* group);

 private:
  struct Row {
    uint64_t sequence;
    size_t bytes;
  };

  Store* store_;
  const size_t limit_;
  Counter& dropped_;
  std::mutex mutex_;
  std::vector<Reject> waiting_;  // guarded by mutex_, as is waiting_bytes_
  size_t waiting_bytes_ = 0;
  std::vector<Reject> taken_;  // the rest is the shard's
  std::deque<Row> rows_;
  size_t bytes_ = 0;
};

}  // namespace vinkki::engine
