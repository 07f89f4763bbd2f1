#include "collector/decode.h"

#include <simdjson.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

#include "base/text.h"

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
constexpr double kMaxWhole = 9007199254740991.0;  // 2^53 - 1, the largest that JSON can carry
constexpr size_t kMaxVisitor = 128;

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text.substr(0, 40)) out.push_back(static_cast<unsigned char>(c) < 0x20 ? '?' : c);
  if (text.size() > 40) {
    // A cut must not leave half of a character behind.
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80) out.pop_back();
    if (!out.empty() && static_cast<unsigned char>(out.back()) >= 0xC0) out.pop_back();
    out += "...";
  }
  return out += '"';
}

bool IsWhole(double n, double low, double high) {
  return n >= low && n <= high && n == std::trunc(n);
}

// Whether everything was read. (Debian 12's document has no at_end.)
bool AtEnd(json::document& doc) {
  return doc.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

// One value of props, in whatever shape, as the kinds that a property can have.
enum class Shape { kText, kNumber, kBool, kAbsent, kArray };

}  // namespace

bool IsEventName(std::string_view name) {
  if (name.empty() || HasControl(name)) return false;
  const auto chars = std::count_if(name.begin(), name.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  });
  return static_cast<size_t>(chars) <= kMaxNameChars;
}

void EventProps::Clear() {
  props.clear();
  item_props.clear();
  item_ends.clear();
}

void EventProps::AppendTo(BatchWriter* writer) const {
  for (const Property& p : props) writer->Prop(p.key, p.value);
  uint32_t at = 0;
  for (uint32_t end : item_ends) {
    writer->BeginItem();
    for (; at < end; ++at) writer->Prop(item_props[at].key, item_props[at].value);
  }
}

namespace {

// Fields of an object by number: which were seen, and what is wrong with the first wrong one.
struct FieldCheck {
  uint32_t seen = 0;
  Problem problem;

  void Fail(Reason reason, std::string_view field, std::string_view what) {
    if (problem) return;
    problem.reason = reason;
    problem.detail.append("\"").append(field).append("\" ").append(what);
  }
  void See(size_t field, std::string_view name) {
    if ((seen & (1u << field)) != 0) Fail(Reason::kDuplicateField, name, "stands twice");
    seen |= 1u << field;
  }
};

struct FieldRule {
  std::string_view name;
  json::json_type type;
};

template <size_t N>
size_t FindField(const FieldRule (&fields)[N], std::string_view key) {
  size_t i = 0;
  while (i < N && fields[i].name != key) ++i;
  return i;
}

enum BeaconField { kV, kS, kI, kT, kN, kB, kSent, kM, kE, kBeaconFields };
constexpr FieldRule kBeacon[] = {{"v", json::json_type::number},    {"s", json::json_type::string},
                                 {"i", json::json_type::string},    {"t", json::json_type::string},
                                 {"n", json::json_type::number},    {"b", json::json_type::string},
                                 {"sent", json::json_type::number}, {"m", json::json_type::string},
                                 {"e", json::json_type::array}};
static_assert(std::size(kBeacon) == kBeaconFields);
constexpr uint32_t kAllButEvents = (1u << kE) - 1;

bool IsPart(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  });
}

void TakeNumber(size_t field, double n, Envelope* out, FieldCheck* check) {
  if (field == kV && n != 1) {
    check->Fail(Reason::kBadVersion, "v", "is not 1");
  } else if (field == kN) {
    if (!IsWhole(n, 1, kMaxWhole)) {
      check->Fail(Reason::kBadField, "n", "is not a whole number from 1");
      return;
    }
    out->number = static_cast<uint64_t>(n);
  } else if (field == kSent) {
    if (!(n >= 0 && n <= kMaxWhole)) {
      check->Fail(Reason::kBadField, "sent", "is not milliseconds since 1970");
      return;
    }
    out->sent = static_cast<Millis>(n);
  }
}

void TakeText(size_t field, std::string_view text, Envelope* out, FieldCheck* check) {
  switch (field) {
    case kS:
      out->site = text;
      return;
    case kI:
      out->page_id = text;
      return;
    case kM:
      if (text == "full") {
        out->mode = Consent::kFull;
      } else if (text == "cookieless") {
        out->mode = Consent::kCookieless;
      } else if (text != "off") {
        check->Fail(Reason::kBadField, "m", "is not full, cookieless or off");
      }
      return;
    default:
      if (!IsPart(text)) {
        check->Fail(Reason::kBadField, kBeacon[field].name, "is not 1 to 32 of A-Z a-z 0-9 _ -");
      }
      (field == kT ? out->tab : out->load) = text;
  }
}

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

  bool AllSeen() const { return (check.seen & kAllButEvents) == kAllButEvents; }
};

void NoteRefused(BeaconRun* run, Problem problem, std::string_view raw) {
  BeaconResult* result = run->result;
  ++result->refused_count;
  if (result->refused.size() == kMaxRefused) return;
  result->refused.push_back({run->index, problem.reason, std::move(problem.detail),
                             std::string(raw.substr(0, kMaxQuarantined))});
}

const char* FieldMissing(uint32_t seen) {
  for (size_t i = 0; i < kBeaconFields; ++i) {
    if ((seen & (1u << i)) == 0) return kBeacon[i].name.data();
  }
  return nullptr;
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
  error_code ReadScalar(json::value value, Shape* shape, Value* out);
  error_code ReadProps(json::value value);
  error_code ReadProp(json::field field, std::vector<Property>* out, size_t from, bool items);
  error_code ReadItems(json::array array);
  error_code ReadEventPart(size_t part, json::value value);
  error_code ReadEvent(json::value value);
  Problem Failure(error_code error) const;

  json::document doc;
  error_code ReadEvents(BeaconRun* run, json::array array);
  void JudgeEvent(BeaconRun* run);
  error_code ReadEnvelopeField(BeaconRun* run, size_t field, json::value value);
  error_code ReadEnvelope(BeaconRun* run);
  error_code ReadLateEvents(BeaconRun* run);
  error_code ReadBeacon(BeaconRun* run, std::string_view body);

  error_code ReadLineField(size_t field, json::value value, FieldCheck* check, LineEvent* out);
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
    json::value value;
    VINKKI_JSON_TRY(std::move(element).get(value));
    VINKKI_JSON_TRY(Walk(value, depth));
  }
  return simdjson::SUCCESS;
}

error_code Decoder::State::WalkObject(json::object object, int depth) {
  for (auto entry : object) {
    json::field field;
    VINKKI_JSON_TRY(std::move(entry).get(field));
    std::string_view key;
    VINKKI_JSON_TRY(field.unescaped_key().get(key));
    VINKKI_JSON_TRY(Walk(field.value(), depth));
  }
  return simdjson::SUCCESS;
}

// A scalar into *out; an array is left unread for the caller; anything else is read over.
error_code Decoder::State::ReadScalar(json::value value, Shape* shape, Value* out) {
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
    case json::json_type::array:
      *shape = Shape::kArray;
      return simdjson::SUCCESS;
    default:
      return Walk(value, 1);
  }
}

// One property into (*out)[from..]; "items" of an event is read as the list of its items.
error_code Decoder::State::ReadProp(json::field field, std::vector<Property>* out, size_t from,
                                    bool items) {
  Property prop;
  VINKKI_JSON_TRY(field.unescaped_key().get(prop.key));
  Shape shape;
  VINKKI_JSON_TRY(ReadScalar(field.value(), &shape, &prop.value));
  if (shape == Shape::kArray) {
    json::array array;
    VINKKI_JSON_TRY(field.value().get_array().get(array));
    VINKKI_JSON_TRY(items && prop.key == "items" ? ReadItems(array) : WalkArray(array, 2));
  }
  if (event_problem) return simdjson::SUCCESS;
  if (prop.key.empty() || prop.key.size() > kMaxPropName || HasControl(prop.key)) {
    Refuse(Reason::kPropName, Quoted(prop.key));
  } else if (out->size() - from == kMaxProps) {
    Refuse(Reason::kTooManyProps, "more than 64, from ", Quoted(prop.key), " on");
  } else if (prop.value.is_text() && prop.value.text.size() > kMaxText) {
    Refuse(Reason::kTextTooLong, Quoted(prop.key), " has ", std::to_string(prop.value.text.size()),
           " bytes");
  } else if (std::any_of(out->begin() + static_cast<ptrdiff_t>(from), out->end(),
                         [&](const Property& p) { return p.key == prop.key; })) {
    Refuse(Reason::kDuplicateProp, Quoted(prop.key));
  } else {
    out->push_back(prop);
  }
  return simdjson::SUCCESS;
}

error_code Decoder::State::ReadItems(json::array array) {
  for (auto element : array) {
    json::value value;
    VINKKI_JSON_TRY(std::move(element).get(value));
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
      json::field field;
      VINKKI_JSON_TRY(std::move(entry).get(field));
      VINKKI_JSON_TRY(ReadProp(field, &props.item_props, from, false));
    }
    if (props.item_ends.size() == kMaxItems) Refuse(Reason::kTooManyItems, "more than 200");
    if (!event_problem) props.item_ends.push_back(static_cast<uint32_t>(props.item_props.size()));
  }
  return simdjson::SUCCESS;
}

error_code Decoder::State::ReadProps(json::value value) {
  json::json_type type;
  VINKKI_JSON_TRY(value.type().get(type));
  if (type != json::json_type::object) {
    if (type != json::json_type::null) Refuse(Reason::kEventShape, "props is not an object");
    return Walk(value, 1);
  }
  json::object object;
  VINKKI_JSON_TRY(value.get_object().get(object));
  for (auto entry : object) {
    json::field field;
    VINKKI_JSON_TRY(std::move(entry).get(field));
    VINKKI_JSON_TRY(ReadProp(field, &props.props, 0, true));
  }
  return simdjson::SUCCESS;
}

error_code Decoder::State::ReadEventPart(size_t part, json::value value) {
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

error_code Decoder::State::ReadEvent(json::value value) {
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
    json::value inner;
    VINKKI_JSON_TRY(std::move(element).get(inner));
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
    json::value value;
    VINKKI_JSON_TRY(std::move(element).get(value));
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

error_code Decoder::State::ReadEnvelopeField(BeaconRun* run, size_t field, json::value value) {
  FieldCheck* check = &run->check;
  check->See(field, kBeacon[field].name);
  json::json_type type;
  VINKKI_JSON_TRY(value.type().get(type));
  if (type != kBeacon[field].type) {
    check->Fail(Reason::kBadField, kBeacon[field].name, "has the wrong type");
    return Walk(value, 1);
  }
  if (type == json::json_type::number) {
    double n;
    VINKKI_JSON_TRY(value.get_double().get(n));
    TakeNumber(field, n, &run->envelope, check);
    return simdjson::SUCCESS;
  }
  if (type == json::json_type::string) {
    std::string_view text;
    VINKKI_JSON_TRY(value.get_string().get(text));
    TakeText(field, text, &run->envelope, check);
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
    json::field field;
    VINKKI_JSON_TRY(std::move(entry).get(field));
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
    json::field field;
    VINKKI_JSON_TRY(std::move(entry).get(field));
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
  if (const char* missing = FieldMissing(check->seen)) {
    check->Fail(Reason::kMissingField, missing, "is missing");
  }
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

namespace {

enum LineField { kSite, kVisitor, kAt, kName, kProps, kId, kVia, kLineFields };
// The type is the usual one; `at` is a number or a text.
constexpr FieldRule kLine[] = {
    {"site", json::json_type::string},  {"visitor", json::json_type::string},
    {"at", json::json_type::number},    {"name", json::json_type::string},
    {"props", json::json_type::object}, {"id", json::json_type::string},
    {"via", json::json_type::string}};
static_assert(std::size(kLine) == kLineFields);
constexpr Millis kLastMoment = 253402300799999;  // the end of year 9999

void TakeLineText(size_t field, std::string_view text, FieldCheck* check, LineEvent* out) {
  const bool plain = !text.empty() && text.size() <= kMaxVisitor && !HasControl(text);
  switch (field) {
    case kSite:
      out->site = text;
      return;
    case kVisitor:
      if (!plain) check->Fail(Reason::kBadVisitor, "visitor", Quoted(text));
      out->visitor = text;
      return;
    case kAt: {
      const auto at = ParseRfc3339(text);
      if (!at) check->Fail(Reason::kEventTime, "at", Quoted(text) + " is not RFC 3339");
      out->at = at.value_or(0);
      return;
    }
    case kName:
      if (!IsEventName(text)) check->Fail(Reason::kEventName, "name", Quoted(text));
      out->name = text;
      return;
    case kId:
      if (!plain) check->Fail(Reason::kBadId, "id", Quoted(text));
      out->id = text;
      return;
    default:
      out->via_server = text == "server";
  }
}

}  // namespace

error_code Decoder::State::ReadLineField(size_t field, json::value value, FieldCheck* check,
                                         LineEvent* out) {
  json::json_type type;
  VINKKI_JSON_TRY(value.type().get(type));
  if (type == json::json_type::null) return Walk(value, 1);  // as if it were left out
  check->See(field, kLine[field].name);
  if (field == kProps && type == json::json_type::object) return ReadProps(value);
  if (field == kAt && type == json::json_type::number) {
    double n;
    VINKKI_JSON_TRY(value.get_double().get(n));
    if (!(n >= 0 && n <= static_cast<double>(kLastMoment))) {
      check->Fail(Reason::kEventTime, "at", "is out of range");
      return simdjson::SUCCESS;
    }
    out->at = static_cast<Millis>(n);
    return simdjson::SUCCESS;
  }
  if (field == kProps || type != json::json_type::string) {
    check->Fail(Reason::kBadField, kLine[field].name, "has the wrong type");
    return Walk(value, 1);
  }
  std::string_view text;
  VINKKI_JSON_TRY(value.get_string().get(text));
  TakeLineText(field, text, check, out);
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
    json::field field;
    VINKKI_JSON_TRY(std::move(entry).get(field));
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
  for (size_t needed : {kVisitor, kAt, kName}) {
    if ((check.seen & (1u << needed)) != 0) continue;
    check.Fail(Reason::kMissingField, kLine[needed].name, "is missing");
  }
  if (check.problem) return std::move(check.problem);
  if (state_->event_problem) return std::move(state_->event_problem);
  std::swap(out->props, state_->props);
  return {};
}

}  // namespace vinkki::collector
