// What somebody meant who wrote a duration as people do: "10 min", "90 seconds", "1w", "2h30",
// "1.5h".
#pragma once

#include <string>
#include <string_view>

namespace vinkki::rules {

// How the language writes it ("10m"), from one number and an English unit, with or without
// space between them, or a duration whose last unit is left out; "" when it is nothing of the kind.
std::string DurationMeant(std::string_view written);

}  // namespace vinkki::rules
