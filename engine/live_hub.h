// The live view's side of the engine: who watches, what they get, who was seen last. Shards
// publish after a commit; a watcher that is slow loses the oldest messages and is told how many.
//
// Thread-safe; outlives every Watch it handed out.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "engine/live.h"

namespace vinkki::engine {

class LiveHub final : public Live {
 public:
  explicit LiveHub(size_t shards) : recent_(shards) {}

  std::unique_ptr<Watch> Subscribe(std::string site, std::string visitor) override;
  std::vector<RecentVisitor> Recent() override;

  // What a new watcher is told at once: the visitor's "state" message, nothing where there is none.
  // Called on the watcher's thread. Before the first Subscribe.
  using Present =
      std::function<std::optional<std::string>(std::string_view site, std::string_view visitor)>;
  void SetPresent(Present present) { present_ = std::move(present); }

  bool watched() const { return watchers_.load(std::memory_order_relaxed) > 0; }
  // Whether somebody watches this visitor.
  bool Wants(std::string_view site, std::string_view visitor) const;
  void Publish(std::string_view site, std::string_view visitor, const std::string& message);
  // The latest visitors of a shard, the latest first.
  void SetRecent(size_t shard, std::vector<RecentVisitor> visitors);

 private:
  class Subscription;
  void TellPresent(Subscription* watch);

  Present present_;
  std::atomic<int> watchers_{0};
  mutable std::mutex mutex_;
  std::vector<Subscription*> subscriptions_;
  std::vector<std::vector<RecentVisitor>> recent_;
};

}  // namespace vinkki::engine
