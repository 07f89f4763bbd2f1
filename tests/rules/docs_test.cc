// docs/rules.md: every example in it is right. A ```yaml block that has rules is loaded; one that
// has tests is run against the rules block before it; in a ```vinkki block every line is a `when`;
// behind ```yaml broken stands what `vinkki check` says of it.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "rules/program.h"
#include "rules/test_run.h"

namespace vinkki::rules {
namespace {

struct Block {
  std::string kind;
  std::string text;
  int line = 0;
};

std::vector<Block> Blocks(const std::string& path) {
  std::ifstream in(path);
  std::vector<Block> out;
  bool inside = false;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.rfind("```", 0) == 0) {
      if (!inside) out.push_back({line.substr(3), "", number + 1});
      inside = !inside;
    } else if (inside) {
      out.back().text += line + "\n";
    }
  }
  return out;
}

const char* const kDocs = VINKKI_SOURCE_DIR "/docs/rules.md";

}  // namespace

TEST_CASE("docs/rules.md: rules are loaded and tests pass") {
  SourceFile rules;
  int files = 0, tests = 0;
  for (const Block& block : Blocks(kDocs)) {
    if (block.kind != "yaml") continue;
    INFO("docs/rules.md:" << block.line);
    if (block.text.rfind("version:", 0) == 0) {
      rules = {"docs.yml", block.text};
      const LoadResult loaded = Load({rules});
      CHECK_MESSAGE(loaded.program, Format(loaded));
      ++files;
      continue;
    }
    TestReport report;
    RunTestText("docs_test.yml", block.text, {rules}, {}, &report);
    CHECK_MESSAGE(report.ok(), FormatTests(report));
    tests += static_cast<int>(report.results.size());
  }
  CHECK(files >= 12);
  CHECK(tests >= 15);
}

TEST_CASE("docs/rules.md: what check says of the rules with mistakes") {
  const std::vector<Block> blocks = Blocks(kDocs);
  int seen = 0;
  for (size_t i = 0; i + 1 < blocks.size(); ++i) {
    if (blocks[i].kind != "yaml broken") continue;
    ++seen;
    INFO("docs/rules.md:" << blocks[i].line);
    CHECK(Format(Load({{"checkout.yml", blocks[i].text}})) == blocks[i + 1].text);
  }
  CHECK(seen == 1);
}

TEST_CASE("docs/rules.md: every condition is one") {
  int lines = 0;
  for (const Block& block : Blocks(kDocs)) {
    if (block.kind != "vinkki") continue;
    std::istringstream in(block.text);
    for (std::string line; std::getline(in, line); ++lines) {
      const std::string yaml = "version: 1\nrules:\n  - name: r\n    when: " + line +
                               "\n    offer: { channels: [chat], queue: q, message: { en: Hi } }\n";
      const LoadResult loaded = Load({{"docs.yml", yaml}});
      CHECK_MESSAGE(loaded.program, Format(loaded));
    }
  }
  CHECK(lines >= 25);
}

}  // namespace vinkki::rules
