// testdata/expressions.txt: expression -> value. Each row is two rules, one that says the
// expression is worth that and one that says it is not; Step and the oracle must fire the first, at
// the event `now`, and never the second.
#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tests/rules/compare.h"
#include "tests/rules/meaning_table.h"

namespace vinkki::rules::oracle {
namespace {

struct Block {
  std::string events;
  std::vector<std::string> rows;  // "expr -> value", by line number
  std::vector<int> lines;
};

std::vector<Block> ReadBlocks(const std::string& path) {
  std::vector<Block> out;
  std::ifstream in(path);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with("events: ")) {
      out.push_back({line.substr(8), {}, {}});
    } else if (line.starts_with("  ")) {
      out.back().rows.push_back(line.substr(2));
      out.back().lines.push_back(number);
    }
  }
  return out;
}

// The rule that the row stands for, or its contrary.
GeneratedRule RuleOf(const std::string& row, int line, bool contrary) {
  const size_t arrow = row.rfind("->");
  const std::string expr = "(" + row.substr(0, arrow) + ")";
  const std::string value = row.substr(arrow + 3);
  const std::string holds =
      value == "missing" ? "not " + expr + " == " + expr : expr + " == " + value;
  GeneratedRule rule;
  rule.name = (contrary ? "not-" : "line-") + std::to_string(line);
  rule.when.leaf = "event.name == \"now\" and " + (contrary ? "not (" + holds + ")" : holds);
  rule.keys = {"mode: shadow"};
  return rule;
}

MeaningRow RowOf(const Block& block) {
  MeaningRow row;
  row.place = "expressions.txt:" + std::to_string(block.lines.front());
  row.file.path = "r.yml";
  row.dense = 0;
  for (size_t from = 0; from < block.events.size();) {
    const size_t to = std::min(block.events.find("; ", from), block.events.size());
    row.events += "      - " + block.events.substr(from, to - from) + "\n";
    from = to + 2;
  }
  for (size_t i = 0; i < block.rows.size(); ++i) {
    row.file.rules.push_back(RuleOf(block.rows[i], block.lines[i], false));
    row.file.rules.push_back(RuleOf(block.rows[i], block.lines[i], true));
  }
  return row;
}

std::set<std::string> Fired(const Program& program, const std::vector<Decision>& decisions) {
  std::set<std::string> out;
  for (const Decision& d : decisions) out.insert(program.rules()[d.rule].name);
  return out;
}

void CheckBlock(const Block& block) {
  const Case c = CaseOf(RowOf(block));
  REQUIRE_FALSE(c.world.events.empty());
  const LoadResult loaded = Load(c.Sources());
  REQUIRE_MESSAGE(loaded.program, Format(loaded));
  World world = c.world;
  world.set = &loaded.set;
  const auto step = Fired(*loaded.program, RunStep(*loaded.program, world, Drive::kDeadlines, 1));
  const auto oracle = Fired(*loaded.program, Run(world));
  for (size_t i = 0; i < block.rows.size(); ++i) {
    INFO("line " << block.lines[i] << ": " << block.rows[i]);
    const std::string line = std::to_string(block.lines[i]);
    CHECK(step.count("line-" + line) == 1);
    CHECK(step.count("not-" + line) == 0);
    CHECK(oracle.count("line-" + line) == 1);
    CHECK(oracle.count("not-" + line) == 0);
  }
}

}  // namespace

TEST_CASE("expressions and their values") {
  const auto blocks = ReadBlocks(VINKKI_SOURCE_DIR "/tests/rules/testdata/expressions.txt");
  size_t rows = 0;
  for (const Block& block : blocks) {
    rows += block.rows.size();
    CheckBlock(block);
  }
  CHECK(rows >= 250);
}

}  // namespace vinkki::rules::oracle
