// Random rules (as YAML text, so that the reader and the checker are on the way too) and random
// events for them, from a seed: dense in ties, window edges, session ends and limits that bite.
// Entry point: Generate. A Case is a tree, so that Shrink can cut it down to what still fails.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "rules/load.h"
#include "tests/rules/oracle.h"

namespace vinkki::rules::oracle {

// A condition: a leaf's text, or "and", "or", "not" over others.
struct Condition {
  std::string op;  // "" for a leaf
  std::string leaf;
  std::vector<Condition> of;
  std::string Text() const;
};

struct GeneratedRule {
  std::string name;
  Condition when;
  std::vector<std::string> keys;  // lines that may be left out: "for: 5ms", "priority: 3"
  std::string expires = "9ms";    // of its offer
};

struct GeneratedFile {
  std::string path;
  std::vector<std::string> keys;  // of the file: "sites: [s]"
  std::vector<std::pair<std::string, Condition>> lets;
  std::vector<GeneratedRule> rules;
  std::string Yaml() const;
};

struct Case {
  uint64_t seed = 0;
  std::vector<GeneratedFile> files;
  World world;  // its set is filled in by who loads the files
  std::vector<SourceFile> Sources() const;
  std::string Text() const;  // for a person: files, then events
};

Case Generate(uint64_t seed);
// The same kind of case, but some of its events arrive late (24).
Case GenerateLate(uint64_t seed);

// The smallest case, by leaving out parts one after the other, for which `fails` still holds.
Case Shrink(Case c, const std::function<bool(const Case&)>& fails);

}  // namespace vinkki::rules::oracle
