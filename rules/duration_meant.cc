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

// "2h30": the last number is of the next smaller unit.
std::string WithItsUnit(std::string_view written) {
  static constexpr std::string_view kNext[] = {"dh", "hm", "ms"};
  const size_t last = written.find_last_not_of("0123456789");
  if (last == std::string_view::npos || last + 1 == written.size()) return "";
  for (const std::string_view next : kNext) {
    if (Lower(written[last]) != next[0]) continue;
    std::string meant;
    for (const char c : written) meant += Lower(c);
    meant += next[1];
    return ParseDuration(meant) ? meant : "";
  }
  return "";
}

}  // namespace

std::string DurationMeant(std::string_view written) {
  constexpr size_t kMostDigits = 9;
  const size_t digits = std::min(written.find_first_not_of("0123456789"), written.size());
  if (digits == 0 || digits > kMostDigits) return "";
  if (std::string meant = WithItsUnit(written); !meant.empty()) return meant;
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
