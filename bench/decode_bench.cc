// Decoding: a beacon's body of ten events to the batch's bytes, and one line of NDJSON.
//
// Workloads: the three bodies of bodies.lua in small (a product page, a category, a checkout),
// about 1.6 kB each, fixed text; items are events.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "collector/decode.h"
#include "collector/ndjson.h"

namespace vinkki::collector {
namespace {

constexpr char kProduct[] =
    R"(["view_item",-2480,{"currency":"EUR","value":89,"items":[{"item_id":"sku-7-fog",)"
    R"("item_name":"Enamel kettle, fog","item_brand":"Saaristo","item_category":"Kitchen",)"
    R"("item_variant":"fog","price":89,"quantity":1}]}])";
constexpr char kPage[] =
    R"(["page_view",-3900,{"type":"product","url":"https://shop.example/p/7?utm_campaign=autumn",)"
    R"("title":"Enamel kettle - Saaristo","referrer":"https://search.example/"}])";
constexpr char kClick[] =
    R"(["click",-1900,{"selector":"main > section:nth-of-type(2) > button.next",)"
    R"("text":"Next picture","x":612,"y":388}])";

std::string Body() {
  std::string body =
      R"({"v":1,"s":"bench","i":"visitor-000000000001","t":"tab1","n":1,"b":"load1",)"
      R"("sent":1790000000000,"m":"cookieless","e":[)";
  for (const char* event : {kPage, kProduct, R"(["active",-2000,{}])", kClick, kProduct, kClick,
                            R"(["active",-900,{}])", kProduct, kClick,
                            R"(["vitals",0,{"lcp":1840,"inp":120,"cls":0.02}])"}) {
    body += event;
    body += ',';
  }
  body.back() = ']';
  return body + "}";
}

class OpenGate final : public EnvelopeGate {
 public:
  Problem Admit(const Envelope& envelope, BatchWriter* writer) override {
    BatchHeader header;
    header.received = 1'790'000'000'000;
    header.number = envelope.number;
    header.load = 1;
    writer->Begin(envelope.site, envelope.page_id, header);
    return {};
  }
};

void DecodeBeacon(benchmark::State& state) {
  const std::string body = Body();
  std::string padded = body + std::string(kPadding, ' ');
  Decoder decoder;
  BatchWriter writer;
  BeaconResult result;
  OpenGate gate;
  for (auto _ : state) {
    decoder.DecodeBeacon({padded.data(), body.size()}, 86'400'000, &gate, &writer, &result);
    if (result.accepted != 10) state.SkipWithError("the body was not accepted");
    Batch batch = writer.Finish();
    benchmark::DoNotOptimize(batch);
  }
  state.SetItemsProcessed(state.iterations() * 10);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * body.size()));
}
BENCHMARK(DecodeBeacon);

const std::string kLine =
    R"({"site":"bench","visitor":"v-81","at":1790000000000,"name":"add_to_cart",)"
    R"("props":{"value":80,"items":[{"item_id":"sku-1","price":80,"quantity":1}]},"id":"e-1"})";

void DecodeLine(benchmark::State& state) {
  NdjsonDecoder decoder;
  LineEvent event;
  for (auto _ : state) {
    const Problem problem = decoder.Decode(kLine, &event);
    if (problem) state.SkipWithError("the line was not accepted");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(DecodeLine);

// As a line is read that is not plain (plain_line.h).
void DecodeLineGenerally(benchmark::State& state) {
  const std::string padded = kLine + std::string(kPadding, ' ');
  Decoder decoder;
  LineEvent event;
  for (auto _ : state) {
    const Problem problem = decoder.DecodeLine({padded.data(), kLine.size()}, &event);
    if (problem) state.SkipWithError("the line was not accepted");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(DecodeLineGenerally);

}  // namespace
}  // namespace vinkki::collector
