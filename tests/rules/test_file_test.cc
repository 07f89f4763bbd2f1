// Reading *_test.yml: what is taken, and what is said about mistakes, at which place.
#include "rules/test_file.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace vinkki::rules {
namespace {

constexpr const char* kExample = R"(rules: checkout.yml
tests:
  - name: three errors, then silence
    visitor: { potential: 0.6 }
    events:
      - 0s:  page_view { type: checkout }
      - 5s:  add_to_cart { value: 80, items: 1 }
      - 20s: form_error { field: phone } x3 every 4s
    expect:
      - fires: checkout-stuck
        at: 38s
      - silent: cart-left-waiting
)";

TestFile Taken(const std::string& text) {
  TestFile file;
  std::vector<Diagnostic> diagnostics;
  const bool ok = ReadTestFile(text, &file, &diagnostics);
  for (const Diagnostic& d : diagnostics) {
    MESSAGE(d.place.line << ":" << d.place.column << ": " << d.message);
  }
  REQUIRE(ok);
  return file;
}

// "line:column message" of the first error.
std::string Refused(const std::string& text) {
  TestFile file;
  std::vector<Diagnostic> diagnostics;
  REQUIRE_FALSE(ReadTestFile(text, &file, &diagnostics));
  REQUIRE_FALSE(diagnostics.empty());
  const Diagnostic& d = diagnostics[0];
  return std::to_string(d.place.line) + ":" + std::to_string(d.place.column) + " " + d.message;
}

std::string WithEvent(const std::string& event) {
  return "tests:\n  - name: t\n    events:\n      - " + event + "\n    expect: nothing\n";
}

std::vector<TestEvent> EventsOf(const std::string& event) {
  return Taken(WithEvent(event)).tests[0].events;
}

}  // namespace

TEST_CASE("the example of the documentation") {
  const TestFile file = Taken(kExample);
  CHECK(file.rules == std::vector<std::string>{"checkout.yml"});
  REQUIRE(file.tests.size() == 1);
  const RuleTest& test = file.tests[0];
  CHECK(test.name == "three errors, then silence");
  CHECK(test.potential == 0.6);
  CHECK(test.start == 1'704'110'400'000);
  CHECK_FALSE(test.holdout);
  REQUIRE(test.events.size() == 5);
  CHECK(test.events[0].props == TestProps{{"type", std::string("checkout")}});
  CHECK(test.events[1].props == TestProps{{"value", 80.0}, {"items", 1.0}});
  CHECK(test.events[4].after == 28'000);
  REQUIRE(test.expect.size() == 2);
  CHECK(test.expect[0].rule == "checkout-stuck");
  CHECK(test.expect[0].at == std::vector<Millis>{38'000});
  CHECK(test.expect[1].kind == Expectation::Kind::kSilent);
  CHECK(test.expect[1].reason == Reason::kNone);
}

TEST_CASE("an event's text") {
  CHECK(EventsOf("0s: a")[0].name == "a");
  CHECK(EventsOf("0s: shop.ping   # and a comment")[0].name == "shop.ping");
  CHECK(EventsOf("0s: \"a { x: 1 }\"")[0].props == TestProps{{"x", 1.0}});
  CHECK(EventsOf("0s: a { }")[0].props.empty());
  const auto e = EventsOf(
      "1m30s: buy { a: x y, b: \"1, 2\", c: 1.5e1, d: true, e: null, f: -3, g: 'it' } via server");
  CHECK(e[0].after == 90'000);
  CHECK(e[0].via_server);
  CHECK(e[0].props == TestProps{{"a", std::string("x y")},
                                {"b", std::string("1, 2")},
                                {"c", 15.0},
                                {"d", true},
                                {"f", -3.0},
                                {"g", std::string("it")}});
  const auto items =
      EventsOf("0s: buy { items: [{ item_id: p1, price: 5 }, { item_id: 7 }], n: 1 }");
  REQUIRE(items[0].items.size() == 2);
  CHECK(items[0].items[0] == TestProps{{"item_id", std::string("p1")}, {"price", 5.0}});
  CHECK(items[0].items[1] == TestProps{{"item_id", 7.0}});
  CHECK(items[0].props == TestProps{{"n", 1.0}});
  CHECK(EventsOf("0s: a x3").size() == 3);
  CHECK(EventsOf("0s: a x3 every 250ms").back().after == 500);
}

TEST_CASE("quotes in an event's text are those of YAML") {
  const auto x = [](const std::string& event) {
    return std::get<std::string>(EventsOf("0s: " + event)[0].props.at(0).second);
  };
  CHECK(x(R"(a { x: 'it''s' })") == "it's");
  CHECK(x(R"(a { x: '\d' })") == R"(\d)");
  CHECK(x(R"(a { x: "\"\\\n\"" })") == "\"\\\n\"");
  // All of it in quotes: YAML's own come off first.
  CHECK(x(R"("a { x: \"q\" }")") == "q");
  CHECK(x(R"("a { x: \"\\n\" }")") == "\n");
  CHECK(x(R"('a { x: ''q'' }')") == "q");
  CHECK(x(R"('a { x: "it''s" }'   # and a comment)") == "it's");
  CHECK(x(R"("\u0061 { x: q }")") == "q");
  // The name only.
  CHECK(EventsOf(R"(0s: "my event" { x: 1 })")[0].name == "my event");
  CHECK(EventsOf(R"(0s: 'it''s' x2)").size() == 2);
  CHECK(EventsOf(R"(0s: "'my event'")")[0].name == "my event");
  CHECK(Refused(WithEvent(R"(0s: a { x: "\d" })")) ==
        R"~(4:21 between double quotes only \" \\ \/ \n \t and \r are escapes)~");
  CHECK(Refused(WithEvent(R"(0s: "a { x: \"q\" ] }")")) == "4:27 a ',' or '}' is wanted");
}

TEST_CASE("a property without quotes is what YAML takes it for") {
  const auto in_both = [](const std::string& value) {
    const TestFile file =
        Taken("tests:\n- name: t\n  visitor: { properties: { x: " + value +
              " } }\n  events:\n  - 0s: a { x: " + value + " }\n  expect: nothing\n");
    const auto& events = file.tests[0].events;
    TestProps of_visitor = events[0].props;
    of_visitor.erase(of_visitor.begin());  // identity
    CHECK(of_visitor == events[1].props);
    return events[1].props;
  };
  for (const char* number : {"5", "+5", "5.", "5.0", "+5e0", "05", "50E-1"}) {
    CAPTURE(number);
    CHECK(in_both(number) == TestProps{{"x", 5.0}});
  }
  CHECK(in_both("-.5") == TestProps{{"x", -0.5}});
  for (const char* yes : {"true", "True", "TRUE"}) CHECK(in_both(yes) == TestProps{{"x", true}});
  for (const char* no : {"false", "False", "FALSE"}) CHECK(in_both(no) == TestProps{{"x", false}});
  for (const char* none : {"null", "Null", "NULL", "~"}) CHECK(in_both(none).empty());
  for (const char* text : {"yes", "off", "tRUE", "nULL", "+-5", "+", ".", "e5", "5 m", "1-2",
                           "08:00", "1_000", "0x", "0xG", "0o8", "inf", "nan", "-0x1F"}) {
    CAPTURE(text);
    CHECK(in_both(text) == TestProps{{"x", std::string(text)}});
  }
  for (const char* other : {"0x1F", "0o17", ".inf", "-.Inf", "+.INF", ".nan", "1e999"}) {
    CAPTURE(other);
    const std::string said =
        " an event cannot have such a number; write it in decimals, or in quotes if it is text";
    CHECK(Refused(WithEvent("0s: a { x: " + std::string(other) + " }")) == "4:20" + said);
    CHECK(Refused("tests:\n- name: t\n  visitor: { properties: { x: " + std::string(other) +
                  " } }\n  events: []\n  expect: nothing\n") == "3:31" + said);
    CHECK(in_both("'" + std::string(other) + "'") == TestProps{{"x", std::string(other)}});
  }
}

TEST_CASE("events stand in the order of their times, ties as written") {
  const TestFile file = Taken(
      "tests:\n  - name: t\n    events:\n      - 2s: a x2 every 2s\n      - 1s: b\n"
      "      - 4s: c\n    expect: nothing\n");
  std::string order;
  for (const TestEvent& e : file.tests[0].events) order += e.name;
  CHECK(order == "baac");
}

TEST_CASE("the visitor and the world around") {
  const TestFile file = Taken(R"(rules: [a.yml, b/c.yml]
start: 2024-06-01 08:30
holdout: yes
tests:
  - name: t
    visitor: { site: shop, id: v-1, potential: 40%, bot: yes, identity: known,
               properties: { tier: gold, age: 40 }, consent: full }
    capacity: { checkout: 0 }
    events:
      - 7s: a
    expect:
      - fires: r
        at: [1s, 2s]
        times: 2
        to: bot
      - silent: { rule: r, reason: hours, at: 3s }
      - nothing else
)");
  CHECK(file.rules.size() == 2);
  const RuleTest& t = file.tests[0];
  CHECK(t.start == 1'717'230'600'000);
  CHECK(t.holdout);
  CHECK(t.bot);
  CHECK(t.site == "shop");
  CHECK(t.visitor == "v-1");
  CHECK(t.potential == 0.4);
  CHECK(t.capacity.at("checkout") == 0);
  REQUIRE(t.events.size() == 3);
  CHECK(t.events[0].name == "identify");
  CHECK(t.events[0].after == 7000);
  CHECK(t.events[0].props == TestProps{{"identity", std::string("known")},
                                       {"tier", std::string("gold")},
                                       {"age", 40.0}});
  CHECK(t.events[1].props == TestProps{{"mode", std::string("full")}});
  CHECK(t.expect[0].times == 2u);
  CHECK(t.expect[0].to_bot == true);
  CHECK(t.expect[1].reason == Reason::kHours);
  CHECK(t.expect[2].kind == Expectation::Kind::kNothingElse);
}

TEST_CASE("mistakes are named at their places") {
  CHECK(Refused(WithEvent("0s: a { type checkout }")) == "4:17 'property: value' is wanted");
  CHECK(Refused(WithEvent("0s: a { x: 1, x: 2 }")) == "4:23 'x' is there twice");
  CHECK(Refused(WithEvent("0s: a { x: \"1 }")) == "4:20 the quote is not closed");
  CHECK(Refused(WithEvent("0s: a { x: [{ y: 1 }] }")) ==
        "4:17 only an event's `items` can be a list");
  CHECK(Refused(WithEvent("0s: a x0")) == "4:15 x1 to x10000 is possible");
  CHECK(Refused(WithEvent("0s: a x99999999999")) == "4:15 x1 to x10000 is possible");
  CHECK(Refused(WithEvent("0s: a x2 x3")) == "4:18 how often it comes was said before");
  CHECK(Refused(WithEvent("0s: a via server x2 via server")) ==
        "4:29 'via server' stands twice here");
  CHECK(Refused(WithEvent("0s: a x3 every day")).rfind("4:24 a duration", 0) == 0);
  CHECK(Refused(WithEvent("0s: a soon")).rfind("4:15 only", 0) == 0);
  const std::string form =
      "4:9 an event is its time and its name: `- 20s: page_view { type: checkout }`";
  CHECK(Refused(WithEvent("soon: a")) == form);
  CHECK(Refused(WithEvent("0s page_view { type: checkout }")) == form);
  CHECK(Refused(WithEvent("page_view")) == form);
  for (const auto& [time, meant] : {std::pair{"1min", "; write 1m"}, {"-5s", ""}, {"0", ""}}) {
    CHECK(Refused(WithEvent(std::string(time) + ": a { x: 1 }")) ==
          "4:9 an event's time: a duration such as 90s, 1h30m or 7d is wanted (at most 10^13 ms), "
          "not '" +
              std::string(time) + "'" + meant);
  }
  CHECK(Refused(WithEvent("0s: a { price: 12,50 }")) ==
        "4:27 'property: value' is wanted; numbers have a point and no other sign: 12.50, 1000");
  CHECK(Refused(WithEvent("0s: a { city: Oulu, Finland }")) ==
        "4:29 'property: value' is wanted; a value with a comma in it goes into quotes");
  CHECK(Refused(WithEvent("0s: a { code: A12, 50 }")) ==
        "4:28 'property: value' is wanted; a value with a comma in it goes into quotes");
  CHECK(Refused("tests:\n  - name: t\n    events: []\n    expct: nothing\n") ==
        "4:5 'expct' is not known here; did you mean 'expect'?");
  CHECK(Refused("tests:\n  - name: t\n    events: []\n    expect: []\n") ==
        "4:13 an empty list expects nothing; that no offer is made says `expect: nothing`");
  CHECK(Refused("tests:\n  - name: t\n    events: []\n    expect:\n      - fire: r\n")
            .find("did you mean 'fires'?") != std::string::npos);
  CHECK(Refused("tests:\n  - name: t\n    events: []\n    expect:\n"
                "      - silent: { rule: r, reason: hour }\n")
            .find("did you mean 'hours'?") != std::string::npos);
  CHECK(Refused("rules: a.yml\n").rfind("1:1", 0) == 0);
  CHECK(Refused("- a\n- b\n").rfind("1:1", 0) == 0);
}

TEST_CASE("any bytes are read or refused, never a crash") {
  CHECK(rc::check("bytes", [](const std::string& junk) {
    TestFile file;
    std::vector<Diagnostic> diagnostics;
    (void)ReadTestFile(junk, &file, &diagnostics);
  }));
  CHECK(rc::check("events", [](const std::string& junk) {
    TestFile file;
    std::vector<Diagnostic> diagnostics;
    (void)ReadTestFile(WithEvent("0s: " + junk), &file, &diagnostics);
  }));
  const std::string example = kExample;
  for (size_t n = 0; n < example.size(); ++n) {
    TestFile file;
    std::vector<Diagnostic> diagnostics;
    (void)ReadTestFile(example.substr(0, n), &file, &diagnostics);
  }
}

TEST_CASE("the tests of the packs can be read") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(VINKKI_SOURCE_DIR "/rules/packs")) {
    if (!entry.path().string().ends_with("_test.yml")) continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    CHECK(Taken(text.str()).tests.size() >= 3);
    ++files;
  }
  CHECK(files >= 3);
}

}  // namespace vinkki::rules
