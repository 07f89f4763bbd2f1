#include "collector/offers_route.h"

#include <algorithm>

#include "collector/identity.h"
#include "collector/io_thread.h"
#include "collector/routes.h"

namespace vinkki::collector {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The value of `name` in a query, percent-decoded; empty when there is none.
std::string Parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const size_t eq = pair.find('=');
    if (eq == std::string_view::npos || pair.substr(0, eq) != name) continue;
    std::string out;
    for (size_t i = eq + 1; i < pair.size(); ++i) {
      const bool escape = pair[i] == '%' && i + 2 < pair.size() && HexDigit(pair[i + 1]) >= 0 &&
                          HexDigit(pair[i + 2]) >= 0;
      out.push_back(escape ? static_cast<char>(HexDigit(pair[i + 1]) * 16 + HexDigit(pair[i + 2]))
                    : pair[i] == '+' ? ' '
                                     : pair[i]);
      if (escape) i += 2;
    }
    return out;
  }
  return {};
}

Problem FindStream(const Server& server, const Request& request, std::string* site_key,
                   std::string* visitor) {
  *site_key = Parameter(request.query(), "s");
  const Site* site = server.admission.Find(*site_key);
  if (site == nullptr) return {Reason::kUnknownSite, {}};
  if (request.has_origin && !Admission::Lists(*site, request.origin())) {
    return {Reason::kWrongOrigin, {}};
  }
  const std::string page_id = Parameter(request.query(), "i");
  if (!page_id.empty() && !IsPageId(page_id)) return {Reason::kBadVisitor, {}};
  if (page_id.empty() && request.cookie_visitor().empty()) return {Reason::kNoVisitor, {}};
  *visitor = page_id.empty() ? std::string(request.cookie_visitor()) : VisitorOfPage(page_id);
  return {};
}

}  // namespace

void HandleOffers(IoThread* thread, Exchange* exchange, const Request& request) {
  Server& server = thread->server();
  if (RefuseOverQuota(thread, exchange)) return;
  if (exchange->client != 0)
    server.quotas.addresses.Charge(exchange->client, server.clock->Now(), 1);
  std::string site;
  std::string visitor;
  if (Problem problem = FindStream(server, request, &site, &visitor)) {
    server.counters.Refused(problem.reason, 1);
    AnswerProblem(thread, exchange, problem);
    return;
  }
  std::string head = "HTTP/1.1 200 OK\r\n";
  head.append(thread->date_line());
  if (exchange->origin != nullptr) head.append(exchange->origin->cors);
  // The stream ends with its connection; proxies must not collect it.
  head.append(
      "Content-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
      "Connection: close\r\n\r\n");
  if (exchange->head_only) {
    exchange->keep_alive = false;
    exchange->response = std::move(head);
    exchange->done = true;
    return;
  }
  head.append("retry: 3000\n: open\n\n");
  server.counters.Request(exchange->route, 200);
  exchange->connection->BecomeStream(site + '\0' + visitor, head);
  std::function<void(std::string_view, std::string_view)> on_open;
  {
    std::lock_guard lock(server.on_open_mutex);
    on_open = server.on_open;
  }
  if (on_open) on_open(site, visitor);
}

std::string FormatEvent(std::string_view name, std::string_view id, std::string_view data) {
  std::string out = "event: ";
  out.append(name).append("\nid: ").append(id).append("\n");
  do {
    const size_t end = std::min(data.find('\n'), data.size());
    out.append("data: ").append(data.substr(0, end)).append("\n");
    data.remove_prefix(std::min(end + 1, data.size()));
  } while (!data.empty());
  return out.append("\n");
}

}  // namespace vinkki::collector
