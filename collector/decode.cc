#include "collector/decode.h"

#include <simdjson.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>

#include "base/text.h"
#include "collector/fields.h"

namespace vinkki::collector {
namespace {

namespace json = simdjson::ondemand;
using simdjson::error_code;

#define VINKKI_JSON_TRY(expr)                                    \
  do {                                                           \
    if (const error_code e_ = (expr); e_ != simdjson::SUCCESS) { \
      return e_;                                                 \
    }                                                            \
  } while (0)

constexpr size_t kFirstCapacity = 64u << 10;

// Whether everything was read. (Debian 12's document has no at_end.)
bool AtEnd(json::document& doc) {
  return doc.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

bool Fits(json::json_type type, FieldType wanted) {
  switch (wanted) {
    case FieldType::kNumber: return type == json::json_type::number;
    case FieldType::kText: return type == json::json_type::string;
    case FieldType::kArray: return type == json::json_type::array;
    default: return type == json::json_type::object;
  }
}

// One value of props, in whatever shape, as the kinds that a property can have.
enum class Shape { kText, kNumber, kBool, kAbsent, kArray };

// The state of one call of DecodeBeacon.
struct BeaconRun {
  Envelope envelope;
  FieldCheck check;
  Millis lateness;
  EnvelopeGate* gate;
  BatchWriter* writer;
  BeaconResult* result;
  bool events_read = false;
  uint32_t index = 0;

  // Everything that the events depend on.
  bool AllSeen() const { return (check.seen | 1u << kE) == (1u << kBeaconFields) - 1; }
};

void NoteRefused(BeaconRun* run, Problem problem, std::string_view raw) {
  BeaconResult* result = run->result;
  ++result->refused_count;
  if (result->refused.size() == kMaxRefused) return;
  result->refused.push_back({run->index, problem.reason, std::move(problem.detail),
                             std::string(raw.substr(0, kMaxQuarantined))});
}

}  // namespace

// The reading functions return simdjson's error, which condemns the whole text; what is wrong with
// one event only is noted by Refuse, and the reading goes on to the event's end.
struct Decoder::State {
  json::parser parser;
  Problem event_problem;
  EventProps props;
  std::string_view name;
  double offset = 0;
  bool too_deep = false;

  template <typename... Detail>
  void Refuse(Reason reason, const Detail&... detail) {
    if (event_problem) return;  // the first one is told
    event_problem.reason = reason;
    (event_problem.detail.append(detail), ...);
  }

  template <typename V>
  error_code Walk(V&& value, int depth);
  error_code WalkArray(json::array array, int depth);
  error_code WalkObject(json::object object, int depth);
  error_code ReadScalar(json::value& value, Shape* shape, Value* out);
  error_code ReadProps(json::value& value);
  error_code ReadProp(json::field& field, std::vector<Property>* out, size_t from, bool items);
  void JudgeProp(const Property& prop, std::span<const Property> props);
  error_code ReadItems(json::array array);
  error_code ReadEventPart(size_t part, json::value& value);
  error_code ReadEvent(json::value& value);
  Problem Failure(error_code error) const;

  json::document doc;
  error_code ReadEvents(BeaconRun* run, json::array array);
  void JudgeEvent(BeaconRun* run);
  error_code ReadEnvelopeField(BeaconRun* run, size_t field, json::value& value);
  error_code ReadEnvelope(BeaconRun* run);
  error_code ReadLateEvents(BeaconRun* run);
  error_code ReadBeacon(BeaconRun* run, std::string_view body);

  error_code ReadLineField(size_t field, json::value& value, FieldCheck* check, LineEvent* out);
  error_code ReadLine(std::string_view line, FieldCheck* check, LineEvent* out);
};

// Reads a value of any shape to its end, so that all of it is checked.
template <typename V>
error_code Decoder::State::Walk(V&& value, int depth) {
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

error_code Decoder::State::WalkArray(json::array array, int depth) {
  for (auto element : array) {
    VINKKI_JSON_TRY(element.error());
    json::value value = std::move(element).value_unsafe();
    VINKKI_JSON_TRY(Walk(value, depth));
  }
  return simdjson::SUCCESS;
}

error_code Decoder::State::WalkObject(json::object object, int depth) {
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
error_code Decoder::State::ReadScalar(json::value& value, Shape* shape, Value* out) {
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
error_code Decoder::State::ReadProp(json::field& field, std::vector<Property>* out, size_t from,
                                    bool items) {
  // Read where it will stay. An event that is refused already only has to be read over.
  Property unwanted;
  Property& prop = event_problem ? unwanted : out->emplace_back();
  VINKKI_JSON_TRY(field.unescaped_key().get(prop.key));
  Shape shape;
  VINKKI_JSON_TRY(ReadScalar(field.value(), &shape, &prop.value));
  if (shape == Shape::kArray) {
    json::array array;
    VINKKI_JSON_TRY(field.value().get_array().get(array));
    VINKKI_JSON_TRY(items && prop.key == "items" ? ReadItems(array) : WalkArray(array, 2));
  }
  if (!event_problem) JudgeProp(prop, std::span(*out).subspan(from));
  return simdjson::SUCCESS;
}

// `props` are those of the event or the item so far, `prop` the last of them.
void Decoder::State::JudgeProp(const Property& prop, std::span<const Property> props) {
  const auto before = props.first(props.size() - 1);
  if (prop.key.empty() || prop.key.size() > kMaxPropName || HasControl(prop.key)) {
    Refuse(Reason::kPropName, Quoted(prop.key));
  } else if (props.size() > kMaxProps) {
    Refuse(Reason::kTooManyProps, "more than 64, from ", Quoted(prop.key), " on");
  } else if (prop.value.is_text() && prop.value.text.size() > kMaxText) {
    Refuse(Reason::kTextTooLong, Quoted(prop.key), " has ", std::to_string(prop.value.text.size()),
           " bytes");
  } else if (std::any_of(before.begin(), before.end(),
                         [&](const Property& p) { return p.key == prop.key; })) {
    Refuse(Reason::kDuplicateProp, Quoted(prop.key));
  }
}

error_code Decoder::State::ReadItems(json::array array) {
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
    if (!event_problem) props.item_ends.push_back(static_cast<uint32_t>(props.item_props.size()));
  }
  return simdjson::SUCCESS;
}

error_code Decoder::State::ReadProps(json::value& value) {
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

error_code Decoder::State::ReadEventPart(size_t part, json::value& value) {
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

error_code Decoder::State::ReadEvent(json::value& value) {
  event_problem = Problem();
  props.Clear();
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
    VINKKI_JSON_TRY(ReadEventPart(part++, inner));
  }
  if (part < 2) Refuse(Reason::kEventShape, "fewer than two parts");
  return simdjson::SUCCESS;
}

Problem Decoder::State::Failure(error_code error) const {
  if (too_deep) return {Reason::kTooDeep, "more than 512 levels"};
  if (error == simdjson::UTF8_ERROR) return {Reason::kBadUtf8, "the body is not UTF-8"};
  if (error == simdjson::EMPTY) return {Reason::kEmptyBody, "the body is empty"};
  return {Reason::kBadJson, simdjson::error_message(error)};
}

Decoder::Decoder() : state_(std::make_unique<State>()) {
  const error_code error = state_->parser.allocate(kFirstCapacity);
  assert(error == simdjson::SUCCESS && "no memory for a parser");
  (void)error;
}
Decoder::~Decoder() = default;

// What the batch as a whole does not allow of an event that is right by itself.
void Decoder::State::JudgeEvent(BeaconRun* run) {
  if (run->index >= kMaxEvents) Refuse(Reason::kTooManyEvents, "the 401st and those after it");
  if (-offset > static_cast<double>(run->lateness)) Refuse(Reason::kTooOld, Quoted(name));
  if (run->envelope.mode == Consent::kOff && name != "consent") {
    event_problem = {Reason::kConsentOff, Quoted(name)};
  }
}

error_code Decoder::State::ReadEvents(BeaconRun* run, json::array array) {
  run->events_read = true;
  for (auto element : array) {
    VINKKI_JSON_TRY(element.error());
    json::value value = std::move(element).value_unsafe();
    const char* begin = value.raw_json_token().data();
    VINKKI_JSON_TRY(ReadEvent(value));
    if (!event_problem) JudgeEvent(run);
    if (event_problem) {
      const char* end = nullptr;
      VINKKI_JSON_TRY(doc.current_location().get(end));
      // What was sent without consent is not kept, not even as refused.
      const bool keep = run->envelope.mode != Consent::kOff;
      NoteRefused(
          run, std::move(event_problem),
          keep ? std::string_view(begin, static_cast<size_t>(end - begin)) : std::string_view());
    } else {
      run->writer->BeginEvent(std::min<Millis>(0, static_cast<Millis>(std::floor(offset))), name,
                              false);
      props.AppendTo(run->writer);
      run->writer->EndEvent();
      ++run->result->accepted;
    }
    ++run->index;
  }
  return simdjson::SUCCESS;
}

error_code Decoder::State::ReadEnvelopeField(BeaconRun* run, size_t field, json::value& value) {
  FieldCheck* check = &run->check;
  check->See(field, kBeacon[field].name);
  json::json_type type;
  VINKKI_JSON_TRY(value.type().get(type));
  if (!Fits(type, kBeacon[field].type)) {
    check->Fail(Reason::kBadField, kBeacon[field].name, "has the wrong type");
    return Walk(value, 1);
  }
  if (type == json::json_type::number) {
    double n;
    VINKKI_JSON_TRY(value.get_double().get(n));
    TakeNumber(static_cast<BeaconField>(field), n, &run->envelope, check);
    return simdjson::SUCCESS;
  }
  if (type == json::json_type::string) {
    std::string_view text;
    VINKKI_JSON_TRY(value.get_string().get(text));
    TakeText(static_cast<BeaconField>(field), text, &run->envelope, check);
    return simdjson::SUCCESS;
  }
  if (!run->AllSeen() || check->problem) return Walk(value, 1);
  check->problem = run->gate->Admit(run->envelope, run->writer);
  if (check->problem) return Walk(value, 1);
  json::array array;
  VINKKI_JSON_TRY(value.get_array().get(array));
  return ReadEvents(run, array);
}

error_code Decoder::State::ReadEnvelope(BeaconRun* run) {
  json::object object;
  VINKKI_JSON_TRY(doc.get_object().get(object));
  for (auto entry : object) {
    VINKKI_JSON_TRY(entry.error());
    json::field field = std::move(entry).value_unsafe();
    std::string_view key;
    VINKKI_JSON_TRY(field.unescaped_key().get(key));
    const size_t i = FindField(kBeacon, key);
    VINKKI_JSON_TRY(i == kBeaconFields ? Walk(field.value(), 1)
                                       : ReadEnvelopeField(run, i, field.value()));
  }
  return AtEnd(doc) ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

// The events stood before something that they depend on: they were read over, and are read now.
error_code Decoder::State::ReadLateEvents(BeaconRun* run) {
  run->check.problem = run->gate->Admit(run->envelope, run->writer);
  if (run->check.problem) return simdjson::SUCCESS;
  doc.rewind();  // the envelope's texts are gone from here on
  json::object object;
  VINKKI_JSON_TRY(doc.get_object().get(object));
  for (auto entry : object) {
    VINKKI_JSON_TRY(entry.error());
    json::field field = std::move(entry).value_unsafe();
    std::string_view key;
    VINKKI_JSON_TRY(field.unescaped_key().get(key));
    if (key != kBeacon[kE].name) {
      VINKKI_JSON_TRY(Walk(field.value(), 1));
      continue;
    }
    json::array array;
    VINKKI_JSON_TRY(field.value().get_array().get(array));
    return ReadEvents(run, array);
  }
  return simdjson::TAPE_ERROR;  // cannot be: it was there the first time
}

error_code Decoder::State::ReadBeacon(BeaconRun* run, std::string_view body) {
  VINKKI_JSON_TRY(
      parser.iterate(simdjson::padded_string_view(body.data(), body.size(), body.size() + kPadding))
          .get(doc));
  json::json_type type;
  VINKKI_JSON_TRY(doc.type().get(type));
  if (type != json::json_type::object) {
    VINKKI_JSON_TRY(Walk(doc, 0));
    if (!AtEnd(doc)) return simdjson::TRAILING_CONTENT;
    run->check.problem = {Reason::kBadShape, "the body is not an object"};
    return simdjson::SUCCESS;
  }
  VINKKI_JSON_TRY(ReadEnvelope(run));
  FieldCheck* check = &run->check;
  CheckBeaconComplete(check);
  if (!check->problem && !run->events_read) VINKKI_JSON_TRY(ReadLateEvents(run));
  if (!check->problem && run->index == 0) check->problem = {Reason::kNoEvents, "\"e\" is empty"};
  return simdjson::SUCCESS;
}

void Decoder::DecodeBeacon(std::string_view body, Millis lateness, EnvelopeGate* gate,
                           BatchWriter* writer, BeaconResult* result) {
  result->problem = Problem();
  result->accepted = 0;
  result->refused_count = 0;
  result->refused.clear();
  state_->too_deep = false;
  BeaconRun run{{}, {}, lateness, gate, writer, result};
  const error_code error = state_->ReadBeacon(&run, body);
  result->problem =
      error == simdjson::SUCCESS ? std::move(run.check.problem) : state_->Failure(error);
  if (result->problem) {
    result->accepted = 0;
    result->refused_count = 0;
    result->refused.clear();
  }
}

error_code Decoder::State::ReadLineField(size_t field, json::value& value, FieldCheck* check,
                                         LineEvent* out) {
  json::json_type type;
  VINKKI_JSON_TRY(value.type().get(type));
  if (type == json::json_type::null) return Walk(value, 1);  // as if it were left out
  check->See(field, kLine[field].name);
  if (field == kProps && type == json::json_type::object) return ReadProps(value);
  if (field == kAt && type == json::json_type::number) {
    double n;
    VINKKI_JSON_TRY(value.get_double().get(n));
    TakeLineTime(n, check, out);
    return simdjson::SUCCESS;
  }
  if (field == kProps || type != json::json_type::string) {
    check->Fail(Reason::kBadField, kLine[field].name, "has the wrong type");
    return Walk(value, 1);
  }
  std::string_view text;
  VINKKI_JSON_TRY(value.get_string().get(text));
  TakeLineText(static_cast<LineField>(field), text, check, out);
  return simdjson::SUCCESS;
}

error_code Decoder::State::ReadLine(std::string_view line, FieldCheck* check, LineEvent* out) {
  VINKKI_JSON_TRY(
      parser.iterate(simdjson::padded_string_view(line.data(), line.size(), line.size() + kPadding))
          .get(doc));
  json::json_type type;
  VINKKI_JSON_TRY(doc.type().get(type));
  if (type != json::json_type::object) {
    VINKKI_JSON_TRY(Walk(doc, 0));
    if (!AtEnd(doc)) return simdjson::TRAILING_CONTENT;
    check->problem = {Reason::kBadShape, "the line is not an object"};
    return simdjson::SUCCESS;
  }
  json::object object;
  VINKKI_JSON_TRY(doc.get_object().get(object));
  for (auto entry : object) {
    VINKKI_JSON_TRY(entry.error());
    json::field field = std::move(entry).value_unsafe();
    std::string_view key;
    VINKKI_JSON_TRY(field.unescaped_key().get(key));
    const size_t i = FindField(kLine, key);
    VINKKI_JSON_TRY(i == kLineFields ? Walk(field.value(), 1)
                                     : ReadLineField(i, field.value(), check, out));
  }
  return AtEnd(doc) ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

Problem Decoder::DecodeLine(std::string_view line, LineEvent* out) {
  state_->too_deep = false;
  state_->event_problem = Problem();
  state_->props.Clear();
  out->site = out->visitor = out->name = out->id = {};
  out->at = 0;
  out->via_server = false;
  FieldCheck check;
  if (const error_code error = state_->ReadLine(line, &check, out); error != simdjson::SUCCESS) {
    return state_->Failure(error);
  }
  CheckLineComplete(&check);
  if (check.problem) return std::move(check.problem);
  if (state_->event_problem) return std::move(state_->event_problem);
  std::swap(out->props, state_->props);
  return {};
}

}  // namespace vinkki::collector
