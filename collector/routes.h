// What the collector answers at which path. A request is looked at twice: MakePlan when its head is
// there (so that nobody uploads what will be refused), HandleRequest when its body is.
//
//   POST /v1/e         beacon              -> 204 | problem
//   POST /v1/events    NDJSON, secret      -> 200 {"accepted":n,"refused":[...]} | problem
//   GET  /v1/offers    s, i                -> text/event-stream
//   GET  /v1/*.js, /demo/*                 -> embedded files
//   GET  /healthz, /readyz
#pragma once

#include <cstddef>
#include <string_view>

#include "collector/assets.h"
#include "collector/exchange.h"
#include "collector/request.h"
#include "collector/response.h"

namespace vinkki::collector {

class IoThread;

// What the head of a request decides.
struct Plan {
  Route route = Route::kOther;
  Problem problem;  // refuse; the body, if any, is not read
  size_t body_limit = 0;
  const ServedFile* asset = nullptr;
  const Site* site = nullptr;      // of the secret
  const Origin* origin = nullptr;  // that some site lists
};

Plan MakePlan(const Server& server, const Request& request);

// The answer goes into exchange->response, which is complete when exchange->done; a beacon's and
// NDJSON's come later, by Answer*. `body` has kPadding readable bytes behind it. An offers stream
// is begun on the connection and has no answer.
void HandleRequest(IoThread* thread, Exchange* exchange, const Plan& plan, const Request& request,
                   std::string_view body);

// When the last ack of the exchange is there.
void AnswerStored(IoThread* thread, Exchange* exchange);

// Ends the exchange with a problem.
void AnswerProblem(IoThread* thread, Exchange* exchange, const Problem& problem,
                   const std::vector<Refused>* places = nullptr, std::string_view lines = {});

// kNone, or that `key` has to wait, with the time.
Problem OverQuota(const BucketTable& table, Reason reason, uint64_t key, Millis now);
// True: the client's address has sent too much, and the exchange was answered so.
bool RefuseOverQuota(IoThread* thread, Exchange* exchange);

AnswerStyle StyleOf(IoThread* thread, const Exchange& exchange);

}  // namespace vinkki::collector
