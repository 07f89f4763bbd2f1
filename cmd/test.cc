// `vinkki test`: the tests beside the rules, on virtual time.

#include <cstdio>
#include <fstream>

#include "cmd/commands.h"
#include "rules/test_run.h"

namespace vinkki::cmd {

int Test(const TestOptions& options) {
  const rules::TestReport report = rules::RunTests(options.path, {options.only});
  std::fputs(rules::FormatTests(report).c_str(), report.ok() ? stdout : stderr);
  if (!options.junit.empty()) {
    std::ofstream out(options.junit, std::ios::binary);
    out << rules::JUnit(report);
    if (!out.flush()) {
      return Complain(Status::Internal("cannot write '" + options.junit + "'"));
    }
  }
  return report.ok() ? 0 : 1;
}

}  // namespace vinkki::cmd
