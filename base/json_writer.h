// Writes JSON front to back into a string: commas and escapes are its business. Numbers are the
// shortest text that reads back as the same double; NaN and infinities become null. Text must be
// UTF-8 (every edge checks that before anything is stored).
//
//   JsonWriter w; w.BeginObject(); w.Key("a").Number(1); w.EndObject(); w.Take();
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/value.h"

namespace vinkki {

class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  JsonWriter& Key(std::string_view key);
  JsonWriter& Text(std::string_view text);
  JsonWriter& Number(double number);
  JsonWriter& Whole(int64_t number);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  JsonWriter& Any(const Value& value);
  JsonWriter& Raw(std::string_view json);  // already JSON

  const std::string& text() const { return out_; }
  std::string Take() { return std::move(out_); }

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  void Comma();

  std::string out_;
  bool comma_ = false;  // a value stands before this place
};

}  // namespace vinkki
