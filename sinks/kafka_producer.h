// The producer of librdkafka, as the Kafka sink needs it. kafka_producer.cc is the only file that
// includes the library, and where the versions of Debian 12 (2.0.2) and 13 (2.8) would differ.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "engine/outbox.h"
#include "sinks/kafka.h"

struct rd_kafka_s;  // librdkafka's
struct rd_kafka_NewTopic_s;

namespace vinkki::sinks {

// Says in the log when the library is older than it should be.
void SayIfLibraryIsOld();

// One idempotent producer, used by one thread only: what the library has to tell arrives inside
// Poll. Unusable once `broken` is set: make another, and send again what was not confirmed.
class KafkaProducer {
 public:
  enum class Sent {
    kYes,
    kFull,    // not now: Poll first
    kPoison,  // this row will be refused however often it is sent
    kBroken,
  };

  // `single`: sends each row in a batch of its own, so that a refusal is about that row.
  static Result<std::unique_ptr<KafkaProducer>> Make(KafkaOptions options, bool single);
  ~KafkaProducer();  // gives up what is in flight
  KafkaProducer(const KafkaProducer&) = delete;

  Sent Send(const std::string& topic, const engine::OutboxRow& row);
  // Waits for the first of what happened, then takes in all of it.
  void Poll(std::chrono::milliseconds wait);
  // Whether a broker answers, within `wait`.
  bool Answers(std::chrono::milliseconds wait);
  // Makes the topics that are missing. Not being allowed to is no failure: the broker may do it
  // itself. Returns false when the broker did not answer.
  bool MakeTopics(const KafkaOptions& options);

  std::vector<uint64_t> confirmed;                        // since the caller cleared it
  std::vector<std::pair<uint64_t, std::string>> refused;  // poison, likewise
  size_t in_flight_rows = 0;
  size_t in_flight_bytes = 0;
  size_t failed_rows = 0;      // neither confirmed nor refused: to be sent again
  bool suspect = false;        // connections were lost; cleared by the caller
  bool batch_refused = false;  // perhaps for one of its rows, or for its size
  std::string broken;          // why it cannot be used any more, or empty
  std::string last_error;      // what the library said last, for the log

 private:
  struct Callbacks;

  explicit KafkaProducer(bool single) : single_(single) {}
  bool FindMissing(std::vector<std::string>* names);
  bool CreateTopics(std::vector<rd_kafka_NewTopic_s*> topics);
  void Break(std::string why);

  const bool single_;
  rd_kafka_s* kafka_ = nullptr;
};

}  // namespace vinkki::sinks
