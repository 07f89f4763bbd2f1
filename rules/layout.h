// What the states of a program hold: which facts they remember and which rules they follow. Kept
// beside the states, so that one that was written under an earlier program tells what is new to it
// (rules.md 26).
//
//   layout = hash:fixed64 sources:varint *(key:fixed64 keep:varint longest:signed)
//            rules:varint *key:fixed64         ; both by key
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace vinkki::rules {

class Program;

struct Layout {
  struct Source {
    uint64_t key = 0;    // SourceCode::hash
    uint32_t keep = 0;   // entries at most
    Millis longest = 0;  // how far back they go, of a sliding window
  };
  uint64_t hash = 0;  // Code::layout: the same in the states
  std::vector<Source> sources;
  std::vector<uint64_t> rules;  // RuleCode::run_hash

  const Source* FindSource(uint64_t key) const;
  bool HasRule(uint64_t key) const;
};

Layout LayoutOf(const Program& program);
void EncodeLayout(const Layout& layout, std::string* out);
Result<Layout> DecodeLayout(std::string_view bytes);

// The layout with this hash; null when nobody knows it any more.
using LayoutFinder = std::function<std::shared_ptr<const Layout>(uint64_t hash)>;

}  // namespace vinkki::rules
