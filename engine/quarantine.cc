#include "engine/quarantine.h"

#include "engine/keys.h"

namespace vinkki::engine {
namespace {

constexpr size_t kMostWaiting = 1u << 20;
constexpr size_t kMostBytesOfInput = 4096;

size_t SizeOf(const Reject& reject) {
  return sizeof(Reject) + reject.site.size() + reject.code.size() + reject.detail.size() +
         reject.bytes.size();
}

}  // namespace

Quarantine::Quarantine(Store* store, size_t limit_bytes, Metrics* metrics)
    : store_(store),
      limit_(limit_bytes),
      dropped_(metrics->GetCounter("vinkki_quarantine_dropped_total",
                                   "Refused input that was not kept: too much at once")) {}

Status Quarantine::Load() {
  return store_->Scan(Family::kQuarantine, {}, {}, [&](std::string_view key, std::string_view v) {
    if (const Result<uint64_t> sequence = DecodeSequenceKey(key); sequence.ok()) {
      rows_.push_back({sequence.value(), v.size()});
      bytes_ += v.size();
    }
    return true;
  });
}

void Quarantine::Add(Reject reject) {
  if (reject.bytes.size() > kMostBytesOfInput) reject.bytes.resize(kMostBytesOfInput);
  const size_t size = SizeOf(reject);
  std::lock_guard lock(mutex_);
  if (waiting_bytes_ + size > kMostWaiting) {
    dropped_.Add(static_cast<double>(waiting_.size()));
    waiting_.clear();
    waiting_bytes_ = 0;
  }
  waiting_.push_back(std::move(reject));
  waiting_bytes_ += size;
}

void Quarantine::Write(WriteGroup* group) {
  taken_.clear();
  {
    std::lock_guard lock(mutex_);
    taken_.swap(waiting_);
    waiting_bytes_ = 0;
  }
  std::string key, value;
  for (const Reject& reject : taken_) {
    const uint64_t sequence = store_->NextSequence();
    EncodeSequenceKey(sequence, &key);
    EncodeReject(reject, &value);
    group->Put(Family::kQuarantine, key, value);
    rows_.push_back({sequence, value.size()});
    bytes_ += value.size();
  }
  while (bytes_ > limit_ && !rows_.empty()) {
    EncodeSequenceKey(rows_.front().sequence, &key);
    group->Delete(Family::kQuarantine, key);
    bytes_ -= rows_.front().bytes;
    rows_.pop_front();
  }
}

}  // namespace vinkki::engine
