// `vinkki rules fmt`: a rule file with even indentation, one blank line between rules, no white
// space at the ends of lines. Comments, the order of keys, every value and the kind of line ends
// stay as they are.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace vinkki::rules {

// Doing it twice changes nothing more. kInvalid: not a document that the reader takes, or one with
// a form that is left to its writer, such as a block as a key. The result is read again and
// compared before it is given out.
Result<std::string> Tidy(std::string_view text);

}  // namespace vinkki::rules
