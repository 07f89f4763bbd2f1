// Any bytes as a head and as chunks: read in one piece and byte by byte, to the same end.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "collector/csv.h"
#include "collector/gzip.h"
#include "collector/request.h"

using namespace vinkki;
using namespace vinkki::collector;

namespace {

constexpr size_t kLimit = 4096;

struct Read {
  HeadScan scan = HeadScan::kIncomplete;
  size_t end = 0;
  bool refused = false;
  bool done = false;
  std::string body;
  bool operator==(const Read&) const = default;
};

// Feeds `bytes` in steps of `step`.
Read ReadAll(const std::string& bytes, size_t step) {
  Read out;
  size_t scanned = 0;
  size_t have = 0;
  while (out.scan == HeadScan::kIncomplete && have < bytes.size()) {
    have = std::min(have + step, bytes.size());
    out.scan = ScanHead(std::string_view(bytes).substr(0, have), &scanned, &out.end);
  }
  if (out.scan != HeadScan::kComplete) return out;
  const std::string head = bytes.substr(0, out.end);
  RequestParser parser;
  out.refused = static_cast<bool>(parser.ReadHead(head));
  if (out.refused || !parser.request().chunked) return out;
  std::string pending;
  Problem problem;
  for (size_t at = out.end; at < bytes.size() && !problem && !parser.chunks_done(); at += step) {
    pending.append(bytes, at, step);
    pending.erase(0, parser.ReadChunks(pending, kLimit, &out.body, &problem));
  }
  out.refused = static_cast<bool>(problem);
  out.done = !problem && parser.chunks_done();
  if (out.body.size() > kLimit) std::abort();
  if (!out.done) out.body.clear();  // how much came through depends on the steps
  return out;
}

void ReadCsv(const std::string& text) {
  auto mapping = ParseCsvMapping("name='a',at=t,visitor=v,x=x");
  auto reader = CsvReader::Open(text, std::move(mapping).value());
  if (!reader.ok()) return;
  LineEvent event;
  uint32_t line = 0;
  uint32_t last = 0;
  for (Problem problem; reader->Next(&event, &line, &problem); last = line) {
    if (line <= last) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const Read whole = ReadAll(bytes, bytes.size() + 1);
  const Read single = ReadAll(bytes, 1);
  if (whole.scan != single.scan && whole.scan != HeadScan::kBad && single.scan != HeadScan::kBad) {
    std::abort();
  }
  if (whole.done && single.done && whole.body != single.body) std::abort();
  if (whole.done != single.done) std::abort();
  std::string plain;
  if (!Gunzip(bytes, kLimit, &plain) && plain.size() > kLimit) std::abort();
  ReadCsv("t,v,x\n" + bytes);
  ReadCsv(bytes);
  return 0;
}
