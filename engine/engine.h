// The engine: N shards over one store. Opens, takes batches, decides, commits, answers; see
// docs/life_of_an_event.md. Restart is Open: there is no second path for recovery.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/status.h"
#include "engine/ingest.h"
#include "engine/live.h"
#include "engine/outbox.h"
#include "rules/program.h"

namespace vinkki::engine {

struct EngineOptions {
  std::string data_dir;
  uint32_t shards = 1;
  size_t queue_bytes = 32u << 20;   // of each shard; full: 503
  size_t cache_bytes = 256u << 20;  // live visitors kept decoded, all shards together
  size_t group_batches = 512;       // most batches in one commit
  Millis accepted_lateness = 24 * 3'600'000;
  size_t quarantine_bytes = 64u << 20;  // the oldest go
  Millis retention = 90LL * 86'400'000;
  bool kafka = false;          // whether rows for the sink "kafka" are written
  bool fsync = true;           // off only for measurements
  bool flush_on_stop = false;  // into tables, so that the next to open the folder need no log
};

struct ExplainQuery;  // engine/explain.h

class Engine {
 public:
  // kConflict: another process has the folder; kCorrupt / kInvalid: a newer or broken database.
  // Each message is one clear line with what to do. `clock` and `metrics` outlive the engine.
  static Result<std::unique_ptr<Engine>> Open(EngineOptions options,
                                              std::shared_ptr<const rules::Program> program,
                                              const Clock* clock, Metrics* metrics);
  virtual ~Engine() = default;  // stops first

  virtual Ingest& ingest() = 0;
  virtual Outbox& outbox() = 0;
  virtual Live& live() = 0;

  // Why a visitor got an offer, or none, by what is stored and the rules in force: JSON
  // (engine/explain.h). Any thread.
  virtual Result<std::string> Explain(const ExplainQuery& query) const = 0;

  // Atomic for each visitor; facts that did not change keep their state.
  virtual void SetProgram(std::shared_ptr<const rules::Program> program) = 0;

  // Takes nothing more, commits what is queued, answers it, closes the store.
  virtual void Stop() = 0;
};

}  // namespace vinkki::engine
