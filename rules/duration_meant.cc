#include "rules/duration_meant.h"

#include <algorithm>
#include <cmath>
#include <iterator>

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

// Of the digits at its beginning, and of those behind a point.
size_t NumberLength(std::string_view written) {
  constexpr std::string_view kDigits = "0123456789";
  const size_t whole = std::min(written.find_first_not_of(kDigits), written.size());
  if (whole + 1 >= written.size() || written[whole] != '.') return whole;
  const size_t end = std::min(written.find_first_not_of(kDigits, whole + 1), written.size());
  return end > whole + 1 ? end : whole;
}

// 1.5 of h: "1h30m".
std::string InWholeUnits(double number, std::string_view unit) {
  const double days = unit == "w" ? 7 : 1;
  const auto one = ParseDuration("1" + std::string(unit == "w" ? "d" : unit));
  const double ms = std::round(number * days * static_cast<double>(*one));
  constexpr double kLongest = 1e13;
  return ms > 0 && ms <= kLongest ? FormatDuration(static_cast<Millis>(ms)) : "";
}

}  // namespace

std::string DurationMeant(std::string_view written) {
  constexpr size_t kMostDigits = 9;
  const size_t digits = std::min(written.find_first_not_of("0123456789"), written.size());
  if (digits == 0 || digits > kMostDigits) return "";
  if (std::string meant = WithItsUnit(written); !meant.empty()) return meant;
  const std::string number(written.substr(0, NumberLength(written)));
  std::string unit;
  for (const char c : written.substr(number.size())) {
    if (c != ' ') unit += Lower(c);
  }
  const auto* known = std::find_if(std::begin(kUnits), std::end(kUnits),
                                   [&](const Unit& u) { return u.written == unit; });
  if (known == std::end(kUnits)) return "";
  if (number.size() > digits) return InWholeUnits(std::stod(number), known->unit);
  const std::string meant = known->unit == "w" ? std::to_string(std::stoll(number) * 7) + "d"
                                               : number + std::string(known->unit);
  return ParseDuration(meant) ? meant : "";
}

}  // namespace vinkki::rules
