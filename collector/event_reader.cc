#include "collector/event_reader.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/text.h"
#include "collector/fields.h"

namespace vinkki::collector {
namespace {

// As many whole characters of UTF-8 as fit.
std::string_view Cut(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace

void EventReader::Clear() {
  problem = Problem();
  cuts_texts = false;
  props.Clear();
}

JsonError EventReader::WalkArray(json::array array, int depth) {
  for (auto element : array) {
    VINKKI_JSON_TRY(element.error());
    json::value value = std::move(element).value_unsafe();
    VINKKI_JSON_TRY(Walk(value, depth));
  }
  return simdjson::SUCCESS;
}

JsonError EventReader::WalkObject(json::object object, int depth) {
  for (auto entry : object) {
    VINKKI_JSON_TRY(entry.error());
    json::field field = std::move(entry).value_unsafe();
    std::string_view key;
    VINKKI_JSON_TRY(field.unescaped_key().get(key));
    VINKKI_JSON_TRY(Walk(field.value(), depth));
  }
  return simdjson::SUCCESS;
}

// A scalar into *out; an array is left unread for the caller; anything else is read over.
JsonError EventReader::ReadScalar(json::value& value, Shape* shape, Value* out) {
  json::json_type type;
  VINKKI_JSON_TRY(value.type().get(type));
  *out = Value::Missing();
  *shape = Shape::kAbsent;
  switch (type) {
    case json::json_type::string:
      *shape = Shape::kText;
      out->kind = Value::Kind::kText;
      return value.get_string().get(out->text);
    case json::json_type::number:
      *shape = Shape::kNumber;
      out->kind = Value::Kind::kNumber;
      return value.get_double().get(out->number);
    case json::json_type::boolean:
      *shape = Shape::kBool;
      out->kind = Value::Kind::kBool;
      return value.get_bool().get(out->boolean);
    case json::json_type::array: *shape = Shape::kArray; return simdjson::SUCCESS;
    default: return Walk(value, 1);
  }
}

// One property into (*out)[from..]; "items" of an event is read as the list of its items.
JsonError EventReader::ReadProp(json::field& field, std::vector<Property>* out, size_t from,
                                bool items) {
  // Read where it will stay. An event that is refused already only has to be read over.
  Property unwanted;
  Property& prop = problem ? unwanted : out->emplace_back();
  VINKKI_JSON_TRY(field.unescaped_key().get(prop.key));
  Shape shape;
  VINKKI_JSON_TRY(ReadScalar(field.value(), &shape, &prop.value));
  if (shape == Shape::kArray) {
    json::array array;
    VINKKI_JSON_TRY(field.value().get_array().get(array));
    VINKKI_JSON_TRY(items && prop.key == "items" ? ReadItems(array) : WalkArray(array, 2));
  }
  if (shape == Shape::kText && cuts_texts) prop.value.text = Cut(prop.value.text, kMaxText);
  if (!problem) JudgeProp(prop, std::span(*out).subspan(from));
  return simdjson::SUCCESS;
}

// `so_far` are the properties of the event or the item, `prop` the last of them.
void EventReader::JudgeProp(const Property& prop, std::span<const Property> so_far) {
  const auto before = so_far.first(so_far.size() - 1);
  if (prop.key.empty() || prop.key.size() > kMaxPropName || HasControl(prop.key)) {
    Refuse(Reason::kPropName, Quoted(prop.key));
  } else if (so_far.size() > kMaxProps) {
    Refuse(Reason::kTooManyProps, "more than 64, from ", Quoted(prop.key), " on");
  } else if (prop.value.is_text() && prop.value.text.size() > kMaxText) {
    Refuse(Reason::kTextTooLong, Quoted(prop.key), " has ", std::to_string(prop.value.text.size()),
           " bytes");
  } else if (std::any_of(before.begin(), before.end(),
                         [&](const Property& p) { return p.key == prop.key; })) {
    Refuse(Reason::kDuplicateProp, Quoted(prop.key));
  }
}

JsonError EventReader::ReadItems(json::array array) {
  for (auto element : array) {
    VINKKI_JSON_TRY(element.error());
    json::value value = std::move(element).value_unsafe();
    json::json_type type;
    VINKKI_JSON_TRY(value.type().get(type));
    if (type != json::json_type::object) {
      VINKKI_JSON_TRY(Walk(value, 2));
      continue;
    }
    json::object object;
    VINKKI_JSON_TRY(value.get_object().get(object));
    const size_t from = props.item_props.size();
    for (auto entry : object) {
      VINKKI_JSON_TRY(entry.error());
      json::field field = std::move(entry).value_unsafe();
      VINKKI_JSON_TRY(ReadProp(field, &props.item_props, from, false));
    }
    if (props.item_ends.size() == kMaxItems) Refuse(Reason::kTooManyItems, "more than 200");
    if (!problem) props.item_ends.push_back(static_cast<uint32_t>(props.item_props.size()));
  }
  return simdjson::SUCCESS;
}

JsonError EventReader::ReadProps(json::value& value) {
  json::json_type type;
  VINKKI_JSON_TRY(value.type().get(type));
  if (type != json::json_type::object) {
    if (type != json::json_type::null) Refuse(Reason::kEventShape, "props is not an object");
    return Walk(value, 1);
  }
  json::object object;
  VINKKI_JSON_TRY(value.get_object().get(object));
  for (auto entry : object) {
    VINKKI_JSON_TRY(entry.error());
    json::field field = std::move(entry).value_unsafe();
    VINKKI_JSON_TRY(ReadProp(field, &props.props, 0, true));
  }
  return simdjson::SUCCESS;
}

JsonError EventReader::ReadPart(size_t part, json::value& value) {
  if (part == 2) return ReadProps(value);
  json::json_type type;
  VINKKI_JSON_TRY(value.type().get(type));
  if (part == 0 && type == json::json_type::string) {
    VINKKI_JSON_TRY(value.get_string().get(name));
    if (!IsEventName(name)) Refuse(Reason::kEventName, Quoted(name));
    return simdjson::SUCCESS;
  }
  if (part == 1 && type == json::json_type::number) {
    VINKKI_JSON_TRY(value.get_double().get(offset));
    if (std::abs(offset) > kMaxWhole) Refuse(Reason::kEventTime, "the offset is out of range");
    return simdjson::SUCCESS;
  }
  Refuse(Reason::kEventShape, part == 0   ? "the name is not a text"
                              : part == 1 ? "the offset is not a number"
                                          : "more than three parts");
  return Walk(value, 1);
}

JsonError EventReader::ReadEvent(json::value& value) {
  Clear();
  cuts_texts = true;
  json::json_type type;
  VINKKI_JSON_TRY(value.type().get(type));
  if (type != json::json_type::array) {
    Refuse(Reason::kEventShape, "not an array");
    return Walk(value, 1);
  }
  json::array array;
  VINKKI_JSON_TRY(value.get_array().get(array));
  size_t part = 0;
  for (auto element : array) {
    VINKKI_JSON_TRY(element.error());
    json::value inner = std::move(element).value_unsafe();
    VINKKI_JSON_TRY(ReadPart(part++, inner));
  }
  if (part < 2) Refuse(Reason::kEventShape, "fewer than two parts");
  return simdjson::SUCCESS;
}

}  // namespace vinkki::collector
