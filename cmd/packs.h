// The rule packs of rules/packs, built into the program, so that a demo needs no folder.
#pragma once

#include <vector>

#include "rules/load.h"

namespace vinkki::cmd {

std::vector<rules::SourceFile> BuiltInPacks();

}  // namespace vinkki::cmd
