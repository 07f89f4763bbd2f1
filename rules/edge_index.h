// The lists in which an event finds the edges that it crosses (touches, code.h): atoms between what
// was true before and what is true now. Filled by compile_index.cc, read by edges.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "rules/name_table.h"

namespace vinkki::rules {

// Edges that are crossed in a row, from somewhere on: a touch `upto` stands for its own edge and
// those before it, since the last whole kTouchesTogether. Those that are true since long turn
// nothing.
inline constexpr size_t kTouchesTogether = 64;

// Edges of "at least k", of one source: sorted by k, then by the window's length, the longest
// first.
struct Threshold {
  uint32_t k = 0;
  uint32_t begin = 0;  // of entries
  uint32_t end = 0;
};
struct ThresholdEntry {
  Millis length = 0;
  uint32_t touch = 0;
  uint32_t upto = 0;
};
struct ThresholdIndex {
  std::vector<Threshold> groups;
  std::vector<ThresholdEntry> entries;
  // distinct, repeats: touched when an event may have pushed another out of the latest that count.
  uint32_t forgets = 0xffffffff;
};

// Edges of a number with constants: > or >=, sorted by the constant.
struct NumberEntry {
  double number = 0;
  bool strict = false;
  uint32_t touch = 0;
  uint32_t upto = 0;
};
using NumberIndex = std::vector<NumberEntry>;

// Edges of a text: == "x", in ["x", "y"], starts_with "x".
struct TextIndex {
  NameTable texts;
  std::vector<std::vector<uint32_t>> touches;
  NameTable prefixes;
  std::vector<std::vector<uint32_t>> touches_of_prefix;
  // Each once, with the last bytes of the prefixes that are so long, modulo 64.
  struct Length {
    size_t length = 0;
    uint64_t last_bytes = 0;
  };
  std::vector<Length> prefix_lengths;
  static uint64_t LastByte(std::string_view prefix) {
    return prefix.empty() ? 1 : uint64_t{1} << (static_cast<unsigned char>(prefix.back()) % 64);
  }
  bool empty() const { return texts.size() == 0 && prefixes.size() == 0; }
};

// Edges of an event's name together with one of its properties.
struct EventFilter {
  uint32_t property = 0;
  NumberIndex at_least;
  TextIndex equal;
};

}  // namespace vinkki::rules
