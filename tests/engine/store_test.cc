#include "engine/store.h"

#include <doctest/doctest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "tests/engine/file_size_limit.h"
#include "tests/engine/temp_dir.h"

namespace vinkki::engine {
namespace {

StoreOptions In(const std::string& dir) {
  StoreOptions options;
  options.data_dir = dir;
  return options;
}

std::vector<std::string> KeysOf(const Store& store, Family family) {
  std::vector<std::string> keys;
  CHECK(store
            .Scan(family, {}, {},
                  [&](std::string_view key, std::string_view) {
                    keys.emplace_back(key);
                    return true;
                  })
            .ok());
  return keys;
}

TEST_CASE("what is committed together is there after opening again, by family") {
  TempDir dir;
  {
    auto store = Store::Open(In(dir.path()));
    REQUIRE(store.ok());
    WriteGroup group;
    group.Put(Family::kStates, "b", "1");
    group.Put(Family::kStates, "a", "2");
    group.Put(Family::kTimers, "t", "");
    group.Delete(Family::kStates, "b");
    REQUIRE(store.value()->Commit(&group).ok());
    CHECK(group.empty());
  }
  auto store = Store::Open(In(dir.path()));
  REQUIRE(store.ok());
  CHECK(KeysOf(*store.value(), Family::kStates) == std::vector<std::string>{"a"});
  CHECK(KeysOf(*store.value(), Family::kTimers) == std::vector<std::string>{"t"});
  std::string value;
  CHECK(store.value()->Get(Family::kStates, "a", &value).value());
  CHECK(value == "2");
  CHECK_FALSE(store.value()->Get(Family::kStates, "b", &value).value());
}

TEST_CASE("scans keep to their bounds, both ways") {
  TempDir dir;
  auto store = Store::Open(In(dir.path()));
  REQUIRE(store.ok());
  WriteGroup group;
  for (const char* key : {"a", "b", "c", "d"}) group.Put(Family::kOutbox, key, key);
  REQUIRE(store.value()->Commit(&group).ok());
  std::string seen;
  const auto note = [&](std::string_view key, std::string_view) {
    seen += key;
    return seen.size() < 2;
  };
  CHECK(store.value()->Scan(Family::kOutbox, "b", "d", note).ok());
  CHECK(seen == "bc");
  seen.clear();
  CHECK(store.value()->ScanBack(Family::kOutbox, "a", "d", note).ok());
  CHECK(seen == "cb");
}

TEST_CASE("sequences grow over restarts") {
  TempDir dir;
  uint64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    auto store = Store::Open(In(dir.path()));
    REQUIRE(store.ok());
    const uint64_t first = store.value()->NextSequence(100);
    CHECK(first > last);
    last = first + 99;
    CHECK(store.value()->NextSequence() == last + 1);
  }
}

TEST_CASE("a folder in use is refused, and says what to do") {
  TempDir dir;
  auto first = Store::Open(In(dir.path()));
  REQUIRE(first.ok());
  const auto second = Store::Open(In(dir.path()));
  REQUIRE_FALSE(second.ok());
  CHECK(second.status().code() == Code::kConflict);
  CHECK(second.status().message() ==
        "data folder " + dir.path() +
            ": in use by another process; stop it, or use another folder");
  StoreOptions read_only = In(dir.path());
  read_only.read_only = true;
  CHECK(Store::Open(read_only).ok());
}

TEST_CASE("a newer schema and unknown families are refused") {
  TempDir dir;
  {
    auto store = Store::Open(In(dir.path()));
    REQUIRE(store.ok());
    WriteGroup group;
    group.Put(Family::kMeta, "schema",
              "\1"
              "2");
    REQUIRE(store.value()->Commit(&group).ok());
  }
  const auto store = Store::Open(In(dir.path()));
  REQUIRE_FALSE(store.ok());
  CHECK(store.status().code() == Code::kInvalid);
  CHECK(store.status().message() == "data folder " + dir.path() +
                                        ": schema 2, this Vinkki knows 1; upgrade, or use "
                                        "another folder");
}

TEST_CASE("no folder, no permission") {
  StoreOptions nowhere = In("/nonexistent-vinkki/data");
  nowhere.read_only = true;
  CHECK(Store::Open(nowhere).status().code() == Code::kNotFound);
  TempDir dir;
  std::ofstream(dir.path() + "/file") << "x";
  const auto inside_file = Store::Open(In(dir.path() + "/file/data"));
  CHECK(inside_file.status().code() == Code::kInvalid);
  if (geteuid() == 0) {
    MESSAGE("permission not tried: root may write anywhere");
    return;
  }
  std::filesystem::permissions(dir.path(), std::filesystem::perms::owner_read);
  CHECK(Store::Open(In(dir.path())).status().code() == Code::kInvalid);
  std::filesystem::permissions(dir.path(), std::filesystem::perms::owner_all);
}

TEST_CASE("after a failed write nothing is taken until the store is open again") {
  TempDir dir;
  auto opened = Store::Open(In(dir.path()));
  REQUIRE(opened.ok());
  Store& store = *opened.value();
  WriteGroup group;
  group.Put(Family::kStates, "before", "1");
  REQUIRE(store.Commit(&group).ok());
  {
    FileSizeLimit limit(16 << 10);
    group.Put(Family::kStates, "big", std::string(64 << 10, 'x'));
    CHECK_FALSE(store.Commit(&group).ok());
    CHECK_FALSE(store.healthy());
  }
  group.Clear();
  group.Put(Family::kStates, "after", "1");  // the disk has room again, but the log may be torn
  CHECK(store.Commit(&group).code() == Code::kUnavailable);
  const uint64_t generation = store.generation();
  REQUIRE(store.Reopen().ok());
  CHECK(store.generation() == generation + 1);
  CHECK(store.Commit(&group).ok());
  std::string value;
  CHECK(store.Get(Family::kStates, "before", &value).value());
  CHECK(store.Get(Family::kStates, "after", &value).value());
}

TEST_CASE("a table file with a flipped byte is noticed") {
  TempDir dir;
  for (int round = 0; round < 2; ++round) {  // the second opening flushes the log into a table
    auto store = Store::Open(In(dir.path()));
    REQUIRE(store.ok());
    WriteGroup group;
    for (int i = 0; i < 500; ++i) {
      group.Put(Family::kTimers, "key" + std::to_string(i), std::string(100, 'v'));
    }
    REQUIRE(store.value()->Commit(&group).ok());
  }
  int flipped = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
    if (entry.path().extension() != ".sst" || entry.file_size() < 20'000) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(5000);
    file.put('\x5a');
    ++flipped;
  }
  REQUIRE(flipped > 0);
  auto store = Store::Open(In(dir.path()));
  Status s = store.status();
  if (store.ok()) {
    s = store.value()->Scan(Family::kTimers, {}, {},
                            [](std::string_view, std::string_view) { return true; });
  }
  CHECK(s.code() == Code::kCorrupt);
  CHECK(s.message().find("damaged") != std::string::npos);
}

// A folder as a crash leaves it: a copy of one that is open, its log cut or broken.
class Crashed {
 public:
  Crashed() {
    auto store = Store::Open(In(from_.path()));
    REQUIRE(store.ok());
    for (int i = 0; i < 100; ++i) {
      WriteGroup group;
      group.Put(Family::kTimers, std::to_string(1000 + i), std::string(1000, 'v'));
      REQUIRE(store.value()->Commit(&group).ok());
    }
    std::filesystem::copy(from_.path(), dir(), std::filesystem::copy_options::recursive);
    for (const auto& entry : std::filesystem::directory_iterator(dir())) {
      if (entry.path().extension() == ".log" && entry.file_size() > 0) log_ = entry.path();
    }
  }
  std::string dir() const { return to_.path() + "/data"; }
  const std::filesystem::path& log() const { return log_; }

 private:
  TempDir from_, to_;
  std::filesystem::path log_;
};

TEST_CASE("a torn end of the log opens, with all that was whole") {
  Crashed crashed;
  std::filesystem::resize_file(crashed.log(), std::filesystem::file_size(crashed.log()) - 500);
  auto store = Store::Open(In(crashed.dir()));
  REQUIRE(store.ok());
  CHECK(KeysOf(*store.value(), Family::kTimers).size() == 99);
  CHECK_FALSE(store.value()->log_damaged());
}

TEST_CASE("a broken middle of the log is said") {
  Crashed crashed;
  std::fstream(crashed.log(), std::ios::in | std::ios::out | std::ios::binary)
      .seekp(50'000)
      .write("broken", 6);
  auto store = Store::Open(In(crashed.dir()));
  REQUIRE(store.ok());
  CHECK(store.value()->log_damaged());
  CHECK(KeysOf(*store.value(), Family::kTimers).size() < 50);
}

TEST_CASE("a disk that is full, then has room again: nothing that was committed is missing") {
  TempDir dir;
  if (mount("tmpfs", dir.path().c_str(), "tmpfs", 0, "size=16m") != 0) {
    MESSAGE("not tried: only root may mount a small file system");
    return;
  }
  size_t committed = 0;
  {
    std::ofstream(dir.path() + "/ballast") << std::string(8 << 20, 'b');
    auto opened = Store::Open(In(dir.path() + "/data"));
    REQUIRE(opened.ok());
    Store& store = *opened.value();
    const auto commit = [&] {
      WriteGroup group;
      group.Put(Family::kStates, std::to_string(10'000 + committed), std::string(50'000, 'x'));
      return store.Commit(&group);
    };
    Status s;
    while (committed < 10'000 && (s = commit()).ok()) ++committed;
    CHECK(s.code() == Code::kUnavailable);
    CHECK_MESSAGE(s.message().find("the disk is full; free some space") != std::string::npos,
                  s.message());
    (void)store.Reopen().ok();  // may or may not find room for what opening writes
    std::filesystem::remove(dir.path() + "/ballast");
    REQUIRE(store.Reopen().ok());
    CHECK(KeysOf(store, Family::kStates).size() >= committed);
    CHECK(commit().ok());
  }
  umount(dir.path().c_str());
}

}  // namespace
}  // namespace vinkki::engine
