// Runs rule tests (test_file.h): the production Step on virtual time, 24 hours beyond the last
// event (rules.md 25, 27). The library behind `vinkki test`.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "rules/load.h"
#include "rules/test_file.h"

namespace vinkki::rules {

class Program;

struct TestOptions {
  std::vector<std::string> names;  // only tests whose name contains one of these; empty: all
};

struct TestResult {
  std::string file;
  std::string name;
  uint32_t line = 0;
  std::vector<std::string> failures;  // each for a person, several lines; empty: passed
  double seconds = 0;
};

struct TestReport {
  std::vector<TestResult> results;  // by file, then as they stand in it
  std::vector<std::string> names;   // of all tests that were read, those left out by name too
  std::string errors;  // of test files and the rules they name, at their places; empty: none
  size_t failed() const;
  bool ok() const { return errors.empty() && failed() == 0 && !results.empty(); }
};

// A *_test.yml, or every one below a folder. Reads files and writes nothing; a file or folder that
// is not there is an error in the report.
TestReport RunTests(const std::string& folder_or_file, const TestOptions& options = {});

// The tests of one file's text against these rule files: for tests without a disk.
void RunTestText(const std::string& path, const std::string& text,
                 const std::vector<SourceFile>& rules, const TestOptions& options,
                 TestReport* report);

// What each expectation lacks; empty when all hold.
std::vector<std::string> RunTest(const Program& program, const RuleTest& test);

// For a person: the failures and one line of sums. For machines: JUnit's XML.
std::string FormatTests(const TestReport& report);
std::string JUnit(const TestReport& report);

}  // namespace vinkki::rules
