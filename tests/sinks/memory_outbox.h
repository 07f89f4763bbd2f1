// An outbox that keeps its rows in memory, for the tests of the sinks: the same contract as the
// engine's, plus faults on demand and ways to wait for what should happen.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/outbox.h"

namespace vinkki::sinks {

// Longer than anything takes that goes right, on a loaded machine with sanitizers.
inline constexpr std::chrono::seconds kPatience{20};

class MemoryOutbox final : public engine::Outbox {
 public:
  using Rows = std::vector<engine::OutboxRow>;

  Result<Rows> Read(std::string_view sink, uint64_t after, size_t max,
                    std::chrono::milliseconds wait) override {
    std::unique_lock lock(mutex_);
    ++reads_;
    changed_.notify_all();
    if (failing_) return Status::Unavailable("the test says so");
    const auto& rows = rows_[std::string(sink)];
    if (wait.count() > 0) {
      changed_.wait_for(lock, wait, [&] { return rows.upper_bound(after) != rows.end(); });
    }
    Rows out;
    for (auto it = rows.upper_bound(after); it != rows.end() && out.size() < max; ++it) {
      out.push_back(it->second);
    }
    return out;
  }

  Status Remove(std::string_view sink, std::span<const uint64_t> sequences) override {
    std::lock_guard lock(mutex_);
    if (failing_) return Status::Unavailable("the test says so");
    for (const uint64_t sequence : sequences) rows_[std::string(sink)].erase(sequence);
    changed_.notify_all();
    return Status::Ok();
  }

  uint64_t Lag(std::string_view sink) const override {
    std::lock_guard lock(mutex_);
    ++looks_;
    changed_.notify_all();
    const auto it = rows_.find(std::string(sink));
    return it == rows_.end() ? 0 : it->second.size();
  }

  // Adds the row under the next sequence and returns that.
  uint64_t Add(std::string_view sink, engine::OutboxRow row) {
    std::lock_guard lock(mutex_);
    row.sequence = next_ += 3;  // sequences grow and are not dense
    rows_[std::string(sink)].emplace(row.sequence, row);
    changed_.notify_all();
    return row.sequence;
  }

  void SetFailing(bool failing) {
    std::lock_guard lock(mutex_);
    failing_ = failing;
  }

  // Each waits until it is so, and returns false when that takes longer than kPatience.
  bool WaitLag(std::string_view sink, uint64_t lag) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience,
                             [&] { return rows_[std::string(sink)].size() <= lag; });
  }
  // Until the sink has asked for the lag, as it does once in each turn, `times` more times.
  bool WaitLooks(uint64_t times) {
    std::unique_lock lock(mutex_);
    const uint64_t until = looks_ + times;
    return changed_.wait_for(lock, kPatience, [&] { return looks_ >= until; });
  }
  // Until this holds at the end of one of the sink's turns.
  template <class Condition>
  bool WaitUntil(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, condition);
  }
  // Until the sink has looked for rows `times` more times.
  bool WaitReads(uint64_t times) {
    std::unique_lock lock(mutex_);
    const uint64_t until = reads_ + times;
    return changed_.wait_for(lock, kPatience, [&] { return reads_ >= until; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<std::string, std::map<uint64_t, engine::OutboxRow>> rows_;
  uint64_t next_ = 0;
  uint64_t reads_ = 0;
  mutable uint64_t looks_ = 0;
  bool failing_ = false;
};

inline engine::OutboxRow MakeRow(std::string id, std::string visitor, Millis expires = 1'000'000) {
  engine::OutboxRow row;
  row.type = "vinkki.trigger.v1";
  row.site = "shop";
  row.visitor = std::move(visitor);
  row.at = 1'000;
  row.expires = expires;
  row.payload = "{\"id\":\"" + id + "\"}";
  row.id = std::move(id);
  return row;
}

}  // namespace vinkki::sinks
