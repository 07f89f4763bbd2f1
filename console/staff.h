// The staff port: the console page and the API behind it, for the people who run the shop's
// customer service. Private by default: loopback, and a bearer token on everything that tells or
// changes something.
//
//   GET  /, /assets/...      the page (console/web), embedded; says nothing without the token
//   GET  /healthz            200 while the port answers; no token
//   GET  /metrics            Prometheus' text format; token, unless StaffOptions::open_metrics
//   GET  /api/v1/about       {"version","now":ms,"shop_url"}
//   GET  /api/v1/visitors    {"now":ms,"visitors":[{"site","visitor","last_at":ms,"events":n}]}
//   GET  /api/v1/live        ?site=&visitor= (empty: everybody's): server-sent events, the messages
//                            of engine::Watch as `data`, `event: hello` and `event: ping` with
//                            {"now":ms} at the start and every 10 s of silence
//   GET  /api/v1/explain     ?visitor= and, as needed, &site= &at= &rule=: why they got an offer,
//   or
//                            none, under the rules in force: docs/schemas/explanation.schema.json;
//                            `at` is a time, last, last+10s, first (docs/explain.md). 404 where
//                            there is no such visitor, moment or rule; 400 where the question is
//                            wrong
//   GET  /api/v1/rules       the rules in force, and where they come from (rules_api.h)
//   PUT  /api/v1/rules       other rules, at once in force and on disk; ?dry_run (rules_api.h)
//   POST /api/v1/reload      reads the rules again; 200 {"version"} or 422 with every error
//
// Errors are application/problem+json {"type","title","status","code","detail"}; codes:
// token_missing, token_wrong, host, malformed, not_found, too_large, streams, rules, conflict,
// media_type, unavailable, internal.
//
// No CORS, no cookie, no token in a URL: a foreign page can neither read nor change anything, and
// a Host header that is not a loopback name, an address or listed in `hosts` is refused, which
// leaves DNS rebinding nothing to rebind.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/status.h"
#include "engine/explain.h"
#include "engine/live.h"
#include "rules/program.h"

namespace vinkki::console {

class RulesInForce;

struct StaffOptions {
  std::string listen = "127.0.0.1:8081";  // host:port or [ipv6]:port; port 0: any free one
  std::string token;                      // required
  std::vector<std::string> hosts;         // names by which a reverse proxy calls this port
  std::string shop_url;       // shown beside the live view (the demo's split view); may be empty
  bool open_metrics = false;  // /metrics without the token
  size_t max_streams = 16;    // open live views; more get 503
  // Answers GET /api/v1/explain, as JSON. Null: there is no explain.
  std::function<Result<std::string>(const engine::ExplainQuery&)> explain;
  RulesInForce* rules = nullptr;  // what PUT changes; outlives the Staff. Null: there is no PUT
};

// Owned by main. Threads of its own: one that accepts and a pool of max_streams + 8; every function
// given to Start is called on the pool's threads, several at a time.
class Staff {
 public:
  // kConflict: the port is in use; kInvalid: no token, or an address that is none. `live`,
  // `metrics` and `clock` outlive the Staff. `reload` is what SIGHUP also calls; its message is
  // shown to the person who asked.
  static Result<std::unique_ptr<Staff>> Start(
      StaffOptions options, engine::Live* live,
      std::function<std::shared_ptr<const rules::Program>()> program,
      std::function<Status()> reload, Metrics* metrics, const Clock* clock);
  virtual ~Staff() = default;  // stops first

  virtual uint16_t port() const = 0;
  // Ends the open streams and waits for the requests in progress, at most a few seconds.
  virtual void Stop() = 0;
};

}  // namespace vinkki::console
