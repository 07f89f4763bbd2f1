// POST /v1/e: admission, identity and consent around the decoder, then the engine.
#pragma once

#include <string_view>

#include "collector/exchange.h"
#include "collector/request.h"

namespace vinkki::collector {

class IoThread;

// Requires an allowed origin (of some site). `body` has kPadding readable bytes behind it.
void HandleBeacon(IoThread* thread, Exchange* exchange, const Request& request,
                  std::string_view body);
void AnswerBeacon(IoThread* thread, Exchange* exchange);

}  // namespace vinkki::collector
