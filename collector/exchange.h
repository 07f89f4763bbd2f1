// One request on its way to its answer. Answers leave a connection in the order of its requests,
// whatever the order in which the engine stores what they carried.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/batch.h"
#include "collector/ndjson.h"
#include "collector/server.h"

namespace vinkki::collector {

class Connection;

// What POST /v1/events still has to do: batches that wait for room in the engine's queue.
struct LinesAnswer {
  std::vector<Batch> batches;
  size_t submitted = 0;
  uint32_t accepted = 0;
  std::vector<LineRefusal> refused;
  int64_t give_up_at = 0;  // steady milliseconds
};

// Owned by its I/O thread's pool and reused. Referred to by the engine's acks through
// (generation, index), and by its connection until that is gone.
struct Exchange {
  uint32_t index = 0;
  uint32_t generation = 0;
  Connection* connection = nullptr;  // nullptr: nobody waits for the answer any more
  Exchange* next = nullptr;

  Route route = Route::kOther;
  bool done = false;
  bool keep_alive = true;
  bool http10 = false;
  bool head_only = false;
  bool unavailable = false;  // the engine could not store a part
  uint32_t acks_left = 0;
  uint32_t refused = 0;
  const Origin* origin = nullptr;
  uint64_t client = 0;  // Quotas::ClientKey
  std::string cookie_line;
  std::unique_ptr<LinesAnswer> lines;
  std::string response;  // complete when done

  uint64_t token() const { return (static_cast<uint64_t>(generation) << 32) | index; }
};

}  // namespace vinkki::collector
