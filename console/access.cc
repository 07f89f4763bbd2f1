#include "console/access.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "base/hash.h"
#include "base/text.h"

namespace vinkki::console {
namespace {

bool IsV4(const std::string& host) {
  in_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool IsV6(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool IsPort(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return !text.empty() && error == std::errc() && end == text.data() + text.size() && port >= 0 &&
         port <= 65535;
}

// Splits "host[:port]" and "[ipv6][:port]". False: it is neither.
bool SplitHost(std::string_view text, std::string* host, std::string_view* port, bool* v6) {
  *v6 = text.starts_with("[");
  const size_t end = *v6 ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos) return false;
  *host = Lower(*v6 ? text.substr(1, end - 1) : text.substr(0, end));
  std::string_view rest = text.substr(*v6 ? end + 1 : end);
  if (rest.empty()) return !host->empty();
  if (rest.front() != ':') return false;
  *port = rest.substr(1);
  return !host->empty() && IsPort(*port);
}

// "http://host[:port]" of an http(s) URL; empty when it is none, or not fit for a policy.
std::string OriginOf(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return "";
  const std::string_view name = url.substr(0, scheme);
  if (name != "http" && name != "https") return "";
  const size_t end = std::min(url.find_first_of("/?#", scheme + 3), url.size());
  const std::string_view origin = url.substr(0, end);
  const bool plain = std::all_of(origin.begin(), origin.end(), [](unsigned char c) {
    return std::isalnum(c) || c == ':' || c == '/' || c == '.' || c == '-' || c == '[' || c == ']';
  });
  return plain && end > scheme + 3 ? std::string(origin) : "";
}

std::string Swap(const std::string& origin, std::string_view from, std::string_view to) {
  const size_t at = origin.find("://") + 3;
  if (origin.compare(at, from.size(), from) != 0) return "";
  const std::string_view rest = std::string_view(origin).substr(at + from.size());
  if (!rest.empty() && rest.front() != ':') return "";
  return origin.substr(0, at) + std::string(to) + std::string(rest);
}

}  // namespace

Result<Address> ParseAddress(std::string_view listen) {
  Address address;
  std::string_view port;
  bool v6 = false;
  if (!SplitHost(listen, &address.host, &port, &v6) || port.empty()) {
    return Status::Invalid("staff port: \"" + std::string(listen) +
                           "\" is no address; write host:port, such as 127.0.0.1:8081");
  }
  std::from_chars(port.data(), port.data() + port.size(), address.port);
  return address;
}

bool HostAllowed(std::string_view header, std::string_view listen_host,
                 const std::vector<std::string>& hosts) {
  std::string host;
  std::string_view port;
  bool v6 = false;
  if (!SplitHost(header, &host, &port, &v6)) return false;
  if (v6) return IsV6(host);
  if (IsV4(host) || host == "localhost" || host.ends_with(".localhost")) return true;
  if (host == Lower(listen_host)) return true;
  return std::any_of(hosts.begin(), hosts.end(),
                     [&](const std::string& allowed) { return Lower(allowed) == host; });
}

TokenCheck CheckToken(std::string_view authorization, std::string_view token) {
  constexpr std::string_view kScheme = "bearer ";
  if (Lower(authorization.substr(0, kScheme.size())) != kScheme) return TokenCheck::kMissing;
  const std::string_view given = authorization.substr(kScheme.size());
  return SecretsEqual(given, token) ? TokenCheck::kRight : TokenCheck::kWrong;
}

std::string PagePolicy(std::string_view shop_url) {
  std::string frames = OriginOf(shop_url);
  if (!frames.empty()) {
    const std::string swapped =
        Swap(frames, "localhost", "127.0.0.1") + Swap(frames, "127.0.0.1", "localhost");
    if (!swapped.empty()) frames += " " + swapped;
  }
  return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
         "connect-src 'self'; frame-src " +
         (frames.empty() ? "'none'" : frames) +
         "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace vinkki::console
