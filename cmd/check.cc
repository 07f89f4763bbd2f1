// `vinkki check`: everything that is wrong with a set of rules, at once.

#include <algorithm>
#include <cstdio>
#include <string>

#include "cmd/commands.h"
#include "cmd/report_view.h"
#include "cmd/rules_source.h"

namespace vinkki::cmd {
namespace {

size_t CountOf(const rules::LoadResult& loaded, rules::Diagnostic::Severity severity) {
  return static_cast<size_t>(
      std::count_if(loaded.diagnostics.begin(), loaded.diagnostics.end(),
                    [&](const rules::Diagnostic& d) { return d.severity == severity; }));
}

// "17 rules in 8 files, no errors"
std::string Summary(const rules::LoadResult& loaded) {
  size_t rules = 0;
  for (const auto& file : loaded.set.files) rules += file.rules.size();
  const size_t errors = CountOf(loaded, rules::Diagnostic::Severity::kError);
  const size_t warnings = CountOf(loaded, rules::Diagnostic::Severity::kWarning);
  return Counted(rules, "rule") + " in " + Counted(loaded.set.files.size(), "file") + ", " +
         (errors == 0 ? "no errors" : Counted(errors, "error")) +
         (warnings == 0 ? "" : ", " + Counted(warnings, "warning"));
}

}  // namespace

int Check(const CheckOptions& options) {
  auto loaded = LoadRules(options.rules);
  if (!loaded.ok()) return Complain(loaded.status());
  if (loaded->set.files.empty()) {  // whoever checks wants to know of the wrong folder
    return Complain(Status::Invalid(options.rules + ": no file with rules (*.yml) below it"));
  }
  const bool good = loaded->program != nullptr;
  if (options.json) {
    std::printf("%s\n", rules::FormatJson(loaded->set, loaded->diagnostics).c_str());
    return good ? 0 : 1;
  }
  std::FILE* out = good ? stdout : stderr;
  const char* const whose = options.rules.empty() ? "the built-in packs: " : "";
  std::fprintf(out, "%s%s%s\n", rules::Format(*loaded).c_str(), whose, Summary(*loaded).c_str());
  return good ? 0 : 1;
}

}  // namespace vinkki::cmd
