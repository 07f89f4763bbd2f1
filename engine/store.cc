#include "engine/store.h"

#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "base/bytes.h"
#include "base/log.h"
#include "engine/keys.h"

namespace vinkki::engine {
namespace {

constexpr std::array<const char*, kFamilies> kNames = {
    "batches", "states", "timers", "outbox", "decisions", "quarantine", "meta"};
constexpr size_t kBlockCache = 64u << 20;
constexpr size_t kAllMemtables = 256u << 20;
// Then the oldest memtables are flushed; so much has to be read again after a crash.
constexpr uint64_t kLogBytes = 192u << 20;
constexpr int kCountBits = 40;  // of a sequence (keys.h)

std::string_view View(const rocksdb::Slice& s) { return {s.data(), s.size()}; }
rocksdb::Slice SliceOf(std::string_view s) { return {s.data(), s.size()}; }

// RocksDB's warnings go to our log: what is found broken is said, never silent. Recovery drops what
// it cannot read at the end of the log: half a record is what a crash leaves (it was never
// acknowledged); a record whose bytes changed is damage, and what came after it is lost.
class Warnings final : public rocksdb::Logger {
 public:
  explicit Warnings(std::string dir)
      : Logger(rocksdb::InfoLogLevel::WARN_LEVEL), dir_(std::move(dir)) {}
  using Logger::Logv;
  void Logv(const char* format, va_list args) override {
    char line[512];
    std::vsnprintf(line, sizeof line, format, args);
    const std::string_view text(line);
    const auto has = [&](const char* what) { return text.find(what) != std::string_view::npos; };
    if (has("DB::Open() failed")) return;  // Open says it itself
    const bool dropping = has(" dropping ");
    if (dropping && (has("truncated") || has("trailing data"))) {
      Log(Level::kInfo, "log_end_torn", {{"folder", dir_}, {"rocksdb", text}});
    } else if (dropping && has("Corruption")) {
      damaged_ = true;
      Log(Level::kError, "log_damaged",
          {{"folder", dir_},
           {"what_to_do", "what was accepted after this place is lost; restore a backup, or go on"},
           {"rocksdb", text}});
    } else {
      Log(Level::kWarn, "store", {{"rocksdb", text}});
    }
  }
  void LogHeader(const char*, va_list) override {}
  bool damaged() const { return damaged_; }

 private:
  const std::string dir_;
  std::atomic<bool> damaged_{false};
};

// Drops rows whose day (the first four bytes of the key) is past the retention.
class Retention final : public rocksdb::CompactionFilter {
 public:
  explicit Retention(uint32_t first_day) : first_day_(first_day) {}
  const char* Name() const override { return "vinkki.retention"; }
  bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice&, std::string*,
              bool*) const override {
    return ByteReader(View(key)).Big32() < first_day_;
  }

 private:
  const uint32_t first_day_;
};

class RetentionFactory final : public rocksdb::CompactionFilterFactory {
 public:
  RetentionFactory(const Clock* clock, Millis keep) : clock_(clock), keep_(keep) {}
  const char* Name() const override { return "vinkki.retention"; }
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<Retention>(DayOf(clock_->Now() - keep_));
  }

 private:
  const Clock* clock_;
  const Millis keep_;
};

bool Mentions(const std::string& text, const char* what) {
  return text.find(what) != std::string::npos;
}

// What went wrong with the folder, and what to do: one line.
Status Explain(const rocksdb::Status& s, const std::string& dir) {
  const std::string text = s.ToString();
  const std::string folder = "data folder " + dir + ": ";
  if (s.IsNoSpace() || Mentions(text, "No space left")) {
    return Status::Unavailable(folder + "the disk is full; free some space (" + text + ")");
  }
  if (Mentions(text, "Permission denied") || Mentions(text, "Read-only file system")) {
    return Status::Invalid(folder + "no permission to write; change its owner or run as its owner");
  }
  if (Mentions(text, "/LOCK: ")) {
    return Status::Conflict(folder + "in use by another process; stop it, or use another folder");
  }
  if (s.IsCorruption()) {
    return Status::Corrupt(folder + "the database is damaged; restore a backup (" + text + ")");
  }
  return Status::Unavailable(folder + text);
}

rocksdb::DBOptions DatabaseOptions(const StoreOptions& options,
                                   std::shared_ptr<rocksdb::Logger> log) {
  rocksdb::DBOptions db;
  db.create_if_missing = !options.read_only;
  db.create_missing_column_families = !options.read_only;
  db.max_background_jobs = 2;
  db.db_write_buffer_size = kAllMemtables;
  db.max_total_wal_size = kLogBytes;
  db.bytes_per_sync = 1 << 20;
  // Read-only beside a server: what is open stays readable when the server deletes it.
  db.max_open_files = options.read_only ? -1 : 512;
  db.info_log = std::move(log);
  // Guards for 7.8.3, the oldest that we build with.
  db.manual_wal_flush = false;
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.track_and_verify_wals_in_manifest = true;
  db.paranoid_checks = true;
  return db;
}

rocksdb::ColumnFamilyOptions FamilyOptions(Family family, const StoreOptions& options,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions cf;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.format_version = 5;
  table.partition_filters = false;  // guard for 7.8.3
  const bool large = family == Family::kBatches || family == Family::kStates;
  if (family == Family::kStates) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  if (family == Family::kBatches) table.block_size = 16 << 10;
  cf.write_buffer_size = large ? 64u << 20 : 8u << 20;
  // Two of each: that keeps to kAllMemtables also where the disk is slower than what comes in, by
  // letting writers wait for it.
  cf.max_write_buffer_number = 2;
  // A compaction rewrites the level below: half as often costs a reader a few more tables.
  if (large) cf.level0_file_num_compaction_trigger = 8;
  cf.compression = large ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  cf.level_compaction_dynamic_level_bytes = true;
  const bool by_day = family == Family::kBatches || family == Family::kDecisions;
  if (by_day && options.retention > 0 && options.clock != nullptr && !options.read_only) {
    cf.compaction_filter_factory =
        std::make_shared<RetentionFactory>(options.clock, options.retention);
  }
  cf.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return cf;
}

// The folder as such: made when missing, writable.
Status CheckFolder(const StoreOptions& options) {
  const std::string& dir = options.data_dir;
  std::error_code error;
  if (options.read_only) {
    if (std::filesystem::exists(dir + "/CURRENT", error)) return Status::Ok();
    return Status::NotFound("data folder " + dir + ": no database there; check the path");
  }
  std::filesystem::create_directories(dir, error);
  if (error) {
    return Status::Invalid("data folder " + dir + ": cannot be made (" + error.message() +
                           "); choose another folder or give permission");
  }
  if (::access(dir.c_str(), W_OK | X_OK) != 0) {
    return Status::Invalid("data folder " + dir +
                           ": no permission to write; change its owner or run as its owner");
  }
  return Status::Ok();
}

// A newer Vinkki may have added families; this one cannot open the folder then.
Status CheckFamilies(const rocksdb::DBOptions& db, const std::string& dir) {
  std::vector<std::string> present;
  if (!rocksdb::DB::ListColumnFamilies(db, dir, &present).ok()) return Status::Ok();  // none yet
  for (const std::string& name : present) {
    if (name == rocksdb::kDefaultColumnFamilyName) continue;
    if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) {
      return Status::Invalid("data folder " + dir + ": written by a newer Vinkki (it holds \"" +
                             name + "\"); upgrade, or use another folder");
    }
  }
  return Status::Ok();
}

}  // namespace

// kPut: 1 family key value; kDelete: 0 family key. Kept apart from RocksDB's own batch, whose
// handles a Reopen invalidates.
struct WriteGroup::Rows {
  std::string bytes;
};

WriteGroup::WriteGroup() : rows_(std::make_unique<Rows>()) {}
WriteGroup::~WriteGroup() = default;
void WriteGroup::Clear() { rows_->bytes.clear(); }
bool WriteGroup::empty() const { return rows_->bytes.empty(); }
size_t WriteGroup::bytes() const { return rows_->bytes.size(); }

void WriteGroup::Put(Family family, std::string_view key, std::string_view value) {
  std::string* out = &rows_->bytes;
  out->push_back(1);
  out->push_back(static_cast<char>(family));
  PutText(out, key);
  PutText(out, value);
}

void WriteGroup::Delete(Family family, std::string_view key) {
  std::string* out = &rows_->bytes;
  out->push_back(0);
  out->push_back(static_cast<char>(family));
  PutText(out, key);
}

struct Store::Database {
  mutable std::shared_mutex mutex;  // shared: use; alone: close and open again
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;  // [0] is the default family, unused
  std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(kBlockCache);

  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles[static_cast<size_t>(family) + 1];
  }
  void Close() {
    if (!db) return;
    for (auto* h : handles) (void)db->DestroyColumnFamilyHandle(h);
    handles.clear();
    (void)db->Close();
    db.reset();
  }
  ~Database() { Close(); }
};

Store::Store(StoreOptions options)
    : options_(std::move(options)), db_(std::make_unique<Database>()) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::Open(const StoreOptions& options) {
  std::unique_ptr<Store> store(new Store(options));
  VINKKI_RETURN_IF_ERROR(CheckFolder(options));
  Status opened = store->OpenDatabase();
  // Beside a server, a file may go between the reading of the list of files and its opening.
  for (int again = 0; options.read_only && !opened.ok() && again < 3; ++again) {
    opened = store->OpenDatabase();
  }
  if (!opened.ok()) return opened;
  store->healthy_ = true;
  VINKKI_RETURN_IF_ERROR(store->CheckSchema());
  if (!options.read_only) VINKKI_RETURN_IF_ERROR(store->BeginOpening());
  return store;
}

Status Store::OpenDatabase() {
  const auto warnings = std::make_shared<Warnings>(options_.data_dir);
  const rocksdb::DBOptions db_options = DatabaseOptions(options_, warnings);
  const std::string& dir = options_.data_dir;
  VINKKI_RETURN_IF_ERROR(CheckFamilies(db_options, dir));
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  for (size_t i = 0; i < kFamilies; ++i) {
    families.emplace_back(kNames[i], FamilyOptions(static_cast<Family>(i), options_, db_->cache));
  }
  rocksdb::DB* db = nullptr;
  db_->handles.clear();
  const rocksdb::Status s =
      options_.read_only
          ? rocksdb::DB::OpenForReadOnly(db_options, dir, families, &db_->handles, &db)
          : rocksdb::DB::Open(db_options, dir, families, &db_->handles, &db);
  if (!s.ok()) return Explain(s, dir);
  db_->db.reset(db);
  if (warnings->damaged()) log_damaged_ = true;
  return Status::Ok();
}

Status Store::CheckSchema() {
  std::string value;
  const Result<bool> found = Get(Family::kMeta, "schema", &value);
  if (!found.ok()) return found.status();
  if (!found.value()) {
    if (options_.read_only) return Status::Ok();
    WriteGroup group;
    group.Put(Family::kMeta, "schema", '\1' + std::to_string(kSchema));
    return Commit(&group);
  }
  const unsigned long schema = value.size() > 1 ? std::strtoul(value.c_str() + 1, nullptr, 10) : 0;
  if (schema == kSchema) return Status::Ok();
  return Status::Invalid("data folder " + options_.data_dir + ": schema " + std::to_string(schema) +
                         ", this Vinkki knows " + std::to_string(kSchema) +
                         "; upgrade, or use another folder");
}

// Counts this opening, so that sequences grow over restarts without a write for each.
Status Store::BeginOpening() {
  std::string value;
  const Result<bool> found = Get(Family::kMeta, "opening", &value);
  if (!found.ok()) return found.status();
  const uint64_t opening =
      (value.size() > 1 ? std::strtoull(value.c_str() + 1, nullptr, 10) : 0) + 1;
  WriteGroup group;
  group.Put(Family::kMeta, "opening", '\1' + std::to_string(opening));
  sequence_ = opening << kCountBits;
  return Commit(&group);
}

Status Store::Commit(WriteGroup* group, bool sync) {
  // Counting each comparison of keys, as is the default, costs 4 % of the whole; nobody reads it.
  thread_local const bool uncounted = [] {
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    return true;
  }();
  (void)uncounted;
  thread_local rocksdb::WriteBatch batch;  // keeps its capacity
  std::shared_lock lock(db_->mutex);
  if (!healthy()) return Status::Unavailable("the store takes no writes until it is open again");
  batch.Clear();
  ByteReader r(group->rows_->bytes);
  while (!r.AtEnd() && r.ok()) {
    const bool put = r.Byte() != 0;
    auto* handle = db_->handle(static_cast<Family>(r.Byte()));
    const rocksdb::Slice key = SliceOf(r.Text());
    const rocksdb::Status s =
        put ? batch.Put(handle, key, SliceOf(r.Text())) : batch.Delete(handle, key);
    if (!s.ok()) return Explain(s, options_.data_dir);
  }
  rocksdb::WriteOptions write;
  write.sync = sync && options_.fsync;
  const rocksdb::Status s = db_->db->Write(write, &batch);
  if (!s.ok()) {
    if (healthy_.exchange(false)) {
      Log(Level::kError, "store_write_failed", {{"error", s.ToString()}});
    }
    return Explain(s, options_.data_dir);
  }
  group->Clear();
  return Status::Ok();
}

Status Store::Reopen() {
  std::unique_lock lock(db_->mutex);
  if (healthy()) return Status::Ok();
  db_->Close();
  VINKKI_RETURN_IF_ERROR(OpenDatabase());
  // A write that failed may still have reached the log: sequences go on, they never start over.
  healthy_ = true;
  generation_.fetch_add(1);
  Log(Level::kInfo, "store_reopened", {{"folder", options_.data_dir}});
  return Status::Ok();
}

Result<bool> Store::Get(Family family, std::string_view key, std::string* value) const {
  std::shared_lock lock(db_->mutex);
  if (!db_->db) return Status::Unavailable("the store is closed until it can be opened again");
  thread_local rocksdb::PinnableSlice pinned;
  pinned.Reset();
  const rocksdb::Status s =
      db_->db->Get(rocksdb::ReadOptions(), db_->handle(family), SliceOf(key), &pinned);
  if (s.IsNotFound()) return false;
  if (!s.ok()) return Explain(s, options_.data_dir);
  value->assign(pinned.data(), pinned.size());
  pinned.Reset();
  return true;
}

Status Store::Scan(Family family, std::string_view from, std::string_view to,
                   const Visit& visit) const {
  std::shared_lock lock(db_->mutex);
  if (!db_->db) return Status::Unavailable("the store is closed until it can be opened again");
  rocksdb::ReadOptions read;
  const rocksdb::Slice upper = SliceOf(to);
  if (!to.empty()) read.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> it(db_->db->NewIterator(read, db_->handle(family)));
  for (it->Seek(SliceOf(from)); it->Valid(); it->Next()) {
    if (!visit(View(it->key()), View(it->value()))) return Status::Ok();
  }
  return it->status().ok() ? Status::Ok() : Explain(it->status(), options_.data_dir);
}

namespace {

class Cursor final : public StoreCursor {
 public:
  Cursor(std::unique_ptr<rocksdb::Iterator> it, std::string dir)
      : it_(std::move(it)), dir_(std::move(dir)) {}
  void Seek(std::string_view key) override { it_->Seek(SliceOf(key)); }
  void Next() override { it_->Next(); }
  bool valid() const override { return it_->Valid(); }
  std::string_view key() const override { return View(it_->key()); }
  std::string_view value() const override { return View(it_->value()); }
  Status status() const override {
    return it_->status().ok() ? Status::Ok() : Explain(it_->status(), dir_);
  }

 private:
  const std::unique_ptr<rocksdb::Iterator> it_;
  const std::string dir_;
};

}  // namespace

std::unique_ptr<StoreCursor> Store::OpenCursor(Family family) const {
  rocksdb::ReadOptions read;
  read.fill_cache = false;  // each block is read once
  return std::make_unique<Cursor>(
      std::unique_ptr<rocksdb::Iterator>(db_->db->NewIterator(read, db_->handle(family))),
      options_.data_dir);
}

Status Store::Flush() {
  std::shared_lock lock(db_->mutex);
  if (!db_->db || !healthy()) return Status::Unavailable("the store is not open for writing");
  const rocksdb::Status s = db_->db->Flush(rocksdb::FlushOptions(), db_->handles);
  return s.ok() ? Status::Ok() : Explain(s, options_.data_dir);
}

uint64_t Store::Estimate(Family family) const {
  std::shared_lock lock(db_->mutex);
  uint64_t rows = 0;
  if (!db_->db) return 0;
  db_->db->GetIntProperty(db_->handle(family), rocksdb::DB::Properties::kEstimateNumKeys, &rows);
  return rows;
}

Status Store::ScanBack(Family family, std::string_view from, std::string_view to,
                       const Visit& visit) const {
  std::shared_lock lock(db_->mutex);
  if (!db_->db) return Status::Unavailable("the store is closed until it can be opened again");
  rocksdb::ReadOptions read;
  const rocksdb::Slice lower = SliceOf(from);
  const rocksdb::Slice upper = SliceOf(to);
  read.iterate_lower_bound = &lower;
  if (!to.empty()) read.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> it(db_->db->NewIterator(read, db_->handle(family)));
  for (it->SeekToLast(); it->Valid(); it->Prev()) {
    if (!visit(View(it->key()), View(it->value()))) return Status::Ok();
  }
  return it->status().ok() ? Status::Ok() : Explain(it->status(), options_.data_dir);
}

}  // namespace vinkki::engine
