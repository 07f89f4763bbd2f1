#include "engine/stored.h"

#include "engine/store.h"

namespace vinkki::engine {
namespace {

// `more` false ends it. A broken row is skipped; the first one is told at the end.
Status ForEach(const std::string& data_dir, Family family,
               const std::function<Status(std::string_view, std::string_view, bool* more)>& f) {
  StoreOptions options;
  options.data_dir = data_dir;
  options.read_only = true;
  const Result<std::unique_ptr<Store>> store = Store::Open(options);
  if (!store.ok()) return store.status();
  Status broken;
  bool more = true;
  const Status s =
      store.value()->Scan(family, {}, {}, [&](std::string_view key, std::string_view value) {
        if (Status row = f(key, value, &more); !row.ok() && broken.ok()) broken = std::move(row);
        return more;
      });
  return s.ok() ? broken : s;
}

}  // namespace

Status ForEachBatch(const std::string& data_dir, const std::function<bool(const StoredBatch&)>& f) {
  return ForEach(data_dir, Family::kBatches,
                 [&](std::string_view key, std::string_view value, bool* more) {
                   const Result<BatchKey> k = DecodeBatchKey(key);
                   if (!k.ok()) return k.status();
                   const BatchKey& at = k.value();
                   *more = f({at.site, at.visitor, at.received, at.sequence, value});
                   return Status::Ok();
                 });
}

Status ForEachDecision(const std::string& data_dir,
                       const std::function<bool(const DecisionRow&)>& f) {
  return ForEach(data_dir, Family::kDecisions,
                 [&](std::string_view key, std::string_view value, bool* more) {
                   const Result<DecisionRow> row = DecodeDecision(key, value);
                   if (!row.ok()) return row.status();
                   *more = f(row.value());
                   return Status::Ok();
                 });
}

Status ForEachTimer(const std::string& data_dir,
                    const std::function<bool(Millis, std::string_view, std::string_view)>& f) {
  return ForEach(data_dir, Family::kTimers,
                 [&](std::string_view key, std::string_view, bool* more) {
                   const Result<TimerKey> timer = DecodeTimerKey(key);
                   if (!timer.ok()) return timer.status();
                   const std::string_view who = timer.value().who;
                   *more = f(timer.value().deadline, SiteOf(who), VisitorOf(who));
                   return Status::Ok();
                 });
}

Status ForEachReject(const std::string& data_dir, const std::function<bool(const Reject&)>& f) {
  return ForEach(data_dir, Family::kQuarantine,
                 [&](std::string_view, std::string_view value, bool* more) {
                   const Result<Reject> reject = DecodeReject(value);
                   if (!reject.ok()) return reject.status();
                   *more = f(reject.value());
                   return Status::Ok();
                 });
}

}  // namespace vinkki::engine
