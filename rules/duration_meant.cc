#include "rules/duration_meant.h"

#include <algorithm>

#include "base/text.h"

namespace vinkki::rules {
namespace {

struct Unit {
  std::string_view written;
  std::string_view unit;
};

constexpr Unit kUnits[] = {
    {"ms", "ms"},  {"s", "s"},   {"sec", "s"},  {"secs", "s"},   {"second", "s"},  {"seconds", "s"},
    {"m", "m"},    {"min", "m"}, {"mins", "m"}, {"minute", "m"}, {"minutes", "m"}, {"h", "h"},
    {"hr", "h"},   {"hrs", "h"}, {"hour", "h"}, {"hours", "h"},  {"d", "d"},       {"day", "d"},
    {"days", "d"}, {"w", "w"},   {"week", "w"}, {"weeks", "w"},  {"msec", "ms"},
};

}  // namespace

std::string DurationMeant(std::string_view written) {
  constexpr size_t kMostDigits = 9;
  const size_t digits = std::min(written.find_first_not_of("0123456789"), written.size());
  if (digits == 0 || digits > kMostDigits) return "";
  const std::string number(written.substr(0, digits));
  std::string unit;
  for (const char c : written.substr(digits)) {
    if (c != ' ') unit += Lower(c);
  }
  for (const Unit& known : kUnits) {
    if (known.written != unit) continue;
    const std::string meant = known.unit == "w" ? std::to_string(std::stoll(number) * 7) + "d"
                                                : number + std::string(known.unit);
    return ParseDuration(meant) ? meant : "";
  }
  return "";
}

}  // namespace vinkki::rules
