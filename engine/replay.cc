#include "engine/replay.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/json_writer.h"
#include "base/log.h"
#include "engine/history.h"
#include "engine/keys.h"
#include "engine/visitor.h"

namespace vinkki::engine {
namespace {

constexpr Millis kAfterwards = 24 * 3'600'000;
constexpr size_t kVisitorsInPiece = 512;

void AddUp(const RuleReport& from, RuleReport* to) {
  to->offers += from.offers;
  to->bot_offers += from.bot_offers;
  to->visitors += from.visitors;
  for (const auto& [reason, n] : from.silences) to->silences[reason] += n;
}

void AddUp(const ReplayReport& from, ReplayReport* to) {
  if (from.events > 0) {
    to->first_at = to->events == 0 ? from.first_at : std::min(to->first_at, from.first_at);
    to->last_at = to->events == 0 ? from.last_at : std::max(to->last_at, from.last_at);
  }
  to->visitors += from.visitors;
  to->events += from.events;
  to->duplicates += from.duplicates;
  to->decisions += from.decisions;
  to->broken_rows += from.broken_rows;
  for (size_t i = 0; i < from.rules.size(); ++i) AddUp(from.rules[i], &to->rules[i]);
}

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

// Where visitors and their events come from; visitors are sorted by (site, visitor).
class Replay::Source {
 public:
  virtual ~Source() = default;
  virtual size_t size() const = 0;
  virtual std::string_view who(size_t i) const = 0;
  // Thread-safe.
  virtual Status Read(size_t i, History* history) const = 0;
};

// All in memory: for each visitor the batches one after the other, each with its length before it.
class Replay::FileSource final : public Source {
 public:
  void Add(const Batch& batch) {
    const auto [at, added] = index_.try_emplace(std::string(batch.key()), visitors_.size());
    if (added) visitors_.push_back({at->first, {}});
    PutText(&visitors_[at->second].batches, batch.bytes());
  }
  void Sort() {
    index_.clear();
    std::sort(visitors_.begin(), visitors_.end(),
              [](const auto& a, const auto& b) { return a.who < b.who; });
  }
  size_t size() const override { return visitors_.size(); }
  std::string_view who(size_t i) const override { return visitors_[i].who; }
  Status Read(size_t i, History* history) const override {
    ByteReader r(visitors_[i].batches);
    Status status;
    while (!r.AtEnd()) {
      if (Status s = history->Add(r.Text()); !s.ok()) status = std::move(s);
    }
    return status;
  }

 private:
  struct Visitor {
    std::string who;
    std::string batches;
  };
  std::unordered_map<std::string, size_t> index_;
  std::vector<Visitor> visitors_;
};

class Replay::DataSource final : public Source {
 public:
  Status Open(const std::string& data_dir) {
    StoreOptions options;
    options.data_dir = data_dir;
    options.read_only = true;
    Result<std::unique_ptr<Store>> store = Store::Open(options);
    if (!store.ok()) return store.status();
    store_ = std::move(store).value();
    return store_->Scan(Family::kStates, {}, {}, [&](std::string_view who, std::string_view) {
      visitors_.emplace_back(who);
      return true;
    });
  }
  size_t size() const override { return visitors_.size(); }
  std::string_view who(size_t i) const override { return visitors_[i]; }
  Status Read(size_t i, History* history) const override {
    std::string row;
    const Result<bool> found = store_->Get(Family::kStates, visitors_[i], &row);
    Visitor visitor(visitors_[i], 0);
    std::string_view ignored;
    if (!found.ok() || !DecodeVisitor(row, &visitor, &ignored).ok()) {
      Result<std::vector<uint32_t>> days = FindDays(*store_, visitors_[i]);
      if (!days.ok()) return days.status();
      visitor.days = std::move(days).value();
    }
    return history->AddStored(*store_, visitors_[i], visitor.days,
                              std::numeric_limits<size_t>::max());
  }

 private:
  std::unique_ptr<Store> store_;
  std::vector<std::string> visitors_;
};

// The outcome for some visitors in a row.
struct Replay::Piece {
  std::string lines;
  ReplayReport report;
  bool done = false;
  // Reused from visitor to visitor.
  History history;
  rules::Effects effects;
};

Replay::Replay(std::shared_ptr<const rules::Program> program, ReplayOptions options)
    : program_(std::move(program)),
      options_(std::move(options)),
      file_(std::make_unique<FileSource>()),
      source_(file_.get()) {}
Replay::~Replay() = default;

void Replay::Add(const Batch& batch) { file_->Add(batch); }

Status Replay::OpenData(const std::string& data_dir) {
  data_ = std::make_unique<DataSource>();
  source_ = data_.get();
  return data_->Open(data_dir);
}

Result<ReplayReport> Replay::Run(const std::function<void(std::string_view)>& write) {
  file_->Sort();
  const size_t visitors = source_->size();
  const size_t count = (visitors + kVisitorsInPiece - 1) / kVisitorsInPiece;
  std::vector<Piece> pieces(count);
  std::mutex mutex;
  std::condition_variable done;
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) {
      RunPiece(i * kVisitorsInPiece, std::min(visitors, (i + 1) * kVisitorsInPiece), &pieces[i]);
      std::lock_guard lock(mutex);
      pieces[i].done = true;
      done.notify_one();
    }
  };
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < std::max(1u, options_.threads); ++i) threads.emplace_back(work);
  ReplayReport report;
  report.rules.resize(program_->rules().size());
  for (size_t i = 0; i < report.rules.size(); ++i) {
    report.rules[i].rule = program_->rules()[i].name;
  }
  for (size_t i = 0; i < count; ++i) {
    {
      std::unique_lock lock(mutex);
      done.wait(lock, [&] { return pieces[i].done; });
    }
    AddUp(pieces[i].report, &report);
    if (write && !pieces[i].lines.empty()) write(pieces[i].lines);
    pieces[i] = Piece();
    if (options_.progress) {
      options_.progress(std::min(visitors, (i + 1) * kVisitorsInPiece), visitors);
    }
  }
  for (std::thread& thread : threads) thread.join();
  return report;
}

// One visitor from the first event to the end of time.
void Replay::ReplayVisitor(const rules::Context& context, std::string_view who,
                           Piece* piece) const {
  rules::StatePtr state = rules::NewState(*program_, SiteOf(who), VisitorOf(who));
  rules::Effects& effects = piece->effects;
  ReplayReport* report = &piece->report;
  effects.Clear();
  uint64_t applied = 0;
  EventView event;
  while (piece->history.Next(&event)) {
    if (options_.to && event.at > *options_.to) break;
    rules::Apply(*program_, context, event, state.get(), &effects);
    ++applied;
  }
  if (applied == 0) return;
  const Millis last = rules::LastEventAt(*state);
  rules::Advance(*program_, context, options_.to.value_or(last + kAfterwards), state.get(),
                 &effects);
  ReplayReport mine;
  mine.rules.resize(report->rules.size());
  mine.visitors = 1;
  mine.events = applied;
  mine.first_at = rules::FirstEventAt(*state);
  mine.last_at = last;
  Tell(who, &mine, piece);
  AddUp(mine, report);
}

// The visitor's decisions, as lines and counted.
void Replay::Tell(std::string_view who, ReplayReport* mine, Piece* piece) const {
  auto& decisions = piece->effects.decisions;
  const auto& rules = program_->rules();
  if (options_.from) {
    std::erase_if(decisions, [&](const rules::Decision& d) { return d.at < *options_.from; });
  }
  std::stable_sort(decisions.begin(), decisions.end(),
                   [&](const rules::Decision& a, const rules::Decision& b) {
                     if (a.at != b.at) return a.at < b.at;
                     return rules[a.rule].name < rules[b.rule].name;
                   });
  for (const rules::Decision& decision : decisions) {
    RuleReport* rule = &mine->rules[decision.rule];
    ++mine->decisions;
    if (decision.reason == rules::Reason::kNone) {
      ++rule->offers;
      rule->bot_offers += decision.to_bot ? 1 : 0;
      rule->visitors = 1;
    } else {
      ++rule->silences[std::string(rules::ReasonName(decision.reason))];
    }
    WriteLine(*program_, decision, who, &piece->lines);
  }
}

void Replay::RunPiece(size_t from, size_t to, Piece* piece) const {
  rules::Context context;
  context.replay = true;
  ReplayReport* report = &piece->report;
  report->rules.resize(program_->rules().size());
  for (size_t i = from; i < to; ++i) {
    const std::string_view who = source_->who(i);
    History& history = piece->history;
    history.Clear();
    if (const Status s = source_->Read(i, &history); !s.ok()) {
      ++report->broken_rows;
      Log(Level::kError, "replay_row_broken",
          {{"site", SiteOf(who)}, {"visitor", VisitorOf(who)}, {"why", s.message()}});
    }
    const size_t arrived = history.events().size();
    history.Sort();
    report->duplicates += arrived - history.events().size();
    ReplayVisitor(context, who, piece);
  }
  piece->history = History();
}

}  // namespace vinkki::engine
