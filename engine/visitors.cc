#include "engine/visitors.h"

#include "base/hash.h"
#include "base/log.h"
#include "engine/keys.h"

namespace vinkki::engine {
namespace {

// Rows that are read to answer "did this batch come before"; a visitor who sent more since then
// is answered "no".
constexpr size_t kRowsAsked = 4096;

Labels OfShard(uint32_t shard) { return {{"shard", std::to_string(shard)}}; }

}  // namespace

Visitors::Visitors(const Store* store, const Layouts* layouts, size_t cache_bytes, uint32_t shard,
                   Metrics* metrics)
    : store_(store),
      layouts_([layouts](uint64_t hash) { return layouts->Find(hash); }),
      cache_(cache_bytes),
      hits_(metrics->GetCounter("vinkki_cache_hits_total", "Visitors found in memory",
                                OfShard(shard))),
      misses_(metrics->GetCounter("vinkki_cache_misses_total",
                                  "Visitors read from the store, or new", OfShard(shard))),
      corrupt_(metrics->GetCounter("vinkki_corrupt_rows_total",
                                   "Stored rows whose bytes were broken", OfShard(shard))),
      bytes_(metrics->GetGauge("vinkki_cache_bytes", "Bytes of live visitors in memory",
                               OfShard(shard))) {}

void Visitors::SetProgram(std::shared_ptr<const rules::Program> program) {
  cache_.Clear();
  program_ = std::move(program);
}

Result<Visitor*> Visitors::Get(std::string_view who, uint64_t hash) {
  if (Visitor* v = cache_.Find(who, hash); v != nullptr) {
    ++hits_seen_;
    return v;
  }
  misses_.Add();
  const Result<bool> found = store_->Get(Family::kStates, who, &row_);
  Visitor* v = cache_.Add(who, hash);
  Status s = found.ok() ? Status::Ok() : found.status();
  if (!s.ok() || found.value()) {
    if (s.ok()) s = Load(v, row_);
    if (s.code() == Code::kCorrupt) {
      corrupt_.Add();
      Log(Level::kError, "visitor_rebuilt",
          {{"site", SiteOf(who)}, {"visitor", VisitorOf(who)}, {"why", s.message()}});
      s = StartAnew(v);
    }
  } else {
    v->state = rules::NewState(*program_, SiteOf(who), VisitorOf(who));
    v->ids_read = true;
  }
  if (!s.ok()) {
    cache_.Remove(v);
    return s;
  }
  cache_.Charge(v);
  return v;
}

Status Visitors::Load(Visitor* visitor, std::string_view row) {
  std::string_view rules_state;
  VINKKI_RETURN_IF_ERROR(DecodeVisitor(row, visitor, &rules_state));
  bool stale_facts = false;
  Result<rules::StatePtr> state =
      rules::DecodeState(*program_, SiteOf(visitor->who), VisitorOf(visitor->who), rules_state,
                         &stale_facts, layouts_);
  if (!state.ok()) return state.status();
  visitor->state = std::move(state).value();
  visitor->ids_read = !visitor->has_ids;
  return Status::Ok();
}

// From nothing but the stored events: facts come back by Rebuild, batches are looked up in the
// rows. What the rules had already done is lost with the broken row.
Status Visitors::StartAnew(Visitor* visitor) {
  *visitor = [&] {
    Visitor fresh(visitor->who, visitor->hash);
    fresh.newer = visitor->newer;
    fresh.older = visitor->older;
    fresh.next = visitor->next;
    return fresh;
  }();
  Result<std::vector<uint32_t>> days = FindDays(*store_, visitor->who);
  if (!days.ok()) return days.status();
  visitor->days = std::move(days).value();
  visitor->state = rules::NewState(*program_, SiteOf(visitor->who), VisitorOf(visitor->who));
  visitor->rebuild = true;
  visitor->loads_let_go = true;
  visitor->has_ids = true;
  return Status::Ok();
}

Result<bool> Visitors::IsDuplicate(Visitor* visitor, uint64_t load, uint64_t number) {
  switch (visitor->Look(load, number)) {
    case Seen::kNew: return false;
    case Seen::kDuplicate: return true;
    case Seen::kAskRows: return AskRows(visitor, load, number);
  }
  return false;
}

Result<bool> Visitors::AskRows(Visitor* visitor, uint64_t load, uint64_t number) {
  PageLoad found;
  found.load = load;
  std::vector<uint64_t> numbers;
  size_t rows = 0;
  VINKKI_RETURN_IF_ERROR(VisitRowsBack(*store_, visitor->who, visitor->days,
                                       [&](const BatchKey&, std::string_view bytes) {
                                         BatchReader reader(bytes);
                                         if (reader.header().load == load) {
                                           numbers.push_back(reader.header().number);
                                           EventView event;
                                           while (NextEvent(&reader, &event))
                                             found.last_at = std::max(found.last_at, event.at);
                                         }
                                         return ++rows < kRowsAsked;
                                       }));
  bool duplicate = false;
  for (auto n = numbers.rbegin(); n != numbers.rend(); ++n) {
    found.Take(*n);
    duplicate = duplicate || *n == number;
  }
  if (!numbers.empty() && visitor->FindLoad(load) == nullptr) visitor->AddLoad(found);
  return duplicate;
}

Status Visitors::ReadIds(Visitor* visitor) {
  if (visitor->ids_read) return Status::Ok();
  VINKKI_RETURN_IF_ERROR(VisitRowsBack(*store_, visitor->who, visitor->days,
                                       [&](const BatchKey&, std::string_view bytes) {
                                         BatchReader reader(bytes);
                                         EventView event;
                                         while (NextEvent(&reader, &event)) {
                                           if (!event.id.empty())
                                             visitor->ids.insert(Hash64(event.id));
                                         }
                                         return true;
                                       }));
  visitor->ids_read = true;
  return Status::Ok();
}

void Visitors::CountCache() {
  hits_.Add(static_cast<double>(hits_seen_));
  hits_seen_ = 0;
  bytes_.Set(static_cast<double>(cache_.bytes()));
}

}  // namespace vinkki::engine
