// ReadFolder (load.h): the one place of the front that touches the disk.
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "rules/load.h"
#include "rules/yaml.h"

namespace vinkki::rules {
namespace {

namespace fs = std::filesystem;

bool IsRuleFile(const fs::path& path) {
  const std::string name = path.filename().string();
  return IsYamlFile(name) && !IsTestFile(name);
}

Status ReadInto(const fs::path& path, const std::string& name, std::vector<SourceFile>* files) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return Status::Invalid("cannot read " + path.string() + ": " + error.message());
  if (size > kMostYamlBytes) return Status::Invalid(path.string() + " is larger than 10 MB");
  std::ifstream in(path, std::ios::binary);
  SourceFile file{name, std::string(size, '\0')};
  in.read(file.text.data(), static_cast<std::streamsize>(size));
  if (in.bad() || !in.is_open()) return Status::Invalid("cannot read " + path.string());
  file.text.resize(static_cast<size_t>(in.gcount()));
  files->push_back(std::move(file));
  return Status::Ok();
}

}  // namespace

bool IsYamlFile(std::string_view path) {
  const std::string name = Lower(path);
  return name.ends_with(".yml") || name.ends_with(".yaml");
}

bool IsTestFile(std::string_view path) {
  const std::string name = Lower(path);
  return name.ends_with("_test.yml") || name.ends_with("_test.yaml");
}

Result<std::vector<SourceFile>> ReadFolder(const std::string& folder) {
  std::vector<SourceFile> files;
  std::error_code error;
  const fs::path root(folder);
  if (fs::is_regular_file(root, error)) {
    VINKKI_RETURN_IF_ERROR(ReadInto(root, root.filename().string(), &files));
    return files;
  }
  auto at = fs::recursive_directory_iterator(root, error);
  fs::path latest = root;  // where it stops at an error
  for (; !error && at != fs::end(at); at.increment(error)) {
    latest = at->path();
    if (at->path().filename().string().starts_with('.')) {
      at.disable_recursion_pending();
      continue;
    }
    std::error_code ignored;  // a broken link says so when it is read
    if (at->is_directory(ignored) || !IsRuleFile(at->path())) continue;
    VINKKI_RETURN_IF_ERROR(
        ReadInto(at->path(), at->path().lexically_relative(root).generic_string(), &files));
  }
  if (error) {
    return Status::NotFound("cannot read the folder " + latest.string() + ": " + error.message());
  }
  return files;
}

}  // namespace vinkki::rules
