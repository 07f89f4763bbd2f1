// Any bytes as a *_test.yml: read or refused, and what is wrong has a place in the file.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "rules/test_file.h"
#include "tests/fuzz/known_leaks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::vector<vinkki::rules::Diagnostic> found;
  vinkki::rules::TestFile file;
  const bool read = vinkki::rules::ReadTestFile(text, &file, &found);
  if (read == (found.size() > 0)) std::abort();
  for (const auto& d : found) {
    if (d.place.line == 0 || d.place.column == 0 || d.place.line > size + 2) std::abort();
  }
  return 0;
}
