#include "engine/timer_queue.h"

#include <algorithm>
#include <limits>

#include "base/hash.h"
#include "engine/keys.h"

namespace vinkki::engine {
namespace {

constexpr Millis kAhead = 5 * 60'000;
constexpr size_t kMostAtOnce = 100'000;
constexpr Millis kEarliest = std::numeric_limits<Millis>::min();

bool Later(const Timer& a, const Timer& b) { return a.deadline > b.deadline; }

}  // namespace

TimerQueue::TimerQueue(const Store* store, uint32_t shard, uint32_t shards)
    : store_(store), shard_(shard), shards_(shards), horizon_(kEarliest) {}

void TimerQueue::Add(Timer timer) {
  if (timer.deadline >= horizon_) return;
  heap_.push_back(std::move(timer));
  std::push_heap(heap_.begin(), heap_.end(), Later);
}

Status TimerQueue::TakeDue(Millis now, size_t max, std::vector<Timer>* due) {
  due->clear();
  while (due->size() < max) {
    if (heap_.empty() || heap_.front().deadline > now) {
      if (now < horizon_) break;
      VINKKI_RETURN_IF_ERROR(ReadAhead(now + kAhead));
      continue;
    }
    std::pop_heap(heap_.begin(), heap_.end(), Later);
    due->push_back(std::move(heap_.back()));
    heap_.pop_back();
  }
  return Status::Ok();
}

Millis TimerQueue::Next() const {
  return heap_.empty() ? horizon_ : std::min(horizon_, heap_.front().deadline);
}

void TimerQueue::Reset() {
  heap_.clear();
  horizon_ = kEarliest;
}

// Reads rows from the horizon up to `to`, or fewer when there are very many; all of one deadline
// come together, so that the horizon is a whole moment.
Status TimerQueue::ReadAhead(Millis to) {
  std::string from, end;
  EncodeTimerKey({horizon_, {}}, &from);
  EncodeTimerKey({to, {}}, &end);
  from.resize(8);  // the deadline alone
  end.resize(8);
  Millis reached = to;
  size_t taken = 0;
  Millis last = kEarliest;
  Status broken;
  VINKKI_RETURN_IF_ERROR(
      store_->Scan(Family::kTimers, from, end, [&](std::string_view key, std::string_view) {
        const Result<TimerKey> timer = DecodeTimerKey(key);
        if (!timer.ok()) {
          broken = timer.status();
          return true;  // the others still fire
        }
        if (taken >= kMostAtOnce && timer.value().deadline > last) {
          reached = timer.value().deadline;
          return false;
        }
        last = timer.value().deadline;
        const uint64_t hash = Hash64(timer.value().who);
        if (hash % shards_ != shard_) return true;
        ++taken;
        heap_.push_back({last, hash, std::string(timer.value().who)});
        return true;
      }));
  horizon_ = reached;
  std::make_heap(heap_.begin(), heap_.end(), Later);
  return broken;
}

}  // namespace vinkki::engine
