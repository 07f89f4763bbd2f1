// Stored visits, or a file's, through the same Step on virtual time: what would have been decided.
// Each visitor's events are sorted by time (ties by arrival), an id counts once, and time goes on
// for 24 hours after the last event (rules.md 25). The result does not depend on the number of
// threads, nor on whether the events came from a file or were imported before.
//
//   Replay replay(program, options);
//   replay.Add(batch)...            // a file, decoded by the caller
//   or replay.OpenData(folder);     // a data folder, read-only, also beside a running server
//   replay.Run(write)             // decisions, in order; returns the report (replay_report.h)
//   replay.TakeDiff()             // when options.against is set
//
// A line of a decision, in order of (site, visitor, at, rule) by bytes, equal ones as decided:
//   {"at":ms,"site":s,"visitor":v,"rule":r,"decision":"offer"}
//   {"at":ms,"site":s,"visitor":v,"rule":r,"decision":"offer","to":"bot"}
//   {"at":ms,"site":s,"visitor":v,"rule":r,"decision":"silent","reason":why}
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/batch.h"
#include "base/status.h"
#include "engine/replay_report.h"
#include "engine/replay_source.h"
#include "rules/program.h"

namespace vinkki::engine {

struct ReplayProgress {
  uint64_t visitors_done = 0, visitors = 0;
  uint64_t events_done = 0;
};

struct ReplayOptions {
  uint32_t threads = 1;
  std::optional<Millis> from;  // decisions before it are made but not told, nor is anything counted
  std::optional<Millis> to;    // events after it are left out; time ends there
  // A second set of rules, run over the same events, to be compared with; may be null.
  std::shared_ptr<const rules::Program> against;
  ReportOptions report;
  // Called by Run's thread when the work begins, with nothing done, and now and then until its end.
  std::function<void(const ReplayProgress&)> progress;
};

class Replay {
 public:
  Replay(std::shared_ptr<const rules::Program> program, ReplayOptions options);
  ~Replay();

  // In order of arrival. Keeps the bytes; memory is that of the file, roughly.
  void Add(const Batch& batch);
  // The same for one event after the other (replay_source.h).
  EventListWriter* BeginEvent(std::string_view site, std::string_view visitor,
                              const EventHead& head) {
    return file_.BeginEvent(site, visitor, head);
  }
  void EndEvent() { file_.EndEvent(); }
  // Instead of Add. Visitors are read one by one: memory is bounded.
  Status OpenData(const std::string& data_dir);

  // Once. `write` gets lines (each ending in a newline), in order, on the calling thread; may be
  // null. The lines are those of the program, not of the one it is compared with.
  Result<ReplayReport> Run(const std::function<void(std::string_view lines)>& write);
  // After Run, once; requires options.against.
  ReplayDiff TakeDiff() { return std::move(*diff_); }

 private:
  class Worker;
  class Pieces;
  ReplayReport Merge(std::vector<std::unique_ptr<Worker>>* workers);

  const std::shared_ptr<const rules::Program> program_;
  const ReplayOptions options_;
  FileSource file_;
  std::unique_ptr<DataSource> data_;
  const ReplaySource* source_ = &file_;
  std::optional<ReplayDiff> diff_;
};

}  // namespace vinkki::engine
