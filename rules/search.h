// Search in sorted arrays of a few entries. Which way to go is no news to anybody, so it is without
// branches: a processor guesses half of them wrong.
#pragma once

#include <cstddef>

namespace vinkki::rules {

// How many of the n entries `holds` is true of: the first ones.
template <typename Entry, typename Predicate>
size_t CountFirst(const Entry* entries, size_t n, Predicate holds) {
  if (n == 0) return 0;
  const Entry* at = entries;
  while (n > 1) {
    const size_t half = n / 2;
    at += static_cast<size_t>(holds(at[half - 1])) * half;
    n -= half;
  }
  return static_cast<size_t>(at - entries) + static_cast<size_t>(holds(*at));
}

}  // namespace vinkki::rules
