#include "collector/routes.h"

#include "collector/beacon_route.h"
#include "collector/events_route.h"
#include "collector/io_thread.h"
#include "collector/offers_route.h"

namespace vinkki::collector {
namespace {

constexpr std::string_view kGet = "Allow: GET, HEAD\r\n";
constexpr std::string_view kPost = "Allow: POST, OPTIONS\r\n";

bool IsPageMethod(Method m) { return m == Method::kGet || m == Method::kHead; }

// "text/plain; charset=utf-8" -> "text/plain"
std::string_view MediaType(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type;
}

void PlanBeacon(const Server& server, const Request& request, Plan* plan) {
  plan->route = Route::kBeacon;
  plan->body_limit = server.options.beacon_body_limit;
  if (request.method == Method::kOptions) return;
  const std::string_view type = MediaType(request.content_type());
  if (request.method != Method::kPost) {
    plan->problem = {Reason::kMethodNotAllowed, {}};
  } else if (plan->origin == nullptr) {
    plan->problem = {Reason::kWrongOrigin, request.has_origin ? "" : "there is no Origin header"};
  } else if (!type.empty() && type != "text/plain" && type != "application/json") {
    plan->problem = {Reason::kUnsupportedType, {}};
  } else if (!request.content_encoding().empty() && request.content_encoding() != "identity") {
    plan->problem = {Reason::kUnsupportedEncoding, {}};
  }
}

void PlanEvents(const Server& server, const Request& request, Plan* plan) {
  plan->route = Route::kEvents;
  plan->body_limit = server.options.ndjson_body_limit;
  plan->site = server.admission.FindSecret(request.authorization());
  const std::string_view type = MediaType(request.content_type());
  const std::string_view encoding = request.content_encoding();
  if (request.method != Method::kPost) {
    plan->problem = {Reason::kMethodNotAllowed, {}};
  } else if (plan->site == nullptr) {
    plan->problem = {Reason::kUnauthorized, {}};
  } else if (!type.empty() && type != "application/x-ndjson" && type != "application/ndjson" &&
             type != "application/jsonl") {
    plan->problem = {Reason::kUnsupportedType, {}};
  } else if (!encoding.empty() && encoding != "identity" && encoding != "gzip") {
    plan->problem = {Reason::kUnsupportedEncoding, {}};
  }
}

void PlanPage(const Server& server, const Request& request, Plan* plan) {
  const std::string_view path = request.path();
  plan->body_limit = server.options.beacon_body_limit;
  if (path == "/v1/offers") {
    plan->route = Route::kOffers;
    if (request.has_origin && plan->origin == nullptr) plan->problem = {Reason::kWrongOrigin, {}};
  } else if (path == "/healthz" || path == "/readyz") {
    plan->route = Route::kHealth;
  } else if ((plan->asset = server.assets.Find(path)) != nullptr) {
    plan->route = plan->asset->demo ? Route::kDemo : Route::kAsset;
  } else if (server.options.demo && (path == "/" || path == "/demo")) {
    plan->route = Route::kDemo;
  } else {
    plan->problem = {Reason::kNotFound, {}};
    return;
  }
  if (!plan->problem && !IsPageMethod(request.method)) {
    plan->problem = {Reason::kMethodNotAllowed, {}};
  }
}

void Answer(IoThread* thread, Exchange* exchange, int status, std::string_view lines,
            std::string_view body) {
  AppendAnswer(&exchange->response, StyleOf(thread, *exchange), status, lines, body);
  thread->server().counters.Request(exchange->route, status);
  exchange->done = true;
}

// A browser asks before a POST that is not simple; ours are, so this is for other clients.
void AnswerPreflight(IoThread* thread, Exchange* exchange) {
  if (exchange->origin == nullptr) {
    AnswerProblem(thread, exchange, {Reason::kWrongOrigin, {}});
    return;
  }
  Answer(thread, exchange, 204,
         "Access-Control-Allow-Methods: POST\r\nAccess-Control-Allow-Headers: Content-Type\r\n"
         "Access-Control-Max-Age: 86400\r\nAllow: POST, OPTIONS\r\n",
         {});
}

void AnswerHealth(IoThread* thread, Exchange* exchange, std::string_view path) {
  Server& server = thread->server();
  constexpr std::string_view kLines = "Content-Type: text/plain\r\nCache-Control: no-store\r\n";
  if (path == "/healthz") {
    Answer(thread, exchange, 200, kLines, "ok\n");
  } else if (server.stopping || !server.ingest->Ready()) {
    AnswerProblem(thread, exchange,
                  {Reason::kUnavailable, server.stopping ? "stopping" : "the store is not ready"});
  } else {
    Answer(thread, exchange, 200, kLines, "ready\n");
  }
}

void AnswerAsset(IoThread* thread, Exchange* exchange, const ServedFile* asset,
                 const Request& request) {
  if (asset == nullptr) {  // "/" and "/demo" of the demo
    Answer(thread, exchange, 301, "Location: /demo/\r\n", {});
    return;
  }
  exchange->origin = nullptr;  // open to all, see Assets
  if (request.if_none_match().find(asset->file->etag) != std::string_view::npos) {
    Answer(thread, exchange, 304, asset->lines, {});
    return;
  }
  std::string_view coding;
  const std::string_view body = Assets::Choose(*asset, request.accept_encoding(), &coding);
  std::string lines = asset->lines;
  if (!coding.empty()) lines.append("Content-Encoding: ").append(coding).append("\r\n");
  Answer(thread, exchange, 200, lines, body);
}

}  // namespace

AnswerStyle StyleOf(IoThread* thread, const Exchange& exchange) {
  return {exchange.origin, exchange.keep_alive, exchange.http10, exchange.head_only,
          thread->date_line()};
}

Problem OverQuota(const BucketTable& table, Reason reason, uint64_t key, Millis now) {
  const Millis wait = table.Wait(key, now);
  if (wait == 0) return {};
  return {reason, {}, (wait + 999) / 1000};
}

bool RefuseOverQuota(IoThread* thread, Exchange* exchange) {
  Server& server = thread->server();
  if (exchange->client == 0) return false;
  const Problem problem = OverQuota(server.quotas.addresses, Reason::kAddressQuota,
                                    exchange->client, server.clock->Now());
  if (!problem) return false;
  server.counters.Refused(problem.reason, 1);
  AnswerProblem(thread, exchange, problem);
  return true;
}

void AnswerProblem(IoThread* thread, Exchange* exchange, const Problem& problem,
                   const std::vector<Refused>* places, std::string_view lines) {
  if (problem.reason == Reason::kMethodNotAllowed && lines.empty()) {
    lines = exchange->route == Route::kBeacon || exchange->route == Route::kEvents ? kPost : kGet;
  }
  AppendProblem(&exchange->response, StyleOf(thread, *exchange), problem, places, lines);
  thread->server().counters.Request(exchange->route, problem.status());
  exchange->done = true;
}

Plan MakePlan(const Server& server, const Request& request) {
  Plan plan;
  if (request.has_origin) plan.origin = server.admission.FindOrigin(request.origin());
  const std::string_view path = request.path();
  if (path == "/v1/e") {
    PlanBeacon(server, request, &plan);
  } else if (path == "/v1/events") {
    PlanEvents(server, request, &plan);
  } else {
    PlanPage(server, request, &plan);
  }
  return plan;
}

void HandleRequest(IoThread* thread, Exchange* exchange, const Plan& plan, const Request& request,
                   std::string_view body) {
  switch (plan.route) {
    case Route::kBeacon:
      if (request.method == Method::kOptions) {
        AnswerPreflight(thread, exchange);
      } else {
        HandleBeacon(thread, exchange, request, body);
      }
      return;
    case Route::kEvents: HandleEvents(thread, exchange, *plan.site, request, body); return;
    case Route::kOffers: HandleOffers(thread, exchange, request); return;
    case Route::kHealth: AnswerHealth(thread, exchange, request.path()); return;
    default: AnswerAsset(thread, exchange, plan.asset, request);
  }
}

void AnswerStored(IoThread* thread, Exchange* exchange) {
  if (exchange->route == Route::kEvents) {
    AnswerEvents(thread, exchange);
  } else {
    AnswerBeacon(thread, exchange);
  }
}

}  // namespace vinkki::collector
