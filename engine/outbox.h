// The durable outbox: what was decided and is still to be delivered, one queue for each sink. A row
// is written in the same WriteBatch as the state that decided it, and removed when the sink has
// delivered it; between the two it survives everything. Sinks read in order and may read again.
//
// Thread-safe. Implemented by the engine on its store; each sink has a thread of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace vinkki::engine {

inline constexpr std::string_view kSinkKafka = "kafka";
inline constexpr std::string_view kSinkPage = "page";

struct OutboxRow {
  uint64_t sequence = 0;  // grows within a sink; not dense
  std::string type;       // "vinkki.trigger.v1", "vinkki.decision.v1"
  std::string id;         // the trigger's, the same on every retry and replay
  std::string site;
  std::string visitor;
  Millis at = 0;        // of the decision
  Millis expires = 0;   // after this the page need not have it any more
  std::string payload;  // JSON, complete
};

class Outbox {
 public:
  virtual ~Outbox() = default;
  // Durable rows of `sink` with sequence > `after`, in order, at most `max`. Waits up to `wait`
  // for the first one; empty when there is none.
  virtual Result<std::vector<OutboxRow>> Read(std::string_view sink, uint64_t after, size_t max,
                                              std::chrono::milliseconds wait) = 0;
  // Delivered, or expired: the rows are gone for good.
  virtual Status Remove(std::string_view sink, std::span<const uint64_t> sequences) = 0;
  // Rows that wait, for the metrics.
  virtual uint64_t Lag(std::string_view sink) const = 0;
};

}  // namespace vinkki::engine
