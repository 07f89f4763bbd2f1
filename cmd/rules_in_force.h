// The rules that a server runs, and the one road by which they change: SIGHUP, the staff port and
// the watch over the folder all come here. Read, load, check; only a set without errors goes to the
// engine, whole; what ran before goes on otherwise, and the errors are said at their places.
//
// Thread-safe; changes happen one at a time.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "console/rules_api.h"
#include "engine/engine.h"

namespace vinkki::cmd {

class ServedRules final : public console::RulesInForce {
 public:
  // Reads the rules at `path` (empty: the built-in packs); every error goes to standard error.
  // `metrics` and `clock` outlive it.
  static Result<std::unique_ptr<ServedRules>> Open(std::string path, Metrics* metrics,
                                                   const Clock* clock);

  // Changes go to this engine, which outlives their last one. Call once, before any change.
  void Serve(engine::Engine* engine) { engine_ = engine; }

  // Somebody asked: reads again and says what came of it, in the log too. A set that is the one in
  // force goes to nobody: visitors stay where they are.
  Status Reload(std::string_view by);
  // Something may have changed on disk: as Reload, but silent when nothing did.
  void Look();

  std::shared_ptr<const rules::Program> Get() const override;
  console::RulesSource Source() const override;
  std::string Tag() const override;
  console::RulesAnswer Put(std::vector<rules::SourceFile> files, bool whole, bool dry_run,
                           std::string_view if_match) override;

 private:
  ServedRules(std::string path, Metrics* metrics, const Clock* clock);
  Status Take(Result<std::vector<rules::SourceFile>> files, std::string_view by, bool only_new);
  bool Adopt(std::shared_ptr<const rules::Program> program);
  void Change(std::vector<rules::SourceFile> files, bool whole, bool dry_run,
              console::RulesAnswer* out);
  Status Kept(const Status& why, std::string_view by);
  void SetRefused(std::string why);
  Status Write(const std::vector<rules::SourceFile>& files);
  Status Place(const console::RulesSource& source, bool whole,
               std::vector<rules::SourceFile>* files) const;
  Status JoinOthers(std::vector<rules::SourceFile>* files) const;

  const std::string path_;
  const Clock* const clock_;
  Gauge& count_;
  Gauge& successful_;
  Gauge& taken_at_;
  Counter& loaded_;
  Counter& refused_;
  engine::Engine* engine_ = nullptr;

  std::mutex changing_;                  // held for the time of a change
  std::atomic<uint64_t> last_read_ = 0;  // hash of the files that were last tried
  std::atomic<uint64_t> in_force_ = 0;   // and of those in force

  mutable std::mutex mutex_;
  std::shared_ptr<const rules::Program> program_;
  std::string refused_why_;  // of what was read last; empty: it was taken
};

}  // namespace vinkki::cmd
