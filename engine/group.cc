#include "engine/group.h"

#include <algorithm>
#include <limits>

#include "base/hash.h"
#include "base/log.h"
#include "engine/keys.h"

namespace vinkki::engine {
namespace {

// The time of a batch's first event; `otherwise` when it has none.
Millis FirstAt(const Batch& batch, Millis otherwise) {
  BatchReader reader(batch.bytes());
  EventView first;
  return NextEvent(&reader, &first) ? first.at : otherwise;
}

}  // namespace

void Group::SetNow(Millis now) {
  now_ = now;
  watched_ = parts_.live->watched();
}

rules::Context Group::Now() const {
  rules::Context context;
  context.now = now_;
  return context;
}

void Group::Touch(Visitor* visitor) {
  if (visitor->group == number_) return;
  visitor->group_before = visitor->group;
  visitor->group = number_;
  dirty_.push_back(visitor);
}

Result<Visitor*> Group::Find(std::string_view who, uint64_t hash, Millis next_at) {
  const Result<Visitor*> found = parts_.visitors->Get(who, hash);
  if (!found.ok()) return found;
  Visitor* v = found.value();
  // With a rebuild ahead all facts come from the events anyway.
  if (!rules::NeedsMigration(*v->state) || v->rebuild) return found;
  const Millis frontier = v->Frontier();
  Migrate(v, next_at < frontier ? std::max(now_, frontier) : std::min(next_at, now_));
  return found;
}

// rules.md 26.
void Group::Migrate(Visitor* v, Millis at) {
  Touch(v);
  if (rules::NeedsEvents(*v->state)) {
    ReadHistory(*v, v->days);
    parts_.metrics->Rebuilt();
  } else {
    history_.Clear();
  }
  rules::Migrate(parts_.visitors->program(), Now(), at, history_.events(), v->state.get(),
                 &effects_);
  v->advanced_to = std::max(v->advanced_to, at);
  if (!effects_.decisions.empty()) Decide(v);
}

Result<Outcome> Group::Add(Batch* batch, uint64_t hash) {
  const Result<Visitor*> found = Find(batch->key(), hash, FirstAt(*batch, now_));
  if (!found.ok()) return found.status();
  Visitor* v = found.value();
  const BatchHeader header = BatchReader(batch->bytes()).header();
  const Result<bool> duplicate = IsDuplicate(v, header, batch->bytes());
  if (!duplicate.ok()) return duplicate.status();
  if (duplicate.value()) {
    parts_.metrics->Duplicate();
    return Outcome::kDuplicate;
  }
  Touch(v);
  ++next_->batches;
  if (v->rebuild && !header.history) RebuildBefore(v, batch->bytes());
  if (header.load != 0) {
    PageLoad* load = v->FindLoad(header.load);
    if (load == nullptr) load = v->AddLoad({header.load, 0, 0, 0});
    KeepOrder(*v, load, header, batch);
    load->Take(header.number);
  } else if (!header.history) {
    MoveBehindTimer(*v, header, batch);
  }
  if (MayLack(*v) && HasLate(*v, header, batch->bytes())) KnowBefore(v);
  StoreRow(v, header, batch->bytes());
  ApplyEvents(v, header, batch->bytes());
  return Outcome::kStored;
}

Result<bool> Group::IsDuplicate(Visitor* v, const BatchHeader& header, std::string_view bytes) {
  if (header.load == 0) return OnlyKnownIds(v, bytes);
  if (v->Look(header.load, header.number) == Seen::kAskRows) {
    for (const Row& row : rows_) {  // not in the store yet
      if (row.visitor != v) continue;
      const BatchHeader other = BatchReader(row.bytes).header();
      if (other.load == header.load && other.number == header.number) return true;
    }
    SettleRowsOf(*v);
  }
  return parts_.visitors->IsDuplicate(v, header.load, header.number);
}

Result<bool> Group::OnlyKnownIds(Visitor* v, std::string_view bytes) {
  BatchReader reader(bytes);
  EventView event;
  uint64_t events = 0;
  uint64_t known = 0;
  while (NextEvent(&reader, &event)) {
    ++events;
    if (event.id.empty()) continue;
    if (!v->ids_read) SettleRowsOf(*v);
    if (Status s = parts_.visitors->ReadIds(v); !s.ok()) return s;
    v->has_ids = true;
    if (v->ids.count(Hash64(event.id)) > 0) ++known;
  }
  return events > 0 && known == events;
}

// Sets not_before, so that the batch's events come after those of the page load's batch before it,
// and not before a timer that was let happen meanwhile.
void Group::KeepOrder(const Visitor& v, PageLoad* load, const BatchHeader& header, Batch* batch) {
  if (header.number <= load->highest) return;  // overtaken by a later batch: late
  BatchReader reader(batch->bytes());
  EventView first;
  if (!NextEvent(&reader, &first)) return;
  Millis not_before = load->last_at;
  if (first.at < v.advanced_to && first.at >= v.advanced_to - kTimerSlack) {
    not_before = std::max(not_before, v.advanced_to);
  }
  if (not_before > header.not_before) {
    SetNotBefore(&batch->buffer, batch->bytes_offset(), not_before);
  }
}

// Sets not_before of what a server sent, for timers alone; but where an event is late by the
// visitor's events too, all stay as they are.
void Group::MoveBehindTimer(const Visitor& v, const BatchHeader& header, Batch* batch) {
  const Millis from = std::max(v.advanced_to - kTimerSlack, rules::LastEventAt(*v.state));
  Millis first = v.advanced_to;
  BatchReader reader(batch->bytes());
  for (EventView event; NextEvent(&reader, &event);) first = std::min(first, event.at);
  if (first < from || first == v.advanced_to) return;
  if (v.advanced_to > header.not_before) {
    SetNotBefore(&batch->buffer, batch->bytes_offset(), v.advanced_to);
  }
}

bool Group::HasLate(const Visitor& v, const BatchHeader& header, std::string_view bytes) {
  if (header.history) return true;
  BatchReader reader(bytes);
  EventView event;
  while (NextEvent(&reader, &event)) {
    if (event.at < v.Frontier()) return true;
  }
  return false;
}

// Whether events that the visitor's state has applied may not be stored, or not be read, any more.
bool Group::MayLack(const Visitor& v) const {
  const Millis first = rules::FirstEventAt(*v.state);
  const Millis retention = parts_.store->retention();
  const bool dropped = retention > 0 && first > 0 && first < now_ - retention;
  return dropped || v.events > kHistoryRows || v.days.size() == kDays;
}

// While the stored events are those that the state has applied: what they do not explain of it is
// older than what is stored, and a rebuild begins with it.
void Group::KnowBefore(Visitor* v) {
  if (v->before || v->late || v->rebuild) return;
  ReadHistory(*v, v->days);
  v->before = rules::StateBefore(parts_.visitors->program(), history_.events(), *v->state);
}

void Group::StoreRow(Visitor* v, const BatchHeader& header, std::string_view bytes) {
  const uint32_t day = DayOf(header.received);
  v->sequence = parts_.store->NextSequence();
  v->AddDay(day);
  EncodeBatchKey({day, SiteOf(v->who), VisitorOf(v->who), header.received, v->sequence}, &key_);
  next_->rows.Put(Family::kBatches, key_, bytes);
  rows_.push_back({v, bytes});
}

void Group::ApplyEvents(Visitor* v, const BatchHeader& header, std::string_view bytes) {
  const rules::Program& program = parts_.visitors->program();
  const rules::Context context = Now();
  const bool show = watched_ && parts_.live->Wants(SiteOf(v->who), VisitorOf(v->who));
  PageLoad* load = header.load != 0 ? v->FindLoad(header.load) : nullptr;
  BatchReader reader(bytes);
  EventView event;
  uint64_t events = 0;
  uint64_t late = 0;
  while (NextEvent(&reader, &event)) {
    if (load == nullptr && !event.id.empty() && !v->ids.insert(Hash64(event.id)).second) {
      parts_.metrics->DuplicateEvents(1);
      continue;
    }
    ++events;
    if (load != nullptr) load->last_at = std::max(load->last_at, event.at);
    if (show) ShowEvent(v, event);
    if (header.history || event.at < v->Frontier()) {
      ++late;
      continue;
    }
    rules::Apply(program, context, event, v->state.get(), &effects_);
    if (!effects_.decisions.empty()) Decide(v);
  }
  v->events += events;
  parts_.metrics->Accepted(SiteOf(v->who), events);
  // History waits for the next event; but what was before it is known now only.
  if (late > 0) (header.history && !v->before ? v->rebuild : v->late) = true;
  if (late > 0) header.history ? parts_.metrics->History(late) : parts_.metrics->Late(late);
  if (const Status s = reader.status(); !s.ok()) {
    Log(Level::kError, "batch_broken", {{"site", SiteOf(v->who)}, {"why", s.message()}});
  }
}

Status Group::Wake(const Timer& timer) {
  const Result<Visitor*> found = Find(timer.who, timer.hash, now_);
  if (!found.ok()) return found.status();
  Visitor* v = found.value();
  if (v->timer_at != timer.deadline) {  // the row moved since
    EncodeTimerKey({timer.deadline, timer.who}, &key_);
    next_->rows.Delete(Family::kTimers, key_);
    return Status::Ok();
  }
  Touch(v);
  v->timer_due = true;
  if (v->rebuild) {
    RebuildAt(v, std::max(now_, v->Frontier()));
  } else {
    AdvanceTo(v, now_);
  }
  return Status::Ok();
}

Result<bool> Group::MoveOver(std::string_view who, uint64_t hash) {
  const Visitor* known = parts_.visitors->cache().Peek(who, hash);
  if (known != nullptr && !rules::NeedsMigration(*known->state)) return false;
  const Result<Visitor*> found = Find(who, hash, now_);
  if (!found.ok()) return found.status();
  Visitor* v = found.value();
  Touch(v);  // if only to be written under the program
  if (rules::NeedsMigration(*v->state)) RebuildAt(v, std::max(now_, v->Frontier()));
  parts_.visitors->cache().Demote(v);
  return true;
}

// Deadline by deadline, so that the frontier is the moment of a timer and not of its lateness. A
// deadline that is already behind means that the rules changed: they are looked at now, not then.
void Group::AdvanceTo(Visitor* v, Millis to) {
  Millis before = std::numeric_limits<Millis>::min();
  for (;;) {
    const Millis deadline = rules::NextDeadline(*v->state);
    if (deadline > to || deadline <= before) return;
    const Millis step = deadline <= v->Frontier() ? to : deadline;
    rules::Advance(parts_.visitors->program(), Now(), step, v->state.get(), &effects_);
    v->advanced_to = std::max(v->advanced_to, step);
    before = deadline;
    if (!effects_.decisions.empty()) Decide(v);
  }
}

// What history or a reload left to do, before the first event of this batch.
void Group::RebuildBefore(Visitor* v, std::string_view bytes) {
  BatchReader reader(bytes);
  EventView first;
  if (!NextEvent(&reader, &first)) return;
  RebuildAt(v, std::max(v->Frontier(), std::min(first.at, now_)));
}

void Group::RebuildAt(Visitor* v, Millis at) {
  ReadHistory(*v, v->days);
  parts_.metrics->Rebuilt();
  rules::Rebuild(
      parts_.visitors->program(), Now(), at, [&](EventView* event) { return history_.Next(event); },
      v->state.get(), &effects_, v->before.get());
  v->advanced_to = std::max(v->advanced_to, at);
  v->rebuild = false;
  v->late = false;
  v->before.reset();
  if (!effects_.decisions.empty()) Decide(v);
}

// Before the visitor's rows are read: those of a group under way are not in the store yet. When
// that group fails, this one is abandoned too, whatever was read.
void Group::SettleRowsOf(const Visitor& v) {
  const uint64_t before = v.group == number_ ? v.group_before : v.group;
  if (before > parts_.committer->durable()) (void)parts_.committer->Settle();
}

// The stored events of these days and the group's own.
void Group::ReadHistory(const Visitor& v, const std::vector<uint32_t>& days) {
  SettleRowsOf(v);
  history_.Clear();
  Status s = history_.AddStored(*parts_.store, v.who, days);
  for (const Row& row : rows_) {
    if (row.visitor != &v) continue;
    if (Status t = history_.Add(row.bytes); !t.ok()) s = std::move(t);
  }
  history_.Sort();
  if (!s.ok()) {
    Log(Level::kError, "history_broken",
        {{"site", SiteOf(v.who)}, {"visitor", VisitorOf(v.who)}, {"why", s.message()}});
  }
}

void Group::Finish() {
  for (Visitor* v : dirty_) {
    if (!v->late) continue;
    AdvanceTo(v, now_);
    RebuildAt(v, std::max(now_, v->Frontier()));
  }
  WriteVisitors();
  parts_.metrics->LetGo(rules::TakeLetGo());
  for (Visitor* v : dirty_) parts_.visitors->cache().Charge(v);
  for (Timer& timer : new_timers_) parts_.timers->Add(std::move(timer));
  if (parts_.quarantine != nullptr) parts_.quarantine->Write(&next_->rows);
  if (!next_->empty()) {
    next_->group = number_;
    parts_.metrics->TakeCounts(&next_->counts);
    parts_.committer->Submit(&next_);
    ++number_;
  }
  Begin();
}

void Group::Abandon() {
  parts_.committer->Refuse(next_.get());
  Begin();
}

void Group::Begin() {
  dirty_.clear();
  rows_.clear();
  new_timers_.clear();
}

void Group::WriteVisitors() {
  for (Visitor* v : dirty_) {
    WriteTimer(v);
    EncodeVisitor(*v, &value_);
    next_->rows.Put(Family::kStates, v->who, value_);
    if (watched_) ShowState(v);
  }
}

void Group::WriteTimer(Visitor* v) {
  Millis deadline = rules::NextDeadline(*v->state);
  if (!v->timer_due && deadline >= v->timer_at) return;  // the row is early: that is allowed
  if (v->timer_due && deadline <= now_) deadline = now_ + 1;
  v->timer_due = false;
  if (v->timer_at != rules::kNever) {
    EncodeTimerKey({v->timer_at, v->who}, &key_);
    next_->rows.Delete(Family::kTimers, key_);
  }
  v->timer_at = deadline;
  if (deadline == rules::kNever) return;
  EncodeTimerKey({deadline, v->who}, &key_);
  next_->rows.Put(Family::kTimers, key_, "\1");
  new_timers_.push_back({deadline, v->hash, v->who});
}

}  // namespace vinkki::engine
