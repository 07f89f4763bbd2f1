// Events from a file, for `vinkki replay` and `vinkki import`: NDJSON, or CSV with a mapping
// (docs/wire.md). Refused lines are reported and counted, and the rest is used.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/status.h"
#include "cmd/commands.h"
#include "collector/ndjson.h"

namespace vinkki::cmd {

struct InputCounts {
  uint64_t lines = 0;
  uint64_t accepted = 0;
  std::map<std::string, uint64_t> refused;  // by code
  uint64_t refused_total() const;
};

// `use` is called with each event and says whether it is taken. The first ten refused lines are
// said on standard error. kNotFound: no such file; kInvalid: the mapping is wrong.
Status ReadEvents(const InputOptions& options,
                  const std::function<collector::Problem(const collector::LineEvent&)>& use,
                  InputCounts* counts);

// As batches of one visitor each, in the order of the file, handed on piece by piece so that memory
// stays bounded. `lateness`: events older than that at `received` are marked as history.
Status ReadBatches(const InputOptions& options, Millis received, std::optional<Millis> lateness,
                   const std::function<Status(Batch&&)>& use, InputCounts* counts);

// "12,345 events, 3 lines refused (bad_json 2, event_name 1)" on standard error.
void PrintCounts(const InputCounts& counts);

}  // namespace vinkki::cmd
