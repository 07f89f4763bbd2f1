#include "engine/reload_walk.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/log.h"
#include "engine/keys.h"
#include "engine/visitor.h"

namespace vinkki::engine {
namespace {

constexpr std::chrono::milliseconds kSlice{2};
constexpr int kRest = 3;  // times what the slice took
constexpr std::chrono::seconds kAfterFailure{1};
constexpr std::string_view kMark = "migrated ";
constexpr size_t kVisitorsInSlice = 64;
constexpr size_t kRowsInSlice = 2048;

Labels OfShard(uint32_t shard) { return {{"shard", std::to_string(shard)}}; }

// The layout under which a stored state was written; 0 when its bytes are broken.
uint64_t LayoutOfRow(std::string_view who, std::string_view row) {
  Visitor visitor(who, 0);
  std::string_view state;
  return DecodeVisitor(row, &visitor, &state).ok() ? rules::LayoutOfState(state) : 0;
}

std::string ValueOf(uint64_t layout) {
  std::string value(1, '\1');
  PutFixed64(&value, layout);
  return value;
}

}  // namespace

ReloadWalk::ReloadWalk(Store* store, Layouts* layouts, uint32_t shard, uint32_t shards,
                       Metrics* metrics)
    : store_(store),
      layouts_(layouts),
      shard_(shard),
      shards_(shards),
      mark_(std::string(kMark) + std::to_string(shard) + "/" + std::to_string(shards)),
      active_(metrics->GetGauge("vinkki_reload_running",
                                "1 while visitors are moved to the rules in force",
                                OfShard(shard))),
      visitors_(metrics->GetGauge("vinkki_reload_visitors",
                                  "Stored visitors to look at after the last reload, about",
                                  OfShard(shard))),
      done_(metrics->GetGauge("vinkki_reload_visitors_done", "Of those, looked at so far",
                              OfShard(shard))),
      moved_(metrics->GetCounter("vinkki_reload_visitors_moved_total",
                                 "Visitors moved to other rules in the background",
                                 OfShard(shard))) {}

Status ReloadWalk::ForgetOtherMarks(Store* store, uint32_t shards) {
  WriteGroup group;
  const std::string ours = "/" + std::to_string(shards);
  VINKKI_RETURN_IF_ERROR(store->Scan(Family::kMeta, kMark, PrefixEnd(kMark),
                                     [&](std::string_view key, std::string_view) {
                                       if (!key.ends_with(ours)) group.Delete(Family::kMeta, key);
                                       return true;
                                     }));
  return group.empty() ? Status::Ok() : store->Commit(&group);
}

Status ReloadWalk::Begin(const rules::Program& program, std::vector<Known> in_memory) {
  const uint64_t layout = rules::LayoutHash(program);
  if (layout == layout_) {  // states stay as they are; what is in memory is looked at again
    return Status::Ok();
  }
  std::string mark;
  const Result<bool> marked = store_->Get(Family::kMeta, mark_, &mark);
  if (!marked.ok()) return marked.status();
  if (marked.value() && mark == ValueOf(layout)) {
    layout_ = layout;
    looked_at_ = store_->Estimate(Family::kStates);
    visitors_.Set(static_cast<double>(looked_at_));
    ShowProgress();
    return layouts_->AllUnder(layout, shard_, shards_);
  }
  if (marked.value()) {
    WriteGroup group;
    group.Delete(Family::kMeta, mark_);
    VINKKI_RETURN_IF_ERROR(store_->Commit(&group));
  }
  layout_ = layout;
  std::reverse(in_memory.begin(), in_memory.end());
  waiting_ = std::move(in_memory);
  running_ = true;
  Restart();
  return Status::Ok();
}

void ReloadWalk::Restart() {
  if (!running_) return;
  from_.clear();
  at_end_ = false;
  looked_at_ = 0;
  before_rows_ = waiting_.size();
  visitors_.Set(static_cast<double>(store_->Estimate(Family::kStates)));
  ShowProgress();
}

void ReloadWalk::ShowProgress() {
  active_.Set(running_ ? 1 : 0);
  // Who is in memory comes first, and is met once more among the rows.
  const uint64_t first = before_rows_ - (looked_at_ == 0 ? waiting_.size() : 0);
  done_.Set(static_cast<double>(running_ ? std::max(first, looked_at_) : looked_at_));
}

Status ReloadWalk::Take(std::vector<Known>* next) {
  began_ = std::chrono::steady_clock::now();
  next->clear();
  if (waiting_.empty() && !at_end_) {
    if (Status s = ReadOn(kVisitorsInSlice); !s.ok()) {
      next_ = began_ + kAfterFailure;
      return s;
    }
  }
  const size_t n = std::min(kVisitorsInSlice, waiting_.size());
  for (size_t i = 0; i < n; ++i) {
    next->push_back(std::move(waiting_.back()));
    waiting_.pop_back();
  }
  ShowProgress();
  return Status::Ok();
}

// Finds who is next among the stored ones; looks at a bounded number of rows.
Status ReloadWalk::ReadOn(size_t most) {
  size_t rows = 0;
  bool more = false;
  const Status s =
      store_->Scan(Family::kStates, from_, {}, [&](std::string_view who, std::string_view row) {
        if (rows == kRowsInSlice || waiting_.size() == most) {
          from_ = who;
          more = true;
          return false;
        }
        ++rows;
        ++looked_at_;
        const uint64_t hash = Hash64(who);
        if (hash % shards_ != shard_ || LayoutOfRow(who, row) == layout_) return true;
        waiting_.push_back({std::string(who), hash});
        return true;
      });
  if (!s.ok()) return s;
  at_end_ = !more;
  std::reverse(waiting_.begin(), waiting_.end());
  ShowProgress();
  return Status::Ok();
}

bool ReloadWalk::SliceIsOver() const { return std::chrono::steady_clock::now() - began_ >= kSlice; }

void ReloadWalk::Rest(std::vector<Known> left) {
  for (auto at = left.rbegin(); at != left.rend(); ++at) waiting_.push_back(std::move(*at));
  const SteadyTime now = std::chrono::steady_clock::now();
  next_ = now + (now - began_) * kRest;
}

Status ReloadWalk::End() {
  WriteGroup group;
  group.Put(Family::kMeta, mark_, ValueOf(layout_));
  if (Status s = store_->Commit(&group); !s.ok()) {
    next_ = std::chrono::steady_clock::now() + kAfterFailure;
    return s;
  }
  running_ = false;
  visitors_.Set(static_cast<double>(looked_at_));
  ShowProgress();
  if (looked_at_ > 0) {
    Log(Level::kInfo, "visitors_moved", {{"shard", shard_}, {"visitors", looked_at_}});
  }
  return layouts_->AllUnder(layout_, shard_, shards_);
}

}  // namespace vinkki::engine
