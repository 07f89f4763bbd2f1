// What somebody meant who wrote a duration as people do: "10 min", "90 seconds", "1w".
#pragma once

#include <string>
#include <string_view>

namespace vinkki::rules {

// How the language writes it ("10m"), from one whole number and an English unit, with or without
// space between them; "" when it is nothing of the kind.
std::string DurationMeant(std::string_view written);

}  // namespace vinkki::rules
