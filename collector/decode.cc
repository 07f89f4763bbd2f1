#include "collector/decode.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>

#include "collector/event_reader.h"
#include "collector/fields.h"

namespace vinkki::collector {
namespace {

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

// The code unit of an escape \uXXXX that stands at `at`; above 0xFFFF: there is none.
uint32_t EscapedUnit(std::string_view json, size_t at) {
  constexpr uint32_t kNone = 0x10000;
  if (json.substr(at, 2) != "\\u" || json.size() < at + 6) return kNone;
  uint32_t unit = 0;
  const char* end = json.data() + at + 6;
  const auto [stop, error] = std::from_chars(json.data() + at + 2, end, unit, 16);
  return error == std::errc() && stop == end ? unit : kNone;
}

// Escapes of half a surrogate pair, as JavaScript writes a text that was cut through an emoji: JSON
// by its grammar, but no Unicode. Each becomes U+FFFD. Whether there were any.
bool MendSurrogates(std::string* json) {
  const auto is = [](uint32_t unit, uint32_t first) {
    return unit >= first && unit < first + 0x400;
  };
  bool some = false;
  for (size_t at = json->find('\\'); at < json->size(); at = json->find('\\', at)) {
    const uint32_t unit = EscapedUnit(*json, at);
    if (is(unit, 0xD800) && is(EscapedUnit(*json, at + 6), 0xDC00)) {
      at += 12;
      continue;
    }
    if (is(unit, 0xD800) || is(unit, 0xDC00)) {
      json->replace(at, 6, "\\uFFFD");
      some = true;
    }
    at += 2;
  }
  return some;
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

struct Decoder::State {
  json::parser parser;
  json::document doc;
  EventReader event;
  std::string mended;

  Problem Failure(JsonError error) const;
  std::string_view Mended(std::string_view json);

  JsonError ReadEvents(BeaconRun* run, json::array array);
  void JudgeEvent(BeaconRun* run);
  JsonError ReadEnvelopeField(BeaconRun* run, size_t field, json::value& value);
  JsonError ReadEnvelope(BeaconRun* run);
  JsonError ReadLateEvents(BeaconRun* run);
  JsonError ReadBeacon(BeaconRun* run, std::string_view body);
  JsonError Decode(std::string_view body, Millis lateness, EnvelopeGate* gate, BatchWriter* writer,
                   BeaconResult* result);

  JsonError ReadLineField(size_t field, json::value& value, FieldCheck* check, LineEvent* out);
  JsonError ReadLine(std::string_view line, FieldCheck* check, LineEvent* out);
  JsonError ReadWholeLine(std::string_view line, FieldCheck* check, LineEvent* out);
};

Problem Decoder::State::Failure(JsonError error) const {
  if (event.too_deep) return {Reason::kTooDeep, "more than 512 levels"};
  if (error == simdjson::UTF8_ERROR) return {Reason::kBadUtf8, "the body is not UTF-8"};
  if (error == simdjson::EMPTY) return {Reason::kEmptyBody, "the body is empty"};
  return {Reason::kBadJson, simdjson::error_message(error)};
}

// What can be read in place of a text with broken strings; empty where nothing helps.
std::string_view Decoder::State::Mended(std::string_view json) {
  mended = json;
  if (!MendSurrogates(&mended)) return {};
  mended.append(kPadding, ' ');
  return std::string_view(mended).substr(0, json.size());
}

Decoder::Decoder() : state_(std::make_unique<State>()) {
  const JsonError error = state_->parser.allocate(kFirstCapacity);
  assert(error == simdjson::SUCCESS && "no memory for a parser");
  (void)error;
}
Decoder::~Decoder() = default;

// What the batch as a whole does not allow of an event that is right by itself.
void Decoder::State::JudgeEvent(BeaconRun* run) {
  if (run->index >= kMaxEvents)
    event.Refuse(Reason::kTooManyEvents, "the 401st and those after it");
  if (-event.offset > static_cast<double>(run->lateness))
    event.Refuse(Reason::kTooOld, Quoted(event.name));
  if (run->envelope.mode == Consent::kOff && event.name != "consent") {
    event.problem = {Reason::kConsentOff, Quoted(event.name)};
  }
}

JsonError Decoder::State::ReadEvents(BeaconRun* run, json::array array) {
  run->events_read = true;
  for (auto element : array) {
    VINKKI_JSON_TRY(element.error());
    json::value value = std::move(element).value_unsafe();
    const char* begin = value.raw_json_token().data();
    VINKKI_JSON_TRY(event.ReadEvent(value));
    if (!event.problem) JudgeEvent(run);
    if (event.problem) {
      const char* end = nullptr;
      VINKKI_JSON_TRY(doc.current_location().get(end));
      // What was sent without consent is not kept, not even as refused.
      const bool keep = run->envelope.mode != Consent::kOff;
      NoteRefused(
          run, std::move(event.problem),
          keep ? std::string_view(begin, static_cast<size_t>(end - begin)) : std::string_view());
    } else {
      run->writer->BeginEvent(std::min<Millis>(0, static_cast<Millis>(std::floor(event.offset))),
                              event.name, false);
      event.props.AppendTo(run->writer);
      run->writer->EndEvent();
      ++run->result->accepted;
    }
    ++run->index;
  }
  return simdjson::SUCCESS;
}

JsonError Decoder::State::ReadEnvelopeField(BeaconRun* run, size_t field, json::value& value) {
  FieldCheck* check = &run->check;
  check->See(field, kBeacon[field].name);
  json::json_type type;
  VINKKI_JSON_TRY(value.type().get(type));
  if (!Fits(type, kBeacon[field].type)) {
    check->Fail(Reason::kBadField, kBeacon[field].name, "has the wrong type");
    return event.Walk(value, 1);
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
  if (!run->AllSeen() || check->problem) return event.Walk(value, 1);
  check->problem = run->gate->Admit(run->envelope, run->writer);
  if (check->problem) return event.Walk(value, 1);
  json::array array;
  VINKKI_JSON_TRY(value.get_array().get(array));
  return ReadEvents(run, array);
}

JsonError Decoder::State::ReadEnvelope(BeaconRun* run) {
  json::object object;
  VINKKI_JSON_TRY(doc.get_object().get(object));
  for (auto entry : object) {
    VINKKI_JSON_TRY(entry.error());
    json::field field = std::move(entry).value_unsafe();
    std::string_view key;
    VINKKI_JSON_TRY(field.unescaped_key().get(key));
    const size_t i = FindField(kBeacon, key);
    VINKKI_JSON_TRY(i == kBeaconFields ? event.Walk(field.value(), 1)
                                       : ReadEnvelopeField(run, i, field.value()));
  }
  return AtEnd(doc) ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

// The events stood before something that they depend on: they were read over, and are read now.
JsonError Decoder::State::ReadLateEvents(BeaconRun* run) {
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
      VINKKI_JSON_TRY(event.Walk(field.value(), 1));
      continue;
    }
    json::array array;
    VINKKI_JSON_TRY(field.value().get_array().get(array));
    return ReadEvents(run, array);
  }
  return simdjson::TAPE_ERROR;  // cannot be: it was there the first time
}

JsonError Decoder::State::ReadBeacon(BeaconRun* run, std::string_view body) {
  VINKKI_JSON_TRY(
      parser.iterate(simdjson::padded_string_view(body.data(), body.size(), body.size() + kPadding))
          .get(doc));
  json::json_type type;
  VINKKI_JSON_TRY(doc.type().get(type));
  if (type != json::json_type::object) {
    VINKKI_JSON_TRY(event.Walk(doc, 0));
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
  if (state_->Decode(body, lateness, gate, writer, result) != simdjson::STRING_ERROR) return;
  const std::string_view mended = state_->Mended(body);
  if (!mended.empty()) (void)state_->Decode(mended, lateness, gate, writer, result);
}

JsonError Decoder::State::Decode(std::string_view body, Millis lateness, EnvelopeGate* gate,
                                 BatchWriter* writer, BeaconResult* result) {
  result->problem = Problem();
  result->accepted = 0;
  result->refused_count = 0;
  result->refused.clear();
  event.too_deep = false;
  BeaconRun run{{}, {}, lateness, gate, writer, result};
  const JsonError error = ReadBeacon(&run, body);
  result->problem = error == simdjson::SUCCESS ? std::move(run.check.problem) : Failure(error);
  if (result->problem) {
    result->accepted = 0;
    result->refused_count = 0;
    result->refused.clear();
  }
  return error;
}

JsonError Decoder::State::ReadLineField(size_t field, json::value& value, FieldCheck* check,
                                        LineEvent* out) {
  json::json_type type;
  VINKKI_JSON_TRY(value.type().get(type));
  if (type == json::json_type::null) return event.Walk(value, 1);  // as if it were left out
  check->See(field, kLine[field].name);
  if (field == kProps && type == json::json_type::object) return event.ReadProps(value);
  if (field == kAt && type == json::json_type::number) {
    double n;
    VINKKI_JSON_TRY(value.get_double().get(n));
    TakeLineTime(n, check, out);
    return simdjson::SUCCESS;
  }
  if (field == kProps || type != json::json_type::string) {
    check->Fail(Reason::kBadField, kLine[field].name, "has the wrong type");
    return event.Walk(value, 1);
  }
  std::string_view text;
  VINKKI_JSON_TRY(value.get_string().get(text));
  TakeLineText(static_cast<LineField>(field), text, check, out);
  return simdjson::SUCCESS;
}

JsonError Decoder::State::ReadLine(std::string_view line, FieldCheck* check, LineEvent* out) {
  VINKKI_JSON_TRY(
      parser.iterate(simdjson::padded_string_view(line.data(), line.size(), line.size() + kPadding))
          .get(doc));
  json::json_type type;
  VINKKI_JSON_TRY(doc.type().get(type));
  if (type != json::json_type::object) {
    VINKKI_JSON_TRY(event.Walk(doc, 0));
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
    VINKKI_JSON_TRY(i == kLineFields ? event.Walk(field.value(), 1)
                                     : ReadLineField(i, field.value(), check, out));
  }
  return AtEnd(doc) ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

JsonError Decoder::State::ReadWholeLine(std::string_view line, FieldCheck* check, LineEvent* out) {
  event.too_deep = false;
  event.Clear();
  out->site = out->visitor = out->name = out->id = {};
  out->at = 0;
  out->via_server = false;
  *check = FieldCheck();
  return ReadLine(line, check, out);
}

Problem Decoder::DecodeLine(std::string_view line, LineEvent* out) {
  FieldCheck check;
  JsonError error = state_->ReadWholeLine(line, &check, out);
  if (error == simdjson::STRING_ERROR) {
    const std::string_view mended = state_->Mended(line);
    if (!mended.empty()) error = state_->ReadWholeLine(mended, &check, out);
  }
  if (error != simdjson::SUCCESS) return state_->Failure(error);
  CheckLineComplete(&check);
  if (check.problem) return std::move(check.problem);
  if (state_->event.problem) return std::move(state_->event.problem);
  std::swap(out->props, state_->event.props);
  return {};
}

}  // namespace vinkki::collector
