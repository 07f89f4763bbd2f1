// Running *_test.yml: the packs pass, what fails is told in full, and it is quick.
#include "rules/test_run.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

namespace vinkki::rules {
namespace {

const SourceFile kRules{"shop.yml", R"(version: 1
rules:
  - name: stuck
    when: page.type == "checkout" and count(form_error, 2m) >= 3
    for: 10s
    offer: { channels: [chat], queue: q, message: { en: Hi } }
  - name: welcome
    when: visitor.visits >= 2
    holdout: 99.9999%
    offer: { channels: [chat], queue: q, message: { en: Hi } }
    priority: 5
)"};

TestReport Run(const std::string& tests, const TestOptions& options = {}) {
  TestReport report;
  RunTestText("shop_test.yml", "tests:\n" + tests, {kRules}, options, &report);
  return report;
}

// What is said of these tests over rules of their own.
std::string Told(const SourceFile& rules, const std::string& tests) {
  TestReport report;
  RunTestText("t.yml", "tests:\n" + tests, {rules}, {}, &report);
  return FormatTests(report);
}

std::string Failure(const std::string& tests) {
  const TestReport report = Run(tests);
  REQUIRE(report.errors == "");
  REQUIRE(report.results.size() == 1);
  REQUIRE(report.results[0].failures.size() == 1);
  return report.results[0].failures[0];
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* kStuck =
    "  - name: t\n"
    "    events:\n"
    "      - 0s: page_view { type: checkout }\n"
    "      - 5s: form_error x3 every 1s\n"
    "    expect:\n";

}  // namespace

TEST_CASE("the packs do what their tests say") {
  const TestReport report = RunTests(VINKKI_SOURCE_DIR "/rules/packs");
  CHECK_MESSAGE(report.ok(), FormatTests(report));
  CHECK(report.results.size() >= 40);
}

TEST_CASE("expectations that hold") {
  for (const char* expect :
       {"- fires: stuck", "- fires: stuck\n        at: 17s", "- fires: stuck\n        times: 1",
        "- fires: stuck\n        to: person", "- silent: welcome",
        "- fires: stuck\n      - nothing else"}) {
    const TestReport report = Run(std::string(kStuck) + "      " + expect + "\n");
    CHECK_MESSAGE(report.ok(), FormatTests(report));
  }
}

TEST_CASE("a failure shows what was expected, what came, and the clauses with their values") {
  const std::string late = Failure(std::string(kStuck) + "      - fires: stuck\n        at: 16s\n");
  CHECK(Has(late, "expected: stuck fires at 16s\n"));
  CHECK(Has(late, "instead:  an offer at 17s\n"));
  CHECK(Has(late, "stuck at 16s:\n"));
  CHECK(Has(late, "page.type == \"checkout\""));
  CHECK(Has(late, "count(form_error, 2m) >= 3"));
  const std::string none = Failure(std::string(kStuck) + "      - fires: welcome\n");
  CHECK(Has(none, "instead:  no firing at all\n"));
  CHECK(Has(none, "visitor.visits >= 2"));
  CHECK(Has(none, "no   "));
  CHECK(Has(Failure(std::string(kStuck) + "      - nothing\n"), "instead:  stuck fires at 17s\n"));
  CHECK(Has(Failure(std::string(kStuck) + "      - silent: stuck\n"), "stuck is silent"));
  CHECK(Has(Failure(std::string(kStuck) + "      - silent: { rule: stuck, reason: hours }\n"),
            "stuck is silenced (hours)"));
  CHECK(Has(Failure(std::string(kStuck) + "      - fires: stuk\n"), "did you mean 'stuck'?"));
  CHECK(Has(Failure(std::string(kStuck) + "      - fires: stuck\n        to: bot\n"),
            "stuck fires to the bot"));
  CHECK(Has(Failure(std::string(kStuck) + "      - fires: stuck\n        times: 2\n"),
            "expected: stuck fires, 2 times\n"));
}

TEST_CASE("a queue that is misspelled in `capacity` is no queue") {
  const SourceFile rules{"r.yml",
                         "version: 1\nrules:\n  - name: a\n    when: event.name == \"copy\"\n"
                         "    offer: { channels: [chat], queue: checkout, message: { en: Hi } }\n"};
  CHECK(Told(rules,
             "- name: a\n  capacity: { chekout: 0, other: 0 }\n  events:\n  - 1s: copy\n"
             "  expect:\n  - fires: a\n") ==
        "FAILED t.yml:2: a\n"
        "    capacity: no rule has the queue 'chekout'; did you mean 'checkout'?\n\n"
        "1 test, 1 failed\n");
}

TEST_CASE("of many decisions a failure shows those around its moment") {
  const SourceFile rules{"r.yml",
                         "version: 1\nrules:\n  - name: a\n    when: event.name == \"copy\"\n"
                         "    offer: { channels: [bot, chat], message: { en: Hi } }\n"};
  const auto instead = [&](const std::string& at) {
    const std::string all = Told(rules,
                                 "- name: a\n  events:\n  - 1s: copy x9 every 10s\n  expect:\n"
                                 "  - fires: a\n    at: " +
                                     at + "\n    to: bot\n    times: 1\n");
    const size_t from = all.find("expected:");
    return all.substr(from, all.find("    a at", from) - from);
  };
  CHECK(instead("51s") ==
        "expected: a fires at 51s to the bot, once\n"
        "    instead:  3 before, silenced at 31s (engaged), silenced at 41s (engaged), silenced at "
        "51s (engaged), silenced at 1m1s (engaged), silenced at 1m11s (engaged), and 1 more\n");
  CHECK(instead("2s").find("instead:  an offer at 1s to the bot, silenced at 11s") !=
        std::string::npos);
  CHECK(instead("5m").find("instead:  4 before, silenced at 41s") != std::string::npos);
}

TEST_CASE("a failure shows the event and the audience as they were at the moment") {
  const SourceFile rules{"r.yml", R"(version: 1
rules:
  - name: dear
    when: event.price > 100
    audience: potential >= 0.5
    offer: { channels: [chat], queue: q, message: { en: Hi } }
)"};
  CHECK(Told(rules,
             "- name: a\n"
             "  events:\n"
             "  - 1s: view_item { price: 120 }\n"
             "  expect:\n"
             "  - fires: dear\n"
             "    at: 1s\n"
             "    to: person\n") ==
        "FAILED t.yml:2: a\n"
        "    expected: dear fires at 1s to a person\n"
        "    instead:  silenced at 1s (audience)\n"
        "    dear at 1s:\n"
        "      yes  event.price > 100  120\n"
        "      no   audience: potential >= 0.5  (potential is missing: visitor: { potential: 0.6 } "
        "gives one)\n"
        "\n"
        "1 test, 1 failed\n");
}

TEST_CASE("a failure shows what a sequence lacks, the potential, and nothing beside the point") {
  const SourceFile rules{"r.yml", R"(version: 1
rules:
  - name: left
    when: sequence(add_to_cart, view_cart, not begin_checkout for 90s, within 15m)
    offer: { channels: [chat], queue: q, message: { en: Hi } }
  - name: dear
    when: event.price > 100
    audience: potential >= 50%
    offer: { channels: [chat], queue: q, message: { en: Hi } }
  - name: cheap
    when: event.price < 10
    offer: { channels: [chat], queue: q, message: { en: Hi } }
)"};
  const auto failure = [&](const std::string& events, const std::string& expect) {
    return Told(rules, "- name: a\n  visitor: { potential: 0.2 }\n  events:\n" + events +
                           "  expect:\n" + expect);
  };
  CHECK(
      Has(failure("  - 0s: add_to_cart { value: 80, items: 1 }\n", "  - fires: left\n"),
          "missing: 1 of 2 steps (addition to the cart); needs look at the cart, then no checkout "
          "begun for 1 min 30 s\n"));
  CHECK(Has(
      failure("  - 0s: view_itme x2\n", "  - fires: left\n"),
      "    'view_itme' is no event of the page script or of GA4; did you mean 'view_item'?\n\n"));
  const std::string one = failure(
      "  - 1s: view_item { price: 120 }\n  - 2s: view_item { price: 5 }\n", "  - nothing\n");
  CHECK(Has(one, "instead:  cheap fires at 2s\n"));
  CHECK(Has(failure("  - 1s: view_item { price: 120 }\n", "  - fires: dear\n"),
            "no   audience: potential >= 50%  (potential is 20%)\n"));
}

TEST_CASE("a failure shows both sides of a comparison") {
  const SourceFile rules{"r.yml", R"(version: 1
let:
  away: count(hidden, page)
rules:
  - name: less
    when: away <= count(visible, page)
    offer: { channels: [chat], queue: q, message: { en: Hi } }
  - name: named
    when: event.name == page.type
    offer: { channels: [chat], queue: q, message: { en: Hi } }
  - name: unlike
    when: event.name != page.type
    offer: { channels: [chat], queue: q, message: { en: Hi } }
  - name: often
    when: count(visible, page) + 1 > 2 * count(hidden, page)
    offer: { channels: [chat], queue: q, message: { en: Hi } }
)"};
  const auto at_1s = [&](const std::string& rule) {
    return Told(rules,
                "- name: a\n  events:\n  - 0s: page_view { type: cart }\n  - 1s: hidden\n"
                "  - 1s: hidden\n  expect:\n  - fires: " +
                    rule + "\n    at: 1s\n");
  };
  CHECK(Has(at_1s("less"), "      no   away <= count(visible, page)  2 <= 0\n"));
  CHECK(Has(at_1s("named"), "      no   event.name == page.type  hidden == cart\n"));
  CHECK(Has(at_1s("unlike"), "      yes  event.name != page.type  hidden != cart\n"));
  CHECK(Has(at_1s("often"),
            "      no   count(visible, page) + 1 > 2 * count(hidden, page)  1 > 4\n"));
}

TEST_CASE("a failure shows each rule that should not have fired") {
  const SourceFile rules{"r.yml", R"(version: 1
rules:
  - name: first
    when: event.name == "copy"
    offer: { channels: [chat], queue: q, message: { en: Hi } }
  - name: second
    when: event.name == "search"
    offer: { channels: [chat], queue: q, message: { en: Hi } }
)"};
  CHECK(Told(rules,
             "- name: a\n  events:\n  - 0s: copy\n  - 10m: search\n  - 20m: copy\n"
             "  expect:\n  - nothing\n") ==
        "FAILED t.yml:2: a\n"
        "    expected: nothing fires\n"
        "    instead:  first fires at 0s, second fires at 10m, first fires at 20m\n"
        "    first at 0s:\n"
        "      yes  event.name == \"copy\"  copy\n"
        "    second at 10m:\n"
        "      yes  event.name == \"search\"  search\n"
        "\n"
        "1 test, 1 failed\n");
}

TEST_CASE("the control group is left aside unless a test wants it") {
  const std::string visits =
      "    events:\n      - 0s: page_view\n      - 1h: page_view\n    expect:\n";
  CHECK(Run("  - name: t\n" + visits + "      - fires: welcome\n").ok());
  CHECK(Run("  - name: t\n    holdout: yes\n" + visits +
            "      - silent: { rule: welcome, reason: holdout }\n")
            .ok());
}

TEST_CASE("tests by name, and the report for machines") {
  const std::string two = std::string(kStuck) + "      - fires: stuck\n" +
                          "  - name: other <one> & \"two\"\n    events: []\n    expect:\n"
                          "      - fires: stuck\n";
  CHECK(Run(two).results.size() == 2);
  TestOptions options;
  options.names = {"other"};
  const TestReport report = Run(two, options);
  REQUIRE(report.results.size() == 1);
  CHECK(report.failed() == 1);
  const std::string xml = JUnit(report);
  CHECK(Has(xml, "<testsuites tests=\"1\" failures=\"1\" errors=\"0\">"));
  CHECK(Has(xml, "name=\"other &lt;one&gt; &amp; &quot;two&quot;\""));
  CHECK(Has(xml, "<failure type=\"expectation\" message=\"expected: stuck fires\">"));
  const std::string many =
      JUnit(Run("  - name: t\n    events: []\n    expect:\n"
                "      - fires: stuck\n      - fires: welcome\n"));
  CHECK(many.find("<failure") == many.rfind("<failure"));
  CHECK(Has(many, "expected: welcome fires"));
  CHECK(Has(FormatTests(report), "1 test, 1 failed\n"));
}

TEST_CASE("a name that no test has, and files without tests, are no success") {
  const std::string packs = VINKKI_SOURCE_DIR "/rules/packs";
  const TestReport none = RunTests(packs, {{"no test is called so"}});
  CHECK_FALSE(none.ok());
  CHECK(FormatTests(none) == "no test is named 'no test is called so'\nno test was run\n");
  const TestReport rules = RunTests(packs + "/cart.yml");
  CHECK_FALSE(rules.ok());
  CHECK(Has(FormatTests(rules), "cart.yml is no test file"));
}

TEST_CASE("files: errors at their places, and a folder with nothing in it") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "vinkki_test_run_test";
  fs::remove_all(folder);
  fs::create_directories(folder);
  const auto write = [&](const char* name, const std::string& text) {
    std::ofstream(folder / name) << text;
  };
  CHECK(Has(RunTests(folder.string()).errors, "no *_test.yml"));
  CHECK(Has(RunTests((folder / "none_test.yml").string()).errors, "no such file"));
  write("a_test.yml", "rules: nothing.yml\ntests: []\n");
  CHECK(Has(RunTests(folder.string()).errors, "a_test.yml:1:8:"));
  write("a_test.yml", "rules: .\ntests: []\n");
  CHECK(Has(RunTests(folder.string()).errors,
            "a_test.yml:1:8: '.' is a folder: name its files, or leave `rules` out"));
  write("a_test.yml", "tests:\n" + std::string(kStuck) + "      - fires: stuck\n");
  write("shop.yml", kRules.text);
  CHECK(RunTests(folder.string()).ok());
  write("bad.yml", "version: 1\nrules:\n  - name: x\n    when: idel > 5s\n");
  const TestReport bad = RunTests(folder.string());
  CHECK(Has(bad.errors, (folder / "bad.yml").string() + ":4:11:"));
  CHECK(Has(JUnit(bad), "<testsuites tests=\"1\" failures=\"0\" errors=\"1\">"));
  fs::remove_all(folder);
}

}  // namespace vinkki::rules
