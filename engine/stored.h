// The stored rows of a data folder, read-only, also beside a running server: for tools and tests.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/batch.h"
#include "base/status.h"
#include "engine/ingest.h"
#include "engine/keys.h"

namespace vinkki::engine {

struct StoredBatch {
  std::string_view site, visitor;
  Millis received = 0;
  uint64_t sequence = 0;   // the order of arrival
  std::string_view bytes;  // base/batch.h
};

// Every stored batch by (day, site, visitor, received, sequence), until f says false. The views are
// good during the call.
Status ForEachBatch(const std::string& data_dir, const std::function<bool(const StoredBatch&)>& f);

// Every decision by (day, site, visitor, at).
Status ForEachDecision(const std::string& data_dir,
                       const std::function<bool(const DecisionRow&)>& f);

// Every timer: (deadline, site, visitor), by deadline.
Status ForEachTimer(
    const std::string& data_dir,
    const std::function<bool(Millis deadline, std::string_view site, std::string_view visitor)>& f);

// Every refused input that is kept, the oldest first.
Status ForEachReject(const std::string& data_dir, const std::function<bool(const Reject&)>& f);

}  // namespace vinkki::engine
