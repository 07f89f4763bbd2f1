// The value of a property: text, a number (a double), a boolean, or missing. A view: text points
// into the batch it was read from.
#pragma once

#include <cstdint>
#include <string_view>

namespace vinkki {

struct Value {
  enum class Kind : uint8_t { kMissing, kBool, kNumber, kText };

  Kind kind = Kind::kMissing;
  bool boolean = false;
  double number = 0;
  std::string_view text;

  static Value Missing() { return {}; }
  static Value Of(bool b) { return {Kind::kBool, b, 0, {}}; }
  static Value Of(double n) { return {Kind::kNumber, false, n, {}}; }
  static Value Of(std::string_view t) { return {Kind::kText, false, 0, t}; }
  static Value Of(const char* t) { return Of(std::string_view(t)); }

  bool missing() const { return kind == Kind::kMissing; }
  bool is_number() const { return kind == Kind::kNumber; }
  bool is_text() const { return kind == Kind::kText; }

  friend bool operator==(const Value& a, const Value& b) {
    if (a.kind != b.kind) return false;
    switch (a.kind) {
      case Kind::kMissing: return true;
      case Kind::kBool: return a.boolean == b.boolean;
      case Kind::kNumber: return a.number == b.number;
      case Kind::kText: return a.text == b.text;
    }
    return false;
  }
};

}  // namespace vinkki
