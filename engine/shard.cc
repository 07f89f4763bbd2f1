#include "engine/shard.h"

#include <algorithm>

#include "base/log.h"
#include "base/thread_name.h"
#include "engine/keys.h"

namespace vinkki::engine {
namespace {

constexpr std::chrono::milliseconds kLongestWait{50};  // so that a clock that jumps is noticed
constexpr std::chrono::milliseconds kPublishEvery{250};
constexpr std::chrono::seconds kReopenEvery{1};
constexpr size_t kTimersInGroup = 4096;
constexpr size_t kRecent = 100;
constexpr size_t kInMemoryAtReload = 100'000;  // who comes first; the others are found on disk

}  // namespace

Shard::Shard(const ShardParts& parts, uint32_t index)
    : parts_(parts),
      index_(index),
      queue_(parts.options->queue_bytes),
      metrics_(parts.metrics, index),
      visitors_(parts.store, parts.layouts, parts.options->cache_bytes / parts.options->shards,
                index, parts.metrics),
      timers_(parts.store, index, parts.options->shards),
      walk_(parts.store, parts.layouts, index, parts.options->shards, parts.metrics),
      committer_(index, parts.store, parts.outbox, parts.live, &metrics_,
                 [this] { queue_.Poke(); }),
      group_({parts.options, parts.store, &visitors_, &timers_, &metrics_, parts.outbox, parts.live,
              &committer_, index == 0 ? parts.quarantine : nullptr}) {
  in_group_.reserve(parts.options->group_batches);
}

Shard::~Shard() { Stop(); }

void Shard::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Shard::Stop() {
  queue_.Close();
  if (thread_.joinable()) thread_.join();
}

bool Shard::Submit(Batch&& batch, uint64_t hash, AckSink* sink, uint64_t token) {
  const size_t bytes = batch.buffer.size() + sizeof(Item);
  Item item{std::move(batch), hash, sink, token};
  if (queue_.Push(std::move(item), bytes)) return true;
  batch = std::move(item.batch);  // a full queue took nothing. NOLINT(bugprone-use-after-move)
  return false;
}

void Shard::Run() {
  NameThread("shard " + std::to_string(index_));
  CheckProgram();
  while (queue_.Drain(&items_, Wait())) {
    CheckProgram();
    CheckCommits();
    CheckStore();
    CountQueue();
    std::span<Item> left(items_);
    do {
      const size_t room = parts_.options->group_batches - in_group_.size();
      const std::span<Item> some = left.first(std::min(room, left.size()));
      left = left.subspan(some.size());
      Take(some);
    } while (!left.empty());
    PublishRecent();
  }
  FinishGroup();
  (void)committer_.Settle();  // then everything is answered
}

// What was taken off together is what waited.
void Shard::CountQueue() {
  size_t bytes = 0;
  for (const Item& item : items_) bytes += item.batch.buffer.size() + sizeof(Item);
  metrics_.Queue(bytes, items_.size());
}

std::chrono::milliseconds Shard::Wait() const {
  if (!parts_.store->healthy() || timers_from_ > std::chrono::steady_clock::now()) {
    return kLongestWait;
  }
  const Millis next = timers_.Next();
  const Millis now = parts_.clock->Now();
  if (next <= now) return std::chrono::milliseconds(0);
  auto wait = std::min(kLongestWait, std::chrono::milliseconds(std::min<Millis>(next - now, 1000)));
  if (walk_.running()) {
    const auto rest = walk_.next() - std::chrono::steady_clock::now();
    wait = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(rest),
                      std::chrono::milliseconds(0), wait);
  }
  return wait;
}

void Shard::Take(std::span<Item> items) {
  if (!parts_.store->healthy()) {
    if (!in_group_.empty()) FinishGroup();  // to be refused
    Refuse(items);
    return;
  }
  const Millis now = parts_.clock->Now();
  group_.SetNow(now);
  AddAll(items);
  WakeDue(now);
  MoveSome();
  const bool full =
      in_group_.size() == parts_.options->group_batches || timers_in_group_ >= kTimersInGroup;
  if (full || committer_.Idle()) FinishGroup();
  visitors_.cache().Trim(committer_.durable());
  visitors_.CountCache();
  seen_new_ = seen_new_ || !items.empty();
}

void Shard::FinishGroup() {
  group_.Finish();
  in_group_.clear();
  timers_in_group_ = 0;
}

void Shard::AddAll(std::span<Item> items) {
  size_t failed = 0;
  Status why;
  for (const Item& item : items) visitors_.cache().Soon(item.hash);
  for (const Item& item : items) visitors_.cache().Next(item.hash);
  for (Item& taken : items) {
    Item& item = in_group_.emplace_back(std::move(taken));
    const Result<Outcome> outcome = group_.Add(&item.batch, item.hash);
    group_.AddAck(item.sink, {item.token, outcome.ok() ? outcome.value() : Outcome::kUnavailable});
    if (outcome.ok()) continue;
    ++failed;
    why = outcome.status();
  }
  if (failed > 0) {
    Log(Level::kError, "batches_not_taken", {{"batches", failed}, {"why", why.message()}});
  }
}

void Shard::WakeDue(Millis now) {
  if (timers_.Next() > now || std::chrono::steady_clock::now() < timers_from_) return;
  if (timers_.ReadsAt(now)) (void)committer_.Settle();  // rows under way are not there yet
  Status s = timers_.TakeDue(now, kTimersInGroup, &due_);
  metrics_.TimersDue(due_.size());
  timers_in_group_ += due_.size();
  for (const Timer& timer : due_) {
    if (Status t = group_.Wake(timer); !t.ok()) s = std::move(t);
  }
  if (s.ok()) return;
  Log(Level::kError, "timers_not_read", {{"why", s.message()}});
  timers_from_ = std::chrono::steady_clock::now() + kReopenEvery;
  if (!parts_.store->healthy()) timers_.Reset();
}

// A slice of what a reload left to do.
void Shard::MoveSome() {
  if (!walk_.running() || std::chrono::steady_clock::now() < walk_.next()) return;
  Status s = walk_.Take(&to_move_);
  size_t i = 0;
  for (; s.ok() && i < to_move_.size() && !walk_.SliceIsOver(); ++i) {
    const Result<bool> moved = group_.MoveOver(to_move_[i].who, to_move_[i].hash);
    if (!moved.ok()) {
      s = moved.status();
      break;
    }
    if (moved.value()) walk_.Moved();
  }
  if (!s.ok()) Log(Level::kError, "visitors_not_moved", {{"why", s.message()}});
  const auto begin = to_move_.begin();
  walk_.Rest({begin + static_cast<std::ptrdiff_t>(i), to_move_.end()});
  timers_in_group_ += i;
  if (s.ok() && walk_.at_end()) EndWalk();
}

void Shard::EndWalk() {
  FinishGroup();
  if (!committer_.Settle()) return;  // CheckCommits begins it anew
  if (const Status s = walk_.End(); !s.ok()) {
    Log(Level::kError, "visitors_moved_not_noted", {{"why", s.message()}});
  }
}

// Who is in the cache, the latest first.
std::vector<ReloadWalk::Known> Shard::InMemory() const {
  std::vector<ReloadWalk::Known> known;
  const Visitor* v = visitors_.cache().latest();
  for (; v != nullptr && known.size() < kInMemoryAtReload; v = v->older) {
    known.push_back({v->who, v->hash});
  }
  return known;
}

void Shard::Refuse(std::span<const Item> items) {
  PendingCommit refused;
  for (const Item& item : items) refused.AddAck(item.sink, {item.token, Outcome::kUnavailable});
  committer_.Refuse(&refused);
}

// States are on disk once the last group is, so a new program begins with an empty cache: visitors
// are read under it one by one, when something happens to them or the walk comes to them.
void Shard::CheckProgram() {
  const uint64_t version = parts_.program->version();
  if (version == program_version_) return;
  FinishGroup();
  (void)committer_.Settle();  // when that failed, CheckCommits comes next
  std::shared_ptr<const rules::Program> program = parts_.program->Get();
  if (const Status s = walk_.Begin(*program, InMemory()); s.ok()) {
    program_version_ = version;
  } else {  // again soon; until then what ran before goes on
    if (parts_.store->healthy()) Log(Level::kError, "reload_waits", {{"why", s.message()}});
    if (visitors_.has_program()) return;
  }
  visitors_.SetProgram(std::move(program));
}

// A group could not be written: what was applied with it and after it is not so.
void Shard::CheckCommits() {
  if (!committer_.failed()) return;
  (void)committer_.Settle();
  group_.Abandon();
  in_group_.clear();
  timers_in_group_ = 0;
  visitors_.cache().Clear();
  timers_.Reset();
  walk_.Restart();
  committer_.Resume();
}

void Shard::CheckStore() {
  if (!parts_.store->healthy()) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now < next_reopen_) return;
    next_reopen_ = now + kReopenEvery;
    if (const Status s = parts_.store->Reopen(); !s.ok()) {
      Log(Level::kError, "store_not_open", {{"why", s.message()}});
      return;
    }
  }
  const uint64_t generation = parts_.store->generation();
  if (generation == store_generation_) return;
  store_generation_ = generation;
  FinishGroup();
  (void)committer_.Settle();
  visitors_.cache().Clear();
  timers_.Reset();
  walk_.Restart();
}

void Shard::PublishRecent() {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (!seen_new_ || now < next_publish_) return;
  seen_new_ = false;
  next_publish_ = now + kPublishEvery;
  std::vector<RecentVisitor> recent;
  const Visitor* v = visitors_.cache().latest();
  for (; v != nullptr && recent.size() < kRecent; v = v->older) {
    recent.push_back({std::string(SiteOf(v->who)), std::string(VisitorOf(v->who)),
                      rules::LastEventAt(*v->state), v->events});
  }
  parts_.live->SetRecent(index_, std::move(recent));
}

}  // namespace vinkki::engine
