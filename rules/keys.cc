#include "rules/keys.h"

namespace vinkki::rules {

using Kind = KeyRow::Kind;

const std::vector<KeyRow>& FileKeys() {
  static const std::vector<KeyRow> rows = {
      {"version", Kind::kVersion, "Version of the rule language: 1"},
      {"sites", Kind::kTexts, "Site keys that this file is for; without, all"},
      {"limits", Kind::kLimits, "Limits of the rules of this file together"},
      {"let", Kind::kLets, "Named expressions, seen in this file"},
      {"rules", Kind::kRules, "The rules, in any order", {}, true},
  };
  return rows;
}

const std::vector<KeyRow>& RuleKeys() {
  static const std::vector<KeyRow> rows = {
      {"name", Kind::kText, "Unique over all files", {}, true},
      {"description", Kind::kText, "For the people who read reports"},
      {"when", Kind::kExpression, "The situation in which to offer help", {}, true},
      {"for", Kind::kDuration, "How long the situation must last without a break"},
      {"offer", Kind::kOffer, "What to offer"},
      {"audience", Kind::kExpression, "Who deserves a person"},
      {"otherwise", Kind::kWord, "What the rest get", {"nothing", "bot"}},
      {"limits", Kind::kLimits, "How often one visitor gets this offer"},
      {"hours", Kind::kHours, "When somebody is there"},
      {"holdout", Kind::kPercent, "Share of visitors in the control group, who get no offer"},
      {"priority", Kind::kNumber, "The highest wins when several rules fire; 0 when absent"},
      {"mode", Kind::kWord, "live; shadow: only log; off: not evaluated", ModeNames()},
      {"fresh", Kind::kDuration, "How late the offer may still be made; 10s when absent"},
  };
  return rows;
}

const std::vector<KeyRow>& OfferKeys() {
  static const std::vector<KeyRow> rows = {
      {"channels", Kind::kChannels, "The first that has somebody available is offered"},
      {"escalate", Kind::kChannels, "What the person answering may move to"},
      {"queue", Kind::kText, "Queue of the contact centre"},
      {"message", Kind::kMessages, "What the visitor reads, by language: en: ..., fi: ..."},
      {"expires", Kind::kDuration, "How long the offer stands; 2m when absent"},
  };
  return rows;
}

const std::vector<KeyRow>& LimitKeys() {
  static const std::vector<KeyRow> rows = {
      {"per_session", Kind::kCount, "Offers in one session"},
      {"per_day", Kind::kCount, "Offers in one calendar day, in hours.zone or UTC"},
      {"per_visitor", Kind::kCount, "Offers to one visitor, ever"},
      {"cooldown", Kind::kDuration, "Silence after an offer"},
      {"after_decline", Kind::kDuration, "Silence after the visitor declined any offer"},
  };
  return rows;
}

const std::vector<KeyRow>& HourKeys() {
  static const std::vector<KeyRow> rows = {
      {"days", Kind::kDays, "mon-fri, or mon,wed, or a list; without, all"},
      {"from", Kind::kTime, "First minute, local time: 08:00"},
      {"to", Kind::kTime, "First minute after, local time: 20:00"},
      {"zone", Kind::kZone, "Time zone: Europe/Helsinki; UTC when absent"},
  };
  return rows;
}

std::string PlaceOfKey(std::string_view key) {
  struct Table {
    const std::vector<KeyRow>& rows;
    std::string_view place;
  };
  const Table tables[] = {{OfferKeys(), "offer"}, {LimitKeys(), "limits"}, {HourKeys(), "hours"}};
  for (const Table& table : tables) {
    for (const KeyRow& row : table.rows) {
      if (row.name != key) continue;
      return "; it stands in " + std::string(table.place) + ": { " + std::string(key) + ": ... }";
    }
  }
  for (const KeyRow& row : RuleKeys()) {
    if (row.name == key) return "; it is a key of the rule";
  }
  if (key == "if" || key == "condition") return "; the condition is `when`";
  if (key == "then" || key == "action") return "; what is offered is `offer`";
  if (key == "enabled" || key == "active" || key == "disabled") {
    return "; a rule is put to rest by mode: off";
  }
  return "";
}

const std::vector<std::string_view>& ChannelNames() {
  static const std::vector<std::string_view> names = {"chat", "voice", "video", "screenshare",
                                                      "bot"};
  return names;
}

const std::vector<std::string_view>& ModeNames() {
  static const std::vector<std::string_view> names = {"live", "shadow", "off"};
  return names;
}

const std::vector<std::string_view>& DayNames() {
  static const std::vector<std::string_view> names = {"mon", "tue", "wed", "thu",
                                                      "fri", "sat", "sun"};
  return names;
}

}  // namespace vinkki::rules
