// The door of the engine, as the collector and the tools see it. Submit hands a batch to the shard
// of its visitor; the answer comes later, when the batch is durable.
//
// Threads: Submit from any thread, it never blocks. Acknowledge is called on a commit thread, once
// for each group commit and sink, so that a group wakes an I/O thread once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/batch.h"

namespace vinkki::engine {

enum class Outcome : uint8_t {
  kStored,       // durable, on disk
  kDuplicate,    // this (page load, number) was stored before: as good as kStored
  kUnavailable,  // not stored (disk full, WAL error): answer 503, the sender tries again
};

struct Ack {
  uint64_t token = 0;
  Outcome outcome = Outcome::kStored;
};

// Who waits for answers; outlives every batch it submitted.
class AckSink {
 public:
  virtual ~AckSink() = default;
  virtual void Acknowledge(std::span<const Ack> acks) = 0;
};

// Input that was refused, kept (bounded) for `vinkki quarantine`.
struct Reject {
  Millis at = 0;
  std::string site;    // as far as it is known
  std::string code;    // stable: "bad_json", "event_name", ... (collector/reject.h lists them)
  std::string detail;  // what is wrong, where
  std::string bytes;   // the raw input, at most 4 KiB of it
};

class Ingest {
 public:
  virtual ~Ingest() = default;
  // False: the shard's queue is full and `batch` is untouched; answer 503 with Retry-After.
  virtual bool Submit(Batch&& batch, AckSink* sink, uint64_t token) = 0;
  // Best effort: a full quarantine drops the oldest; never blocks.
  virtual void Quarantine(Reject reject) = 0;
  // False while the store does not take writes; /readyz answers 503 then.
  virtual bool Ready() const = 0;
};

}  // namespace vinkki::engine
