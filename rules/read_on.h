// A file that is no YAML because of one rule or let: the others are read without it, so that what
// is wrong with them is said in the same run. Only where it is certain that they stand as they were
// meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/report.h"
#include "rules/source_map.h"
#include "rules/yaml.h"

namespace vinkki::rules {

struct WithoutBroken {
  YamlNode root;
  std::vector<std::string> lets;  // what those that were left out may be called
};

// `broken`: where ReadYaml gave up. The rule or let that stands there is left out, and so is each
// other one without which alone the file is none. False when none can be blamed, or what is left is
// not one entry for each line that begins one (a quote that nobody closed swallows the next).
// `found`: what was said of the rest.
bool ReadWithoutBroken(std::string_view text, Place broken, SourceMap* map,
                       std::vector<Diagnostic>* found, WithoutBroken* out);

}  // namespace vinkki::rules
