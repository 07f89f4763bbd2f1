// The embedded database, and the only room that knows which one it is. Column families and keys:
// engine/keys.h.
//
// Thread-safe. Failure: the first write error (disk full, WAL error) closes the door: every later
// Commit says kUnavailable until Reopen has succeeded, because after such an error the log may hold
// half a record, and recovery stops there. So nothing is acknowledged that a restart could lose.
// The callbacks of Scan must not call the store.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"

namespace vinkki::engine {

enum class Family : uint8_t { kBatches, kStates, kTimers, kOutbox, kDecisions, kQuarantine, kMeta };
inline constexpr size_t kFamilies = 7;

struct StoreOptions {
  std::string data_dir;
  bool read_only = false;  // needs no lock: works beside a running server, on what it has written
  bool fsync = true;
  Millis retention = 0;          // of batches and decisions, by the day in their keys; 0: for ever
  const Clock* clock = nullptr;  // for retention; may be null
};

// Everything that becomes durable together. Reused from commit to commit; keeps its capacity.
class WriteGroup {
 public:
  WriteGroup();
  ~WriteGroup();
  void Put(Family family, std::string_view key, std::string_view value);
  void Delete(Family family, std::string_view key);
  void Clear();
  bool empty() const;
  size_t bytes() const;

 private:
  friend class Store;
  struct Rows;
  std::unique_ptr<Rows> rows_;
};

// Walks forward over the rows of a family. Owned by one thread; the store outlives it and, being
// read-only, is never opened again. Views are good until the next Seek or Next.
class StoreCursor {
 public:
  virtual ~StoreCursor() = default;
  virtual void Seek(std::string_view key) = 0;  // to the first row at or after it
  virtual void Next() = 0;                      // requires valid()
  virtual bool valid() const = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  virtual Status status() const = 0;  // not ok: that is why it is not valid
};

class Store {
 public:
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;  // false: stop

  // kConflict: in use; kInvalid: newer schema, no permission; kCorrupt; kUnavailable: disk full.
  // One line each, with what to do.
  static Result<std::unique_ptr<Store>> Open(const StoreOptions& options);
  ~Store();

  // All of it, on disk when it returns Ok; then `group` is cleared. `sync` false: without its own
  // fsync, for what may come back after a crash (delivered rows of the outbox).
  Status Commit(WriteGroup* group, bool sync = true);

  Result<bool> Get(Family family, std::string_view key, std::string* value) const;
  // Rows with from <= key < to (empty: to the end), ascending, or descending.
  Status Scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const;
  Status ScanBack(Family family, std::string_view from, std::string_view to,
                  const Visit& visit) const;

  // Requires a store opened read-only.
  std::unique_ptr<StoreCursor> OpenCursor(Family family) const;

  // What was committed stands in tables then: who opens the folder next need not go through the
  // log.
  Status Flush();

  // How long batches are kept; 0: for ever.
  Millis retention() const { return options_.retention; }
  // About how many rows there are; 0 when it cannot be said.
  uint64_t Estimate(Family family) const;

  // True while writes are taken. `generation` changes with every successful Reopen.
  bool healthy() const { return healthy_.load(std::memory_order_acquire); }
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  // Opening found changed bytes in the log: what was accepted after them is lost. It was said.
  bool log_damaged() const { return log_damaged_.load(std::memory_order_acquire); }
  // Closes and opens again; Ok at once when healthy. Any thread; the others wait.
  Status Reopen();

  // Grows over restarts (engine/keys.h).
  uint64_t NextSequence(uint64_t n = 1) { return sequence_.fetch_add(n); }

 private:
  struct Database;
  explicit Store(StoreOptions options);
  Status OpenDatabase();
  Status CheckSchema();
  Status BeginOpening();

  const StoreOptions options_;
  std::unique_ptr<Database> db_;
  std::atomic<bool> healthy_{false};
  std::atomic<bool> log_damaged_{false};
  std::atomic<uint64_t> generation_{0};
  std::atomic<uint64_t> sequence_{0};
};

}  // namespace vinkki::engine
