// JSON in: the beacon's batch and one line of POST /v1/events, each parsed once, in place, by
// simdjson On-Demand, which only event_reader.h includes. On-Demand checks only what is read, so
// every value is read to its end: nothing of a body that is not JSON anywhere is ever accepted.
//
//   body  = {"v":1,"s":site,"i":page id,"t":tab,"n":number,"b":page load,"sent":ms,"m":mode,
//            "e":[event *]}                    ; in any order, other fields are read over
//   event = [name, offset ms, props]         ; offset <= 0: how long before `sent`; props optional
//   props = {name: text | number | bool, "items": [{name: text | number | bool} *]}
//   line  = {"site","visitor","at":ms | RFC 3339,"name","props","id","via"}
//
// Anything else in props counts as absent; an escape of half a surrogate pair is U+FFFD. Threads: a
// Decoder belongs to one thread; its buffers are reused, so that nothing is allocated for an event
// in the steady state.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/batch.h"
#include "base/value.h"
#include "collector/reject.h"

namespace vinkki::collector {

// Bytes that must be readable (not necessarily defined) behind every text that is decoded.
inline constexpr size_t kPadding = 64;

inline constexpr size_t kMaxEvents = 400;
inline constexpr size_t kMaxProps = 64;
inline constexpr size_t kMaxItems = 200;
inline constexpr size_t kMaxNameChars = 64;
inline constexpr size_t kMaxPropName = 64;
inline constexpr size_t kMaxText = 2048;
inline constexpr int kMaxEventDepth = 16;  // deeper: the event is refused
inline constexpr int kMaxDepth = 512;      // deeper: the whole body is

// What stands around the events. Views live until the decoder's next call.
struct Envelope {
  std::string_view site;
  std::string_view page_id;  // "i"
  std::string_view tab;
  std::string_view load;  // "b"
  uint64_t number = 0;
  Millis sent = 0;
  Consent mode = Consent::kOff;
};

// Says, once the envelope is read, whether its events are wanted, and begins their batch.
class EnvelopeGate {
 public:
  virtual ~EnvelopeGate() = default;
  // kNone: wanted; `writer` was begun, with received_at of the batch's header.
  virtual Problem Admit(const Envelope& envelope, BatchWriter* writer) = 0;
};

// One refused event or line.
struct Refused {
  uint32_t index = 0;  // of the event in its batch from 0, or the number of the line from 1
  Reason reason = Reason::kNone;
  std::string detail;
  std::string bytes;  // the raw event, cut at 4 KiB
};

struct BeaconResult {
  Problem problem;  // of the whole body; then nothing was accepted
  uint32_t accepted = 0;
  uint32_t refused_count = 0;    // all of them
  std::vector<Refused> refused;  // the first kMaxRefused
};
inline constexpr size_t kMaxRefused = 100;
inline constexpr size_t kMaxQuarantined = 4096;  // bytes of one refused input

struct Property {
  std::string_view key;
  Value value;  // missing: counts as absent
};

// The properties of one event while it is read. Items follow each other in `item_props`, each up to
// its end in `item_ends`.
struct EventProps {
  std::vector<Property> props;
  std::vector<Property> item_props;
  std::vector<uint32_t> item_ends;

  void Clear();
  // Between BeginEvent and EndEvent of a BatchWriter or an EventListWriter.
  template <typename Writer>
  void AppendTo(Writer* writer) const {
    for (const Property& p : props) writer->Prop(p.key, p.value);
    uint32_t at = 0;
    for (uint32_t end : item_ends) {
      writer->BeginItem();
      for (; at < end; ++at) writer->Prop(item_props[at].key, item_props[at].value);
    }
  }
};

// One line, with the name checked and the rest as it was given. Views live until the next call.
struct LineEvent {
  std::string_view site;
  std::string_view visitor;
  std::string_view name;
  std::string_view id;
  Millis at = 0;
  bool via_server = false;
  EventProps props;
};

class Decoder {
 public:
  Decoder();
  ~Decoder();

  // `body` has kPadding readable bytes behind it. `lateness`: an event longer ago is refused.
  void DecodeBeacon(std::string_view body, Millis lateness, EnvelopeGate* gate, BatchWriter* writer,
                    BeaconResult* result);

  // `line` has kPadding readable bytes behind it. kNone: *out is filled.
  Problem DecodeLine(std::string_view line, LineEvent* out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Names of events: 1 to 64 characters, none of them a control character.
bool IsEventName(std::string_view name);

}  // namespace vinkki::collector
