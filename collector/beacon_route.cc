#include "collector/beacon_route.h"

#include <algorithm>

#include "base/hash.h"
#include "collector/identity.h"
#include "collector/io_thread.h"
#include "collector/routes.h"

namespace vinkki::collector {
namespace {

// A hash of tab and page load, never 0 (which stands for "from a server").
uint64_t LoadOf(const Envelope& envelope) {
  char text[65];  // both are at most 32
  size_t n = envelope.tab.copy(text, 32);
  text[n++] = '\0';
  n += envelope.load.copy(text + n, 32);
  const uint64_t hash = Hash64({text, n});
  return hash == 0 ? 1 : hash;
}

// What a batch takes from the quotas, however much of it was right.
void Charge(Server* server, uint64_t client, uint64_t visitor, Millis now, uint32_t events) {
  if (client != 0) server->quotas.addresses.Charge(client, now, std::max(events, 1u));
  if (visitor != 0) server->quotas.visitors.Charge(visitor, now, std::max(events, 1u));
}

class BeaconGate final : public EnvelopeGate {
 public:
  BeaconGate(const Server& server, const Request& request, Millis now, Exchange* exchange)
      : server_(server), request_(request), now_(now), exchange_(exchange) {}

  Problem Admit(const Envelope& envelope, BatchWriter* writer) override {
    const Site* site = server_.admission.Find(envelope.site);
    if (site == nullptr) return {Reason::kUnknownSite, {}};
    site_ = site;
    if (!Admission::Lists(*site, request_.origin())) return {Reason::kWrongOrigin, {}};
    std::string_view visitor;
    if (Problem problem = Identify(envelope, &visitor)) return problem;
    if (Problem problem = CheckQuota(envelope, visitor)) return problem;
    BatchHeader header;
    header.consent = envelope.mode;
    header.received = now_;
    header.load = LoadOf(envelope);
    header.number = envelope.number;
    writer->Begin(site->key, visitor, header);
    return {};
  }

  const Site* site() const { return site_; }
  uint64_t visitor_key() const { return visitor_key_; }  // of the quota
  // The visitor withdrew, and nothing is known about them that could be told.
  bool nobody() const { return nobody_; }

 private:
  Problem Identify(const Envelope& envelope, std::string_view* visitor) {
    const bool secure = !server_.options.demo && !IsLocalOrigin(request_.origin());
    const std::string_view cookie = request_.cookie_visitor();
    switch (envelope.mode) {
      case Consent::kFull:
        if (request_.privacy_signal) return {Reason::kPrivacySignal, {}};
        if (cookie.empty()) {
          made_ = NewVisitor();
          exchange_->cookie_line = SetCookieLine(made_, secure);
        }
        *visitor = cookie.empty() ? std::string_view(made_) : cookie;
        return {};
      case Consent::kCookieless:
        if (!IsPageId(envelope.page_id)) {
          return {Reason::kBadVisitor, "\"i\" is not 16 to 64 of A-Z a-z 0-9 _ -"};
        }
        made_ = VisitorOfPage(envelope.page_id);
        *visitor = made_;
        return {};
      case Consent::kOff: break;
    }
    nobody_ = cookie.empty();
    if (!nobody_) exchange_->cookie_line = ExpireCookieLine(secure);
    *visitor = cookie;
    return {};
  }

  // A withdrawal is always taken: it may be the page's last word.
  Problem CheckQuota(const Envelope& envelope, std::string_view visitor) {
    if (envelope.mode == Consent::kOff) return {};
    visitor_key_ = server_.quotas.VisitorKey(site_->key, visitor);
    return OverQuota(server_.quotas.visitors, Reason::kVisitorQuota, visitor_key_, now_);
  }

  const Server& server_;
  const Request& request_;
  const Millis now_;
  Exchange* exchange_;
  const Site* site_ = nullptr;
  uint64_t visitor_key_ = 0;
  std::string made_;
  bool nobody_ = false;
};

void Quarantine(Server* server, Millis now, std::string_view site, Reason reason,
                std::string_view detail, std::string_view bytes) {
  const std::string_view why = detail.empty() ? Info(reason).title : detail;
  server->ingest->Quarantine({now, std::string(site), std::string(Info(reason).code),
                              std::string(why), std::string(bytes.substr(0, kMaxQuarantined))});
}

// A body that is refused as a whole.
void RefuseBody(IoThread* thread, Exchange* exchange, const BeaconGate& gate, Millis now,
                std::string_view body) {
  Server& server = thread->server();
  const Problem& problem = thread->beacon_result.problem;
  server.counters.Refused(problem.reason, 1);
  const std::string_view site = gate.site() == nullptr ? std::string_view() : gate.site()->key;
  // Who asks not to be tracked is not kept as refused input either, and who sends too much may not
  // take the quarantine from others.
  const bool keep = problem.reason != Reason::kPrivacySignal;
  if (problem.reason != Reason::kVisitorQuota) {
    Quarantine(&server, now, site, problem.reason, problem.detail, keep ? body : "");
  }
  exchange->cookie_line.clear();
  AnswerProblem(thread, exchange, problem);
}

void QuarantineEvents(IoThread* thread, const BeaconGate& gate, Millis now) {
  Server& server = thread->server();
  const BeaconResult& result = thread->beacon_result;
  for (const Refused& refused : result.refused) {
    server.counters.Refused(refused.reason, 1);
    Quarantine(&server, now, gate.site()->key, refused.reason, refused.detail, refused.bytes);
  }
  // Only the first kMaxRefused are told apart.
  const auto rest = result.refused_count - static_cast<uint32_t>(result.refused.size());
  if (rest > 0) server.counters.Refused(result.refused.back().reason, rest);
}

}  // namespace

void HandleBeacon(IoThread* thread, Exchange* exchange, const Request& request,
                  std::string_view body) {
  Server& server = thread->server();
  const Millis now = server.clock->Now();
  if (RefuseOverQuota(thread, exchange)) return;
  BeaconResult& result = thread->beacon_result;
  BeaconGate gate(server, request, now, exchange);
  thread->decoder.DecodeBeacon(body, server.options.accepted_lateness, &gate, &thread->writer,
                               &result);
  Charge(&server, exchange->client, result.problem ? 0 : gate.visitor_key(), now,
         result.accepted + result.refused_count);
  if (result.problem) {
    RefuseBody(thread, exchange, gate, now, body);
    return;
  }
  exchange->refused = result.refused_count;
  if (result.accepted == 0) {
    QuarantineEvents(thread, gate, now);
    exchange->cookie_line.clear();
    server.counters.Refused(Reason::kEventsRefused, 1);
    AnswerProblem(thread, exchange, {Reason::kEventsRefused, {}}, &result.refused);
    return;
  }
  if (!gate.nobody()) {
    exchange->acks_left = 1;
    if (!server.ingest->Submit(thread->writer.Finish(), thread, exchange->token())) {
      exchange->acks_left = 0;
      exchange->cookie_line.clear();
      AnswerProblem(thread, exchange, {Reason::kOverloaded, {}});
      return;
    }
  }
  if (result.refused_count > 0) QuarantineEvents(thread, gate, now);
  if (gate.nobody()) AnswerBeacon(thread, exchange);
}

void AnswerBeacon(IoThread* thread, Exchange* exchange) {
  if (exchange->unavailable) {
    AnswerProblem(thread, exchange, {Reason::kUnavailable, {}});
    return;
  }
  std::string& lines = exchange->cookie_line;
  if (exchange->refused > 0) {
    lines.append("Vinkki-Refused: ").append(std::to_string(exchange->refused)).append("\r\n");
  }
  AppendAnswer(&exchange->response, StyleOf(thread, *exchange), 204, lines, {});
  thread->server().counters.Request(exchange->route, 204);
  exchange->done = true;
}

}  // namespace vinkki::collector
