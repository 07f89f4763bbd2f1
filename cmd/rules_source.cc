#include "cmd/rules_source.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <utility>

#include "cmd/packs.h"
#include "rules/yaml.h"

namespace vinkki::cmd {

Status HoldsTests(const std::string& path) {
  return Status::Invalid(path + " holds tests, not rules; vinkki test runs it");
}

Result<std::vector<rules::SourceFile>> ReadRules(const std::string& path) {
  if (path.empty()) return BuiltInPacks();
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return rules::ReadFolder(path);
  if (rules::IsTestFile(path)) return HoldsTests(path);
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return Status::NotFound("no rules at '" + path +
                            "': give a folder with *.yml files, or a file");
  }
  // It may be a pipe, or have no end.
  std::string text(rules::kMostYamlBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > rules::kMostYamlBytes) return Status::Invalid(path + " is larger than 10 MB");
  return std::vector<rules::SourceFile>{{path, std::move(text)}};
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
  if (!loaded->program) {
    std::fputs(rules::Format(*loaded).c_str(), stderr);
    return Status::Invalid("the rules have errors (above); nothing was loaded");
  }
  const auto warnings = std::count_if(
      loaded->diagnostics.begin(), loaded->diagnostics.end(),
      [](const auto& d) { return d.severity == rules::Diagnostic::Severity::kWarning; });
  if (warnings > 0) {
    std::fprintf(stderr, "%s: %td %s; `vinkki check` says %s\n",
                 path.empty() ? "the built-in packs" : path.c_str(), warnings,
                 warnings == 1 ? "warning" : "warnings", warnings == 1 ? "which" : "them all");
  }
  return loaded;
}

Result<std::shared_ptr<const rules::Program>> RequireProgram(const std::string& path) {
  auto loaded = RequireRules(path);
  if (!loaded.ok()) return loaded.status();
  return loaded->program;
}

}  // namespace vinkki::cmd
