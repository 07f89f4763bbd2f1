#include "cmd/folder_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "base/log.h"
#include "rules/load.h"

namespace vinkki::cmd {
namespace {

namespace fs = std::filesystem;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::chrono::milliseconds kQuiet{100};
constexpr std::chrono::milliseconds kLongest{1000};
// Who keeps a file open for longer is not awaited.
constexpr std::chrono::seconds kLongestWrite{10};
constexpr int kMostLinks = 16;  // that lead to each other
constexpr uint32_t kEvents = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_TO | IN_MOVED_FROM |
                             IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;

class Inotify final : public FolderWatch {
 public:
  Inotify(const std::string& path, std::function<void()> changed)
      : path_(fs::absolute(path).lexically_normal()), changed_(std::move(changed)) {
    if (!path_.has_filename()) path_ = path_.parent_path();  // rules/
  }
  ~Inotify() override {
    if (thread_.joinable()) {
      const uint64_t one = 1;
      while (::write(stop_, &one, sizeof one) < 0 && errno == EINTR) {
      }
      thread_.join();
    }
    if (inotify_ >= 0) ::close(inotify_);
    if (stop_ >= 0) ::close(stop_);
  }

  Status Begin() {
    inotify_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    stop_ = ::eventfd(0, EFD_CLOEXEC);
    if (inotify_ < 0 || stop_ < 0) {
      return Status::Unavailable("cannot watch " + path_.string() + ": " + std::strerror(errno));
    }
    VINKKI_RETURN_IF_ERROR(WatchAll());
    thread_ = std::thread([this] { Run(); });
    return Status::Ok();
  }

 private:
  void Run() {
    changed_();
    SteadyTime first{};  // of the changes that were not yet told
    SteadyTime latest{};
    bool some = false;
    const auto due = [&] {
      if (!some) return SteadyTime::max();
      if (!writing_.empty()) return first + kLongestWrite;
      return std::min(latest + kQuiet, first + kLongest);
    };
    while (!Wait(due())) {
      const SteadyTime now = std::chrono::steady_clock::now();
      if (ReadEvents()) {
        if (!some) first = now;
        latest = now;
        some = true;
      }
      if (now < due()) continue;
      some = false;
      writing_.clear();
      // Watches first: what comes into a new folder after this is told again.
      if (Status s = WatchAll(); !s.ok()) Log(Level::kWarn, "watch", {{"why", s.message()}});
      changed_();
    }
  }

  // True: it is time to stop.
  bool Wait(SteadyTime until) const {
    int timeout = -1;
    if (until != SteadyTime::max()) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      timeout = static_cast<int>(std::max<int64_t>(0, left.count()));
    }
    pollfd fds[] = {{inotify_, POLLIN, 0}, {stop_, POLLIN, 0}};
    return ::poll(fds, 2, timeout) > 0 && (fds[1].revents & POLLIN) != 0;
  }

  // Takes what there is; whether any of it is about our files.
  bool ReadEvents() {
    bool ours = false;
    alignas(inotify_event) char buffer[16 * 1024];
    for (;;) {
      const ssize_t size = ::read(inotify_, buffer, sizeof buffer);
      if (size <= 0) return ours;
      for (const char* at = buffer; at < buffer + size;) {
        inotify_event event;
        std::memcpy(&event, at, sizeof event);
        const char* name = at + sizeof event;
        at = name + event.len;
        ours = IsOurs(event, event.len > 0 ? name : "") || ours;
      }
    }
  }

  bool IsOurs(const inotify_event& event, const std::string& name) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) return true;
    if ((event.mask & IN_IGNORED) != 0) {
      counting_.erase(event.wd);
      std::erase_if(writing_, [&](const auto& file) { return file.first == event.wd; });
      return true;
    }
    const auto names = counting_.find(event.wd);
    if (names != counting_.end() && !names->second.empty() && !names->second.contains(name)) {
      return false;
    }
    NoteWriting(event, name);
    return (event.mask & IN_MODIFY) == 0;
  }

  // Half a file may be rules, too: while one is being written nothing is told.
  void NoteWriting(const inotify_event& event, const std::string& name) {
    const bool of_rules =
        name == path_.filename() || (!name.starts_with('.') && rules::IsYamlFile(name));
    if ((event.mask & (IN_MODIFY | IN_ATTRIB)) == 0) {
      writing_.erase({event.wd, name});
    } else if (of_rules && (event.mask & IN_MODIFY) != 0) {
      writing_.emplace(event.wd, name);
    }
  }

  // `name`: that counts in there; empty: everything does.
  Status Watch(const fs::path& folder, const std::string& name) {
    const int watch = ::inotify_add_watch(inotify_, folder.c_str(), kEvents | IN_ONLYDIR);
    if (watch >= 0) {
      const auto [at, added] = counting_.emplace(watch, std::set<std::string>{});
      if (name.empty()) {
        at->second.clear();
      } else if (added || !at->second.empty()) {
        at->second.insert(name);
      }
      return Status::Ok();
    }
    // It went away, which was told; or nobody lets us look.
    if (errno == ENOENT || errno == ENOTDIR || errno == EACCES) return Status::Ok();
    return Status::Unavailable("cannot watch " + folder.string() + ": " + std::strerror(errno) +
                               (errno == ENOSPC ? " (fs.inotify.max_user_watches)" : ""));
  }

  // Again and again: a folder that is watched already stays watched.
  Status WatchAll() {
    std::error_code error;
    VINKKI_RETURN_IF_ERROR(WatchWayTo(path_, kMostLinks));
    if (!fs::is_directory(path_, error)) return Status::Ok();
    VINKKI_RETURN_IF_ERROR(Watch(path_, ""));
    auto at = fs::recursive_directory_iterator(path_, error);
    for (; !error && at != fs::end(at); at.increment(error)) {
      const fs::path& path = at->path();
      std::error_code ignored;
      if (at->is_symlink(ignored)) {
        VINKKI_RETURN_IF_ERROR(WatchWayTo(path, kMostLinks));
      } else if (path.filename().string().starts_with('.')) {
        at.disable_recursion_pending();
      } else if (at->is_directory(ignored)) {
        VINKKI_RETURN_IF_ERROR(Watch(path, ""));
      }
    }
    return Status::Ok();
  }

  // Each folder on the way may be replaced, and each link; where a link leads to, a file may change
  // without it.
  Status WatchWayTo(const fs::path& path, int links) {
    for (fs::path at = path; at.has_relative_path(); at = at.parent_path()) {
      VINKKI_RETURN_IF_ERROR(Watch(at.parent_path(), at.filename().string()));
      std::error_code error;
      const fs::path target = fs::read_symlink(at, error);
      if (error || links == 0) continue;
      VINKKI_RETURN_IF_ERROR(WatchWayTo((at.parent_path() / target).lexically_normal(), links - 1));
    }
    return Status::Ok();
  }

  fs::path path_;
  const std::function<void()> changed_;
  int inotify_ = -1;
  int stop_ = -1;
  std::map<int, std::set<std::string>> counting_;  // watch -> the names that count; none: all
  std::set<std::pair<int, std::string>> writing_;  // watch and name: written and not closed yet
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<FolderWatch>> FolderWatch::Start(const std::string& path,
                                                        std::function<void()> changed) {
  auto watch = std::make_unique<Inotify>(path, std::move(changed));
  if (Status s = watch->Begin(); !s.ok()) return s;
  return std::unique_ptr<FolderWatch>(std::move(watch));
}

}  // namespace vinkki::cmd
