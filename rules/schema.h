// A JSON Schema (draft 7) of rule files, for editors with a YAML language server: made from the
// tables of the reader (keys.h) and the checker (facts.h), so that it never lags behind them.
#pragma once

#include <string>

namespace vinkki::rules {

std::string JsonSchema();

}  // namespace vinkki::rules
