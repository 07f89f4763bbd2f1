// What every sink is: something that takes rows from the durable outbox to one other system, at
// least once, on a thread of its own, so that a slow or absent one delays nobody else. A row leaves
// the outbox when the other side has it for certain; until then a restart sends it again, with the
// same id.
//
// Owned by main, which starts the sinks after the engine and stops them before it.
#pragma once

#include <string>

#include "base/metrics.h"

namespace vinkki::sinks {

class Sink {
 public:
  virtual ~Sink() = default;
  // Once. Returns at once; an unreachable other side is not an error, the outbox waits.
  virtual void Start() = 0;
  // Ends the thread within 3 s, whatever the other side does. What was not confirmed stays in the
  // outbox. Harmless when not started, and twice.
  virtual void Stop() = 0;
};

// The series that every sink has, with label sink="<name>".
struct SinkSeries {
  SinkSeries(Metrics* metrics, const std::string& sink);

  Counter& delivered;  // vinkki_sink_delivered_total
  Counter& retries;    // vinkki_sink_retries_total: rows sent again
  Counter& dropped;    // vinkki_sink_dropped_total: rows given up, expired or refused for good
  Gauge& lag;          // vinkki_outbox_lag_rows: that wait
  Gauge& up;           // vinkki_sink_up: 1 when the other side answers
};

}  // namespace vinkki::sinks
