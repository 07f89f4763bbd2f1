// Exact sums: numbers as whole millionths (rules.md 8).
#include <cmath>

#include "rules/moment.h"

namespace vinkki::rules {

int64_t Millionths(double number) {
  if (!(std::abs(number) <= 9e12)) return kTooLarge;
  // Most amounts: few enough bits for the product to be exact, or far enough from a half.
  int exponent;
  const double fraction = std::frexp(number, &exponent);
  const auto mantissa = static_cast<int64_t>(std::ldexp(fraction, 53));  // exact, 53 bits
  exponent -= 53;
  const __int128 product = static_cast<__int128>(mantissa) * 1'000'000;
  if (exponent >= 0) return static_cast<int64_t>(product << exponent);  // only 0 gets here
  const int shift = -exponent;
  if (shift > 100) return 0;
  const __int128 whole = product >> shift;  // towards minus infinity
  const __int128 rest = product - (whole << shift);
  const __int128 half = static_cast<__int128>(1) << (shift - 1);
  const bool up = rest > half || (rest == half && (whole & 1) != 0);
  return static_cast<int64_t>(whole + (up ? 1 : 0));
}

double FromMillionths(__int128 millionths) {
  const bool negative = millionths < 0;
  const unsigned __int128 size = negative ? -millionths : millionths;
  double out;
  if (size < (static_cast<unsigned __int128>(1) << 53)) {
    out = static_cast<double>(static_cast<uint64_t>(size)) / 1e6;
  } else {
    // At least 63 bits of quotient and a sticky one, then one rounding. Sums stay below 2^97.
    const unsigned __int128 scaled = size << 30;
    unsigned __int128 quotient = scaled / 1'000'000;
    if (scaled % 1'000'000 != 0) quotient |= 1;
    out = std::ldexp(static_cast<double>(quotient), -30);
  }
  return negative ? -out : out;
}

}  // namespace vinkki::rules
