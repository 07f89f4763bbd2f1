#include "rules/load.h"

#include <utility>

#include "rules/program.h"

namespace vinkki::rules {

LoadResult Load(std::vector<SourceFile> files) {
  LoadResult result;
  result.set = Read(std::move(files), &result.diagnostics);
  Check(&result.set, &result.diagnostics);
  if (!HasErrors(result.diagnostics)) result.program = Compile(result.set);
  SortDiagnostics(&result.diagnostics);
  return result;
}

}  // namespace vinkki::rules
