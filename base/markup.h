// Text inside of HTML and XML: reports, JUnit's files.
#pragma once

#include <string>
#include <string_view>

namespace vinkki {

// For text and for attribute values in double quotes. A line break becomes "&#10;", which an
// attribute keeps too; of other control characters only the tab stays, the rest, which XML cannot
// hold, become U+FFFD.
std::string EscapeMarkup(std::string_view text);

}  // namespace vinkki
