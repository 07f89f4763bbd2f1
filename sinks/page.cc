#include "sinks/page.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/log.h"
#include "sinks/sink_thread.h"

namespace vinkki::sinks {
namespace {

using engine::kSinkPage;
using engine::OutboxRow;
using std::chrono::milliseconds;

constexpr size_t kReadRows = 256;
constexpr size_t kMostPushed = 4'096;   // pushed, result not known: read no more until some are
constexpr size_t kMostOpened = 65'536;  // notes of streams that opened; beyond: try every visitor
constexpr milliseconds kAfterFailure{500};

// A visitor of a site; neither holds control characters.
std::string KeyOf(std::string_view site, std::string_view visitor) {
  std::string key(site);
  key.push_back('\0');
  key.append(visitor);
  return key;
}

std::string_view EventName(std::string_view type) {
  return type == "vinkki.withdraw.v1" ? "withdraw" : "offer";
}

// What other threads leave for the sink's. Thread-safe, bounded.
class Mailbox {
 public:
  struct Written {
    std::string key;
    uint64_t sequence;
    bool ok;
  };
  struct Post {
    std::vector<Written> written;  // at most kMostPushed
    std::unordered_set<std::string> opened;
    bool all_opened = false;  // there were more than kMostOpened
  };

  void PutWritten(Written written) {
    std::lock_guard lock(mutex_);
    post_.written.push_back(std::move(written));
  }

  void PutOpened(std::string key) {
    std::lock_guard lock(mutex_);
    if (post_.opened.size() < kMostOpened) {
      post_.opened.insert(std::move(key));
    } else {
      post_.all_opened = true;
    }
  }

  Post Take() {
    std::lock_guard lock(mutex_);
    return std::exchange(post_, {});
  }

 private:
  std::mutex mutex_;
  Post post_;
};

}  // namespace

// Everything but the mailbox belongs to the sink's thread.
//
// Invariants: a visitor's rows are in `visitors_` in the order of their sequences, until they are
// written or expired; only the first of them is ever pushed, so a visitor's offers arrive in order.
// `expiries_` has exactly the rows of `visitors_`. `pushed_` counts the visitors whose first row's
// result is awaited.
class PageSink::Worker {
 public:
  Worker(engine::Outbox* outbox, OfferStreams* streams, const Clock* clock, Metrics* metrics)
      : outbox_(outbox), streams_(streams), clock_(clock), series_(metrics, "page") {
    streams_->OnOpen([this](std::string_view site, std::string_view visitor) {
      mailbox_.PutOpened(KeyOf(site, visitor));
    });
  }

  ~Worker() { Stop(); }

  void Start() {
    series_.up.Set(1);
    thread_.Start([this] { Run(); });
  }

  void Stop() {
    thread_.Stop();
    series_.up.Set(0);
  }

 private:
  struct Waiting {
    uint64_t sequence;
    Millis expires;
  };
  struct Visitor {
    std::string site;
    std::string visitor;
    std::deque<Waiting> rows;
    bool pushed = false;  // the first row's result is awaited
    bool opened = false;  // a stream opened since it was pushed
  };

  void Run() {
    while (!thread_.stopping()) {
      TakeMail();
      Expire();
      const bool ok = ReadNew() && RemoveDone() && problem_.empty();
      Report(ok);
      if (!ok) thread_.Pause(kAfterFailure);
    }
    TakeMail();
    if (!RemoveDone()) Report(false);
  }

  // How long to wait for new rows: results come within a millisecond, an open within a person's
  // patience, and when nothing waits the only news is a new row or Stop.
  milliseconds Wait() const { return milliseconds(pushed_ > 0 ? 1 : visitors_.empty() ? 200 : 20); }

  bool ReadNew() {
    const size_t most = std::min(kReadRows, kMostPushed - std::min(kMostPushed, pushed_));
    if (most == 0) {
      thread_.Pause(Wait());
      return true;
    }
    auto rows = outbox_->Read(kSinkPage, cursor_, most, Wait());
    if (!rows.ok()) {
      problem_ = rows.status().message();
      return false;
    }
    for (OutboxRow& row : *rows) {
      cursor_ = row.sequence;
      Accept(row);
    }
    return true;
  }

  void Accept(const OutboxRow& row) {
    const std::string key = KeyOf(row.site, row.visitor);
    Visitor& v = visitors_[key];
    if (v.rows.empty()) {
      v.site = row.site;
      v.visitor = row.visitor;
    }
    v.rows.push_back({row.sequence, row.expires});
    expiries_.emplace(std::pair(row.expires, row.sequence), key);
    if (!v.pushed) PushFirst(key, v.rows.size() == 1 ? &row : nullptr);
  }

  // Pushes the visitor's first row that still exists and has not expired. `row` is that row when
  // the caller has it at hand. Requires a visitor whose first row is not pushed.
  void PushFirst(const std::string& key, const OutboxRow* row) {
    auto it = visitors_.find(key);
    std::optional<OutboxRow> again;
    while (it != visitors_.end()) {
      const Waiting first = it->second.rows.front();
      if (first.expires <= clock_->Now()) {
        series_.dropped.Add();
        done_.push_back(first.sequence);
      } else if (row != nullptr || (again = ReadAgain(first.sequence))) {
        Push(key, &it->second, row != nullptr ? *row : *again);
        return;
      } else if (!problem_.empty()) {
        mailbox_.PutOpened(key);  // the store failed: try again
        return;
      }
      row = nullptr;
      Forget(it);
      it = visitors_.find(key);
    }
  }

  // Nothing: the row was erased, or `problem_` says why it could not be read.
  std::optional<OutboxRow> ReadAgain(uint64_t sequence) {
    auto rows = outbox_->Read(kSinkPage, sequence - 1, 1, milliseconds(0));
    if (!rows.ok()) {
      problem_ = rows.status().message();
      return std::nullopt;
    }
    if (rows->empty() || rows->front().sequence != sequence) return std::nullopt;
    return std::move(rows->front());
  }

  void Push(const std::string& key, Visitor* v, const OutboxRow& row) {
    v->pushed = true;
    v->opened = false;
    ++pushed_;
    streams_->Push(row.site, row.visitor, EventName(row.type), row.id, row.payload,
                   [this, key, sequence = row.sequence](bool ok) {
                     mailbox_.PutWritten({key, sequence, ok});
                   });
  }

  void TakeMail() {
    Mailbox::Post post = mailbox_.Take();
    if (post.all_opened) {
      for (auto& [key, v] : visitors_) post.opened.insert(key);
    }
    for (const std::string& key : post.opened) Opened(key);
    for (const Mailbox::Written& w : post.written) Written(w);
  }

  void Opened(const std::string& key) {
    auto it = visitors_.find(key);
    if (it == visitors_.end()) return;
    it->second.opened = true;  // if pushed: its push may have come just before the stream
    if (!it->second.pushed) PushFirst(key, nullptr);
  }

  void Written(const Mailbox::Written& w) {
    auto it = visitors_.find(w.key);
    if (it == visitors_.end() || !it->second.pushed) return;
    it->second.pushed = false;
    --pushed_;
    if (w.ok) {
      series_.delivered.Add();
      done_.push_back(w.sequence);
      Forget(it);
      if (visitors_.count(w.key) != 0) PushFirst(w.key, nullptr);
    } else if (it->second.opened) {
      series_.retries.Add();
      PushFirst(w.key, nullptr);
    }
  }

  // Takes the visitor's first row out of the index.
  void Forget(std::unordered_map<std::string, Visitor>::iterator it) {
    Visitor& v = it->second;
    expiries_.erase(std::pair(v.rows.front().expires, v.rows.front().sequence));
    v.rows.pop_front();
    if (v.rows.empty()) visitors_.erase(it);
  }

  // A row that was pushed is left alone: its result is on the way.
  void Expire() {
    const Millis now = clock_->Now();
    auto it = expiries_.begin();
    while (it != expiries_.end() && it->first.first <= now) {
      const uint64_t sequence = it->first.second;
      auto visitor = visitors_.find(it->second);
      Visitor& v = visitor->second;
      if (v.pushed && v.rows.front().sequence == sequence) {
        ++it;
        continue;
      }
      std::erase_if(v.rows, [&](const Waiting& w) { return w.sequence == sequence; });
      if (v.rows.empty()) visitors_.erase(visitor);
      it = expiries_.erase(it);
      done_.push_back(sequence);
      series_.dropped.Add();
    }
  }

  bool RemoveDone() {
    if (done_.empty()) return true;
    const Status status = outbox_->Remove(kSinkPage, done_);
    if (!status.ok()) {
      problem_ = status.message();
      return false;
    }
    done_.clear();
    return true;
  }

  // Says once that the outbox fails, and once that it works again.
  void Report(bool ok) {
    series_.lag.Set(static_cast<double>(outbox_->Lag(kSinkPage)));
    if (!ok && !failing_) {
      Log(Level::kError, "outbox_failed", {{"sink", "page"}, {"error", problem_}});
    } else if (ok && failing_) {
      Log(Level::kInfo, "outbox_works_again", {{"sink", "page"}});
    }
    failing_ = !ok;
    problem_.clear();
  }

  engine::Outbox* const outbox_;
  OfferStreams* const streams_;
  const Clock* const clock_;
  SinkSeries series_;
  Mailbox mailbox_;

  uint64_t cursor_ = 0;  // the last row read for the first time
  std::unordered_map<std::string, Visitor> visitors_;
  std::map<std::pair<Millis, uint64_t>, std::string> expiries_;
  size_t pushed_ = 0;
  std::vector<uint64_t> done_;  // written or expired, to be removed
  std::string problem_;
  bool failing_ = false;

  SinkThread thread_;
};

PageSink::PageSink(engine::Outbox* outbox, OfferStreams* streams, const Clock* clock,
                   Metrics* metrics)
    : worker_(std::make_unique<Worker>(outbox, streams, clock, metrics)) {}

PageSink::~PageSink() = default;
void PageSink::Start() { worker_->Start(); }
void PageSink::Stop() { worker_->Stop(); }

}  // namespace vinkki::sinks
