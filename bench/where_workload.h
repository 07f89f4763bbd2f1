// Rules that differ in the text of their `where`, and traffic for them, from a seed: what a shop
// has whose category teams each keep their own copies of a few rules.
//
// Rule i looks at category i only: by a count, by different values, by a sequence with an absence
// of that category, by a sequence over an event that has no category. Of `categories` there are as
// many as rules, and each view_item is of one of them: what an event matches stays the same, only
// what the rules name grows.
#pragma once

#include <string>

#include "base/batch.h"
#include "bench/dice.h"
#include "bench/rules_workload.h"

namespace vinkki::bench {

inline std::string CategoryOf(int number) { return "category-" + std::to_string(number); }

inline std::string WhereRules(int count) {
  std::string out = "version: 1\nrules:\n";
  for (int i = 0; i < count; ++i) {
    const std::string where = " where item_category == \"" + CategoryOf(i) + "\"";
    std::string when;
    switch (i % 4) {
      case 0: when = "count(view_item" + where + ", 10m) >= 3"; break;
      case 1:
        when =
            "distinct(view_item.item_id" + where + ", 15m) >= 4 and count(add_to_cart, 15m) == 0";
        break;
      case 2:
        when =
            "sequence(view_item 2x" + where + ", not add_to_cart" + where + " for 60s, within 15m)";
        break;
      default:
        when = "sequence(view_item" + where + ", search, view_item" + where + ", within 20m)";
    }
    out += "  - name: rule-" + std::to_string(i) + "\n    when: '" + when +
           "'\n    offer: { channels: [chat], queue: q, message: { en: \"Can we help?\" } }\n"
           "    limits: { per_session: 1, cooldown: 30m }\n";
  }
  return out;
}

// One visitor's events: half of them view_item, mostly of the category of the one before.
inline Batch WhereVisit(int number, int categories, int events = 30) {
  Dice dice(1000 + static_cast<uint64_t>(number));
  BatchWriter writer;
  BatchHeader header;
  header.received = 1'704'110'400'000 + dice.In(0, 86'400'000);
  writer.Begin("shop", VisitorOf(number), header);
  static constexpr const char* kOthers[] = {"page_view", "page_view", "search", "active", "active"};
  Millis at = 0;
  std::string category = CategoryOf(dice.In(0, categories - 1));
  for (int i = 0; i < events; ++i) {
    at += dice.In(1'000, 40'000);
    const int what = dice.In(0, 99);
    if (dice.Percent(15)) category = CategoryOf(dice.In(0, categories - 1));
    if (what >= 55) {
      writer.BeginEvent(at, dice.Of(kOthers), false);
    } else {
      writer.BeginEvent(at, what < 50 ? "view_item" : "add_to_cart", false);
      writer.Prop("item_id", Value::Of(std::string_view("sku-" + std::to_string(dice.In(1, 25)))));
      writer.Prop("item_category", Value::Of(std::string_view(category)));
      writer.Prop("price", Value::Of(static_cast<double>(dice.In(1, 999))));
    }
    writer.EndEvent();
  }
  return writer.Finish();
}

}  // namespace vinkki::bench
