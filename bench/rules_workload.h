// Rules and traffic for the benchmarks of Step, from a seed.
//
// Rules: twelve shapes taken from rules/packs and from docs/rules.md (counts over a window,
// distinct values, an absence, a filter on the event itself, idle and dwell, carts, conditions on
// the page), their constants drawn anew for each rule: families that differ in a window, a
// threshold, a page. All of them look at events that come all the time.
//
// Kind::kShop is a shop with many rules. The first ten are for everybody, as those of the packs
// are; only one offer is open at a time, so a shop has no use for hundreds of such. Rules become
// many because each department, campaign and market keeps its own copies, so the others are for
//   50 %  one of 40 departments
//   20 %  one of 60 campaigns (every visitor comes by one of them)
//   15 %  one page of a department (320 pages)
//   10 %  one department in one of 8 languages (the visitors have two of them)
//    5 %  one language
// and their constants are the round numbers that people write. rules_bench counts how many rules
// are live at an event: those that hold, or that wait for another condition than their first.
// Kind::kElsewhere is the same shop's rules, but their departments, campaigns and languages are
// none that these visitors come to: what is left is the cost of rules that concern nobody here.
// Kind::kDense is the opposite, and no shop: every rule is for everybody, every constant is another
// one, and with a thousand of them several fire at each event.
//
// Traffic: visits of a shop, some 30 events each, 1 s to 40 s apart.
#pragma once

#include <string>
#include <vector>

#include "base/batch.h"
#include "bench/dice.h"

namespace vinkki::bench {

inline constexpr const char* kPages[] = {"front",  "category", "product",  "product",
                                         "search", "cart",     "checkout", "service"};

enum class Kind { kShop, kElsewhere, kDense };

// 7, 30, 150: as people write numbers.
inline int Rounded(int n) { return n < 20 ? n : n < 100 ? n / 10 * 10 : n / 50 * 50; }

inline std::string WhenOf(int shape, Kind kind, Dice* dice) {
  const auto n = [&](int low, int high) {
    const int number = dice->In(low, high);
    return std::to_string(kind == Kind::kDense ? number : Rounded(number));
  };
  const std::string page = std::string("page.type == \"") + dice->Of(kPages) + "\"";
  const std::string cart = "cart.value >= " + n(20, 200);
  switch (shape % 12) {
    case 0:
      return "page.type == \"checkout\" and count(form_error, " + n(60, 180) + "s) >= " + n(2, 4) +
             " and " + cart;
    case 1:
      return "distinct(view_item.item_id, " + n(10, 30) + "m) >= " + n(3, 8) +
             " and count(add_to_cart, " + n(10, 30) + "m) == 0";
    case 2:
      return "sequence(add_to_cart, view_cart, not begin_checkout for " + n(45, 180) +
             "s, within " + n(10, 20) + "m)";
    case 3: return page + " and idle >= " + n(20, 90) + "s and " + cart;
    case 4:
      return "count(view_cart, " + n(5, 20) + "m) >= " + n(2, 4) +
             " and count(view_item, 10m) >= 2 and " + cart;
    case 5: return "event.name == \"view_item\" and event.price > " + n(300, 990) + " and " + page;
    case 6: return "repeats(view_item.item_id, " + n(10, 40) + "m) >= " + n(3, 5);
    case 7:
      return "count(search, " + n(2, 6) + "m) >= " + n(2, 4) + " and count(view_item, 5m) == 0";
    case 8: return "dwell >= " + n(20, 120) + "s and " + page + " and session.pages >= " + n(2, 9);
    case 9:
      return "count(view_item where price > " + n(100, 900) + ", " + n(10, 20) + "m) >= " + n(2, 5);
    case 10:
      return "visitor.visits >= 2 and " + cart + " and session.duration > " + n(60, 300) +
             "s and not count(purchase, session) >= 1";
    default:
      return "count(rage_click, " + n(1, 3) + "m) >= " + n(1, 2) + " and (" + page +
             " or since(form_error) < " + n(30, 90) + "s)";
  }
}

// Whom a rule is for: "" for everybody, else a condition.
inline std::string ScopeOf(int rule, Kind kind, Dice* dice) {
  static constexpr const char* kLanguages[] = {"fi", "sv", "en", "de", "fr", "es", "it", "pl"};
  if (kind == Kind::kDense || rule < 10) return "";
  const std::string where = kind == Kind::kElsewhere ? "x" : "";
  const std::string department = "/" + where + "d" + std::to_string(dice->In(1, 40)) + "/";
  const std::string language =
      "session.language == \"" + where + std::string(dice->Of(kLanguages)) + "\"";
  const int what = dice->In(0, 99);
  if (what < 50) return "page.path starts_with \"" + department + "\"";
  if (what < 70)
    return "session.campaign == \"" + where + "c" + std::to_string(dice->In(1, 60)) + "\"";
  if (what < 85) return "page.path == \"" + department + dice->Of(kPages) + "\"";
  if (what < 95) return "page.path starts_with \"" + department + "\" and " + language;
  return language;
}

inline std::string Rules(int count, Kind kind = Kind::kShop) {
  Dice dice(7);
  std::string out = "version: 1\nrules:\n";
  for (int i = 0; i < count; ++i) {
    const std::string scope = ScopeOf(i, kind, &dice);
    out += "  - name: rule-" + std::to_string(i) + "\n    when: '" + scope +
           (scope.empty() ? "" : " and ") + WhenOf(i, kind, &dice) + "'\n";
    if (dice.Percent(30)) out += "    for: " + std::to_string(dice.In(3, 15)) + "s\n";
    out += "    offer: { channels: [chat], queue: q, message: { en: \"Can we help?\" } }\n";
    out += "    limits: { per_session: 1, cooldown: 30m }\n";
    out += "    priority: " + std::to_string(dice.In(0, 90)) + "\n";
  }
  return out;
}

// As long as the ids that the collector gives.
inline std::string VisitorOf(int number) {
  const std::string digits = std::to_string(number);
  return "v-" + std::string(20 - digits.size(), '0') + digits;
}

// One visitor's events as a batch.
inline Batch Visit(int number, int events = 30) {
  Dice dice(1000 + static_cast<uint64_t>(number));
  BatchWriter writer;
  BatchHeader header;
  header.received = 1'704'110'400'000 + dice.In(0, 86'400'000);
  writer.Begin("shop", VisitorOf(number), header);
  Millis at = 0;
  int department = dice.In(1, 40);
  static constexpr const char* kMinor[] = {"active", "active", "click",      "hidden",    "visible",
                                           "search", "scroll", "rage_click", "form_error"};
  for (int i = 0; i < events; ++i) {
    at += dice.Percent(3) ? dice.In(1, 60) * 60'000 : dice.In(1'000, 40'000);
    const int what = i == 0 ? 0 : dice.In(0, 99);
    if (dice.Percent(5)) department = dice.In(1, 40);
    if (what < 25) {
      writer.BeginEvent(at, "page_view", false);
      const std::string page = dice.Of(kPages);
      const std::string url = "https://shop.example/d" + std::to_string(department) + "/" + page +
                              (i == 0 ? "?utm_campaign=c" + std::to_string(dice.In(1, 60)) : "");
      writer.Prop("url", Value::Of(std::string_view(url)));
      if (i == 0) writer.Prop("language", Value::Of(dice.Percent(60) ? "fi" : "en"));
      writer.Prop("type", Value::Of(std::string_view(page)));
      writer.Prop("title", Value::Of("A page of the shop"));
    } else if (what < 50) {
      writer.BeginEvent(at, "view_item", false);
      writer.Prop("item_id", Value::Of(std::string_view("sku-" + std::to_string(dice.In(1, 25)))));
      writer.Prop("price", Value::Of(static_cast<double>(dice.In(1, 999))));
    } else if (what < 56) {
      writer.BeginEvent(at, "add_to_cart", false);
      writer.Prop("value", Value::Of(static_cast<double>(dice.In(5, 150))));
      writer.Prop("items", Value::Of(1.0));
    } else if (what < 62) {
      writer.BeginEvent(at, dice.Percent(70) ? "view_cart" : "begin_checkout", false);
    } else {
      writer.BeginEvent(at, dice.Of(kMinor), false);
    }
    writer.EndEvent();
  }
  return writer.Finish();
}

}  // namespace vinkki::bench
