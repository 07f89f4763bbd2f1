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
  RuleSet set;                             // what was read, for messages and tools
  std::vector<Diagnostic> diagnostics;     // errors and warnings, by file and place
  std::shared_ptr<const Program> program;  // null when there is an error
};

// Files are sorted by path here. Pure: no I/O.
LoadResult Load(std::vector<SourceFile> files);

// Every *.yml and *.yaml, .YML too, below `folder` but *_test.yml, at most 10 MB each; what begins
// with a dot is passed over. `folder` may also be one file.
Result<std::vector<SourceFile>> ReadFolder(const std::string& folder);

// By its name: *.yml or *.yaml, in capitals too, as Windows writes them.
bool IsYamlFile(std::string_view path);
// By its name: tests of rules (test_file.h), which no folder of rules counts as rules.
bool IsTestFile(std::string_view path);

// "file:line:col: rule 'name': message", the line, a caret; for each diagnostic. Warnings and notes
// say what they are: "file:line:col: warning: ...".
std::string Format(const LoadResult& result);
std::string Format(const RuleSet& set, const std::vector<Diagnostic>& diagnostics);
// [{"file","line","column","length","severity","rule","message"}, ...]; rule "" when not in one.
std::string FormatJson(const RuleSet& set, const std::vector<Diagnostic>& diagnostics);
// By file and place; Load has done it.
void SortDiagnostics(std::vector<Diagnostic>* diagnostics);
bool HasErrors(const std::vector<Diagnostic>& diagnostics);

// Read and parse only (reader.cc), then check (check.cc): the steps of Load, for tools and tests.
RuleSet Read(std::vector<SourceFile> files, std::vector<Diagnostic>* diagnostics);
void Check(RuleSet* set, std::vector<Diagnostic>* diagnostics);

}  // namespace vinkki::rules
