#include "engine/replay_source.h"

#include <algorithm>
#include <limits>

#include "base/bytes.h"
#include "engine/visitor.h"

namespace vinkki::engine {

void FileSource::Add(const Batch& batch) {
  const auto [at, added] = index_.try_emplace(std::string(batch.key()), visitors_.size());
  if (added) visitors_.push_back({at->first, {}});
  PutText(&visitors_[at->second].batches, batch.bytes());
}

void FileSource::Sort() {
  index_.clear();
  std::sort(visitors_.begin(), visitors_.end(),
            [](const auto& a, const auto& b) { return a.who < b.who; });
}

Status FileSource::Read(size_t i, History* history) const {
  ByteReader r(visitors_[i].batches);
  Status status;
  while (!r.AtEnd()) {
    if (Status s = history->Add(r.Text()); !s.ok()) status = std::move(s);
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
