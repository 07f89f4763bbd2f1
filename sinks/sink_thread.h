// The one thread of a sink. Stopping it ends its pauses.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace vinkki::sinks {

// `run` must return soon after stopping() has become true.
class SinkThread {
 public:
  ~SinkThread() { Stop(); }

  void Start(std::function<void()> run) { thread_ = std::thread(std::move(run)); }

  // Harmless when not started, and twice.
  void Stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stop_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  bool stopping() const { return stopping_; }

  // For `run`: waits so long, or until it is to stop.
  void Pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    stop_.wait_for(lock, time, [&] { return stopping_.load(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable stop_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace vinkki::sinks
