// YAML text into a small tree whose nodes know their places: the one reader of rule files, test
// files and the configuration. A strict part of YAML 1.2: one document; no anchors, aliases and
// tags; keys are scalars, each once in a mapping; bounded depth and size. The core schema applies
// where a value is read (yaml_values.h): a scalar keeps its text and whether it was quoted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/ast.h"
#include "rules/report.h"
#include "rules/source_map.h"

namespace vinkki::rules {

struct YamlNode {
  enum class Kind : uint8_t { kScalar, kSequence, kMapping };
  enum class Style : uint8_t { kPlain, kQuoted, kBlock };

  Kind kind = Kind::kScalar;
  Style style = Style::kPlain;
  Place place;
  uint32_t length = 1;  // characters of its first line
  size_t begin = 0;     // bytes of the file: of a quoted scalar without the quotes, of a block
  size_t end = 0;       // scalar its content
  std::string text;     // of a scalar, unfolded and unescaped
  std::vector<YamlNode> keys;   // of a mapping, as many as items
  std::vector<YamlNode> items;  // of a sequence; the values of a mapping

  bool IsNull() const;                               // nothing, ~ or null, not quoted
  const YamlNode* Find(std::string_view key) const;  // of a mapping; null: none
};

inline constexpr uint32_t kMostYamlDepth = 64;
inline constexpr size_t kMostYamlBytes = 10'000'000;
inline constexpr size_t kMostYamlEntries = 20'000;  // of one mapping or sequence
inline constexpr size_t kMostYamlNodes = 1'000'000;

// False when the text is no such document; the report says why. `map` is of `text`.
bool ReadYaml(std::string_view text, SourceMap* map, Report* report, YamlNode* root);

// For each byte of a scalar's text the byte of the file it came from, and one for the end. Exact
// for plain and block scalars, quoted ones included with their escapes and folded lines; empty when
// the text stands in the file as it is, from node.begin.
std::vector<uint32_t> ScalarOffsets(const YamlNode& node, std::string_view file);

}  // namespace vinkki::rules
