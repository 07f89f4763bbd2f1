#include "base/text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace vinkki {
namespace {

// How many bytes the well-formed sequence at `p` has, 0 when it is none.
size_t SequenceLength(const unsigned char* p, size_t left) {
  const auto tail = [&](size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < left && p[i] >= low && p[i] <= high;
  };
  const unsigned c = p[0];
  if (c < 0x80) return 1;
  if (c >= 0xC2 && c <= 0xDF) return tail(1) ? 2 : 0;
  if (c >= 0xE0 && c <= 0xEF) {
    const unsigned low = c == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = c == 0xED ? 0x9F : 0xBF;
    return tail(1, low, high) && tail(2) ? 3 : 0;
  }
  if (c >= 0xF0 && c <= 0xF4) {
    const unsigned low = c == 0xF0 ? 0x90 : 0x80;
    const unsigned high = c == 0xF4 ? 0x8F : 0xBF;
    return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// Exactly `n` digits at text[*at], as a number; -1 when they are not there.
int Digits(std::string_view text, size_t* at, size_t n) {
  if (*at + n > text.size()) return -1;
  int value = 0;
  for (size_t i = 0; i < n; ++i) {
    const char c = text[(*at)++];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool Take(std::string_view text, size_t* at, std::string_view any_of) {
  if (*at >= text.size() || any_of.find(text[*at]) == std::string_view::npos) return false;
  ++*at;
  return true;
}

struct Unit {
  std::string_view name;
  Millis size;
};
constexpr std::array<Unit, 5> kUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr Millis kLongestDuration = 10'000'000'000'000;

// The offset from UTC in minutes at text[*at] ("Z", "+02:00"), nullopt when there is none.
std::optional<int> ParseOffset(std::string_view text, size_t* at) {
  if (Take(text, at, "Zz")) return 0;
  if (*at >= text.size() || (text[*at] != '+' && text[*at] != '-')) return std::nullopt;
  const int sign = text[(*at)++] == '-' ? -1 : 1;
  const int hours = Digits(text, at, 2);
  if (!Take(text, at, ":")) return std::nullopt;
  const int minutes = Digits(text, at, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  return sign * (hours * 60 + minutes);
}

// ".123456" -> 123; 0 when there is no fraction; -1 when it is broken.
int ParseFraction(std::string_view text, size_t* at) {
  if (!Take(text, at, ".")) return 0;
  int millis = 0;
  int digits = 0;
  for (; *at < text.size() && text[*at] >= '0' && text[*at] <= '9'; ++*at, ++digits) {
    if (digits < 3) millis = millis * 10 + (text[*at] - '0');
  }
  if (digits == 0) return -1;
  for (; digits < 3; ++digits) millis *= 10;
  return millis;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  for (size_t i = 0; i < bytes.size();) {
    const size_t n = SequenceLength(p + i, bytes.size() - i);
    if (n == 0) return false;
    i += n;
  }
  return true;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = Lower(c);
  return lower;
}

size_t UnshownAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t n) {
    return at + n < text.size() ? static_cast<unsigned char>(text[at + n]) : 0u;
  };
  if (byte(0) < 0x20 || byte(0) == 0x7F) return 1;
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) return 2;
  if (byte(0) == 0xD8 && byte(1) == 0x9C) return 2;  // U+061C
  if (byte(0) != 0xE2) return 0;
  const unsigned last = byte(2);
  // U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069
  const bool turns =
      (byte(1) == 0x80 && (last == 0x8E || last == 0x8F || (last >= 0xA8 && last <= 0xAE))) ||
      (byte(1) == 0x81 && last >= 0xA6 && last <= 0xA9);
  return turns ? 3 : 0;
}

bool HasControl(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;
  // Eight bytes at once: the top bit of a byte is set where it is below 0x20, or 0x7f. (A borrow
  // can only come from a byte that is one.)
  while (text.size() >= 8) {
    uint64_t w;
    std::memcpy(&w, text.data(), 8);
    const uint64_t x = w ^ kOnes * 0x7f;
    if (((((w - kOnes * 0x20) & ~w) | ((x - kOnes) & ~x)) & kTops) != 0) return true;
    text.remove_prefix(8);
  }
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::string FormatRfc3339(Millis at) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(at)};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss<milliseconds> clock{time - day};
  char buffer[64];
  std::snprintf(
      buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return buffer;
}

std::optional<Millis> ParseRfc3339(std::string_view text) {
  using namespace std::chrono;
  size_t at = 0;
  const int y = Digits(text, &at, 4);
  if (y < 0 || !Take(text, &at, "-")) return std::nullopt;
  const int mo = Digits(text, &at, 2);
  if (mo < 0 || !Take(text, &at, "-")) return std::nullopt;
  const int d = Digits(text, &at, 2);
  if (d < 0 || !Take(text, &at, "Tt ")) return std::nullopt;
  const int h = Digits(text, &at, 2);
  if (h < 0 || h > 23 || !Take(text, &at, ":")) return std::nullopt;
  const int mi = Digits(text, &at, 2);
  if (mi < 0 || mi > 59 || !Take(text, &at, ":")) return std::nullopt;
  const int s = Digits(text, &at, 2);
  if (s < 0 || s > 60) return std::nullopt;
  const int millis = ParseFraction(text, &at);
  const auto offset = millis < 0 ? std::nullopt : ParseOffset(text, &at);
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)),
                            day(static_cast<unsigned>(d))};
  if (!offset || at != text.size() || !date.ok()) return std::nullopt;
  const auto moment = sys_days(date) + hours(h) + minutes(mi - *offset) + seconds(s);
  return duration_cast<milliseconds>(moment.time_since_epoch()).count() + millis;
}

std::string FormatDuration(Millis duration) {
  if (duration == 0) return "0s";
  std::string out = duration < 0 ? "-" : "";
  // Unsigned, so that the most negative number has an absolute value.
  uint64_t left =
      duration < 0 ? 0 - static_cast<uint64_t>(duration) : static_cast<uint64_t>(duration);
  for (const Unit& unit : kUnits) {
    const auto size = static_cast<uint64_t>(unit.size);
    if (left < size) continue;
    out += std::to_string(left / size);
    out += unit.name;
    left %= size;
  }
  return out;
}

std::optional<Millis> ParseDuration(std::string_view text) {
  Millis total = 0;
  size_t at = 0;
  size_t next_unit = 0;
  while (at < text.size()) {
    Millis number = 0;
    const size_t start = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      number = number * 10 + (text[at] - '0');
      if (number > kLongestDuration) return std::nullopt;
    }
    const size_t unit_start = at;
    while (at < text.size() && text[at] >= 'a' && text[at] <= 'z') ++at;
    const std::string_view unit = text.substr(unit_start, at - unit_start);
    while (next_unit < kUnits.size() && kUnits[next_unit].name != unit) ++next_unit;
    if (start == unit_start || next_unit == kUnits.size()) return std::nullopt;
    const Millis size = kUnits[next_unit++].size;
    if (number > (kLongestDuration - total) / size) return std::nullopt;
    total += number * size;
  }
  return text.empty() ? std::nullopt : std::optional<Millis>(total);
}

}  // namespace vinkki
