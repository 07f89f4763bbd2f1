#include "rules/test_run.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/markup.h"
#include "rules/nearest.h"
#include "rules/program.h"

namespace vinkki::rules {
namespace {

namespace fs = std::filesystem;

std::string Indented(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out += "    " + line + "\n";
  return out;
}

// The diagnostics of a test file, like those of a rule file.
std::string ErrorsOf(const std::string& path, const std::string& text,
                     std::vector<Diagnostic> diagnostics) {
  LoadResult result;
  result.set.files.emplace_back();
  result.set.files[0].path = path;
  result.set.files[0].text = text;
  result.diagnostics = std::move(diagnostics);
  SortDiagnostics(&result.diagnostics);
  return Format(result);
}

bool HasError(const LoadResult& loaded) { return loaded.program == nullptr; }

bool Wanted(const std::string& name, const TestOptions& options) {
  return options.names.empty() ||
         std::any_of(options.names.begin(), options.names.end(),
                     [&](const std::string& part) { return name.find(part) != std::string::npos; });
}

void RunAll(const TestFile& file, const Program& program, const TestOptions& options,
            TestReport* report) {
  using std::chrono::steady_clock;
  for (const RuleTest& test : file.tests) {
    report->names.push_back(test.name);
    if (!Wanted(test.name, options)) continue;
    const auto begin = steady_clock::now();
    TestResult result{file.path, test.name, test.place.line, RunTest(program, test), 0};
    result.seconds = std::chrono::duration<double>(steady_clock::now() - begin).count();
    report->results.push_back(std::move(result));
  }
}

// A name that no test has is a slip, and no reason to say that all is well.
void CheckNames(const TestOptions& options, TestReport* report) {
  const std::vector<std::string_view> names(report->names.begin(), report->names.end());
  for (const std::string& part : options.names) {
    const bool found = std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return name.find(part) != std::string_view::npos;
    });
    if (!found)
      report->errors += "no test is named '" + part + "'" + DidYouMean(part, names) + "\n";
  }
}

Result<std::string> ReadWhole(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  if (!in) return Status::NotFound("cannot read " + path.string());
  return out.str();
}

Result<std::vector<fs::path>> TestFiles(const std::string& folder_or_file) {
  std::error_code error;
  std::vector<fs::path> out;
  if (!fs::is_directory(folder_or_file, error)) {
    if (!fs::exists(folder_or_file, error)) {
      return Status::NotFound(folder_or_file + ": there is no such file or folder");
    }
    if (!IsTestFile(folder_or_file)) {
      return Status::Invalid(folder_or_file +
                             " is no test file: tests stand in *_test.yml, beside the rules");
    }
    return std::vector<fs::path>{folder_or_file};
  }
  for (fs::recursive_directory_iterator it(folder_or_file, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_regular_file() && IsTestFile(it->path().string())) {
      out.push_back(it->path().lexically_normal());
    }
  }
  if (error) return Status::Unavailable(folder_or_file + ": " + error.message());
  std::sort(out.begin(), out.end());
  if (out.empty()) return Status::NotFound(folder_or_file + ": no *_test.yml below it");
  return out;
}

// Runs test files; each set of rule files is loaded once.
class Runner {
 public:
  Runner(const TestOptions& options, TestReport* report) : options_(options), report_(report) {}

  void Run(const fs::path& path) {
    Result<std::string> text = ReadWhole(path);
    if (!text.ok()) return Error(text.status().message());
    TestFile file;
    file.path = path.string();
    std::vector<Diagnostic> diagnostics;
    if (!ReadTestFile(*text, &file, &diagnostics)) {
      report_->errors += ErrorsOf(file.path, *text, std::move(diagnostics));
      return;
    }
    const LoadResult* rules = Rules(path, file, *text);
    if (rules != nullptr) RunAll(file, *rules->program, options_, report_);
  }

 private:
  void Error(const std::string& message) { report_->errors += message + "\n"; }

  const LoadResult* Rules(const fs::path& path, const TestFile& file, const std::string& text) {
    const fs::path folder = path.parent_path();
    std::string key = folder.string();
    for (const std::string& rule : file.rules) key += '\n' + rule;
    const auto known = loaded_.find(key);
    if (known != loaded_.end()) return HasError(known->second) ? nullptr : &known->second;
    std::vector<SourceFile> sources;
    if (!Sources(folder, file, text, &sources)) return nullptr;
    LoadResult& loaded = loaded_[key] = Load(std::move(sources));
    if (!HasError(loaded)) return &loaded;
    // As one would open them from here; the tests know them from their own folder.
    for (File& rule : loaded.set.files) rule.path = (folder / rule.path).string();
    report_->errors += Format(loaded);
    return nullptr;
  }

  bool Sources(const fs::path& folder, const TestFile& file, const std::string& text,
               std::vector<SourceFile>* out) {
    if (file.rules.empty()) {
      auto all = ReadFolder(folder.empty() ? "." : folder.string());
      if (!all.ok()) return Error(all.status().message()), false;
      *out = std::move(*all);
      return true;
    }
    for (size_t i = 0; i < file.rules.size(); ++i) {
      std::error_code error;
      const bool is_folder = fs::is_directory(folder / file.rules[i], error);
      auto rules = ReadWhole(folder / file.rules[i]);
      if (is_folder || !rules.ok()) {
        const std::string message = is_folder
                                        ? "'" + file.rules[i] +
                                              "' is a folder: name its files, or leave `rules` out "
                                              "for all that stand beside this file and below"
                                        : "the rule file '" + file.rules[i] + "' cannot be read";
        report_->errors += ErrorsOf(file.path, text,
                                    {{Diagnostic::Severity::kError, file.rule_places[i],
                                      static_cast<uint32_t>(file.rules[i].size()), "", message}});
        return false;
      }
      out->push_back({file.rules[i], std::move(*rules)});
    }
    return true;
  }

  const TestOptions& options_;
  TestReport* report_;
  std::map<std::string, LoadResult> loaded_;
};

std::string Seconds(double seconds) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6f", seconds);
  return text;
}

std::string SuiteXml(const std::vector<const TestResult*>& results) {
  size_t failed = 0;
  double seconds = 0;
  std::string cases;
  for (const TestResult* r : results) {
    seconds += r->seconds;
    cases += "    <testcase classname=\"" + EscapeMarkup(r->file) + "\" name=\"" +
             EscapeMarkup(r->name) + "\" file=\"" + EscapeMarkup(r->file) + "\" line=\"" +
             std::to_string(r->line) + "\" time=\"" + Seconds(r->seconds) + "\"";
    if (r->failures.empty()) {
      cases += "/>\n";
      continue;
    }
    ++failed;
    cases += ">\n";
    // One element: readers of JUnit's format show no more than one.
    std::string all;
    for (const std::string& failure : r->failures) all += failure;
    cases += "      <failure type=\"expectation\" message=\"" +
             EscapeMarkup(all.substr(0, all.find('\n'))) + "\">" + EscapeMarkup(all) +
             "</failure>\n    </testcase>\n";
  }
  return "  <testsuite name=\"" + EscapeMarkup(results[0]->file) + "\" tests=\"" +
         std::to_string(results.size()) + "\" failures=\"" + std::to_string(failed) +
         "\" errors=\"0\" time=\"" + Seconds(seconds) + "\">\n" + cases + "  </testsuite>\n";
}

}  // namespace

size_t TestReport::failed() const {
  return static_cast<size_t>(std::count_if(
      results.begin(), results.end(), [](const TestResult& r) { return !r.failures.empty(); }));
}

TestReport RunTests(const std::string& folder_or_file, const TestOptions& options) {
  TestReport report;
  auto files = TestFiles(folder_or_file);
  if (!files.ok()) {
    report.errors = files.status().message() + "\n";
    return report;
  }
  Runner runner(options, &report);
  for (const fs::path& path : *files) runner.Run(path);
  CheckNames(options, &report);
  return report;
}

void RunTestText(const std::string& path, const std::string& text,
                 const std::vector<SourceFile>& rules, const TestOptions& options,
                 TestReport* report) {
  TestFile file;
  file.path = path;
  std::vector<Diagnostic> diagnostics;
  if (!ReadTestFile(text, &file, &diagnostics)) {
    report->errors += ErrorsOf(path, text, std::move(diagnostics));
    return;
  }
  const LoadResult loaded = Load(rules);
  if (HasError(loaded)) {
    report->errors += Format(loaded);
    return;
  }
  RunAll(file, *loaded.program, options, report);
}

std::string FormatTests(const TestReport& report) {
  std::string out = report.errors;
  for (const TestResult& r : report.results) {
    if (r.failures.empty()) continue;
    out += "FAILED " + r.file + ":" + std::to_string(r.line) + ": " + r.name + "\n";
    for (const std::string& failure : r.failures) out += Indented(failure);
    out += "\n";
  }
  const size_t failed = report.failed();
  const size_t all = report.results.size();
  if (all == 0) return out + "no test was run\n";
  out += std::to_string(all) + (all == 1 ? " test, " : " tests, ");
  out += failed == 0 ? "all passed" : std::to_string(failed) + " failed";
  return out + (report.errors.empty() ? "\n" : "; not all could be run, see above\n");
}

// A suite for each file, one after the other as the results stand.
std::string JUnit(const TestReport& report) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"" +
                    std::to_string(report.results.size() + (report.errors.empty() ? 0 : 1)) +
                    "\" failures=\"" + std::to_string(report.failed()) + "\" errors=\"" +
                    (report.errors.empty() ? "0" : "1") + "\">\n";
  std::vector<const TestResult*> suite;
  for (const TestResult& r : report.results) {
    if (!suite.empty() && suite[0]->file != r.file) {
      out += SuiteXml(suite);
      suite.clear();
    }
    suite.push_back(&r);
  }
  if (!suite.empty()) out += SuiteXml(suite);
  if (!report.errors.empty()) {
    out +=
        "  <testsuite name=\"files\" tests=\"1\" failures=\"0\" errors=\"1\">\n"
        "    <testcase classname=\"files\" name=\"read\">\n"
        "      <error type=\"file\" message=\"a file could not be used\">" +
        EscapeMarkup(report.errors) + "</error>\n    </testcase>\n  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace vinkki::rules
