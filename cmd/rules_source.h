// Where rules come from: a folder, a file, or the packs built into the program.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "rules/load.h"

namespace vinkki::cmd {

// `path` empty: the built-in packs. kNotFound when there is no such folder or file.
Result<std::vector<rules::SourceFile>> ReadRules(const std::string& path);

// What is said of a *_test.yml where rules are wanted.
Status HoldsTests(const std::string& path);
Result<rules::LoadResult> LoadRules(const std::string& path);

// For a command that needs rules: prints every message on standard error; kInvalid when there is an
// error among them.
Result<rules::LoadResult> RequireRules(const std::string& path);

// The same, for a command that needs only the program.
Result<std::shared_ptr<const rules::Program>> RequireProgram(const std::string& path);

}  // namespace vinkki::cmd
