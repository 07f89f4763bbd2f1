#include "engine/replay_source.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "engine/visitor.h"

namespace vinkki::engine {

namespace {

constexpr size_t kChunkBytes = 1u << 20;
constexpr size_t kCountBytes = 3;  // a batch's count, at the end of its header (batch.h)
constexpr size_t kMostInRow = (1u << 21) - 1;  // what they hold

BatchHeader HeaderOfFile() {
  BatchHeader header;
  header.consent = Consent::kFull;
  header.received = FileSource::kReceived;
  return header;
}

void PutCount(size_t n, char* at) {
  at[0] = static_cast<char>((n & 0x7f) | 0x80);
  at[1] = static_cast<char>(((n >> 7) & 0x7f) | 0x80);
  at[2] = static_cast<char>((n >> 14) & 0x7f);
}

}  // namespace

FileSource::FileSource() {
  BatchWriter writer;
  writer.Begin({}, {}, HeaderOfFile());
  empty_row_ = writer.Finish().bytes();
}

void FileSource::Add(const Batch& batch) {
  CloseChunk();
  const uint32_t visitor = who_.Add(batch.key(), Hash64(batch.key()));
  entries_.push_back({visitor, static_cast<uint32_t>(chunks_.size()), 0, 0});
  chunks_.push_back(batch);
}

BatchWriter* FileSource::BeginEvent(std::string_view site, std::string_view visitor) {
  if (open_ && writer_.size() > kChunkBytes) CloseChunk();
  if (!open_) writer_.Begin({}, {}, HeaderOfFile());
  open_ = true;
  const size_t at = keys_.size();
  keys_.append(site).push_back('\0');
  keys_.append(visitor);
  const std::string_view key = std::string_view(keys_).substr(at);
  pending_.push_back({Hash64(key), static_cast<uint32_t>(at), static_cast<uint32_t>(key.size()),
                      static_cast<uint32_t>(writer_.size()), 0});
  return &writer_;
}

void FileSource::EndEvent() {
  Pending* event = &pending_.back();
  event->size = static_cast<uint32_t>(writer_.size()) - event->offset;
}

// Looks its visitors up, all in a row: each is somewhere else in memory.
void FileSource::CloseChunk() {
  if (!open_) return;
  open_ = false;
  constexpr size_t kAhead = 16;
  const auto chunk = static_cast<uint32_t>(chunks_.size());
  for (size_t i = 0; i < pending_.size(); ++i) {
    if (i + kAhead < pending_.size()) who_.PrefetchSlot(pending_[i + kAhead].hash);
    if (i + kAhead / 2 < pending_.size()) who_.PrefetchName(pending_[i + kAhead / 2].hash);
    const Pending& event = pending_[i];
    const std::string_view key = std::string_view(keys_).substr(event.key_at, event.key_size);
    entries_.push_back({who_.Add(key, event.hash), chunk, event.offset, event.size});
  }
  pending_.clear();
  keys_.clear();
  chunks_.push_back(writer_.Finish());
}

void FileSource::Sort() {
  CloseChunk();
  begins_.assign(who_.size() + 1, 0);
  for (const Entry& entry : entries_) ++begins_[entry.visitor + 1];
  for (size_t i = 1; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
  std::vector<size_t> next(begins_.begin(), begins_.end());
  std::vector<Entry> sorted(entries_.size());
  for (const Entry& entry : entries_) sorted[next[entry.visitor]++] = entry;
  entries_ = std::move(sorted);
  order_.resize(who_.size());
  std::iota(order_.begin(), order_.end(), 0u);
  std::sort(order_.begin(), order_.end(),
            [this](uint32_t a, uint32_t b) { return who_.Name(a) < who_.Name(b); });
}

// The events in a row as one batch.
void FileSource::AddRow(const Entry* begin, const Entry* end, std::string* row) const {
  *row = empty_row_;
  size_t size = row->size();
  for (const Entry* entry = begin; entry != end; ++entry) {
    size += entry->size;
    __builtin_prefetch(chunks_[entry->chunk].buffer.data() + entry->offset);
  }
  row->reserve(size);
  for (const Entry* entry = begin; entry != end; ++entry) {
    row->append(chunks_[entry->chunk].buffer, entry->offset, entry->size);
  }
  PutCount(static_cast<size_t>(end - begin), row->data() + empty_row_.size() - kCountBytes);
}

Status FileSource::Read(size_t i, History* history) const {
  const Entry* at = entries_.data() + begins_[order_[i]];
  const Entry* const end = entries_.data() + begins_[order_[i] + 1];
  Status status;
  while (at != end) {
    if (at->size == 0) {
      if (Status s = history->Add(chunks_[at++->chunk].bytes()); !s.ok()) status = std::move(s);
      continue;
    }
    const Entry* from = at;
    while (at != end && at->size > 0 && static_cast<size_t>(at - from) < kMostInRow) ++at;
    std::string row;
    AddRow(from, at, &row);
    if (Status s = history->AddOwned(std::move(row)); !s.ok()) status = std::move(s);
  }
  return status;
}

Status DataSource::Open(const std::string& data_dir) {
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

Status DataSource::Read(size_t i, History* history) const {
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

}  // namespace vinkki::engine
