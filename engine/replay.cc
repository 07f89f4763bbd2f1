#include "engine/replay.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/json_writer.h"
#include "base/log.h"
#include "engine/history.h"
#include "engine/keys.h"
#include "engine/replay_counts.h"
#include "engine/replay_diff.h"
#include "rules/step.h"

namespace vinkki::engine {
namespace {

constexpr Millis kAfterwards = 24 * 3'600'000;
constexpr size_t kVisitorsInPiece = 512;
constexpr size_t kPiecesAhead = 64;  // finished ones that wait for being written, at most

void WriteLine(const rules::Program& program, const rules::Decision& decision, std::string_view who,
               std::string* out) {
  JsonWriter w;
  w.BeginObject();
  w.Key("at").Whole(decision.at);
  w.Key("site").Text(SiteOf(who));
  w.Key("visitor").Text(VisitorOf(who));
  w.Key("rule").Text(program.rules()[decision.rule].name);
  if (decision.reason == rules::Reason::kNone) {
    w.Key("decision").Text("offer");
    if (decision.to_bot) w.Key("to").Text("bot");
  } else {
    w.Key("decision").Text("silent");
    w.Key("reason").Text(rules::ReasonName(decision.reason));
  }
  w.EndObject();
  out->append(w.text()).push_back('\n');
}

}  // namespace

// Visitors in pieces, in their order: workers take pieces as they come, the calling thread gets the
// outcomes one after the other. A worker that is far ahead of the writing waits.
class Replay::Pieces {
 public:
  struct Outcome {
    std::string lines;
    uint64_t events = 0;
    bool done = false;
  };

  explicit Pieces(size_t count) : outcomes_(count) {}

  // The next piece to work on; false: there is none.
  bool Take(size_t* piece) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return next_ == outcomes_.size() || next_ < read_ + kPiecesAhead; });
    if (next_ == outcomes_.size()) return false;
    *piece = next_++;
    return true;
  }
  void Put(size_t piece, Outcome outcome) {
    std::lock_guard lock(mutex_);
    outcomes_[piece] = std::move(outcome);
    outcomes_[piece].done = true;
    changed_.notify_all();
  }
  Outcome Await(size_t piece) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return outcomes_[piece].done; });
    read_ = piece + 1;
    changed_.notify_all();
    return std::move(outcomes_[piece]);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Outcome> outcomes_;
  size_t next_ = 0;
  size_t read_ = 0;
};

// What one thread needs and counts; reused from visitor to visitor.
class Replay::Worker {
 public:
  Worker(const Replay& replay, bool wants_lines)
      : replay_(replay),
        source_(*replay.source_),
        reader_(source_.NewReader()),
        program_(*replay.program_),
        against_(replay.options_.against.get()),
        wants_lines_(wants_lines),
        counts_(program_, replay.options_.report),
        state_(rules::NewState(program_, {}, {})),
        other_state_(nullptr, nullptr) {
    context_.replay = true;
    if (against_ == nullptr) return;
    other_state_ = rules::NewState(*against_, {}, {});
    other_counts_ = std::make_unique<ReplayCounts>(*against_, replay.options_.report);
    diff_ = std::make_unique<DiffCounts>(program_, *against_);
  }

  // The visitors from `from` to before `to`.
  Pieces::Outcome Run(size_t from, size_t to) {
    Pieces::Outcome outcome;
    for (size_t i = from; i < to; ++i) RunVisitor(i, &outcome);
    history_ = History();
    return outcome;
  }

  ReplayCounts& counts() { return counts_; }
  ReplayCounts& other_counts() { return *other_counts_; }
  DiffCounts& diff() { return *diff_; }

 private:
  void RunVisitor(size_t i, Pieces::Outcome* outcome) {
    const std::string_view who = source_.who(i);
    history_.Clear();
    if (const Status s = reader_->Read(i, &history_); !s.ok()) {
      counts_.AddBrokenRow();
      if (other_counts_) other_counts_->AddBrokenRow();
      Log(Level::kError, "replay_row_broken",
          {{"site", SiteOf(who)}, {"visitor", VisitorOf(who)}, {"why", s.message()}});
    }
    const size_t arrived = history_.events().size();
    history_.Sort();
    const size_t duplicates = arrived - history_.events().size();
    counts_.AddDuplicates(duplicates);
    if (other_counts_) other_counts_->AddDuplicates(duplicates);
    const size_t applied = Decide(program_, who, state_.get(), &effects_);
    if (applied == 0) return;
    outcome->events += applied;
    ReplayedVisitor visitor = {who, std::span(history_.events()).first(applied), effects_.decisions,
                               replay_.options_.from};
    counts_.Add(visitor);
    if (wants_lines_) WriteLines(who, &outcome->lines);
    if (against_ == nullptr) return;
    Decide(*against_, who, other_state_.get(), &other_effects_);
    diff_->Add(visitor, other_effects_.decisions);
    visitor.decisions = other_effects_.decisions;
    other_counts_->Add(visitor);
  }

  // One visitor from the first event to the end of time: how many events were applied, and the
  // decisions that are told, as Step made them: by time.
  size_t Decide(const rules::Program& program, std::string_view who, rules::State* state,
                rules::Effects* effects) {
    const ReplayOptions& options = replay_.options_;
    rules::Renew(SiteOf(who), VisitorOf(who), state);
    effects->Clear();
    size_t applied = 0;
    for (const EventView& event : history_.events()) {
      if (options.to && event.at > *options.to) break;
      rules::Apply(program, context_, event, state, effects);
      reader_->Approach();
      ++applied;
    }
    if (applied == 0) return 0;
    const Millis last = rules::LastEventAt(*state);
    rules::Advance(program, context_, options.to.value_or(last + kAfterwards), state, effects);
    auto& decisions = effects->decisions;
    if (options.from) {
      std::erase_if(decisions, [&](const rules::Decision& d) { return d.at < *options.from; });
    }
    return applied;
  }

  void WriteLines(std::string_view who, std::string* out) {
    const auto& rules = program_.rules();
    std::stable_sort(effects_.decisions.begin(), effects_.decisions.end(),
                     [&](const rules::Decision& a, const rules::Decision& b) {
                       if (a.at != b.at) return a.at < b.at;
                       return rules[a.rule].name < rules[b.rule].name;
                     });
    for (const rules::Decision& d : effects_.decisions) WriteLine(program_, d, who, out);
  }

  const Replay& replay_;
  const ReplaySource& source_;
  const std::unique_ptr<ReplaySource::Reader> reader_;
  const rules::Program& program_;
  const rules::Program* const against_;
  const bool wants_lines_;
  rules::Context context_;
  ReplayCounts counts_;
  std::unique_ptr<ReplayCounts> other_counts_;
  std::unique_ptr<DiffCounts> diff_;
  History history_;
  // Of one visitor after the other, in the same memory.
  rules::StatePtr state_, other_state_;
  rules::Effects effects_, other_effects_;
};

Replay::Replay(std::shared_ptr<const rules::Program> program, ReplayOptions options)
    : program_(std::move(program)), options_(std::move(options)) {}
Replay::~Replay() = default;

void Replay::Add(const Batch& batch) { file_.Add(batch); }

Status Replay::OpenData(const std::string& data_dir) {
  data_ = std::make_unique<DataSource>();
  source_ = data_.get();
  return data_->Open(data_dir);
}

Result<ReplayReport> Replay::Run(const std::function<void(std::string_view)>& write) {
  file_.Sort();
  const size_t visitors = source_->size();
  const size_t count = (visitors + kVisitorsInPiece - 1) / kVisitorsInPiece;
  ReplayProgress progress = {.visitors = visitors};
  if (options_.progress) options_.progress(progress);
  Pieces pieces(count);
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::thread> threads;
  // No more than there are pieces: whoever takes none would only cost a stack and a tally.
  const size_t wanted =
      std::min<size_t>(std::max(1u, options_.threads), std::max<size_t>(1, count));
  for (size_t i = 0; i < wanted; ++i) {
    workers.push_back(std::make_unique<Worker>(*this, write != nullptr));
    const auto work = [&, worker = workers.back().get()] {
      for (size_t piece = 0; pieces.Take(&piece);) {
        const size_t from = piece * kVisitorsInPiece;
        pieces.Put(piece, worker->Run(from, std::min(visitors, from + kVisitorsInPiece)));
      }
    };
    try {
      threads.emplace_back(work);
    } catch (const std::system_error&) {  // the system gives no more; one is needed
      if (i == 0) return Status::Internal("the system gives no thread to replay on");
      break;
    }
  }
  for (size_t i = 0; i < count; ++i) {
    const Pieces::Outcome outcome = pieces.Await(i);
    if (write && !outcome.lines.empty()) write(outcome.lines);
    progress.visitors_done = std::min(visitors, (i + 1) * kVisitorsInPiece);
    progress.events_done += outcome.events;
    if (options_.progress) options_.progress(progress);
  }
  for (std::thread& thread : threads) thread.join();
  return Merge(&workers);
}

ReplayReport Replay::Merge(std::vector<std::unique_ptr<Worker>>* workers) {
  Worker& all = *workers->front();
  for (size_t i = 1; i < workers->size(); ++i) {
    Worker& more = *(*workers)[i];
    all.counts().Merge(&more.counts());
    if (!options_.against) continue;
    all.other_counts().Merge(&more.other_counts());
    all.diff().Merge(more.diff());
  }
  ReplayReport report = all.counts().Finish();
  if (options_.against) diff_ = all.diff().Finish(report, all.other_counts().Finish());
  return report;
}

}  // namespace vinkki::engine
