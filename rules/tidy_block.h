// The scalars of a file where they stand, for fmt. Of a block scalar: its header, and its lines
// without their indentation. Entry point: ListStretches.
//
//   header = ( "|" | ">" ) , [ digit ] , [ "+" | "-" ] ;  (* digit and sign in any order *)
#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/yaml.h"

namespace vinkki::rules {

struct BlockScalar {
  size_t header = 0;                    // the byte of its | or >
  bool folded = false;                  // >
  bool own_indent = false;              // a digit says how far its lines are indented
  char chomp = 0;                       // '+', '-' or 0
  size_t end = 0;                       // byte behind the last line
  std::vector<std::string_view> lines;  // those that are empty at its end left out
  size_t kept = 0;                      // empty lines at its end that belong to it, with '+'
};

using Blocks = std::unordered_map<const YamlNode*, BlockScalar>;

// A scalar, and the byte behind it.
struct Stretch {
  const YamlNode* scalar;
  size_t end;
};

// All scalars of a document in their order, and those that are blocks as they stand in its text,
// whose lines end with \n alone. A block that does not stand there as it should is left out.
std::vector<Stretch> ListStretches(const YamlNode& root, std::string_view text, Blocks* blocks);

}  // namespace vinkki::rules
