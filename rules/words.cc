#include "rules/words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "rules/print.h"

namespace vinkki::rules {
namespace {

struct NounRow {
  std::string_view event, one, many;
};

// Every event of KnownEvents (facts.h); a test holds the two together.
constexpr NounRow kNouns[] = {
    {"view_item", "item viewed", "items viewed"},
    {"view_item_list", "list of items viewed", "lists of items viewed"},
    {"select_item", "item chosen from a list", "items chosen from a list"},
    {"add_to_cart", "addition to the cart", "additions to the cart"},
    {"remove_from_cart", "removal from the cart", "removals from the cart"},
    {"view_cart", "look at the cart", "looks at the cart"},
    {"begin_checkout", "checkout begun", "checkouts begun"},
    {"add_shipping_info", "delivery chosen", "deliveries chosen"},
    {"add_payment_info", "payment chosen", "payments chosen"},
    {"purchase", "purchase", "purchases"},
    {"refund", "refund", "refunds"},
    {"add_to_wishlist", "addition to the wish list", "additions to the wish list"},
    {"view_promotion", "promotion seen", "promotions seen"},
    {"select_promotion", "promotion opened", "promotions opened"},
    {"search", "search", "searches"},
    {"view_search_results", "page of search results", "pages of search results"},
    {"login", "login", "logins"},
    {"sign_up", "sign-up", "sign-ups"},
    {"page_view", "page viewed", "pages viewed"},
    {"page_leave", "page left", "pages left"},
    {"hidden", "switch away from the page", "switches away from the page"},
    {"visible", "switch back to the page", "switches back to the page"},
    {"active", "sign of activity", "signs of activity"},
    {"click", "click", "clicks"},
    {"rage_click", "rage click", "rage clicks"},
    {"dead_click", "dead click", "dead clicks"},
    {"error_click", "click that failed", "clicks that failed"},
    {"cursor_thrash", "restless cursor movement", "restless cursor movements"},
    {"exit_intent", "move towards leaving", "moves towards leaving"},
    {"hover_hesitation", "hesitation", "hesitations"},
    {"quick_back", "quick step back", "quick steps back"},
    {"scroll_hunt", "hunt through the page", "hunts through the page"},
    {"form_start", "form begun", "forms begun"},
    {"form_field", "form field filled in", "form fields filled in"},
    {"form_error", "form error", "form errors"},
    {"form_abandon", "form given up", "forms given up"},
    {"form_submit", "form sent", "forms sent"},
    {"copy", "text copied", "texts copied"},
    {"tab_return", "return to the tab", "returns to the tab"},
    {"vitals", "measurement of the page", "measurements of the page"},
    {"identify", "identification", "identifications"},
    {"consent", "choice of consent", "choices of consent"},
    {"offer_shown", "offer shown", "offers shown"},
    {"offer_accepted", "offer accepted", "offers accepted"},
    {"offer_declined", "offer declined", "offers declined"},
    {"offer_dismissed", "offer dismissed", "offers dismissed"},
    {"offer_ignored", "offer ignored", "offers ignored"},
    {"offer_expired", "offer expired", "offers expired"},
    {"offer_opened", "offer opened", "offers opened"},
    {"offer_failed", "offer failed", "offers failed"},
    {"conversation_started", "conversation started", "conversations started"},
    {"conversation_ended", "conversation ended", "conversations ended"},
};

struct LabelRow {
  std::string_view fact, label;
};

constexpr LabelRow kLabels[] = {
    {"page.url", "page address"},
    {"page.path", "page path"},
    {"page.type", "page type"},
    {"page.title", "page title"},
    {"session.pages", "pages in this visit"},
    {"session.duration", "length of this visit"},
    {"session.referrer", "referrer"},
    {"session.entry", "entry page"},
    {"session.campaign", "campaign"},
    {"session.device", "device"},
    {"session.language", "language"},
    {"visitor.visits", "visits"},
    {"visitor.purchases", "purchases"},
    {"visitor.identity", "identity"},
    {"visitor.consent", "consent"},
    {"cart.value", "cart"},
    {"cart.items", "pieces in the cart"},
    {"cart.age", "age of the cart"},
    {"potential", "purchase potential"},
    {"idle", "idle"},
    {"dwell", "time on this page"},
};

struct Unit {
  Millis length;
  std::string_view name;
};
constexpr Unit kUnits[] = {
    {86'400'000, " d"}, {3'600'000, " h"}, {60'000, " min"}, {1'000, " s"}, {1, " ms"}};

}  // namespace

std::string KeyOf(std::string_view text) {
  std::string key;
  for (const char c : text) {
    const char lower = Lower(c);
    if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9')) {
      key += lower;
    } else if (!key.empty() && key.back() != '_') {
      key += '_';
    }
  }
  while (!key.empty() && key.back() == '_') key.pop_back();
  return key;
}

Noun NounOf(std::string_view event) {
  for (const NounRow& row : kNouns) {
    if (row.event != event) continue;
    return {std::string(row.one), std::string(row.many), KeyOf(row.many)};
  }
  const std::string name(event);  // of the shop's own
  return {name + " event", name + " events", KeyOf(event)};
}

Noun NounOf(const Events& events) {
  Noun noun;
  if (events.any) noun = {"event", "events", "events"};
  for (const std::string& name : events.names) {
    const Noun next = NounOf(name);
    const bool first = noun.one.empty();
    noun.one += (first ? "" : " or ") + next.one;
    noun.many += (first ? "" : " or ") + next.many;
    noun.key += (first ? "" : "_or_") + next.key;
  }
  if (events.where) {
    const std::string where = " (" + Source(*events.where) + ")";
    noun.one += where;
    noun.many += where;
  }
  return noun;
}

std::string LabelOf(std::string_view fact) {
  for (const LabelRow& row : kLabels) {
    if (row.fact == fact) return std::string(row.label);
  }
  return std::string(fact);
}

std::string Spoken(Millis duration) {
  if (duration < 0) return "-" + Spoken(-duration);
  if (duration >= 10'000) duration -= duration % 1'000;
  if (duration >= 1'000 && duration < 10'000) {  // in tenths
    const Millis tenths = duration / 100;
    const std::string part = tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10);
    return std::to_string(tenths / 10) + part + " s";
  }
  std::string out;
  int said = 0;
  for (const Unit& unit : kUnits) {
    const Millis n = duration / unit.length;
    if (said == 1 && n == 0) break;
    if (n == 0) continue;
    out += (said > 0 ? " " : "") + std::to_string(n) + std::string(unit.name);
    duration %= unit.length;
    if (++said == 2) break;
  }
  return out.empty() ? "0 s" : out;
}

std::string SpokenWindow(const Window& window) {
  switch (window.kind) {
    case Window::Kind::kDuration: return " in " + Spoken(window.length);
    case Window::Kind::kPage: return " on this page";
    case Window::Kind::kSession: return " in this visit";
    case Window::Kind::kVisitor: return "";
  }
  return "";
}

std::string SpokenNumber(double number) {
  char buffer[40];
  const double rounded = std::round(number * 10'000) / 10'000;
  const bool kept = std::abs(number) < 1e11 && rounded != 0;
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, kept ? rounded : number);
  return std::string(buffer, end.ptr);
}

std::string SpokenShare(double share) { return SpokenNumber(share * 100) + "%"; }

}  // namespace vinkki::rules
