// The table of facts in rules.md, each from the visitor's events at every call.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tests/rules/oracle.h"

namespace vinkki::rules::oracle {
namespace {

constexpr Millis kSessionGap = 30 * 60 * 1000;
constexpr Millis kAttended = 5000;

// page.path without query and fragment; of https://s.fi it is "/".
std::string PathOf(const std::string& url) {
  std::string s = url.substr(0, url.find_first_of("?#"));
  const size_t slashes = s.find("//");
  const bool scheme = slashes != std::string::npos && slashes > 1 && s[slashes - 1] == ':' &&
                      s.find_first_of(":/") == slashes - 1;
  if (scheme || slashes == 0) {
    const size_t path = s.find('/', slashes + 2);
    s = path == std::string::npos ? "" : s.substr(path);
  }
  return s.empty() ? "/" : s;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Decoded(const std::string& s) {
  std::string out;
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '%' && i + 2 < s.size() && HexDigit(s[i + 1]) >= 0 && HexDigit(s[i + 2]) >= 0) {
      out += static_cast<char>(HexDigit(s[i + 1]) * 16 + HexDigit(s[i + 2]));
      i += 2;
    } else {
      out += s[i] == '+' ? ' ' : s[i];
    }
  }
  return out;
}

Datum CampaignOf(const std::string& url) {
  const std::string s = url.substr(0, url.find('#'));
  size_t at = s.find('?');
  while (at != std::string::npos) {
    const size_t end = s.find('&', at + 1);
    const std::string pair = s.substr(at + 1, end == std::string::npos ? end : end - at - 1);
    if (pair.rfind("utm_campaign=", 0) == 0) {
      const std::string value = Decoded(pair.substr(13));
      return value.empty() ? Datum::Missing() : Datum::Text(value);
    }
    at = end;
  }
  return Datum::Missing();
}

Datum TextOf(const Event& e, const std::string& key) {
  const Datum d = e.Own(key);
  return d.is_text() ? d : Datum::Missing();
}

double NumberOr(const Props& props, const std::string& key, double otherwise) {
  const auto it = props.find(key);
  return it != props.end() && it->second.is_number() ? it->second.number : otherwise;
}

bool Same(const Datum& a, const Datum& b) {
  if (a.missing() || a.kind != b.kind) return false;
  return a.boolean == b.boolean && a.number == b.number && a.text == b.text;
}

}  // namespace

Datum Event::Own(const std::string& key) const {
  const auto it = props.find(key);
  return it == props.end() ? Datum::Missing() : it->second;
}

Datum Event::Get(const std::string& key) const {
  const Datum own = Own(key);
  if (!own.missing() || items.empty()) return own;
  const auto it = items[0].find(key);
  return it == items[0].end() ? Datum::Missing() : it->second;
}

bool IsSignOfLife(const Event& e) {
  static const std::set<std::string> kNot{"hidden",      "page_leave",    "vitals",
                                          "offer_shown", "offer_expired", "offer_ignored"};
  return !e.via_server && kNot.count(e.name) == 0 && e.name.rfind("conversation_", 0) != 0;
}

bool IsBackground(const std::string& name) {  // 12
  static const std::set<std::string> kNames{"active",        "vitals",       "hidden",
                                            "visible",       "page_leave",   "offer_shown",
                                            "offer_ignored", "offer_expired"};
  return kNames.count(name) > 0;
}

bool Millionths(double number, __int128* out) {
  if (!(std::fabs(number) <= 9e12)) return false;
  int exponent = 0;
  const double fraction = std::frexp(number, &exponent);  // number = fraction * 2^exponent
  __int128 n = static_cast<__int128>(std::ldexp(fraction, 53)) * 1'000'000;
  int shift = exponent - 53;  // the exact value, in millionths, is n * 2^shift
  if (shift >= 0) {
    *out = n << shift;
    return true;
  }
  shift = -shift;
  if (shift > 110) {
    *out = 0;
    return true;
  }
  const bool negative = n < 0;
  if (negative) n = -n;
  const __int128 one = static_cast<__int128>(1) << shift;
  __int128 whole = n >> shift;
  const __int128 rest = n - (whole << shift);
  if (rest * 2 > one || (rest * 2 == one && (whole & 1) != 0)) ++whole;
  *out = negative ? -whole : whole;
  return true;
}

// Written out in decimals and read back: the C library rounds to the nearest double.
double NearestDouble(__int128 millionths) {
  const bool negative = millionths < 0;
  unsigned __int128 n = negative ? -static_cast<unsigned __int128>(millionths) : millionths;
  std::string digits;
  for (int i = 0; n > 0 || i < 7; ++i) {
    if (i == 6) digits += '.';
    digits += static_cast<char>('0' + static_cast<int>(n % 10));
    n /= 10;
  }
  if (negative) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return std::strtod(digits.c_str(), nullptr);
}

// 5: a session ends exactly 30 minutes after its last event; an event at that time begins the next.
bool Moment::InSession() const {
  return applied_ > 0 && now_ - event(applied_ - 1).at < kSessionGap;
}

size_t Moment::SessionStart() const {
  size_t start = 0;
  for (size_t i = 1; i < applied_; ++i) {
    if (event(i).at - event(i - 1).at >= kSessionGap) start = i;
  }
  return start;
}

uint64_t Moment::SessionNumber() const {
  uint64_t n = applied_ > 0 ? 1 : 0;
  for (size_t i = 1; i < applied_; ++i) {
    if (event(i).at - event(i - 1).at >= kSessionGap) ++n;
  }
  return n;
}

// 18: the last of offer_accepted and conversation_started came after the last conversation_ended,
// in a session that has not ended.
bool Moment::ConversationRuns() const {
  bool runs = false;
  size_t began = 0;
  for (size_t i = 0; i < applied_; ++i) {
    const std::string& name = event(i).name;
    if (name == "offer_accepted" || name == "conversation_started") {
      runs = true;
      began = i;
    }
    if (name == "conversation_ended") runs = false;
  }
  return runs && InSession() && began >= SessionStart();
}

Datum Moment::Fact(const std::string& name) const {
  if (name.rfind("page.", 0) == 0) return PageFact(name.substr(5));
  if (name.rfind("session.", 0) == 0) return SessionFact(name.substr(8));
  if (name.rfind("visitor.", 0) == 0) return VisitorFact(name.substr(8));
  if (name.rfind("cart.", 0) == 0) return CartFact(name.substr(5));
  if (name == "idle") return Idle();
  if (name == "dwell") return Dwell();
  if (name == "potential" && !std::isnan(world_.potential)) return Datum::Number(world_.potential);
  return Datum::Missing();
}

Datum Moment::PageFact(const std::string& name) const {
  const Event* last = nullptr;
  for (size_t i = 0; i < applied_; ++i) {
    if (event(i).name == "page_view") last = &event(i);
  }
  if (last == nullptr) return Datum::Missing();
  if (name != "path") return TextOf(*last, name);
  const Datum url = TextOf(*last, "url");
  return url.missing() ? url : Datum::Text(PathOf(url.text));
}

Datum Moment::SessionFact(const std::string& name) const {
  if (!InSession()) return Datum::Missing();
  const size_t start = SessionStart();
  if (name == "duration") return Datum::Duration(static_cast<double>(now_ - event(start).at));
  double pages = 0;
  for (size_t i = start; i < applied_; ++i) {
    const Event& e = event(i);
    if (e.name != "page_view") continue;
    ++pages;
    if (name == "pages") continue;
    const bool by_url = name == "entry" || name == "campaign";
    const Datum d = TextOf(e, by_url ? "url" : name);
    if (d.missing()) continue;
    if (name == "entry") return Datum::Text(PathOf(d.text));
    return name == "campaign" ? CampaignOf(d.text) : d;
  }
  return name == "pages" ? Datum::Number(pages) : Datum::Missing();
}

Datum Moment::VisitorFact(const std::string& name) const {
  Datum identity = Datum::Text("anonymous");
  Datum consent;
  Props properties;
  double purchases = 0;
  const Event* before = nullptr;
  for (size_t i = 0; i < applied_; ++i) {
    const Event& e = event(i);
    if (e.name == "identify") {
      const Datum d = TextOf(e, "identity");
      const bool known = d.text == "anonymous" || d.text == "known" || d.text == "strong";
      identity = known ? d : Datum::Text("known");
      for (const auto& [key, value] : e.props) {
        if (key != "identity") properties[key] = value;
      }
    }
    if (e.name == "consent") {
      const Datum d = TextOf(e, "mode");
      if (d.text == "off" || d.text == "cookieless" || d.text == "full") consent = d;
    }
    if (e.name == "purchase") {
      if (before == nullptr || !Same(e.Own("transaction_id"), before->Own("transaction_id"))) {
        ++purchases;
      }
      before = &e;
    }
  }
  if (name == "visits") return Datum::Number(static_cast<double>(SessionNumber()));
  if (name == "purchases") return Datum::Number(purchases);
  if (name == "identity") return identity;
  if (name == "consent") return consent;
  const auto it = properties.find(name.substr(std::string("properties.").size()));
  return it == properties.end() ? Datum::Missing() : it->second;
}

Moment::Cart Moment::CartNow() const {
  __int128 value = 0;
  double pieces = 0;
  Cart cart;
  for (size_t i = 0; i < applied_; ++i) {
    const Event& e = event(i);
    const bool adds = e.name == "add_to_cart", takes = e.name == "remove_from_cart";
    const bool sets = e.name == "view_cart" || e.name == "begin_checkout";
    if (e.name == "purchase") value = 0, pieces = 0;
    if (adds || takes || sets) {
      __int128 v = 0, one = 0;
      double n = 0;
      const Datum own_value = e.Own("value"), count = e.Own("items");
      const bool has_value = own_value.is_number() && Millionths(own_value.number, &v);
      bool says = has_value, has_pieces = false;
      if (!e.items.empty()) {
        v = 0;
        for (const Props& item : e.items) {
          const double quantity = NumberOr(item, "quantity", 1);
          if (Millionths(NumberOr(item, "price", 0) * quantity, &one)) v += one;
          n += quantity;
        }
        says = has_pieces = true;
      } else if (has_value && count.is_number()) {
        n = count.number;
        has_pieces = true;
      }
      if (says && sets) {
        value = v;
        if (has_pieces) pieces = n;
        if (!has_pieces && value < 5000) pieces = 0;  // none when the value is 0
      } else if (says) {
        value += adds ? v : -v;
        pieces += adds ? n : -n;
      }
    }
    if (value < 5000) value = 0;  // at least 0, and under 0.005 is 0
    if (pieces < 0) pieces = 0;
    const bool was_empty = cart.empty();
    cart.value = NearestDouble(value);
    cart.pieces = pieces;
    if (was_empty && !cart.empty()) cart.since = e.at;
  }
  return cart;
}

Datum Moment::CartFact(const std::string& name) const {
  const Cart cart = CartNow();
  if (name == "value") return Datum::Number(cart.value);
  if (name == "items") return Datum::Number(cart.pieces);
  return cart.empty() ? Datum::Missing() : Datum::Duration(static_cast<double>(now_ - cart.since));
}

Datum Moment::Idle() const {
  for (size_t i = applied_; i-- > 0;) {
    if (IsSignOfLife(event(i))) return Datum::Duration(static_cast<double>(now_ - event(i).at));
  }
  return Datum::Missing();
}

// The gaps between signs of life since the last page_view, each counted up to 5 s, the running one
// included.
Datum Moment::Dwell() const {
  std::vector<Millis> marks;
  for (size_t i = 0; i < applied_; ++i) {
    if (event(i).name == "page_view") {
      marks.assign(1, event(i).at);
    } else if (!marks.empty() && IsSignOfLife(event(i))) {
      marks.push_back(event(i).at);
    }
  }
  if (marks.empty()) return Datum::Missing();
  marks.push_back(now_);
  Millis sum = 0;
  for (size_t i = 1; i < marks.size(); ++i) sum += std::min(kAttended, marks[i] - marks[i - 1]);
  return Datum::Duration(static_cast<double>(sum));
}

}  // namespace vinkki::rules::oracle
