// The fuzz targets without a fuzzer: the committed corpus, through the same functions, with any
// compiler and under the sanitizers. tests/CMakeLists.txt names each target's function after its
// file (yaml_fuzz.cc: yaml_fuzz), so that all fit into one program.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

extern "C" {
int yaml_fuzz(const uint8_t* data, size_t size);
int expr_fuzz(const uint8_t* data, size_t size);
int test_file_fuzz(const uint8_t* data, size_t size);
int decode_fuzz(const uint8_t* data, size_t size);
int http_fuzz(const uint8_t* data, size_t size);
}

namespace {

namespace fs = std::filesystem;

struct Target {
  const char* name;
  int (*run)(const uint8_t* data, size_t size);
};

const Target kTargets[] = {{"yaml_fuzz", yaml_fuzz},
                           {"expr_fuzz", expr_fuzz},
                           {"test_file_fuzz", test_file_fuzz},
                           {"decode_fuzz", decode_fuzz},
                           {"http_fuzz", http_fuzz}};

void Take(const Target& target, const std::string& bytes) {
  CHECK(target.run(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()) == 0);
}

std::vector<fs::path> FilesIn(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder)) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

// A target that finds something aborts; the file it was given is told by INFO.
TEST_CASE("the committed corpus of every fuzz target") {
  for (const Target& target : kTargets) {
    const auto files = FilesIn(fs::path(VINKKI_SOURCE_DIR) / "tests/fuzz/corpus" / target.name);
    CHECK(files.size() >= 4);
    Take(target, "");
    for (const fs::path& path : files) {
      INFO(path.string());
      std::ifstream in(path, std::ios::binary);
      std::ostringstream bytes;
      bytes << in.rdbuf();
      REQUIRE(in.good());
      Take(target, bytes.str());
    }
  }
}
