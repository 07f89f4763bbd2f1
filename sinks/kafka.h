// Takes triggers and decisions from the outbox (sink "kafka") to Apache Kafka. Entry point:
// KafkaSink; the library's side is kafka_producer.h.
//
// A message: key `<site>/<visitor>`, so that one visitor's messages stay in order in one partition
// (murmur2, as Java's clients choose it); value, the row's payload as it is; header content-type:
// application/cloudevents+json; timestamp, the decision's. Rows of type vinkki.decision.* go to the
// decisions' topic, all others to the triggers'.
//
// At least once: the producer is idempotent and waits for all replicas, a row is removed from the
// outbox on its delivery report and not before. A row may come twice (after a crash, or after the
// producer had to be made anew), with the same id. The first occurrences of the ids of one key are
// in order, but for one case: a new producer's very first request to a partition is refused for
// good, and the library has the next one on its way before it stops.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "base/status.h"
#include "engine/outbox.h"
#include "sinks/sink.h"

namespace vinkki::sinks {

struct KafkaOptions {
  std::string brokers = "127.0.0.1:19092";  // host:port, comma-separated
  std::string topic_triggers = "vinkki.triggers";
  std::string topic_decisions = "vinkki.decisions";
  int partitions = 12;            // of a topic that does not exist yet; -1: the broker's default
  int replication = -1;           // likewise
  size_t in_flight_rows = 1'000;  // most rows handed to the library and not yet confirmed
  size_t in_flight_bytes = 16 << 20;  // and most bytes; one row always fits
  // librdkafka's own settings, such as security.protocol and sasl.*. Those that the promise above
  // depends on are set by the sink; another value for one is an error.
  std::map<std::string, std::string> properties;
};

class KafkaSink final : public Sink {
 public:
  // `outbox` and `metrics` outlive the sink.
  KafkaSink(KafkaOptions options, engine::Outbox* outbox, Metrics* metrics);
  ~KafkaSink() override;  // stops first

  // Whether the library takes these options; connects nowhere. For the configuration's check.
  static Status Check(const KafkaOptions& options);

  void Start() override;
  void Stop() override;

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace vinkki::sinks
