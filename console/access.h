// Who may speak to the staff port, and what the page may do: the decisions without the sockets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace vinkki::console {

struct Address {
  std::string host;
  int port = 0;
};

// "127.0.0.1:8081", "localhost:0", "[::1]:8081". kInvalid says what is expected.
Result<Address> ParseAddress(std::string_view listen);

// Whether a Host header names this port in a way that a foreign web page cannot arrange: an IP
// address, localhost and names below it, the host that is listened on, or one of `hosts`. A page
// that rebinds its own name to our address sends its own name. Ports are not compared.
bool HostAllowed(std::string_view header, std::string_view listen_host,
                 const std::vector<std::string>& hosts);

enum class TokenCheck { kRight, kMissing, kWrong };

// `authorization` is the header's value: "Bearer <token>", the scheme in any case.
TokenCheck CheckToken(std::string_view authorization, std::string_view token);

// The Content-Security-Policy of the page: its own files, and the shop in a frame. A shop on
// localhost may be framed as 127.0.0.1 too, and the other way round.
std::string PagePolicy(std::string_view shop_url);

}  // namespace vinkki::console
