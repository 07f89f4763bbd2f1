// `vinkki check`: everything that is wrong with a set of rules, at once.

#include <cstdio>

#include "cmd/commands.h"
#include "cmd/rules_source.h"

namespace vinkki::cmd {

int Check(const CheckOptions& options) {
  auto loaded = LoadRules(options.rules);
  if (!loaded.ok()) return Complain(loaded.status());
  const bool good = loaded->program != nullptr;
  if (options.json) {
    std::printf("%s\n", rules::FormatJson(loaded->set, loaded->diagnostics).c_str());
    return good ? 0 : 1;
  }
  std::fputs(rules::Format(*loaded).c_str(), good ? stdout : stderr);
  size_t rules = 0;
  for (const auto& file : loaded->set.files) rules += file.rules.size();
  if (good) {
    std::printf("%zu rules in %zu files, no errors\n", rules, loaded->set.files.size());
  }
  return good ? 0 : 1;
}

}  // namespace vinkki::cmd
