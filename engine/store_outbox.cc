#include "engine/store_outbox.h"

#include <limits>

#include "engine/keys.h"

namespace vinkki::engine {

Status StoreOutbox::Load() {
  std::lock_guard lock(mutex_);
  return store_->Scan(Family::kOutbox, {}, {}, [&](std::string_view key, std::string_view) {
    ++lag_[std::string(key.substr(0, key.find('\0')))];
    return true;
  });
}

uint64_t StoreOutbox::Begin() {
  std::lock_guard lock(mutex_);
  const uint64_t floor = store_->NextSequence();
  floors_.insert(floor);
  return floor;
}

void StoreOutbox::End(uint64_t floor, const std::map<std::string, uint64_t>& committed) {
  {
    std::lock_guard lock(mutex_);
    floors_.erase(floors_.find(floor));
    for (const auto& [sink, n] : committed) lag_[sink] += static_cast<int64_t>(n);
    ++ends_;
  }
  grown_.notify_all();
}

Result<std::vector<OutboxRow>> StoreOutbox::Read(std::string_view sink, uint64_t after, size_t max,
                                                 std::chrono::milliseconds wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  std::unique_lock lock(mutex_);
  for (;;) {
    const uint64_t ends = ends_;
    const uint64_t below =
        floors_.empty() ? std::numeric_limits<uint64_t>::max() : *floors_.begin();
    lock.unlock();
    Result<std::vector<OutboxRow>> rows = ReadNow(sink, after, max, below);
    if (!rows.ok() || !rows.value().empty()) return rows;
    lock.lock();
    if (!grown_.wait_until(lock, until, [&] { return ends_ != ends; })) return rows;
  }
}

Result<std::vector<OutboxRow>> StoreOutbox::ReadNow(std::string_view sink, uint64_t after,
                                                    size_t max, uint64_t below) {
  std::vector<OutboxRow> rows;
  if (max == 0 || after >= below - 1) return rows;
  std::string from, to;
  EncodeOutboxKey(sink, after + 1, &from);
  EncodeOutboxKey(sink, below, &to);
  Status broken;
  const Status s =
      store_->Scan(Family::kOutbox, from, to, [&](std::string_view key, std::string_view value) {
        const Result<uint64_t> sequence = DecodeOutboxKey(sink, key);
        Result<OutboxRow> row = DecodeOutboxRow(value);
        if (!sequence.ok() || !row.ok()) {
          broken = sequence.ok() ? row.status() : sequence.status();
          return false;
        }
        rows.push_back(std::move(row).value());
        rows.back().sequence = sequence.value();
        return rows.size() < max;
      });
  if (!s.ok()) return s;
  if (!broken.ok() && rows.empty()) return broken;
  return rows;
}

Status StoreOutbox::Remove(std::string_view sink, std::span<const uint64_t> sequences) {
  WriteGroup group;
  std::string key, value;
  int64_t removed = 0;
  for (const uint64_t sequence : sequences) {
    EncodeOutboxKey(sink, sequence, &key);
    const Result<bool> there = store_->Get(Family::kOutbox, key, &value);
    if (!there.ok()) return there.status();
    if (!there.value()) continue;
    group.Delete(Family::kOutbox, key);
    ++removed;
  }
  if (removed == 0) return Status::Ok();
  VINKKI_RETURN_IF_ERROR(store_->Commit(&group, /*sync=*/false));
  std::lock_guard lock(mutex_);
  lag_[std::string(sink)] -= removed;
  return Status::Ok();
}

uint64_t StoreOutbox::Lag(std::string_view sink) const {
  std::lock_guard lock(mutex_);
  const auto it = lag_.find(sink);
  return it == lag_.end() ? 0 : static_cast<uint64_t>(it->second);
}

}  // namespace vinkki::engine
