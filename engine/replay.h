// Stored visits, or a file's, through the same Step on virtual time: what would have been decided.
// Each visitor's events are sorted by time (ties by arrival), an id counts once, and time goes on
// for 24 hours after the last event (rules.md 25). The result does not depend on the number of
// threads, nor on whether the events came from a file or were imported before.
//
//   Replay replay(program, options);
//   replay.Add(batch)...            // a file, decoded by the caller
//   or replay.OpenData(folder);     // a data folder, read-only, also beside a running server
//   replay.Run(write)
//
// A line of a decision, in order of (site, visitor, at, rule) by bytes, equal ones as decided:
//   {"at":ms,"site":s,"visitor":v,"rule":r,"decision":"offer"}
//   {"at":ms,"site":s,"visitor":v,"rule":r,"decision":"offer","to":"bot"}
//   {"at":ms,"site":s,"visitor":v,"rule":r,"decision":"silent","reason":why}
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/batch.h"
#include "base/status.h"
#include "rules/program.h"
#include "rules/step.h"

namespace vinkki::engine {

struct ReplayOptions {
  uint32_t threads = 1;
  std::optional<Millis> from;  // decisions before it are made but not told
  std::optional<Millis> to;    // events after it are left out; time ends there
  // Called by Run's thread now and then.
  std::function<void(uint64_t visitors_done, uint64_t visitors)> progress;
};

struct RuleReport {
  std::string rule;
  uint64_t offers = 0;  // the bot's included
  uint64_t bot_offers = 0;
  uint64_t visitors = 0;                     // with at least one offer
  std::map<std::string, uint64_t> silences;  // by reason
};

struct ReplayReport {
  uint64_t visitors = 0;
  uint64_t events = 0;      // applied
  uint64_t duplicates = 0;  // left out: their id came before
  uint64_t decisions = 0;
  uint64_t broken_rows = 0;  // of the data folder, left out and said in the log
  Millis first_at = 0;       // of the events applied; 0 when there were none
  Millis last_at = 0;
  std::vector<RuleReport> rules;  // one for each of the program's
};

class Replay {
 public:
  Replay(std::shared_ptr<const rules::Program> program, ReplayOptions options);
  ~Replay();

  // In order of arrival. Keeps the bytes; memory is that of the file, roughly.
  void Add(const Batch& batch);
  // Instead of Add. Visitors are read one by one: memory is bounded.
  Status OpenData(const std::string& data_dir);

  // `write` gets lines (each ending in a newline), in order, on the calling thread; may be null.
  Result<ReplayReport> Run(const std::function<void(std::string_view lines)>& write);

 private:
  class Source;
  class FileSource;
  class DataSource;
  struct Piece;
  void RunPiece(size_t from, size_t to, Piece* piece) const;
  void ReplayVisitor(const rules::Context& context, std::string_view who, Piece* piece) const;
  void Tell(std::string_view who, ReplayReport* mine, Piece* piece) const;

  const std::shared_ptr<const rules::Program> program_;
  const ReplayOptions options_;
  std::unique_ptr<FileSource> file_;
  std::unique_ptr<DataSource> data_;
  Source* source_ = nullptr;
};

}  // namespace vinkki::engine
