// GET /v1/offers: the stream of server-sent events on which a page gets its offers.
//
//   stream = ": open" *( event | ": keep-alive" )
//   event  = "event: " name LF "id: " id LF *("data: " line LF) LF
#pragma once

#include <string>
#include <string_view>

#include "collector/exchange.h"
#include "collector/request.h"

namespace vinkki::collector {

class IoThread;

// Opens the stream on the exchange's connection, or ends the exchange with a problem.
void HandleOffers(IoThread* thread, Exchange* exchange, const Request& request);

std::string FormatEvent(std::string_view name, std::string_view id, std::string_view data);

inline constexpr std::string_view kKeepAlive = ": keep-alive\n\n";

}  // namespace vinkki::collector
