// Verdicts on JSON. JSONTestSuite where it is present (y_ is JSON, n_ is not, i_ either way, never
// a crash), and a generator of broken texts against simdjson's DOM parser, which checks everything.
#include <doctest/doctest.h>
#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "collector/decode.h"
#include "collector/ndjson.h"
#include "tests/collector/support.h"

namespace vinkki::collector {
namespace {

class OpenGate final : public EnvelopeGate {
 public:
  Problem Admit(const Envelope& envelope, BatchWriter* writer) override {
    writer->Begin(envelope.site, envelope.page_id, {});
    return {};
  }
};

// The verdict on a body: its code, "ok" or "refused n" (events).
std::string Verdict(Decoder* decoder, const std::string& body) {
  OpenGate gate;
  BatchWriter writer;
  BeaconResult result;
  std::string padded = body + std::string(kPadding, '\0');
  decoder->DecodeBeacon({padded.data(), body.size()}, 86'400'000, &gate, &writer, &result);
  if (result.problem) {
    CHECK(result.accepted == 0);
    return std::string(Info(result.problem.reason).code);
  }
  const Batch batch = writer.Finish();
  DumpBatch(batch);  // reads all of it
  CHECK(BatchReader(batch.bytes()).header().count == result.accepted);
  return result.refused_count == 0 ? "ok" : "refused " + std::to_string(result.refused_count);
}

bool SaysNotJson(const std::string& verdict) {
  return verdict == "bad_json" || verdict == "bad_utf8" || verdict == "empty_body" ||
         verdict == "too_deep";
}

std::vector<std::filesystem::path> SuiteFiles() {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path folder = DataFolder() / "json_test_suite";
  if (!std::filesystem::exists(folder)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// What it says of a text as a whole body, as the props of an event, inside ignored props, and as a
// field that it does not know.
std::vector<std::string> Verdicts(Decoder* decoder, const std::string& text) {
  std::vector<std::string> out = {Verdict(decoder, text)};
  const std::string good = R"(["good",0,{"k":"v"}])";
  for (const std::string& event :
       {"[\"a\",0," + text + "]", "[\"a\",0,{\"p\":" + text + "}]",
        "[\"a\",0,{\"p\":[" + text + "]}]", "[\"a\",0,{\"items\":[" + text + "]}]",
        "[" + text + ",0]", "[\"a\"," + text + "]", text}) {
    out.push_back(Verdict(decoder, BeaconBody("[" + good + "," + event + "," + good + "]")));
  }
  std::string field = BeaconBody("[" + good + "]");
  field.insert(1, "\"new\":" + text + ",");
  out.push_back(Verdict(decoder, field));
  return out;
}

bool IsBlank(const std::string& text) { return text.find_first_not_of(" ") == std::string::npos; }

TEST_CASE("JSONTestSuite") {
  const std::vector<std::filesystem::path> files = SuiteFiles();
  if (files.empty()) {
    MESSAGE("skipped: JSONTestSuite is not at " << DataFolder() / "json_test_suite");
    return;
  }
  Decoder decoder;
  NdjsonDecoder lines;
  LineEvent line_event;
  for (const auto& path : files) {
    const std::string name = path.filename().string();
    CAPTURE(name);
    const std::string text = ReadFile(path);
    const std::vector<std::string> verdicts = Verdicts(&decoder, text);
    const bool line_ok =
        !SaysNotJson(std::string(Info(lines.Decode(text, &line_event).reason).code));
    if (name.starts_with("y_")) {
      for (const std::string& verdict : verdicts) CHECK(!SaysNotJson(verdict));
      CHECK(line_ok);
    } else if (name.starts_with("n_")) {
      CHECK(SaysNotJson(verdicts[0]));
      CHECK(!line_ok);
      if (IsBlank(text)) continue;  // between brackets, nothing is an empty array
      for (const std::string& verdict : verdicts) CHECK(SaysNotJson(verdict));
    }
  }
  CHECK(files.size() > 300);
}

TEST_CASE("no text that is not JSON as a whole is accepted: against the DOM parser") {
  simdjson::dom::parser dom;
  Decoder decoder;
  std::mt19937 random(42);
  const std::string seed = BeaconBody(
      R"([["page_view",-250,{"url":"/a\u00e4\n","n":-1.5e3,"new":true,"no":null,"x":{"y":[1,2]}}],)"
      R"(["add",0,{"items":[{"item_id":"s1","price":80},{"a":[]},7],"v":0}],["b",-1]])");
  const std::string pieces = "{}[],:\"\\0123456789.eE+-truefalsn u\x01\xC3\xA4\xFF\n\t";
  int accepted = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text = seed;
    for (int changes = 1 + static_cast<int>(random() % 3); changes > 0; --changes) {
      if (text.empty()) text = " ";
      const size_t at = random() % text.size();
      const char piece = pieces[random() % pieces.size()];
      switch (random() % 4) {
        case 0: text[at] = piece; break;
        case 1: text.insert(at, 1, piece); break;
        case 2: text.erase(at, 1 + random() % 4); break;
        default: text.resize(std::max<size_t>(at, 1)); break;
      }
    }
    const std::string verdict = Verdict(&decoder, text);
    const bool json = dom.parse(simdjson::padded_string(text)).error() == simdjson::SUCCESS;
    if (json == SaysNotJson(verdict)) FAIL_CHECK("verdict " << verdict << " on " << text);
    if (!SaysNotJson(verdict)) ++accepted;
  }
  CHECK(accepted > 1000);
}

}  // namespace
}  // namespace vinkki::collector
