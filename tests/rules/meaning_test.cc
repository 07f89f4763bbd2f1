// The numbered sentences of "Exact meaning" (docs/rules.md), each by its table in meaning/, with
// boundaries. Every row is held against three judges: `vinkki test` (test_run.h), Step however it
// is driven, and the oracle. Sentences of which a part needs more than rules and events have it in
// code: 25 in tests/e2e/replay_meaning.py, 26 in reload_test.cc, 27 in test_run_test.cc.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "rules/test_run.h"
#include "tests/rules/compare.h"
#include "tests/rules/meaning_table.h"

namespace vinkki::rules::oracle {
namespace {

constexpr const char* kFolder = VINKKI_SOURCE_DIR "/tests/rules/meaning";

std::vector<std::string> Tables() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    out.push_back(entry.path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

void CheckRefused(const MeaningRow& row) {
  const LoadResult loaded = Load({{"r.yml", row.file.Yaml()}});
  REQUIRE_FALSE(loaded.program);
  const std::string text = Format(loaded);
  CHECK_MESSAGE(text.find(row.error) != std::string::npos, text);
}

void CheckDecided(const MeaningRow& row) {
  const Case c = CaseOf(row);
  REQUIRE_MESSAGE(!c.world.events.empty(), TestText(row));
  const LoadResult loaded = Load(c.Sources());
  REQUIRE_MESSAGE(loaded.program, Format(loaded));
  if (row.late.empty()) {
    TestReport report;
    RunTestText(row.place, TestText(row), c.Sources(), {}, &report);
    CHECK_MESSAGE(report.ok(), FormatTests(report));
  }
  World world = c.world;
  world.set = &loaded.set;
  const Program& program = *loaded.program;
  const Millis start = StartOf(row);
  CHECK(DecisionsText(program, Run(world), start) == row.decisions);
  for (const Drive drive : {Drive::kEventsOnly, Drive::kDeadlines, Drive::kRestless}) {
    CHECK(DecisionsText(program, RunStep(program, world, drive, 7), start) == row.decisions);
  }
}

}  // namespace

TEST_CASE("the numbered sentences of the exact meaning") {
  std::set<std::string> sentences;
  for (const std::string& path : Tables()) {
    const auto rows = ReadMeaning(path);
    CHECK_MESSAGE(rows.size() >= 5, path);
    for (const MeaningRow& row : rows) {
      INFO(row.place);
      sentences.insert(row.place.substr(0, 2));
      row.error.empty() ? CheckDecided(row) : CheckRefused(row);
    }
  }
  CHECK(sentences.size() == 24);
}

}  // namespace vinkki::rules::oracle
