// Rules put into a folder: whole or not at all, also when it is cut short.

#include "cmd/rules_folder.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "cmd/folder_watch.h"
#include "tests/engine/temp_dir.h"

namespace vinkki::cmd {
namespace {

namespace fs = std::filesystem;
using engine::TempDir;

void Write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// "path=text" of every file below, hidden ones too, sorted.
std::string All(const fs::path& root) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    files.push_back(entry.path().lexically_relative(root).string() + "=" + text.str());
  }
  std::sort(files.begin(), files.end());
  std::string all;
  for (const std::string& file : files) all += file + " ";
  return all;
}

// Counts calls; Reaches waits for what a change must bring about.
class Calls {
 public:
  void Call() {
    std::lock_guard lock(mutex_);
    ++calls_;
    more_.notify_all();
  }
  int calls() {
    std::lock_guard lock(mutex_);
    return calls_;
  }
  bool Reaches(int n) {
    std::unique_lock lock(mutex_);
    return more_.wait_for(lock, std::chrono::seconds(30), [&] { return calls_ >= n; });
  }

  // The change brings about a call.
  template <typename Change>
  void ToldOf(const char* what, Change&& change) {
    const int before = calls();
    change();
    CHECK_MESSAGE(Reaches(before + 1), what);
  }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  int calls_ = 0;
};

}  // namespace

TEST_CASE("a set takes the place of the one before; tests and other files stay") {
  TempDir dir;
  const fs::path root = dir.path();
  Write(root / "old.yml", "old");
  Write(root / "sub/gone.yaml", "gone");
  Write(root / "old_test.yml", "test");
  Write(root / "README", "read me");
  REQUIRE(PutRulesFolder(root, {{"new.yml", "1"}, {"a/b/deep.yml", "2"}, {"old.yml", "3"}}).ok());
  CHECK(All(root) == "README=read me a/b/deep.yml=2 new.yml=1 old.yml=3 old_test.yml=test ");
}

TEST_CASE("a put that was cut short is the old set or the new one") {
  TempDir dir;
  const fs::path root = dir.path();
  Write(root / "old.yml", "old");
  Write(root / ".vinkki-put.tmp/0", "half");  // before the rename: never happened
  REQUIRE(FinishPut(root).ok());
  CHECK(All(root) == "old.yml=old ");

  Write(root / ".vinkki-put/manifest", "a.yml\nsub/b.yml\n");  // after it: happens still
  Write(root / ".vinkki-put/1", "b");
  Write(root / "a.yml", "a");  // 0 is in its place already
  REQUIRE(FinishPut(root).ok());
  CHECK(All(root) == "a.yml=a sub/b.yml=b ");
  REQUIRE(FinishPut(root).ok());
  CHECK(All(root) == "a.yml=a sub/b.yml=b ");

  fs::create_directory(root / ".vinkki-put");  // all was done, but for removing it
  REQUIRE(FinishPut(root).ok());
  CHECK_FALSE(fs::exists(root / ".vinkki-put"));
  fs::create_directory(root / ".vinkki-put");
  REQUIRE(PutRulesFolder(root, {{"c.yml", "c"}}).ok());
  CHECK(All(root) == "c.yml=c ");
}

TEST_CASE("paths that lead elsewhere are refused") {
  for (const char* path :
       {"../x.yml", "/etc/x.yml", "a/../x.yml", ".x.yml", "a/.x.yml", "a//x.yml", "x.txt",
        "x_test.yml", "x_TEST.Yml", "", ".yml", "a\nb.yml", "ä.yml", "a/"}) {
    CHECK_MESSAGE(CheckRulesPath(path).code() == Code::kInvalid, path);
  }
  for (const char* path : {"x.yml", "a/b/x-1_2.yaml", "test.yml", "X.YML"}) {
    CHECK_MESSAGE(CheckRulesPath(path).ok(), path);
  }
  TempDir dir;
  TempDir elsewhere;
  const fs::path root = dir.path();
  fs::create_directory_symlink(elsewhere.path(), root / "link");
  CHECK(PutRulesFolder(root, {{"link/x.yml", "x"}}).code() == Code::kConflict);
  fs::create_directory(root / "folder.yml");
  CHECK(PutRulesFolder(root, {{"folder.yml", "x"}}).code() == Code::kConflict);
  CHECK(All(elsewhere.path()).empty());
}

TEST_CASE("a ConfigMap is left to Kubernetes") {
  TempDir dir;
  CHECK(WhyNotWritable(dir.path()).empty());
  fs::create_directory(dir.path() + "/..2026");
  fs::create_directory_symlink("..2026", dir.path() + "/..data");
  CHECK(WhyNotWritable(dir.path()).find("ConfigMap") != std::string::npos);
  CHECK_FALSE(WhyNotWritable(dir.path() + "/none").empty());
}

TEST_CASE("a watch tells of every way in which files change") {
  TempDir dir;
  const fs::path root = fs::path(dir.path()) / "rules";
  Write(root / "a.yml", "1");
  Calls calls;
  auto watch = FolderWatch::Start(root.string() + "/", [&] { calls.Call(); });
  REQUIRE(watch.ok());
  REQUIRE(calls.Reaches(1));  // at the start
  calls.ToldOf("written in place", [&] { Write(root / "a.yml", "2"); });
  calls.ToldOf("renamed over", [&] {
    Write(fs::path(dir.path()) / "neighbour", "3");
    fs::rename(fs::path(dir.path()) / "neighbour", root / "a.yml");
  });
  calls.ToldOf("made readable", [&] {
    fs::permissions(root / "a.yml", fs::perms::owner_read | fs::perms::group_read);
  });
  calls.ToldOf("a new file", [&] { Write(root / "b.yml", "1"); });
  calls.ToldOf("removed", [&] { fs::remove(root / "b.yml"); });
  calls.ToldOf("a new folder", [&] { fs::create_directory(root / "sub"); });
  calls.ToldOf("in the new folder", [&] { Write(root / "sub/c.yml", "1"); });
  calls.ToldOf("the folder replaced", [&] {
    Write(fs::path(dir.path()) / "next/a.yml", "4");
    fs::rename(root, fs::path(dir.path()) / "before");
    fs::rename(fs::path(dir.path()) / "next", root);
  });
  calls.ToldOf("in the folder that came", [&] { Write(root / "a.yml", "5"); });
}

TEST_CASE("a watch tells when links are swapped, as Kubernetes does") {
  TempDir dir;
  const fs::path root = dir.path();
  Write(root / "..1/a.yml", "1");
  fs::create_directory_symlink("..1", root / "..data");
  fs::create_symlink("..data/a.yml", root / "a.yml");
  Calls calls;
  auto watch = FolderWatch::Start(root, [&] { calls.Call(); });
  REQUIRE(watch.ok());
  REQUIRE(calls.Reaches(1));
  Write(root / "..2/a.yml", "2");
  fs::create_directory_symlink("..2", root / "..data_tmp");
  REQUIRE(calls.Reaches(2));
  const int before = calls.calls();
  fs::rename(root / "..data_tmp", root / "..data");
  CHECK(calls.Reaches(before + 1));
  std::string text;
  std::ifstream(root / "a.yml") >> text;
  CHECK(text == "2");
}

TEST_CASE("a watch tells when a folder or a link on the way is replaced") {
  TempDir dir;
  const fs::path root = dir.path();
  Write(root / "release-1/shop/rules/a.yml", "1");
  Write(root / "release-2/shop/rules/a.yml", "2");
  Write(root / "release-3/shop/rules/a.yml", "3");
  fs::create_directory_symlink("release-1", root / "current");
  Calls calls;
  auto watch = FolderWatch::Start(root / "current/shop/rules", [&] { calls.Call(); });
  REQUIRE(watch.ok());
  REQUIRE(calls.Reaches(1));
  calls.ToldOf("a link on the way", [&] {
    fs::create_directory_symlink("release-2", root / "next");
    fs::rename(root / "next", root / "current");
  });
  calls.ToldOf("a file behind it", [&] { Write(root / "current/shop/rules/a.yml", "2b"); });
  calls.ToldOf("a folder on the way", [&] {
    fs::rename(root / "release-2", root / "before");
    fs::rename(root / "release-3", root / "release-2");
  });
  calls.ToldOf("a file in the folder that came",
               [&] { Write(root / "current/shop/rules/a.yml", "3b"); });
}

TEST_CASE("a watch waits for who is writing a file") {
  TempDir dir;
  const fs::path root = dir.path();
  Write(root / "a.yml", "old");
  Calls calls;
  std::atomic<bool> half_was_told = false;
  auto watch = FolderWatch::Start(root, [&] {
    std::string text;
    std::ifstream(root / "a.yml") >> text;
    if (text == "half") half_was_told = true;
    calls.Call();
  });
  REQUIRE(watch.ok());
  REQUIRE(calls.Reaches(1));
  std::ofstream slow(root / "a.yml");
  slow << "half" << std::flush;
  Write(root / "b.yml", "another");
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));  // longer than a watch waits else
  const int before = calls.calls();
  slow << "-whole" << std::flush;
  slow.close();
  CHECK(calls.Reaches(before + 1));
  CHECK_FALSE(half_was_told);
}

TEST_CASE("a watch on one file follows it, and not its neighbours' writers") {
  TempDir dir;
  const fs::path file = fs::path(dir.path()) / "rules.yml";
  Write(file, "1");
  Calls calls;
  auto watch = FolderWatch::Start(file, [&] { calls.Call(); });
  REQUIRE(watch.ok());
  REQUIRE(calls.Reaches(1));
  Write(fs::path(dir.path()) / "neighbour", "2");
  Write(file, "2");
  CHECK(calls.Reaches(2));
}

}  // namespace vinkki::cmd
