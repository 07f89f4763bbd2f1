#include "cmd/rules_source.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cmd/packs.h"

namespace vinkki::cmd {

Result<std::vector<rules::SourceFile>> ReadRules(const std::string& path) {
  if (path.empty()) return BuiltInPacks();
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return rules::ReadFolder(path);
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return Status::NotFound("no rules at '" + path +
                            "': give a folder with *.yml files, or a file");
  }
  std::stringstream text;
  text << in.rdbuf();
  return std::vector<rules::SourceFile>{{path, text.str()}};
}

Result<rules::LoadResult> LoadRules(const std::string& path) {
  auto sources = ReadRules(path);
  if (!sources.ok()) return sources.status();
  rules::LoadResult loaded = rules::Load(std::move(*sources));
  // A file is named as one would open it from here, so that editors and terminals find it.
  std::error_code error;
  if (!path.empty() && std::filesystem::is_directory(path, error)) {
    for (rules::File& file : loaded.set.files) {
      file.path = (std::filesystem::path(path) / file.path).string();
    }
  }
  return loaded;
}

Result<rules::LoadResult> RequireRules(const std::string& path) {
  auto loaded = LoadRules(path);
  if (!loaded.ok()) return loaded.status();
  if (!loaded->diagnostics.empty()) std::fputs(rules::Format(*loaded).c_str(), stderr);
  if (!loaded->program) {
    return Status::Invalid("the rules have errors (above); nothing was loaded");
  }
  return loaded;
}

Result<std::shared_ptr<const rules::Program>> RequireProgram(const std::string& path) {
  auto loaded = RequireRules(path);
  if (!loaded.ok()) return loaded.status();
  return loaded->program;
}

}  // namespace vinkki::cmd
