// Who a visitor is: the cookie of mode full, the page's id of mode cookieless.
//
//   cookie  = "vinkki_id=" 22 base64url characters of 128 random bits
//   visitor = cookie's value | "p." page id                ; so a page can never claim a cookie's
//   page id = 16 to 64 of A-Z a-z 0-9 _ -
#pragma once

#include <string>
#include <string_view>

namespace vinkki::collector {

// [A-Za-z0-9_-]{low,high}
bool IsToken(std::string_view text, size_t low, size_t high);

inline bool IsPageId(std::string_view text) { return IsToken(text, 16, 64); }
inline bool IsCookieId(std::string_view text) { return IsToken(text, 22, 22); }

// The visitor in a Cookie header; empty: none, or not one of ours.
std::string_view VisitorOfCookie(std::string_view cookie_header);

std::string NewVisitor();
std::string VisitorOfPage(std::string_view page_id);

// Complete header lines. `secure` is false only for plain http on the shop's own machine.
std::string SetCookieLine(std::string_view visitor, bool secure);
std::string ExpireCookieLine(bool secure);

// Whether an origin is plain http to this machine, where a Secure cookie would be lost.
bool IsLocalOrigin(std::string_view origin);

}  // namespace vinkki::collector
