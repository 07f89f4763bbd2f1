// Gzip bodies, with a limit on what comes out: a bomb costs its limit and no more.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "collector/reject.h"

namespace vinkki::collector {

// kBadGzip: not gzip, broken or cut off; kBodyTooLarge: more than `limit` bytes.
Problem Gunzip(std::string_view packed, size_t limit, std::string* plain);

}  // namespace vinkki::collector
