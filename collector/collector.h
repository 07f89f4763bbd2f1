// The visitor-facing edge: beacons, events from servers, the page's script and the offers stream,
// over HTTP/1.1. Start is the only entry point of this room for serving.
//
// Threads: `io_threads` I/O threads, each with its own io_context; a connection lives on one of
// them. Start, Stop and the destructor belong to main; Push and OnOpen may be called by anybody.
//
// Lifetime: the collector is the AckSink of what it submitted, so the order at the end is Stop
// (requests in flight are still answered), then the engine's Stop, then both are destroyed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/offer_stream.h"
#include "base/status.h"
#include "collector/quota.h"
#include "engine/ingest.h"

namespace vinkki::collector {

// One shop. `origins` as browsers write them: "https://shop.example", no path, no slash at the end.
// `secret` admits POST /v1/events; empty: nobody.
struct Site {
  std::string key;
  std::vector<std::string> origins;
  std::string secret;
};

struct CollectorOptions {
  std::string listen = "127.0.0.1:8080";  // address:port; port 0 takes a free one
  uint32_t io_threads = 1;
  std::vector<Site> sites;
  // Serves /demo/ and adds the site "demo", whose origins are http://localhost and
  // http://127.0.0.1 with the real port, unless `sites` has one of that name.
  bool demo = false;

  size_t header_limit = 8u << 10;        // 431 beyond
  size_t beacon_body_limit = 64u << 10;  // 413 beyond
  size_t ndjson_body_limit = 8u << 20;   // before and after gzip; 413 beyond
  size_t max_connections = 16'000;       // 503 and close beyond
  size_t stream_buffer = 64u << 10;      // unsent bytes of an offers stream; dropped beyond
  QuotaOptions quota;                    // 429 beyond

  Millis accepted_lateness = 24 * 3'600'000;  // of an event from a page; older ones are refused
  Millis request_timeout = 10'000;            // from a request's first byte to its last
  Millis write_timeout = 10'000;              // for a reader that takes no byte of an answer
  Millis idle_timeout = 75'000;               // between two requests of a connection
  Millis stream_keep_alive = 15'000;          // a comment line on an idle offers stream
  Millis stop_grace = 3'000;                  // for requests in flight at Stop
};

class Collector : public OfferStreams {
 public:
  // kConflict: the address is in use; kInvalid: not an address, a site twice. Serving when it
  // returns. `ingest`, `clock` and `metrics` outlive the collector.
  static Result<std::unique_ptr<Collector>> Start(CollectorOptions options, engine::Ingest* ingest,
                                                  const Clock* clock, Metrics* metrics);
  ~Collector() override = default;  // stops first

  // The port that is really listened on.
  virtual uint16_t port() const = 0;

  // Accepts nothing more, answers what is in flight, closes the streams, ends the threads. Pushes
  // from then on are answered `false`.
  virtual void Stop() = 0;

  // OfferStreams. OnOpen may also be set after Start: streams opened before are not reported.
  // Push calls `written(true)` when a stream of the visitor took the bytes into its buffer.
};

}  // namespace vinkki::collector
