// The one hand-off between threads: a queue bounded in bytes, many producers, one consumer that
// takes everything at once (which is what makes a group commit).
//
// Full: Push refuses at once and the item stays with the caller, who answers 503 or waits; nothing
// is ever dropped inside. Closed: Push refuses, Drain hands out what is left and then false.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace vinkki {

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t limit_bytes) : limit_(limit_bytes) {}

  // Takes `item` and returns true, or leaves it untouched and returns false. An item larger than
  // the limit is taken when the queue is empty, so that nothing can be stuck for ever.
  bool Push(T&& item, size_t bytes) {
    bool wake = false;
    {
      std::lock_guard lock(mutex_);
      if (closed_ || (bytes_ > 0 && bytes_ + bytes > limit_)) return false;
      wake = items_.empty();
      items_.push_back(std::move(item));
      bytes_ += bytes;
    }
    if (wake) ready_.notify_one();
    return true;
  }

  // Waits until there is something, `wait` has passed or Close was called; swaps everything into
  // `out` (cleared first, its capacity kept). Returns false once closed and empty.
  bool Drain(std::vector<T>* out, std::chrono::milliseconds wait) {
    out->clear();
    std::unique_lock lock(mutex_);
    ready_.wait_for(lock, wait, [&] { return !items_.empty() || closed_ || poked_; });
    poked_ = false;
    out->swap(items_);
    bytes_ = 0;
    return !(out->empty() && closed_);
  }

  // Wakes the consumer although there may be nothing to take.
  void Poke() {
    {
      std::lock_guard lock(mutex_);
      poked_ = true;
    }
    ready_.notify_one();
  }

  void Close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
  }

  size_t bytes() const {
    std::lock_guard lock(mutex_);
    return bytes_;
  }
  size_t size() const {
    std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  const size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<T> items_;
  size_t bytes_ = 0;
  bool closed_ = false;
  bool poked_ = false;
};

}  // namespace vinkki
