// Text at the edges: UTF-8 validity, names that may become keys, times and durations as people and
// standards write them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace vinkki {

// Well-formed UTF-8 (Unicode 15, table 3-7: no overlong forms, no surrogates).
bool IsUtf8(std::string_view bytes);

// U+0000..U+001F, U+007F: what may not stand in a name, an id or a key.
bool HasControl(std::string_view text);

// A to Z as a to z, whatever the locale; other characters stay.
char Lower(char c);
std::string Lower(std::string_view text);

// How many bytes of UTF-8 the character at `at` has if a terminal would obey it rather than show
// it: control characters (U+0080..U+009F too), ends of lines and paragraphs, and what turns the
// direction of writing. 0 for all others.
size_t UnshownAt(std::string_view text, size_t at);

// "2026-11-22T11:58:03.250Z"; milliseconds always, UTC always.
std::string FormatRfc3339(Millis at);
// RFC 3339, with any offset, a fraction of any length (cut to milliseconds). nullopt: not a time.
std::optional<Millis> ParseRfc3339(std::string_view text);

// "1h30m", "250ms", "0s": the way the rule language writes durations.
std::string FormatDuration(Millis duration);
// Whole numbers with units d h m s ms, from large to small, each once. nullopt: not a duration, or
// above 10^13 ms.
std::optional<Millis> ParseDuration(std::string_view text);

}  // namespace vinkki
