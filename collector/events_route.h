// POST /v1/events: NDJSON from a site's servers, plain or gzip. Answered when every batch of it is
// durable. Batches that find the engine's queue full wait for room (their sender has no other way
// to tell which of them were taken), at most a write timeout.
#pragma once

#include <string_view>

#include "collector/exchange.h"
#include "collector/request.h"

namespace vinkki::collector {

class IoThread;

void HandleEvents(IoThread* thread, Exchange* exchange, const Site& site, const Request& request,
                  std::string_view body);
void AnswerEvents(IoThread* thread, Exchange* exchange);

}  // namespace vinkki::collector
