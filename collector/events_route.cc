#include "collector/events_route.h"

#include "base/json_writer.h"
#include "collector/gzip.h"
#include "collector/io_thread.h"
#include "collector/routes.h"

namespace vinkki::collector {
namespace {

constexpr size_t kMaxListed = 1000;           // refused lines in an answer
constexpr size_t kMaxQuarantinedLines = 100;  // of one request

void RefuseLine(IoThread* thread, const Site& site, Millis now, uint32_t number,
                std::string_view line, Problem problem, Exchange* exchange) {
  Server& server = thread->server();
  server.counters.Refused(problem.reason, 1);
  if (exchange->refused++ < kMaxQuarantinedLines) {
    server.ingest->Quarantine({now, site.key, std::string(Info(problem.reason).code),
                               problem.detail, std::string(line.substr(0, kMaxQuarantined))});
  }
  LinesAnswer* lines = exchange->lines.get();
  if (lines->refused.size() == kMaxListed) return;
  lines->refused.push_back({number, problem.reason, std::move(problem.detail)});
}

void RefuseAll(IoThread* thread, Exchange* exchange, const Site& site, Millis now,
               const Problem& problem) {
  thread->server().counters.Refused(problem.reason, 1);
  thread->server().ingest->Quarantine(
      {now, site.key, std::string(Info(problem.reason).code), problem.detail, {}});
  AnswerProblem(thread, exchange, problem);
}

// The lines, each for itself, into batches; how many lines there were.
uint32_t ReadLines(IoThread* thread, Exchange* exchange, const Site& site, Millis now,
                   std::string_view body) {
  BatchSplitter splitter({.site = site.key,
                          .only_site = true,
                          .received = now,
                          .lateness = thread->server().options.accepted_lateness});
  LineReader reader(body);
  LineEvent event;
  std::string_view line;
  uint32_t number = 0;
  while (reader.Next(&line, &number)) {
    Problem problem = thread->lines.Decode(line, &event);
    if (!problem) problem = splitter.Add(event);
    if (problem) {
      RefuseLine(thread, site, now, number, line, std::move(problem), exchange);
    } else {
      ++exchange->lines->accepted;
    }
  }
  exchange->lines->batches = splitter.Finish();
  return number;
}

}  // namespace

void HandleEvents(IoThread* thread, Exchange* exchange, const Site& site, const Request& request,
                  std::string_view body) {
  Server& server = thread->server();
  const Millis now = server.clock->Now();
  std::string plain;
  if (request.content_encoding() == "gzip") {
    if (Problem problem = Gunzip(body, server.options.ndjson_body_limit, &plain)) {
      RefuseAll(thread, exchange, site, now, problem);
      return;
    }
    body = plain;
  }
  exchange->lines = std::make_unique<LinesAnswer>();
  if (ReadLines(thread, exchange, site, now, body) == 0) {
    RefuseAll(thread, exchange, site, now, {Reason::kEmptyBody, {}});
    return;
  }
  exchange->lines->give_up_at = SteadyMillis() + server.options.write_timeout;
  if (exchange->lines->batches.empty()) {
    AnswerEvents(thread, exchange);
  } else {
    thread->SubmitLines(exchange);
  }
}

void AnswerEvents(IoThread* thread, Exchange* exchange) {
  const LinesAnswer& lines = *exchange->lines;
  if (exchange->unavailable) {
    AnswerProblem(thread, exchange,
                  {Reason::kUnavailable,
                   "A part may have been stored: events with an id may be sent again safely"});
    return;
  }
  JsonWriter json;
  json.BeginObject().Key("accepted").Whole(lines.accepted).Key("refused").BeginArray();
  for (const LineRefusal& refused : lines.refused) {
    json.BeginObject().Key("line").Whole(refused.line);
    json.Key("code").Text(Info(refused.reason).code).Key("detail").Text(refused.detail);
    json.EndObject();
  }
  json.EndArray();
  if (exchange->refused > lines.refused.size()) {
    json.Key("not_listed").Whole(static_cast<int64_t>(exchange->refused - lines.refused.size()));
  }
  json.EndObject();
  const int status = lines.accepted == 0 ? 422 : 200;
  AppendAnswer(&exchange->response, StyleOf(thread, *exchange), status,
               "Content-Type: application/json\r\nCache-Control: no-store\r\n", json.text());
  thread->server().counters.Request(exchange->route, status);
  exchange->done = true;
}

}  // namespace vinkki::collector
