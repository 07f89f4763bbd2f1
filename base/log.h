// Structured logging, one line an event, in logfmt: time level event key=value ... Quiet on the hot
// path: what happens for each request is a metric, not a line. Any thread.
//
//   Log(Level::kInfo, "listening", {{"address", "127.0.0.1:8080"}});
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace vinkki {

enum class Level { kDebug, kInfo, kWarn, kError };

struct Field {
  std::string_view key;
  std::string value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  template <typename T>
    requires std::is_arithmetic_v<T>
  Field(std::string_view k, T v) : key(k) {
    if constexpr (std::same_as<T, bool>) {
      value = v ? "true" : "false";
    } else {
      value = std::to_string(v);
    }
  }
};

// Lines below `level` are dropped. Lines go to standard error.
void SetLogLevel(Level level);
void Log(Level level, std::string_view event, std::initializer_list<Field> fields = {});

}  // namespace vinkki
