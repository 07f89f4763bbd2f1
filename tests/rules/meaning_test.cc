// A table for the numbered sentences of "Exact meaning" (docs/rules.md), boundaries included: a
// `when` (and other keys of the rule), events, and the decisions that must come of them, from Step
// and from the oracle alike.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "rules/test_file.h"
#include "tests/rules/compare.h"

namespace vinkki::rules::oracle {
namespace {

struct Row {
  int sentence;
  const char* when;
  const char* keys;       // of the rule, ';' between them; "" for none
  const char* events;     // as in a *_test.yml, ';' between them
  const char* decisions;  // "10s 20s(limit)"; for the bot "10s(to bot)"
};

const std::vector<Row> kRows{
    // 1: ties by arrival; timers come before the events of their time.
    {1, "count(a, 1m) >= 1 and count(b, 1m) == 0", "", "5s: a; 5s: b", "5s"},
    {1, "count(a, 1m) >= 1 and count(b, 1m) == 0", "", "5s: b; 5s: a", ""},
    {1, "count(a, 10s) == 0 and count(b, 1h) == 1", "", "0s: a; 10s: b", "10s"},
    {1, "idle >= 10s", "", "0s: a; 10s: b", "10s 20s"},
    // 2: every whole millisecond from the first event on.
    {2, "idle > 10s", "", "0s: a", "10s1ms"},
    {2, "idle == 10s", "", "0s: a", "10s"},
    {2, "idle == 10s", "for: 1ms", "0s: a", ""},
    {2, "not idle == 10s", "for: 11s", "0s: a", "21s1ms"},
    {2, "count(a, 1m) == 0", "", "7s: b; 8s: a", "7s 1m8s"},
    {2, "idle * 2 + 1s > 6s", "", "0s: a", "2s501ms"},
    {2, "idle / 2s >= 3", "", "0s: a", "6s"},
    {2, "since(a) - since(b) >= 3s", "", "0s: a; 3s: b", "3s"},
    // 3: event.* is over after the event, so it fires at every x, and never with a `for`.
    {3, "event.name == \"x\"", "", "1s: x; 2s: y; 3s: x; 3s: x", "1s 3s 3s(engaged)"},
    {3, "event.name == \"x\"", "for: 1ms", "1s: x; 2s: x", ""},
    {3, "not event.name == \"x\"", "for: 5s", "0s: y; 3s: x; 10s: x", "8s 15s"},
    {3, "event.price > 10", "", "1s: x { price: 11 }; 2s: x { price: 10 }; 3s: x { price: \"11\" }",
     "1s"},
    // 4: (t - d, t]
    {4, "count(a, 10s) >= 2", "", "0s: a; 10s: a", ""},
    {4, "count(a, 10s) >= 2", "", "1ms: a; 10s: a", "10s"},
    {4, "count(a, 10s) == 1", "for: 10s", "0s: a", ""},
    {4, "count(a, 10s) == 1", "for: 9999ms", "0s: a", "9s999ms"},
    {4, "count(a, page) >= 1", "", "0s: a; 1s: page_view; 2s: a", "2s"},
    {4, "count(page_view, page) == 1", "", "0s: a; 1s: page_view", "1s"},
    {4, "count(a, page) >= 2", "", "0s: page_view; 1s: a; 40m: a", "40m"},
    {4, "count(a, session) >= 2", "", "0s: a; 29m59s999ms: a", "29m59s999ms"},
    {4, "count(a, session) >= 2", "", "0s: a; 30m: a; 31m: a", "31m"},
    {4, "count(a, visitor) >= 2", "", "0s: a; 5h: a", "5h"},
    // 5: a session ends exactly 30 minutes after its last event.
    {5, "exists(session.pages)", "for: 29m59s999ms", "0s: a", "29m59s999ms"},
    {5, "exists(session.pages)", "for: 30m", "0s: a", ""},
    {5, "not exists(session.pages)", "", "0s: a; 40m: a", "30m 1h10m"},
    {5, "visitor.visits == 2", "", "0s: a; 30m: b", "30m"},
    {5, "sequence(a, b)", "", "0s: a; 30m: b; 31m: a; 32m: b", "32m"},
    {5, "event.name == \"a\"", "limits: { per_session: 1 }", "0s: a; 1m: a; 31m: a",
     "0s 1m(limit) 31m"},
    {5, "idle == 31m", "limits: { per_session: 1 }", "0s: a; 1h: b; 2h: c", "31m 1h31m 2h31m"},
    // 6: own property, or the first item's.
    {6, "event.price == 5", "", "0s: a { items: [{ price: 5 }, { price: 6 }] }", "0s"},
    {6, "event.price == 5", "", "0s: a { price: 6, items: [{ price: 5 }] }", ""},
    {6, "event.price == 6", "", "0s: a { items: [{ x: 1 }, { price: 6 }] }", ""},
    {6, "count(a where price > 1 and exists(x), 1m) == 1", "",
     "0s: a { price: 2 }; 1s: a { items: [{ price: 2, x: no }] }", "1s"},
    // 7: missing, kinds, conditions, arithmetic.
    {7, "event.x == 1", "", "0s: a", ""},
    {7, "event.x != 1", "", "0s: a", "0s"},
    {7, "event.x < 1 or event.x >= 1", "", "0s: a { x: \"1\" }; 1s: a { x: true }", ""},
    {7, "event.x", "", "0s: a { x: 1 }; 1s: a { x: \"true\" }; 2s: a { x: true }", "2s"},
    {7, "not event.x", "", "0s: a { x: 1 }", "0s"},
    {7, "event.x / event.y == 2", "", "0s: a { x: 2, y: 0 }; 1s: a { x: 2, y: 1 }", "1s"},
    {7, "event.x + 1 == 3", "", "0s: a { x: \"2\" }; 1s: a { x: 2 }", "1s"},
    {7, "event.x >= 2s", "", "0s: a { x: 1999 }; 1s: a { x: 2000 }", "1s"},
    {7, "event.x in [1, \"b\", true]", "",
     "0s: a { x: 2 }; 1s: a { x: b }; 2s: a { x: false }; 3s: a { x: 1 }", "1s 3s"},
    {7, "visitor.properties.wait == idle", "", "0s: identify { wait: 1500 }", "1s500ms"},
    {7, "first(a.x, 1m) <= idle", "", "0s: a { x: 250 }", "250ms"},
    // 8: functions.
    {8, "sum(a.x, 1m) == 3", "", "0s: a { x: 1 }; 1s: a { x: \"9\" }; 2s: a { x: 2 }; 3s: a", "2s"},
    {8, "sum(a.x, 1m) == 0.3", "", "0s: a { x: 0.1 }; 1s: a { x: 0.2 }", "1s"},
    {8, "avg(a.x, 1m) == 2", "", "0s: a { x: 1 }; 1s: a { x: true }; 2s: a { x: 3 }", "2s"},
    {8, "min(a.x, 10s) == 5", "", "0s: a { x: 3 }; 2s: a { x: 5 }", "10s"},
    {8, "max(a.x, 10s) == 5", "", "0s: a { x: 7 }; 2s: a { x: 5 }", "10s"},
    {8, "distinct(a.x, 1m) == 3", "",
     "0s: a { x: 1 }; 1s: a { x: \"1\" }; 2s: a { x: true }; 3s: a", "2s"},
    {8, "repeats(a.x, 1m) >= 3", "",
     "0s: a { x: p }; 1s: a { x: q }; 2s: a { x: p }; 3s: a; 4s: a { x: p }", "4s"},
    {8, "first(a.x, 10s) == \"q\"", "", "0s: a { x: p }; 1s: a; 2s: a { x: q }", "10s"},
    {8, "last(a.x, 1m) == \"p\"", "", "0s: a { x: p }; 1s: a; 2s: b { x: q }", "0s"},
    {8, "count(a, 1m) == 0 and sum(a.x, 1m) == 0 and distinct(a.x, 1m) == 0", "", "0s: b", "0s"},
    {8, "avg(a.x, 1m) == 0 or min(a.x, 1m) == 0 or max(a.x, 1m) == 0 or since(a) >= 0s", "",
     "0s: b", ""},
    {8, "since(a) >= 10m", "", "0s: a", "10m"},
    {8, "since(a where x > 1) >= 3s", "", "0s: a { x: 2 }; 2s: a { x: 1 }", "3s"},
    {8, "count(a or b, 1m) >= 2", "", "0s: a; 1s: c; 2s: b", "2s"},
    {8, "count(*, 1m) >= 2", "", "0s: hidden; 2s: vitals", "2s"},
    {8, "distinct((a or b).x, 1m) >= 2", "", "0s: a { x: 1 }; 1s: c { x: 3 }; 2s: b { x: 2 }",
     "2s"},
    // 9: text.
    {9, "event.x contains \"bc\"", "", "0s: a { x: aBc }; 1s: a { x: abcd }", "1s"},
    {9, "event.x starts_with \"ab\"", "", "0s: a { x: xab }; 1s: a { x: abx }", "1s"},
    {9, "event.x matches \"b+\"", "", "0s: a { x: ac }; 1s: a { x: abbc }", "1s"},
    {9, "event.x matches \"^b+$\"", "", "0s: a { x: abb }; 1s: a { x: bb }", "1s"},
    {9, "event.x == \"\xC3\xA4\"", "", "0s: a { x: \xC3\x84 }; 1s: a { x: \xC3\xA4 }", "1s"},
    // 10: bounds.
    {10, "sum(a.x, 1m) == 64", "", "0s: a { x: 1 } x70", "0s"},
    {10, "count(a, 1m) >= 64", "", "0s: a x64", "0s"},
    {10, "count(a, 1m) == 64", "for: 1s", "0s: a x65", ""},
    {10, "count(a, 1m) >= 100", "", "0s: a x99; 1s: a", "1s"},
    {10, "count(a, 1m) * 1 == 64", "for: 1s", "0s: a x70", "1s"},
    {10, "count(a, session) * 1 == 70", "", "0s: a x70", "0s"},
    {10, "repeats(a.x, session) * 1 == 64", "for: 1s", "0s: a { x: 1 } x70", "1s"},
    // 11: sequences are facts.
    {11, "sequence(a, b, within 10s)", "", "0s: a; 10s: b", ""},
    {11, "sequence(a, b, within 10s)", "", "1ms: a; 10s: b", "10s"},
    {11, "sequence(a, b, within 10s)", "for: 5s", "0s: a; 4s: b; 5s: c", "9s"},
    {11, "sequence(a, b, within 10s)", "for: 6s", "0s: a; 4s: b", ""},
    {11, "sequence(a, a, within 10s)", "", "0s: a; 0s: a", "0s"},
    {11, "sequence(a, b, within 10s)", "", "0s: b; 0s: a", ""},
    {11, "sequence(a 3x, b, within 1m)", "", "0s: a x2; 1s: b; 2s: a; 3s: b", "3s"},
    {11, "sequence(a or b, c where x > 1, within 1m)", "", "0s: b; 1s: c; 2s: c { x: 2 }", "2s"},
    // 12: next.
    {12, "sequence(a, next b, within 1m)", "", "0s: a; 1s: c; 2s: b", ""},
    {12, "sequence(a, next b, within 1m)", "", "0s: a; 1s: active; 1s: hidden; 2s: b", "2s"},
    {12, "sequence(a, next b 2x, within 1m)", "", "0s: a; 1s: b; 2s: c; 3s: b", ""},
    {12, "sequence(a, next b 2x, within 1m)", "", "0s: a; 1s: b; 2s: vitals; 3s: b", "3s"},
    // 13: not c between.
    {13, "sequence(a, not c, b, within 1m)", "", "0s: a; 1s: c; 2s: b", ""},
    {13, "sequence(a, not c, b, within 1m)", "", "0s: a; 1s: c; 2s: a; 3s: b", "3s"},
    {13, "sequence(a, not c, not d, b, within 1m)", "", "0s: a; 1s: d; 2s: b", ""},
    {13, "sequence(a, not c, b 2x, within 1m)", "", "0s: a; 1s: b; 2s: c; 3s: b", "3s"},
    // 14: absence.
    {14, "sequence(a, not b for 10s, within 1m)", "", "0s: a", "10s"},
    {14, "sequence(a, not b for 10s, within 1m)", "", "0s: a; 9999ms: b", ""},
    {14, "sequence(a, not b for 10s, within 1m)", "", "0s: a; 10s: b", "10s"},
    {14, "sequence(a, not b for 10s, within 1m)", "for: 49999ms", "0s: a; 11s: b", "59s999ms"},
    {14, "sequence(a, not b for 10s, within 1m)", "for: 50s", "0s: a; 11s: b", ""},
    {14, "sequence(a, not b for 10s, within 1m)", "", "0s: a; 5s: b; 7s: a", "17s"},
    {14, "sequence(a, c, not b for 10s, within 12s)", "", "0s: a; 2s: c", ""},
    {14, "sequence(a, c, not b for 10s, within 12s)", "", "1ms: a; 2s: c", "12s"},
    // 15: same.
    {15, "sequence(a, b, within 1m, same x)", "", "0s: a { x: 1 }; 1s: b { x: 2 }; 2s: b { x: 1 }",
     "2s"},
    {15, "sequence(a, b, within 1m, same x)", "", "0s: a; 1s: b", ""},
    {15, "sequence(a, not c, b, within 1m, same x)", "",
     "0s: a { x: 1 }; 1s: c { x: 2 }; 1s: c; 2s: b { x: 1 }", "2s"},
    {15, "sequence(a, not b for 5s, within 1m, same x)", "",
     "0s: a { x: 1 }; 1s: a { x: 2 }; 2s: b { x: 1 }", "6s"},
    // 16: rises and for.
    {16, "count(a, 10s) >= 1", "", "0s: a; 5s: a; 20s: a", "0s 20s"},
    {16, "count(a, 10s) >= 1", "for: 10s", "0s: a; 10s: b", ""},
    {16, "count(a, 1h) >= 1 and count(b, 1h) == 0", "for: 10s", "0s: a; 10s: b", "10s"},
    {16, "true", "", "3s: a; 1h: b", "3s"},
    // 17: order of reasons.
    {17, "event.name == \"a\"", "mode: shadow; hours: { days: sat }", "0s: a", "0s(shadow)"},
    {17, "event.name == \"a\"", "hours: { days: sat }; limits: { cooldown: 1h }", "0s: a",
     "0s(hours)"},
    {17, "event.name == \"a\"", "limits: { per_visitor: 1, cooldown: 1h }", "0s: a; 1m: a",
     "0s 1m(limit)"},
    {17, "event.name == \"a\"", "limits: { cooldown: 1h }", "0s: a; 1m: a; 1h: a",
     "0s 1m(cooldown) 1h"},
    {17, "event.name == \"a\"", "mode: \"off\"", "0s: a", ""},
    // 18: consent and engaged.
    {18, "event.name == \"a\"", "", "0s: consent { mode: \"off\" }; 1s: a", "1s(consent)"},
    {18, "event.name == \"a\"", "", "0s: a; 1m59s999ms: a; 4m: a", "0s 1m59s999ms(engaged) 4m"},
    {18, "event.name == \"a\"", "", "0s: a; 2m: a", "0s 2m"},
    {18, "event.name == \"a\"", "", "0s: a; 1s: offer_shown; 2s: a; 3s: offer_expired; 4s: a",
     "0s 2s(engaged) 4s"},
    {18, "event.name == \"a\"", "",
     "0s: conversation_started; 5m: a; 6m: conversation_ended; 7m: a", "5m(engaged) 7m"},
    {18, "event.name == \"a\"", "", "0s: offer_accepted; 29m: b; 58m: a; 2h: a", "58m(engaged) 2h"},
    // 19 and audience.
    {19, "event.name == \"a\"", "audience: event.x > 1", "0s: a { x: 1 }; 3m: a { x: 2 }",
     "0s(audience) 3m"},
    {19, "event.name == \"a\"", "audience: potential > 1%; otherwise: bot", "0s: a", "0s(to bot)"},
    // 20: limits.
    {20, "event.name == \"a\"", "limits: { per_day: 1 }", "0s: a; 5m: a; 11h59m59s999ms: a; 12h: a",
     "0s 5m(limit) 11h59m59s999ms(limit) 12h"},
    {20, "event.name == \"a\"", "limits: { per_day: 1 }; hours: { zone: Asia/Tokyo }",
     "0s: a; 2h59m: a; 3h: a", "0s 2h59m(limit) 3h"},
    {20, "event.name == \"a\"", "limits: { after_decline: 1h }",
     "0s: offer_declined; 59m: a; 1h: a", "59m(declined) 1h"},
    // 21: hours; the tests begin on a Monday at 12:00 UTC.
    {21, "event.name == \"a\"", "hours: { from: 12:00, to: 13:00 }", "0s: a; 59m59s999ms: a; 1h: a",
     "0s 59m59s999ms 1h(hours)"},
    {21, "event.name == \"a\"", "hours: { from: 13:00 }", "0s: a; 1h: a; 11h59m: a; 12h: a",
     "0s(hours) 1h 11h59m 12h(hours)"},
    {21, "event.name == \"a\"", "hours: { days: mon, from: 22:00, to: 02:00 }",
     "0s: a; 10h: a; 13h59m: a; 14h: a; 34h: a; 35h: a",
     "0s(hours) 10h 13h59m 14h(hours) 1d10h(hours) 1d11h(hours)"},
    {21, "event.name == \"a\"", "hours: { days: sun-mon, zone: America/New_York, to: 07:30 }",
     "0s: a; 30m: a", "0s 30m(hours)"},
};

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find("; ", at);
    if (end == std::string::npos) end = text.size();
    out.push_back(text.substr(at, end - at));
    at = end + 2;
  }
  return out;
}

Case CaseOf(const Row& row) {
  Case c;
  GeneratedFile file;
  file.path = "r.yml";
  file.rules.push_back({"r", {"", row.when, {}}, Split(row.keys)});
  if (row.sentence == 18) file.rules[0].expires = "2m";
  c.files.push_back(file);
  std::string text = "tests:\n  - name: t\n    events:\n";
  for (const std::string& e : Split(row.events)) text += "      - " + e + "\n";
  TestFile read;
  std::vector<Diagnostic> diagnostics;
  if (!ReadTestFile(text + "    expect: nothing\n", &read, &diagnostics)) return c;
  for (const TestEvent& e : read.tests[0].events) {
    const auto props = [](const TestProps& from, Props* to) {
      for (const auto& [key, value] : from) {
        if (const bool* b = std::get_if<bool>(&value)) (*to)[key] = Datum::Bool(*b);
        if (const double* n = std::get_if<double>(&value)) (*to)[key] = Datum::Number(*n);
        if (const auto* s = std::get_if<std::string>(&value)) (*to)[key] = Datum::Text(*s);
      }
    };
    Event& to = c.world.events.emplace_back();
    to.at = kTestStart + e.after;
    to.name = e.name;
    to.via_server = e.via_server;
    props(e.props, &to.props);
    for (const TestProps& item : e.items) props(item, &to.items.emplace_back());
  }
  c.world.site = "shop";
  c.world.visitor = "v";
  c.world.ignore_holdout = true;
  c.world.dense = 3000;
  c.world.end = c.world.events.back().at + 86'400'000;
  return c;
}

std::string Text(const std::vector<Decision>& decisions) {
  std::string out;
  for (const Decision& d : decisions) {
    out += (out.empty() ? "" : " ") + FormatDuration(d.at - kTestStart);
    if (d.reason != Reason::kNone) out += "(" + std::string(ReasonName(d.reason)) + ")";
    if (d.to_bot) out += "(to bot)";
  }
  return out;
}

}  // namespace

TEST_CASE("the numbered sentences of the exact meaning") {
  for (const Row& row : kRows) {
    INFO(row.sentence << ": " << std::string(row.when) << "; " << std::string(row.keys) << "\n"
                      << std::string(row.events));
    const Case c = CaseOf(row);
    REQUIRE_FALSE(c.world.events.empty());
    const LoadResult loaded = Load(c.Sources());
    REQUIRE_MESSAGE(loaded.program, Format(loaded));
    World world = c.world;
    world.set = &loaded.set;
    std::string expected;
    for (const std::string& d : Split(row.decisions)) expected += d;
    CHECK(Text(Run(world)) == expected);
    CHECK(Text(RunStep(*loaded.program, world, Drive::kDeadlines, 1)) == expected);
  }
}

// 10: `same` follows the 16 values seen last; an absence keeps the 16 latest matches that wait.
TEST_CASE("the bounds of sequences") {
  const auto decisions = [](const std::string& when, int values) {
    std::string events;
    for (int i = 0; i < values; ++i) events += "0s: a { x: " + std::to_string(i) + " }; ";
    events += "1s: b { x: 0 }";
    const Case c = CaseOf({10, when.c_str(), "", events.c_str(), ""});
    const LoadResult loaded = Load(c.Sources());
    REQUIRE_MESSAGE(loaded.program, Format(loaded));
    World world = c.world;
    world.set = &loaded.set;
    const std::string step = Text(RunStep(*loaded.program, world, Drive::kRestless, 1));
    CHECK(Text(Run(world)) == step);
    return step;
  };
  const std::string pair = "sequence(a, b, within 1m, same x)";
  CHECK(decisions(pair, 16) == "1s");
  CHECK(decisions(pair, 17) == "");
  const std::string absence =
      "sequence(a where x < 1, not b for 5s, within 1m) or "
      "sequence(a, not c for 5s, within 1m, same x)";
  CHECK(decisions(absence, 16) == "5s");
}

// 24: a late event is placed at its own time, and nothing fires for a moment that has passed.
TEST_CASE("late events") {
  struct Late {
    const char* when;
    const char* keys;
    const char* events;  // the first comes late
    Millis arrives;
    const char* decisions;
  };
  for (const Late& row : std::vector<Late>{
           {"sequence(a, b, within 10m)", "", "10s: a; 20s: b; 5m: c", 60'000, "1m"},
           {"sequence(a, b, within 30s)", "", "10s: a; 20s: b; 5m: c", 60'000, ""},
           {"count(a, 1m) >= 1 and idle > 1s", "for: 5s", "10s: a; 20s: b; 5m: c", 30'000, "35s"},
           {"event.name == \"a\"", "", "10s: a; 20s: b; 5m: c", 30'000, ""},
           // An earlier visit comes to light: the limit of the visit that runs still counts.
           {"event.name == \"b\"", "limits: { per_session: 1 }", "0s: a; 31m: b; 40m: b", 1'980'000,
            "31m 40m(limit)"},
           {"event.name == \"b\"", "limits: { after_decline: 1h }",
            "1m: offer_declined; 5m: b; 50m: b; 61m: b", 600'000, "5m 50m(declined) 1h1m"},
       }) {
    INFO(std::string(row.when) << ": " << std::string(row.events));
    Case c = CaseOf({24, row.when, row.keys, row.events, ""});
    auto& events = c.world.events;
    events[0].arrives = kTestStart + row.arrives;
    std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
      return std::max(a.at, a.arrives) < std::max(b.at, b.arrives);
    });
    const LoadResult loaded = Load(c.Sources());
    REQUIRE_MESSAGE(loaded.program, Format(loaded));
    World world = c.world;
    world.set = &loaded.set;
    CHECK(Text(Run(world)) == row.decisions);
    CHECK(Text(RunStep(*loaded.program, world, Drive::kDeadlines, 1)) == row.decisions);
  }
}

}  // namespace vinkki::rules::oracle
