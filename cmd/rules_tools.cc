// `vinkki rules fmt` and `vinkki rules schema`: tidy files, and what editors need to complete them.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "cmd/commands.h"
#include "cmd/rules_source.h"
#include "rules/load.h"
#include "rules/schema.h"
#include "rules/tidy.h"

namespace vinkki::cmd {
namespace {

// Through a neighbour and a rename, so that a crash leaves the old file or the new one. A link
// stays one, and who may read the file does not change.
Status Replace(const std::string& path, const std::string& text) {
  std::error_code error;
  const std::string place = std::filesystem::canonical(path, error).string();
  if (error) return Status::Internal("'" + path + "': " + error.message());
  const std::string next = place + ".tmp";
  const auto allowed = std::filesystem::status(path, error).permissions();
  {
    std::ofstream out(next, std::ios::binary | std::ios::trunc);
    std::filesystem::permissions(next, allowed, error);
    out << text;
    if (error || !out.flush()) return Status::Internal("cannot write '" + next + "'");
  }
  if (std::rename(next.c_str(), place.c_str()) != 0) {
    return Status::Internal("cannot put the tidy file in the place of '" + path + "'");
  }
  return Status::Ok();
}

// What cannot be read was not meant as it stands: another reader of YAML may take it otherwise.
bool CanBeRead(const std::string& path, const std::string& text) {
  std::vector<rules::Diagnostic> found;
  const rules::RuleSet set = rules::Read({{path, text}}, &found);
  if (!rules::HasErrors(found)) return true;
  rules::SortDiagnostics(&found);
  std::fprintf(stderr, "%s%s: left as it is, for its errors\n", rules::Format(set, found).c_str(),
               path.c_str());
  return false;
}

}  // namespace

int RulesFmt(const RulesFmtOptions& options) {
  const bool folder = std::filesystem::is_directory(options.path);
  if (!folder && rules::IsTestFile(options.path)) return Complain(HoldsTests(options.path));
  auto files = rules::ReadFolder(options.path);
  if (!files.ok()) return Complain(files.status());
  if (files->empty()) {  // a wrong folder is not a tidy one
    return Complain(Status::Invalid(options.path + ": no file with rules (*.yml) below it"));
  }
  int status = 0;
  for (const rules::SourceFile& file : *files) {
    const auto path =
        folder ? (std::filesystem::path(options.path) / file.path).string() : options.path;
    if (!CanBeRead(path, file.text)) {
      status = 1;
      continue;
    }
    auto tidy = rules::Tidy(file.text);
    if (!tidy.ok()) {
      std::fprintf(stderr, "%s: %s\n", path.c_str(), tidy.status().message().c_str());
      status = 1;
      continue;
    }
    if (*tidy == file.text) continue;
    std::printf("%s\n", path.c_str());
    if (options.check) {
      status = 1;
    } else if (Status written = Replace(path, *tidy); !written.ok()) {
      return Complain(written);
    }
  }
  return status;
}

int RulesSchema() {
  std::printf("%s\n", rules::JsonSchema().c_str());
  return 0;
}

}  // namespace vinkki::cmd
