// One event's JSON into its properties, and JSON of any shape to its end. Internal to the decoder:
// decode.cc reads what stands around events, this what they are. The only file that includes
// simdjson.
//
// Functions return simdjson's error, which condemns the whole text; what is wrong with one event
// only is noted by Refuse, and the reading goes on to the event's end.
#pragma once

#include <simdjson.h>

#include <span>
#include <string_view>
#include <vector>

#include "collector/decode.h"

namespace vinkki::collector {

namespace json = simdjson::ondemand;
using JsonError = simdjson::error_code;

#define VINKKI_JSON_TRY(expr)                                   \
  do {                                                          \
    if (const JsonError e_ = (expr); e_ != simdjson::SUCCESS) { \
      return e_;                                                \
    }                                                           \
  } while (0)

// Belongs to a decoder, and so to one thread. Views live until its parser's next text.
class EventReader {
 public:
  // Before an event or a line.
  void Clear();
  // [name, offset, props], from a page, whose texts are not its own doing: they are cut. Clear is
  // done here.
  JsonError ReadEvent(json::value& value);
  JsonError ReadProps(json::value& value);

  // Reads a value of any shape to its end, so that all of it is checked.
  template <typename V>
  JsonError Walk(V&& value, int depth);

  // The first one is told.
  template <typename... Detail>
  void Refuse(Reason reason, const Detail&... detail) {
    if (problem) return;
    problem.reason = reason;
    (problem.detail.append(detail), ...);
  }

  Problem problem;
  bool cuts_texts = false;  // to kMaxText, instead of refusing the event
  EventProps props;
  std::string_view name;
  double offset = 0;
  bool too_deep = false;  // the whole text is

 private:
  // One value of props, in whatever shape, as the kinds that a property can have.
  enum class Shape { kText, kNumber, kBool, kAbsent, kArray };

  JsonError WalkArray(json::array array, int depth);
  JsonError WalkObject(json::object object, int depth);
  JsonError ReadScalar(json::value& value, Shape* shape, Value* out);
  JsonError ReadProp(json::field& field, std::vector<Property>* out, size_t from, bool items);
  void JudgeProp(const Property& prop, std::span<const Property> so_far);
  JsonError ReadItems(json::array array);
  JsonError ReadPart(size_t part, json::value& value);
};

template <typename V>
JsonError EventReader::Walk(V&& value, int depth) {
  if (depth > kMaxDepth) {
    too_deep = true;
    return simdjson::DEPTH_ERROR;
  }
  if (depth > kMaxEventDepth) Refuse(Reason::kTooDeep, "more than 16 levels");
  json::json_type type;
  VINKKI_JSON_TRY(value.type().get(type));
  switch (type) {
    case json::json_type::array: {
      json::array array;
      VINKKI_JSON_TRY(value.get_array().get(array));
      return WalkArray(array, depth + 1);
    }
    case json::json_type::object: {
      json::object object;
      VINKKI_JSON_TRY(value.get_object().get(object));
      return WalkObject(object, depth + 1);
    }
    case json::json_type::string: {
      std::string_view text;
      return value.get_string().get(text);
    }
    case json::json_type::number: {
      double number;
      return value.get_double().get(number);
    }
    case json::json_type::boolean: {
      bool b;
      return value.get_bool().get(b);
    }
    default: {
      bool null = false;
      VINKKI_JSON_TRY(value.is_null().get(null));
      return null ? simdjson::SUCCESS : simdjson::TAPE_ERROR;
    }
  }
}

}  // namespace vinkki::collector
