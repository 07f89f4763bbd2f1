#include "rules/facts.h"

#include <algorithm>
#include <array>

namespace vinkki::rules {

const std::vector<FactRow>& Facts() {
  static const std::vector<FactRow> rows = {
      {"page.url", Type::kText, false, "Address of the last page viewed"},
      {"page.path", Type::kText, false, "Its path, without query and fragment"},
      {"page.type", Type::kText, false, "Its type as the shop names it: product, cart, checkout"},
      {"page.title", Type::kText, false, "Its title"},
      {"session.pages", Type::kNumber, false, "Pages viewed in this session"},
      {"session.duration", Type::kDuration, true, "Time since the first event of this session"},
      {"session.referrer", Type::kText, false, "Where this session came from"},
      {"session.entry", Type::kText, false, "Path of the first page of this session"},
      {"session.campaign", Type::kText, false, "utm_campaign of the first page of this session"},
      {"session.device", Type::kText, false, "Kind of device of this session"},
      {"session.language", Type::kText, false, "Language of this session"},
      {"visitor.visits", Type::kNumber, false, "Sessions so far, this one included"},
      {"visitor.purchases", Type::kNumber, false, "Purchases so far"},
      {"visitor.identity", Type::kText, false, "anonymous, known or strong"},
      {"visitor.consent", Type::kText, false, "off, cookieless or full; missing before any"},
      {"cart.value", Type::kNumber, false, "What is in the cart, in the shop's currency"},
      {"cart.items", Type::kNumber, false, "Pieces in the cart"},
      {"cart.age", Type::kDuration, true,
       "Time since the cart was last empty; missing while it is"},
      {"potential", Type::kNumber, false, "Purchase potential, 0 to 1; missing without a model"},
      {"idle", Type::kDuration, true, "Time since the last sign of life"},
      {"dwell", Type::kDuration, true, "Attended time on this page"},
      {"event.name", Type::kText, false, "Name of the event that is being applied"},
  };
  return rows;
}

const std::vector<FunctionRow>& Functions() {
  static const std::vector<FunctionRow> rows = {
      {"count", Function::kCount, false, true, Type::kNumber, false, "How many events"},
      {"sum", Function::kSum, true, true, Type::kNumber, false, "Sum of a property"},
      {"avg", Function::kAvg, true, true, Type::kNumber, false, "Average of a property"},
      {"min", Function::kMin, true, true, Type::kNumber, false, "Smallest value of a property"},
      {"max", Function::kMax, true, true, Type::kNumber, false, "Largest value of a property"},
      {"distinct", Function::kDistinct, true, true, Type::kNumber, false,
       "How many different values"},
      {"repeats", Function::kRepeats, true, true, Type::kNumber, false,
       "How often the most frequent value came"},
      {"first", Function::kFirst, true, true, Type::kAny, false, "The first value"},
      {"last", Function::kLast, true, true, Type::kAny, false, "The last value"},
      {"since", Function::kSince, false, false, Type::kDuration, true,
       "Time since the last such event"},
  };
  return rows;
}

const FactRow* FindFact(std::string_view name) {
  for (const FactRow& row : Facts()) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

const FunctionRow* FindFunction(std::string_view name) {
  for (const FunctionRow& row : Functions()) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

const FunctionRow& RowOf(Function function) { return Functions()[static_cast<size_t>(function)]; }

const std::vector<std::string_view>& ReservedWords() {
  static const std::vector<std::string_view> words = {
      "and",   "or",   "not",  "in",     "contains", "starts_with", "matches",
      "where", "next", "same", "within", "for",      "true",        "false"};
  return words;
}

bool IsReserved(std::string_view word) {
  const auto& words = ReservedWords();
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool IsBareName(std::string_view word) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (word.empty() || !letter(word[0]) || IsReserved(word)) return false;
  return std::all_of(word.begin(), word.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool IsBackground(std::string_view event) {
  static constexpr std::array<std::string_view, 8> kBackground = {
      "active",     "vitals",      "hidden",        "visible",
      "page_leave", "offer_shown", "offer_ignored", "offer_expired"};
  return std::find(kBackground.begin(), kBackground.end(), event) != kBackground.end();
}

bool IsSignOfLife(std::string_view event) {
  static constexpr std::array<std::string_view, 6> kNot = {
      "hidden", "page_leave", "vitals", "offer_shown", "offer_expired", "offer_ignored"};
  return std::find(kNot.begin(), kNot.end(), event) == kNot.end() &&
         !event.starts_with("conversation_");
}

const std::vector<std::string_view>& KnownEvents() {
  static const std::vector<std::string_view> events = {
      // GA4 e-commerce
      "view_item", "view_item_list", "select_item", "add_to_cart", "remove_from_cart", "view_cart",
      "begin_checkout", "add_shipping_info", "add_payment_info", "purchase", "refund",
      "add_to_wishlist", "view_promotion", "select_promotion", "search", "view_search_results",
      "login", "sign_up",
      // the beacon
      "page_view", "page_leave", "hidden", "visible", "active", "click", "rage_click", "dead_click",
      "error_click", "cursor_thrash", "exit_intent", "hover_hesitation", "quick_back",
      "scroll_hunt", "form_start", "form_field", "form_error", "form_abandon", "form_submit",
      "copy", "tab_return", "vitals", "identify", "consent",
      // offers
      "offer_shown", "offer_accepted", "offer_declined", "offer_dismissed", "offer_ignored",
      "offer_expired", "offer_opened", "offer_failed", "conversation_started",
      "conversation_ended"};
  return events;
}

}  // namespace vinkki::rules
