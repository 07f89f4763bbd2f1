#include "collector/gzip.h"

#include <zlib.h>

#include <algorithm>

namespace vinkki::collector {
namespace {

constexpr size_t kStep = 64u << 10;
constexpr int kGzipOnly = 16 + MAX_WBITS;

struct Inflater {
  z_stream stream{};
  bool ok = inflateInit2(&stream, kGzipOnly) == Z_OK;
  ~Inflater() {
    if (ok) inflateEnd(&stream);
  }
};

// Reads one member to its end.
Problem InflateMember(z_stream* stream, size_t limit, std::string* plain) {
  for (int result = Z_OK; result != Z_STREAM_END;) {
    const size_t had = plain->size();
    // One byte more than allowed, to tell "exactly the limit" from "more".
    const size_t step = std::min(kStep, limit + 1 - had);
    plain->resize(had + step);
    stream->next_out = reinterpret_cast<Bytef*>(plain->data() + had);
    stream->avail_out = static_cast<uInt>(step);
    result = inflate(stream, Z_NO_FLUSH);
    plain->resize(had + step - stream->avail_out);
    if (plain->size() > limit) {
      return {Reason::kBodyTooLarge, "more than " + std::to_string(limit) + " bytes unpacked"};
    }
    if (result == Z_STREAM_END) break;
    if (result != Z_OK) return {Reason::kBadGzip, "broken or cut off"};
  }
  return {};
}

}  // namespace

Problem Gunzip(std::string_view packed, size_t limit, std::string* plain) {
  plain->clear();
  Inflater inflater;
  if (!inflater.ok) return {Reason::kBadGzip, "zlib has no memory"};
  z_stream* stream = &inflater.stream;
  stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream->avail_in = static_cast<uInt>(packed.size());
  do {  // members may follow each other (RFC 1952, 2.2)
    if (Problem problem = InflateMember(stream, limit, plain)) return problem;
    inflateReset(stream);
  } while (stream->avail_in > 0);
  return {};
}

}  // namespace vinkki::collector
