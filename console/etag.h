// Entity tags (RFC 9110, 8.8.3 and 13.1): who changes something may say which state of it he knows.
#pragma once

#include <string_view>

namespace vinkki::console {

// Whether a header If-Match lets a change to the state with this tag ("abc", with its quotes) pass:
// it is *, or names the tag. Weak tags (W/"abc") name nothing here.
bool IfMatchPasses(std::string_view header, std::string_view tag);

// Whether a header If-None-Match says that this state is known: it is *, or names the tag, also
// weakly.
bool IfNoneMatchKnows(std::string_view header, std::string_view tag);

}  // namespace vinkki::console
