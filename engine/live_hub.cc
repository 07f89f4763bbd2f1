#include "engine/live_hub.h"

#include <algorithm>

namespace vinkki::engine {
namespace {

constexpr size_t kMostBytes = 4u << 20;  // that wait for a watcher; then the oldest go
constexpr size_t kMostRecent = 100;
constexpr size_t kMostPresent = 20;  // states that a watcher of everybody is told at once

}  // namespace

class LiveHub::Subscription final : public Watch {
 public:
  Subscription(LiveHub* hub, std::string site, std::string visitor)
      : hub_(hub), site_(std::move(site)), visitor_(std::move(visitor)) {}

  ~Subscription() override {
    std::lock_guard lock(hub_->mutex_);
    std::erase(hub_->subscriptions_, this);
    hub_->watchers_.fetch_sub(1);
  }

  bool Matches(std::string_view site, std::string_view visitor) const {
    return (site_.empty() || site_ == site) && (visitor_.empty() || visitor_ == visitor);
  }

  void Push(const std::string& message) {
    {
      std::lock_guard lock(mutex_);
      waiting_.push_back(message);
      bytes_ += message.size();
      while (bytes_ > kMostBytes && waiting_.size() > 1) {
        bytes_ -= waiting_.front().size();
        waiting_.pop_front();
        ++dropped_;
      }
    }
    ready_.notify_one();
  }

  // Ahead of what waits: it was true before that, or says the same.
  void PushFirst(std::string message) {
    std::lock_guard lock(mutex_);
    bytes_ += message.size();
    waiting_.push_front(std::move(message));
  }
  const std::string& site() const { return site_; }
  const std::string& visitor() const { return visitor_; }

  std::optional<std::string> Next(std::chrono::milliseconds wait) override {
    std::unique_lock lock(mutex_);
    if (!ready_.wait_for(lock, wait, [&] { return !waiting_.empty(); })) return std::nullopt;
    std::string message = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= message.size();
    if (dropped_ > 0) {  // behind the type, which every message begins with
      message.insert(message.find(','), ",\"dropped\":" + std::to_string(dropped_));
    }
    dropped_ = 0;
    return message;
  }

 private:
  LiveHub* hub_;
  const std::string site_;
  const std::string visitor_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::string> waiting_;
  size_t bytes_ = 0;
  uint64_t dropped_ = 0;
};

std::unique_ptr<Watch> LiveHub::Subscribe(std::string site, std::string visitor) {
  auto watch = std::make_unique<Subscription>(this, std::move(site), std::move(visitor));
  {
    std::lock_guard lock(mutex_);
    subscriptions_.push_back(watch.get());
    watchers_.fetch_add(1);
  }
  TellPresent(watch.get());
  return watch;
}

// Of the visitor that is watched; of those seen last, where it is everybody.
void LiveHub::TellPresent(Subscription* watch) {
  if (!present_) return;
  const auto tell = [&](std::string_view site, std::string_view visitor) {
    std::optional<std::string> state = present_(site, visitor);
    if (state) watch->PushFirst(std::move(*state));
  };
  if (!watch->site().empty() && !watch->visitor().empty()) {
    return tell(watch->site(), watch->visitor());
  }
  size_t told = 0;
  for (const RecentVisitor& recent : Recent()) {
    if (!watch->Matches(recent.site, recent.visitor) || told++ >= kMostPresent) continue;
    tell(recent.site, recent.visitor);
  }
}

bool LiveHub::Wants(std::string_view site, std::string_view visitor) const {
  std::lock_guard lock(mutex_);
  return std::any_of(subscriptions_.begin(), subscriptions_.end(),
                     [&](const Subscription* s) { return s->Matches(site, visitor); });
}

void LiveHub::Publish(std::string_view site, std::string_view visitor, const std::string& message) {
  std::lock_guard lock(mutex_);
  for (Subscription* s : subscriptions_) {
    if (s->Matches(site, visitor)) s->Push(message);
  }
}

void LiveHub::SetRecent(size_t shard, std::vector<RecentVisitor> visitors) {
  std::lock_guard lock(mutex_);
  recent_[shard] = std::move(visitors);
}

std::vector<RecentVisitor> LiveHub::Recent() {
  std::vector<RecentVisitor> all;
  {
    std::lock_guard lock(mutex_);
    for (const auto& of_shard : recent_) all.insert(all.end(), of_shard.begin(), of_shard.end());
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.last_at > b.last_at; });
  if (all.size() > kMostRecent) all.resize(kMostRecent);
  return all;
}

}  // namespace vinkki::engine
