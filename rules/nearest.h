// "did you mean": the name of a table that somebody most likely wanted to write.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vinkki::rules {

// The name with the fewest edits (insert, delete, change, swap of neighbours) to `written`; "" when
// none is near: at most one edit for three letters, and `most` in all. Ties: the first.
std::string_view Nearest(std::string_view written, const std::vector<std::string_view>& names,
                         size_t most = 3);

// "; did you mean 'x'?", or "".
std::string DidYouMean(std::string_view written, const std::vector<std::string_view>& names);

}  // namespace vinkki::rules
