// The one way from YAML text to a Program: read, parse, check, compile. All errors of all files
// come back together; with an error there is no program.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "rules/ast.h"

namespace vinkki::rules {

class Program;

struct SourceFile {
  std::string path;  // from the rules folder
  std::string text;
};

struct LoadResult {
  RuleSet set;                              // what was read, for messages and tools
  std::vector<Diagnostic> diagnostics;      // errors and warnings, by file and place
  std::shared_ptr<const Program> program;   // null when there is an error
};

// Files are sorted by path here. Pure: no I/O.
LoadResult Load(std::vector<SourceFile> files);

// Every *.yml and *.yaml below `folder` but *_test.yml, at most 10 MB each.
Result<std::vector<SourceFile>> ReadFolder(const std::string& folder);

// "file:line:col: rule 'name': message", the line, a caret; for each diagnostic.
std::string Format(const LoadResult& result);

// Read and parse only (reader.cc), then check (check.cc): the steps of Load, for tools and tests.
RuleSet Read(std::vector<SourceFile> files, std::vector<Diagnostic>* diagnostics);
void Check(RuleSet* set, std::vector<Diagnostic>* diagnostics);

}  // namespace vinkki::rules
