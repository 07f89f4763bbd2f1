#include "collector/identity.h"

#include <algorithm>

#include "base/hash.h"

namespace vinkki::collector {
namespace {

constexpr std::string_view kCookie = "vinkki_id";
// 13 months: the longest that CNIL's guidance on audience measurement allows; never prolonged.
constexpr std::string_view kMaxAge = "34128000";

std::string CookieLine(std::string_view value, std::string_view max_age, bool secure) {
  std::string out = "Set-Cookie: ";
  out.append(kCookie).append("=").append(value);
  out.append("; Path=/; Max-Age=").append(max_age).append("; HttpOnly; SameSite=Lax");
  if (secure) out.append("; Secure");
  return out.append("\r\n");
}

}  // namespace

bool IsToken(std::string_view text, size_t low, size_t high) {
  if (text.size() < low || text.size() > high) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

std::string_view VisitorOfCookie(std::string_view header) {
  while (!header.empty()) {
    const size_t end = std::min(header.find(';'), header.size());
    std::string_view pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    while (!pair.empty() && pair.front() == ' ') pair.remove_prefix(1);
    if (pair.size() <= kCookie.size() || !pair.starts_with(kCookie)) continue;
    if (pair[kCookie.size()] != '=') continue;
    const std::string_view value = pair.substr(kCookie.size() + 1);
    if (IsCookieId(value)) return value;
  }
  return {};
}

std::string NewVisitor() { return RandomId(16); }

std::string VisitorOfPage(std::string_view page_id) {
  std::string out = "p.";
  return out.append(page_id);
}

std::string SetCookieLine(std::string_view visitor, bool secure) {
  return CookieLine(visitor, kMaxAge, secure);
}

std::string ExpireCookieLine(bool secure) { return CookieLine("", "0", secure); }

bool IsLocalOrigin(std::string_view origin) {
  constexpr std::string_view kHttp = "http://";
  if (!origin.starts_with(kHttp)) return false;
  origin.remove_prefix(kHttp.size());
  for (std::string_view host : {"localhost", "127.0.0.1", "[::1]"}) {
    if (origin == host) return true;
    if (origin.starts_with(host) && origin[host.size()] == ':') return true;
  }
  return false;
}

}  // namespace vinkki::collector
