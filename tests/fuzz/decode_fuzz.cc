// Any bytes as a beacon's body and as a line: nothing is read outside of them, and what simdjson's
// DOM parser, which checks everything, does not take for JSON is never accepted. What the shortcut
// for plain lines takes is what the general reader makes of it.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/batch.h"
#include "collector/decode.h"
#include "collector/ndjson.h"
#include "collector/plain_line.h"
#include "tests/collector/line_dump.h"

using namespace vinkki;
using namespace vinkki::collector;

namespace {

class OpenGate final : public EnvelopeGate {
 public:
  Problem Admit(const Envelope& envelope, BatchWriter* writer) override {
    writer->Begin("site", envelope.page_id.empty() ? "v" : "p", {});
    return {};
  }
};

// The DOM parser refuses whole numbers beyond 64 bits, which are JSON all the same.
bool HasGiantNumber(const std::string& text) {
  size_t digits = 0;
  for (char c : text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits >= 19) return true;
  }
  return false;
}

bool IsHex(char c) {
  return std::string_view("0123456789abcdefABCDEF").find(c) != std::string::npos;
}

// Nor does it take escapes of surrogates that are no pair, which are JSON: all stand for U+FFFD
// here.
std::string WithoutSurrogates(std::string text) {
  for (size_t at = text.find('\\'); at < text.size(); at = text.find('\\', at + 2)) {
    const std::string_view escape = std::string_view(text).substr(at, 6);
    const bool surrogate = escape.size() == 6 && escape[1] == 'u' && (escape[2] | 0x20) == 'd' &&
                           escape[3] >= '8' && IsHex(escape[3]) && IsHex(escape[4]) &&
                           IsHex(escape[5]);
    if (surrogate) text.replace(at + 2, 4, "FFFD");
  }
  return text;
}

bool IsJson(const std::string& original) {
  static simdjson::dom::parser parser;
  const std::string text = WithoutSurrogates(original);
  const auto error = parser.parse(simdjson::padded_string(text)).error();
  return error == simdjson::SUCCESS || HasGiantNumber(text);
}

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Decoder decoder;
  static NdjsonDecoder lines;
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::string padded = text;
  padded.append(kPadding, 'x');
  OpenGate gate;
  BatchWriter writer;
  BeaconResult result;
  decoder.DecodeBeacon({padded.data(), size}, 86'400'000, &gate, &writer, &result);
  if (!result.problem) {
    Require(IsJson(text));
    const Batch batch = writer.Finish();
    BatchReader reader(batch.bytes());
    uint32_t n = 0;
    for (EventView event; reader.Next(&event); ++n) Require(IsEventName(event.name));
    Require(reader.status().ok() && n == result.accepted);
  }
  LineEvent event;
  if (!lines.Decode(text, &event)) {
    Require(IsJson(text));
    Require(IsEventName(event.name) && !event.visitor.empty());
  }
  LineEvent plain;
  if (ReadPlainLine(text, &plain)) {
    Require(!decoder.DecodeLine({padded.data(), size}, &event));
    Require(DumpOf(plain) == DumpOf(event));
  }
  return 0;
}
