// What would silence a rule, in words, and until when.

#include "rules/silences.h"

#include "tests/rules/visit.h"

namespace vinkki::rules {
namespace {

constexpr Millis kMinute = 60'000;
constexpr Millis kHour = 60 * kMinute;

std::string All(const TestVisit& visit, Millis at) {
  std::string out;
  for (const Silence& silence :
       SilencesAt(visit.program(), visit.context(), visit.state(), 0, kNoon + at)) {
    if (!out.empty()) out += "\n";
    out += std::string(ReasonName(silence.reason)) + ": " + silence.text;
    if (silence.until != kNever) out += " [" + std::to_string((silence.until - kNoon - at) / 1'000);
    if (silence.until != kNever) out += " s]";
  }
  return out;
}

struct Case {
  std::string more;    // of the rule: fires at every search
  std::string events;  // names, one a minute, the first at noon
  Millis at;
  std::string said;
};

TEST_CASE("what would silence a rule") {
  const Case cases[] = {
      {"", "view_item", 0, ""},
      {"    mode: shadow\n", "view_item", 0, "shadow: in shadow mode: recorded, never shown"},
      {"    hours: { from: \"08:00\", to: \"11:05\" }\n", "view_item", 0,
       "hours: outside its hours [72000 s]"},
      {"    hours: { days: fri, from: \"12:03\" }\n", "view_item", 0,
       "hours: outside its hours [345780 s]"},
      {"    limits: { per_session: 1 }\n", "search offer_declined", 2 * kMinute,
       "limit: its limit is reached (1 per visit)"},
      {"    limits: { per_session: 3, per_day: 2, per_visitor: 1 }\n", "search offer_declined",
       2 * kMinute, "limit: its limit is reached (1 per visitor)"},
      {"    limits: { per_day: 1 }\n", "search offer_declined", kHour,
       "limit: its limit is reached (1 per day) [39600 s]"},
      {"    limits: { cooldown: 30m }\n", "search offer_declined", 3 * kMinute,
       "cooldown: it offered 3 min ago, the cooldown is 30 min [1620 s]"},
      {"    limits: { after_decline: 7d }\n", "search offer_declined", 2 * kMinute,
       "declined: the visitor declined an offer 1 min ago [604740 s]"},
      {"", "search", kMinute, "engaged: an offer is open, made 1 min ago [60 s]"},
      {"", "search offer_accepted", 2 * kMinute, "engaged: a conversation is running [1740 s]"},
      {"    holdout: 100%\n", "view_item", 0,
       "holdout: the visitor is in its control group (100% of all), for good"},
      {"    audience: potential >= 0.35\n", "view_item", 0,
       "audience: not in its audience (potential >= 0.35); there is no potential yet"},
      {"    audience: cart.value >= 30\n    otherwise: bot\n", "view_item", 0,
       "audience: not in its audience (cart.value >= 30); the bot is offered instead"},
      {"    limits: { cooldown: 30m, per_session: 1 }\n", "search", kMinute,
       "limit: its limit is reached (1 per visit)\n"
       "cooldown: it offered 1 min ago, the cooldown is 30 min [1740 s]\n"
       "engaged: an offer is open, made 1 min ago [60 s]"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.more);
    TestVisit visit(OneRule("event.name == \"search\"", c.more));
    Millis at = 0;
    std::string events = c.events;
    for (size_t space = 0; !events.empty(); at += kMinute) {
      space = std::min(events.find(' '), events.size());
      visit.Event(at, events.substr(0, space));
      events.erase(0, space + 1);
    }
    visit.Until(c.at);
    CHECK(All(visit, c.at) == c.said);
  }
}

TEST_CASE("the visitor withdrew consent") {
  TestVisit visit(OneRule("event.name == \"search\""));
  visit.Event(0, "consent", {{"mode", Value::Of("off")}});
  CHECK(All(visit, 0) == "consent: the visitor withdrew consent");
}

}  // namespace
}  // namespace vinkki::rules
