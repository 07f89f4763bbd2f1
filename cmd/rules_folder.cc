#include "cmd/rules_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

namespace vinkki::cmd {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPut = ".vinkki-put";
constexpr const char* kUnfinished = ".vinkki-put.tmp";
constexpr const char* kManifest = "manifest";
constexpr size_t kLongestPath = 200;

Status Failed(const std::string& what, int error) {
  return Status::Internal("cannot " + what + ": " + std::strerror(error));
}

Status Sync(const fs::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return Failed("open " + path.string(), errno);
  const int result = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  return result == 0 ? Status::Ok() : Failed("sync " + path.string(), error);
}

Status SyncFolder(const fs::path& folder) { return Sync(folder, O_RDONLY | O_DIRECTORY); }

Status WriteSynced(const fs::path& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return Failed("write " + path.string(), errno);
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  const bool written = done == text.size() && ::fsync(fd) == 0;
  const int error = errno;
  if (::close(fd) != 0 || !written) return Failed("write " + path.string(), error);
  return Status::Ok();
}

Status Rename(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return Status::Ok();
  return Failed("put " + to.string() + " in its place", errno);
}

// The folder that will hold the file exists, is no link to elsewhere, and takes files; or it can be
// made.
Status CheckPlace(const fs::path& folder, const fs::path& path) {
  fs::path parent = folder;
  for (const fs::path& part : path.parent_path()) {
    parent /= part;
    std::error_code error;
    const fs::file_status status = fs::symlink_status(parent, error);
    if (status.type() == fs::file_type::not_found) return Status::Ok();
    if (status.type() != fs::file_type::directory) {
      return Status::Conflict(parent.string() + " is no folder of this place");
    }
    if (::access(parent.c_str(), W_OK) != 0) {
      return Status::Conflict(parent.string() + " cannot be written");
    }
  }
  std::error_code error;
  if (fs::is_directory(folder / path, error)) {
    return Status::Conflict((folder / path).string() + " is a folder");
  }
  return Status::Ok();
}

Result<std::vector<std::string>> ReadManifest(const fs::path& put) {
  std::ifstream in(put / kManifest);
  std::vector<std::string> paths;
  for (std::string line; std::getline(in, line);) {
    VINKKI_RETURN_IF_ERROR(CheckRulesPath(line));
    paths.push_back(line);
  }
  if (paths.empty()) {
    return Status::Internal("nothing in the manifest of " + put.string() + "; remove it");
  }
  return paths;
}

// Not a put from then on, however far the removal comes.
Status RemovePut(const fs::path& root) {
  VINKKI_RETURN_IF_ERROR(Rename(root / kPut, root / kUnfinished));
  std::error_code error;
  fs::remove_all(root / kUnfinished, error);
  return SyncFolder(root);
}

Status RemoveOthers(const fs::path& folder, const std::vector<std::string>& paths) {
  const auto present = rules::ReadFolder(folder.string());
  if (!present.ok()) return present.status();
  const std::set<std::string> keep(paths.begin(), paths.end());
  for (const rules::SourceFile& file : present.value()) {
    if (keep.count(file.path) > 0) continue;
    if (::unlink((folder / file.path).c_str()) != 0) return Failed("remove " + file.path, errno);
    VINKKI_RETURN_IF_ERROR(SyncFolder((folder / file.path).parent_path()));
  }
  return Status::Ok();
}

}  // namespace

Status CheckRulesPath(const std::string& path) {
  const auto wrong = [&](const std::string& why) {
    return Status::Invalid("\"" + path + "\" cannot be a file of rules: " + why);
  };
  if (path.size() > kLongestPath) return Status::Invalid("the path of a file is too long");
  if (!rules::IsYamlFile(path)) return wrong("it ends in .yml or .yaml");
  if (rules::IsTestFile(path)) {
    return wrong("*_test.yml are tests, which stay on disk as they are");
  }
  bool begins = true;  // a part of the path
  for (const char c : path) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (begins && (c == '.' || c == '/'))
      return wrong("no part of it begins with a dot or is empty");
    if (!letter && c != '.' && c != '_' && c != '-' && c != '/') {
      return wrong("letters, digits, . _ - and / between folders are what it may have");
    }
    begins = c == '/';
  }
  return Status::Ok();
}

std::string WhyNotWritable(const std::string& folder) {
  std::error_code error;
  if (fs::is_symlink(fs::symlink_status(fs::path(folder) / "..data", error))) {
    return "the folder " + folder + " is a ConfigMap of Kubernetes; change it there";
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return "the folder " + folder + " cannot be written by this server: " + std::strerror(errno);
  }
  return "";
}

Status PutRulesFolder(const std::string& folder, const std::vector<rules::SourceFile>& files) {
  const fs::path root(folder);
  const fs::path unfinished = root / kUnfinished;
  for (const rules::SourceFile& file : files) {
    VINKKI_RETURN_IF_ERROR(CheckPlace(root, file.path));
  }
  VINKKI_RETURN_IF_ERROR(FinishPut(folder));
  if (::mkdir(unfinished.c_str(), 0755) != 0) return Failed("write into " + folder, errno);
  Status status;
  std::string manifest;
  for (size_t i = 0; i < files.size() && status.ok(); ++i) {
    manifest += files[i].path + "\n";
    status = WriteSynced(unfinished / std::to_string(i), files[i].text);
  }
  if (status.ok()) status = WriteSynced(unfinished / kManifest, manifest);
  if (status.ok()) status = SyncFolder(unfinished);
  if (status.ok()) status = Rename(unfinished, root / kPut);
  if (!status.ok()) {
    std::error_code ignored;
    fs::remove_all(unfinished, ignored);
    return status;
  }
  VINKKI_RETURN_IF_ERROR(SyncFolder(root));
  return FinishPut(folder);
}

Status FinishPut(const std::string& folder) {
  const fs::path root(folder);
  const fs::path put = root / kPut;
  std::error_code error;
  if (fs::exists(root / kUnfinished, error)) fs::remove_all(root / kUnfinished, error);
  if (!fs::exists(put, error)) return Status::Ok();
  // It came here with its manifest: what has none any more was done, and cut short being removed.
  if (!fs::exists(put / kManifest, error)) return RemovePut(root);
  const auto paths = ReadManifest(put);
  if (!paths.ok()) return paths.status();
  for (size_t i = 0; i < paths.value().size(); ++i) {
    const fs::path from = put / std::to_string(i);
    const fs::path to = root / paths.value()[i];
    if (!fs::exists(from, error)) continue;  // it is in its place already
    fs::create_directories(to.parent_path(), error);
    VINKKI_RETURN_IF_ERROR(Rename(from, to));
    VINKKI_RETURN_IF_ERROR(SyncFolder(to.parent_path()));
  }
  VINKKI_RETURN_IF_ERROR(RemoveOthers(root, paths.value()));
  return RemovePut(root);
}

Status PutRulesFile(const std::string& path, const std::string& text) {
  const fs::path to(path);
  const fs::path next = to.parent_path() / ("." + to.filename().string() + ".put");
  Status status = WriteSynced(next, text);
  if (status.ok()) status = Rename(next, to);
  if (!status.ok()) {
    ::unlink(next.c_str());
    return status;
  }
  return SyncFolder(to.has_parent_path() ? to.parent_path() : fs::path("."));
}

}  // namespace vinkki::cmd
