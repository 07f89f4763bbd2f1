// Values out of YAML scalars, by the core schema of YAML 1.2 (`off` and 08:00 are text). Each says
// what is wrong, at its place, and then returns false and leaves *out alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/yaml.h"

namespace vinkki::rules {

// What each of these needs: the report, and what the value is called in messages.
struct Field {
  const YamlNode& node;
  Report* report;
  std::string_view name;  // "priority"

  bool Wrong(std::string message) const;  // always false
  bool IsText() const;                    // a scalar that is there; says so when not
};

// Without control characters, 1 to `longest` bytes.
bool ReadText(const Field& field, size_t longest, std::string* out);
bool ReadWhole(const Field& field, int64_t least, int64_t most, int64_t* out);
bool ReadDuration(const Field& field, Millis* out);
// "10%", or a number from 0 to 1.
bool ReadShare(const Field& field, double* out);
// "08:00", 0 to 24:00, as milliseconds.
bool ReadTimeOfDay(const Field& field, Millis* out);
// One of the words; *out is its index.
bool ReadWord(const Field& field, const std::vector<std::string_view>& words, size_t* out);

}  // namespace vinkki::rules
