// The forms of a replay's report: what is said is said right, whatever the rules and the visitors
// are called, and fits where it is shown.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/batch.h"
#include "base/markup.h"
#include "base/text.h"
#include "cmd/html.h"
#include "cmd/progress.h"
#include "cmd/report_html.h"
#include "cmd/report_json.h"
#include "cmd/report_text.h"
#include "cmd/rule_events.h"
#include "engine/replay.h"
#include "rules/load.h"

namespace vinkki::cmd {
namespace {

constexpr Millis kNoon = 1'704'110'400'000;  // Monday 2024-01-01, 12:00 UTC

constexpr char kHostile[] = "<script>alert(1)</script>";

const char* const kRules = R"(version: 1
rules:
  - name: three-errors
    description: Fights with a form
    when: count(form_error, 2m) >= 3
    offer: { channels: [chat], queue: care, message: { en: Hi } }
    limits: { per_session: 1 }
  - name: "<script>alert(1)</script>"
    description: '"quoted" & <img src=x onerror=alert(1)>'
    when: event.name == "search"
    offer: { channels: [bot], queue: '<b>"q"</b>', message: { en: Hi } }
  - name: never
    when: count(copy, 2m) >= 3 and page.type == "cart"
    offer: { channels: [chat], queue: care, message: { en: Hi } }
)";

rules::LoadResult RulesOf(const std::string& text) {
  rules::LoadResult loaded = rules::Load({{"test.yml", text}});
  REQUIRE(loaded.program);
  return loaded;
}

struct Run {
  rules::LoadResult loaded;
  engine::ReplayReport report;
  engine::ReplayDiff diff;
  ReportView view;
};

void AddVisits(engine::Replay* replay, int visitors, const std::string& suffix) {
  for (int i = 0; i < visitors; ++i) {
    BatchWriter writer;
    BatchHeader header;
    header.received = kNoon + 90LL * 86'400'000;
    writer.Begin("shop", "v" + std::to_string(i) + suffix, header);
    const Millis start = kNoon + i * 700'000LL - header.received;
    for (int n = 0; n < 4; ++n) {
      writer.BeginEvent(start + n * 5'000, "form_error", false);
      writer.Prop("field", Value::Of(kHostile));
      writer.EndEvent();
    }
    for (const char* name : {"search", "purchase", "click"}) {
      writer.BeginEvent(start + 60'000, name, false);
      writer.EndEvent();
    }
    replay->Add(writer.Finish());
  }
}

std::unique_ptr<Run> RunOf(const char* against, uint32_t threads = 1, int visitors = 40,
                           const std::string& suffix = kHostile) {
  auto run = std::make_unique<Run>();
  run->loaded = RulesOf(kRules);
  engine::ReplayOptions options;
  options.threads = threads;
  if (against != nullptr) options.against = RulesOf(against).program;
  engine::Replay replay(run->loaded.program, options);
  AddVisits(&replay, visitors, suffix);
  auto report = replay.Run(nullptr);
  REQUIRE(report.ok());
  run->report = std::move(report).value();
  run->view.report = &run->report;
  run->view.rules = "rules/<new>";
  run->view.against = "rules/<old>";
  run->view.events = "visits.ndjson";
  run->view.missing = MissingEvents(run->loaded.set, run->report);
  if (against != nullptr) {
    run->diff = replay.TakeDiff();
    run->view.diff = &run->diff;
  }
  return run;
}

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const char* const kOther = R"(version: 1
rules:
  - name: three-errors
    when: count(form_error, 2m) >= 3
    for: 5s
    offer: { channels: [chat], queue: care, message: { en: Hi } }
    limits: { per_session: 1 }
  - name: gone
    when: event.name == "click"
    offer: { channels: [chat], queue: care, message: { en: Hi } }
)";

TEST_CASE("numbers and lengths as people read them") {
  CHECK(Grouped(0) == "0");
  CHECK(Grouped(999) == "999");
  CHECK(Grouped(1000) == "1,000");
  CHECK(Grouped(1234567) == "1,234,567");
  CHECK(Percent(0, 0) == "-");
  CHECK(Percent(0, 7) == "0 %");
  CHECK(Percent(7, 7) == "100 %");
  CHECK(Percent(1, 3000) == "<0.1 %");
  CHECK(Percent(2999, 3000) == ">99.9 %");
  CHECK(Percent(1, 30) == "3.3 %");
  CHECK(Percent(1, 3) == "33 %");
  CHECK(LengthText(0) == "0 ms");
  CHECK(LengthText(850) == "850 ms");
  CHECK(LengthText(4'200) == "4.2 s");
  CHECK(LengthText(59'999) == "59 s");
  CHECK(LengthText(360'000) == "6 min");
  CHECK(LengthText(380'000) == "6 min 20 s");
  CHECK(LengthText(3 * 3'600'000 + 300'000) == "3 h 5 min");
  CHECK(LengthText(49 * 3'600'000LL) == "2 days 1 h");
  CHECK(UnitsText(3, 900'000) == "45 min");
  CHECK(UnitsText(2, 86'400'000) == "2 days");
  CHECK(UnitsText(4, 21'600'000) == "1 day");
  CHECK(WallText(kNoon) == "Mon 2024-01-01 12:00");
}

TEST_CASE("what visitors and rules are called does not become part of the page") {
  for (const char* against : {static_cast<const char*>(nullptr), kOther}) {
    const auto run = RunOf(against);
    const std::string html = ReportHtml(run->view);
    CHECK(Has(html, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    CHECK(!Has(html, "<script>alert"));
    CHECK(!Has(html, "<img"));
    CHECK(!Has(html, "<b>\"q\""));
    CHECK(!Has(html, "<new>"));
    CHECK(!Has(html, "<old>"));
    // Its own script is the only one, and the policy names it.
    size_t scripts = 0;
    for (size_t at = html.find("<script"); at != std::string::npos;
         at = html.find("<script", at + 1)) {
      ++scripts;
    }
    CHECK(scripts == 1);
    const size_t from = html.find("<script>") + 8;
    const std::string script = html.substr(from, html.find("</script>") - from);
    CHECK(Has(html, "script-src '" + PolicyHash(script) + "'"));
    // Nothing is fetched.
    CHECK(!Has(html, "http://"));
    CHECK(!Has(html, "https://"));
    CHECK(!Has(html, "src=\""));
    CHECK(!Has(html, "url("));
  }
}

TEST_CASE("one of a thing") {
  CHECK(Counted(0, "visit") == "0 visits");
  CHECK(Counted(1, "visit") == "1 visit");
  CHECK(Counted(1234, "visit") == "1,234 visits");
}

TEST_CASE("escaping") {
  CHECK(EscapeMarkup("a<b>&\"'c") == "a&lt;b&gt;&amp;&quot;&#39;c");
  CHECK(EscapeMarkup(std::string_view("\0\x1b\n\t", 4)) == "\xEF\xBF\xBD\xEF\xBF\xBD&#10;\t");
  CHECK(PolicyHash("") == "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  CHECK(PolicyHash("abc") == "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

TEST_CASE("no visitor can write to the terminal but letters") {
  CHECK(Clean("v\x1b[31m\x7f") == "v?[31m?");
  CHECK(Clean("a\xC2\x9B"
              "31m") == "a?31m");
  CHECK(Clean("a\xE2\x80\xAE"
              "b") == "a?b");
  CHECK(Clean("Pöytä €") == "Pöytä €");
  const auto run = RunOf(kOther, 1, 3, "\x1b]0;owned\x07");
  for (const bool color : {false, true}) {
    Terminal terminal{.width = 100, .color = color, .unicode = true};
    const std::string text = ReportText(run->view, terminal);
    CHECK(!Has(text, "\x1b]"));
    CHECK(!Has(text, "\x07"));
    CHECK(Has(text, "\x1b[") == color);
  }
}

// Each line of a text, without its end.
std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST_CASE("the text fits the terminal") {
  const auto run = RunOf(kOther, 1, 400, "");
  for (const size_t width : {40, 48, 60, 80, 100, 160}) {
    for (const bool unicode : {false, true}) {
      const std::string text = ReportText(run->view, {.width = width, .unicode = unicode});
      CHECK(Has(text, "three-errors"));
      for (const std::string& line : LinesOf(text)) {
        const bool command = line.starts_with("  vinkki explain");  // to be copied, whole
        CHECK_MESSAGE((command || WidthOf(line) <= width), line);
      }
      if (!unicode) {
        CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || c >= 0x20; }));
      }
    }
  }
}

TEST_CASE("a narrow comparison says in words what its table has no room for") {
  const auto run = RunOf(kOther, 1, 400, "");
  engine::RuleDiff& rule = run->diff.rules[0];
  const auto silent = [](rules::Reason reason) { return engine::Verdict{true, reason, false}; };
  rule.changes = {{{silent(rules::Reason::kLimit), silent(rules::Reason::kCooldown)}, 3}};
  rule.changed = 3;
  rule.only_mine = 1200;
  rule.only_other = 7;
  rule.examples[0].other = silent(rules::Reason::kLimit);
  rule.examples[0].mine = silent(rules::Reason::kCooldown);
  const std::string text = ReportText(run->view, {.width = 40, .unicode = false});
  for (const std::string& line : LinesOf(text)) {
    CHECK_MESSAGE((line.starts_with("  vinkki explain") || WidthOf(line) <= 40), line);
  }
  CHECK(Has(text, "\n    3 changed, 1,200 added, 7 dropped\n"));
  CHECK(Has(text, "           3  silent: limit\n              -> silent: cooldown\n"));
  CHECK(Has(text, "  moved: the same at another\n"));
  CHECK(Has(text, "  silent: limit ->\n                  silent: cooldown"));  // of the example
  const std::string wide = ReportText(run->view, {.width = 100, .unicode = false});
  CHECK_FALSE(Has(wide, "3 changed,"));
  CHECK(Has(wide, "           3  silent: limit -> silent: cooldown\n"));
}

TEST_CASE("no line ends inside a moment or an amount") {
  const auto run = RunOf(nullptr, 1, 400, "");
  for (size_t width = 60; width <= 120; ++width) {
    const std::string text = ReportText(run->view, {.width = width, .unicode = true});
    CHECK(Has(text, "busiest hours: "));
    for (const std::string& line : LinesOf(text)) {
      for (const char* day : {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}) {
        CHECK_MESSAGE(!line.ends_with(day), line);
      }
      const size_t first = line.find_first_not_of(' ');
      CHECK_MESSAGE((first == std::string::npos || !line.substr(first).starts_with("·")), line);
      CHECK_MESSAGE((line.empty() || line.back() != ' '), line);
      CHECK_MESSAGE(!Has(line, "\u00a0"), line);
      CHECK_MESSAGE(!line.ends_with(" 95"), line);
    }
  }
}

TEST_CASE("a narrow report cuts the reasons of silences, and says which medians it shows") {
  const auto run = RunOf(kOther, 1, 400, "");
  run->report.rules[0].rule = "a-rule-with-a-name-that-is-long";
  run->report.rules[0].silences = {{"cooldown", 264}, {"engaged", 922}, {"limit", 98}};
  const std::string wide = ReportText(run->view, {.width = 120, .unicode = true});
  CHECK(Has(wide, "  engaged 922, cooldown 264, limit 98\n"));
  const std::string narrow = ReportText(run->view, {.width = 60, .unicode = true});
  CHECK(Has(narrow, "  engaged 922, coo"));
  CHECK(Has(narrow, "…\n"));
  const auto about = [&](size_t width) {
    const std::string text = ReportText(run->view, {.width = width, .unicode = true});
    const size_t at = text.find("\nRules") + 6;
    return std::pair(text.substr(at, text.find('\n', at) - at), Has(text, "leaving in"));
  };
  CHECK(about(80) == std::pair(std::string("  medians"), true));
  CHECK(about(50) == std::pair(std::string(), false));
}

TEST_CASE("what a narrow report says of its charts is true") {
  const auto run = RunOf(kOther, 1, 400, "");
  const std::string narrow = ReportText(run->view, {.width = 60, .unicode = true});
  CHECK(Has(narrow, "\nRules\n"));
  CHECK_FALSE(Has(narrow, "over time\n  three"));
  const std::string wide = ReportText(run->view, {.width = 160, .unicode = true});
  CHECK(Has(wide, "over time\n  three"));
  CHECK(Has(wide, "Rules  medians; the chart shows offers, or firings without any\n"));
  // Fewer bars, each of more time, and the heading says of how much.
  const auto unit_of = [](const std::string& text) {
    const size_t at = text.find("Offers over time  by ");
    REQUIRE(at != std::string::npos);
    return text.substr(at + 21, text.find('\n', at) - at - 21);
  };
  CHECK(unit_of(wide) != unit_of(narrow));
}

TEST_CASE("an example names its moment as explain takes it") {
  const auto run = RunOf(nullptr, 1, 3, "");
  const engine::Example& example = run->report.rules[0].examples.front();
  const std::string text = ReportText(run->view, {.width = 100, .unicode = true});
  CHECK(Has(text, FormatRfc3339(example.at)));
}

TEST_CASE("the command that shows a visit is one that a shell takes") {
  CHECK(ShellQuoted("rules/a_1.yml") == "rules/a_1.yml");
  CHECK(ShellQuoted("") == "''");
  CHECK(ShellQuoted("it's $HOME") == R"('it'\''s $HOME')");
  CHECK(ShellQuoted("a\u202E") == R"('a'$'\342'''$'\200'''$'\256''')");
  const auto run = RunOf(nullptr, 1, 3, " x");
  run->view.explain = "vinkki explain --events 'a b'";
  const engine::Example& example = run->report.rules[0].examples.front();
  const std::string command = "vinkki explain --events 'a b' --site shop --visitor '" +
                              example.visitor + "' --at " + FormatRfc3339(example.at);
  CHECK(ExplainCommand(run->view, example) == command);
  CHECK(Has(ReportText(run->view, {.width = 40}), "\n  " + command + "\n"));
  run->report.decisions = 0;
  run->view.missing.clear();
  run->view.site = "my shop";
  CHECK(Has(ReportText(run->view, {.width = 60}),
            "  vinkki explain --events 'a b' --site 'my shop' --visitor V\n"));
  CHECK(Has(ReportHtml(run->view),
            "<code>vinkki explain --events &#39;a b&#39; --site &#39;my shop&#39; --visitor V"));
}

TEST_CASE("on the page a name keeps its direction of writing to itself, and shows what it hides") {
  CHECK(UserHtml("") == "<bdi></bdi>");
  CHECK(UserHtml("a<b") == "<bdi>a&lt;b</bdi>");
  CHECK(UserHtml("\x1f\u0085\u202Ex\u2066") ==
        "<bdi><span class=\"unshown\">U+001F</span><span class=\"unshown\">U+0085</span>"
        "<span class=\"unshown\">U+202E</span>x<span class=\"unshown\">U+2066</span></bdi>");
  const std::string name = "q\u202Ez";
  const auto run = RunOf(kOther, 1, 40, "\u202E\u2066");
  run->view.rules = run->view.against = run->view.events = name;
  for (engine::RuleReport& rule : run->report.rules) {
    rule.rule = rule.description = rule.queue = rule.file = name;
  }
  for (engine::RuleDiff& rule : run->diff.rules) rule.rule = name;
  for (engine::QueueReport& queue : run->report.queues) queue.queue = name;
  for (RuleNeeds& rule : run->view.missing) rule.rule = name;
  std::string html = ReportHtml(run->view);
  CHECK(Has(html, "<span class=\"unshown\">U+2066</span></bdi>"));
  CHECK_FALSE(Has(html, "\u202E"));
  CHECK_FALSE(Has(html, "\u2066"));
  const std::string isolated = UserHtml(name);  // in text, and nowhere without <bdi>
  size_t times = 0;
  for (size_t at = 0; (at = html.find(isolated, at)) != std::string::npos; ++times) {
    html.erase(at, isolated.size());
  }
  CHECK(times > 10);
  CHECK_FALSE(Has(html, "q<span class"));
}

TEST_CASE("the report is the same with any number of threads") {
  std::string json, text, html;
  for (const uint32_t threads : {1u, 2u, 5u}) {
    const auto run = RunOf(kOther, threads, 3000, "");
    const Terminal terminal{.width = 100, .unicode = true};
    if (threads == 1) {
      json = ReportJson(run->view);
      text = ReportText(run->view, terminal);
      html = ReportHtml(run->view);
      CHECK(run->report.visitors == 3000);
      continue;
    }
    CHECK(ReportJson(run->view) == json);
    CHECK(ReportText(run->view, terminal) == text);
    CHECK(ReportHtml(run->view) == html);
  }
}

TEST_CASE("a rule that found nothing to look at is named, and an empty report says why") {
  const auto run = RunOf(nullptr, 1, 3, "");
  REQUIRE(run->view.missing.size() == 1);
  CHECK(run->view.missing[0].rule == "never");
  CHECK(run->view.missing[0].needs == Needs{{"copy"}, {"page_view"}});
  const Terminal terminal{.width = 100, .unicode = true};
  CHECK(Has(ReportText(run->view, terminal), "never needs copy and page_view: no such event came"));
  const auto empty = RunOf(nullptr, 1, 0, "");
  CHECK(Has(ReportText(empty->view, terminal), "No events."));
  CHECK(Has(ReportHtml(empty->view), "No events"));
}

TEST_CASE("a rule needs an event only when it cannot hold without one") {
  struct Row {
    const char* when;
    const char* needs;  // of what does not come: copy, page_view, search2, ...
  };
  const Row rows[] = {
      {"count(copy, 2m) >= 1", "copy"},
      {"count(copy, 2m) > 0", "copy"},
      {"count(copy, 2m) == 2", "copy"},
      {"count(copy, 2m) == 0 and session.pages > 3", "page_view"},
      {"count(copy, 2m) <= count(hidden, 2m) and session.duration > 99h", ""},
      {"not count(copy, 2m) >= 1 and session.duration > 99h", ""},
      {"page.type == \"cart\" or count(copy, 1h) >= 1", "copy or page_view"},
      {"page.type == \"cart\" or count(form_error, 1h) >= 99", ""},
      {"page.type != \"cart\" and session.duration > 99h", ""},
      {"count(copy or form_error, 1h) >= 99", ""},
      {"event.name == \"copy\"", "copy"},
      {"sequence(copy, form_error, not hidden, click, within 1h)", "copy"},
      {"cart.value >= 30", "add_to_cart or begin_checkout or view_cart"},
      {"page.type in [\"a\", \"b\"]", "page_view"},
      {"idle >= 100h", ""},
      {"count(copy or cut, 1h) >= 1", "copy or cut"},
      {"count(copy or cut, 1h) >= 1 and idle >= 5s and (count(hidden, 1h) >= 1 or dwell >= 9s) and "
       "count(paste, 1h) >= 1",
       "paste, and copy or cut, and hidden or page_view"},
      {"count(copy, 1h) >= 1 and count(cut, 1h) >= 1 and dwell >= 9s", "copy, cut and page_view"},
      {"count(copy, 1h) >= 1 or count(cut, 1h) >= 1 and dwell >= 9s",
       "copy or cut, and copy or page_view"},
      {"count(copy, 1h) >= 1 and (count(copy, 2h) >= 1 or dwell >= 9s)", "copy"},
  };
  for (const Row& row : rows) {
    const auto loaded =
        RulesOf("version: 1\nrules:\n  - name: r\n    when: '" + std::string(row.when) +
                "'\n    offer: { channels: [chat], queue: q, message: { en: Hi } }\n");
    engine::Replay replay(loaded.program, {});
    AddVisits(&replay, 1, "");
    auto report = replay.Run(nullptr);
    REQUIRE(report.ok());
    ReportView view;
    view.report = &*report;
    view.missing = MissingEvents(loaded.set, *report);
    const std::string needs = row.needs;
    CHECK_MESSAGE(view.missing.empty() == needs.empty(), row.when);
    if (view.missing.empty()) continue;
    CHECK_MESSAGE(Hints(view)[0].text == " needs " + needs + ": no such event came", row.when);
  }
}

TEST_CASE("two sets that decide the same are no difference") {
  const auto same = RunOf(kRules);
  const Terminal terminal{.width = 100, .unicode = true};
  CHECK(Has(ReportText(same->view, terminal), "No difference: the rules are the same."));
  CHECK(Has(ReportHtml(same->view), "No difference: the rules are the same."));
  CHECK(Has(ReportJson(same->view), "\"same_rules\":true,\"differs\":false"));
  const auto other = RunOf(kOther);
  CHECK(!Has(ReportText(other->view, terminal), "No difference"));
  CHECK(Has(ReportText(other->view, terminal), "offer, 5.0 s earlier"));
}

TEST_CASE("who is reached, in words") {
  engine::ReplayDiff diff;
  CHECK(ReachedText(diff) == "The same visitors get an offer.");
  diff.visitors_gained = 1;
  CHECK(ReachedText(diff) == "1 visitor gets an offer who got none, 0 get none any more.");
  const auto nobody = RunOf(nullptr, 1, 3, "");
  nobody->report.offers = nobody->report.bot_offers = nobody->report.reached = 0;
  CHECK(Has(ReportText(nobody->view, {.width = 100, .unicode = true}), "offers     none\n"));
  CHECK(Has(ReportHtml(nobody->view), "to nobody"));
}

TEST_CASE("the line of progress") {
  const Terminal wide{.width = 100, .unicode = true};
  CHECK(
      Progress::Line(wide, "Replaying", "visitors", 500, 2000, 1'900'000, "events", 1.0) ==
      "Replaying  ━━━━━━──────────────────  25 %  500 of 2,000 visitors  1.9 M events/s  3 s left");
  const Terminal usual{.width = 80, .unicode = true};
  CHECK(Progress::Line(usual, "Replaying", "visitors", 500, 2000, 1'900'000, "events", 1.0) ==
        "Replaying  ━━━─────────  25 %  1.9 M events/s  3 s left");
  const Terminal narrow{.width = 60, .unicode = false};
  CHECK(Progress::Line(narrow, "Reading", "bytes", 100, 100, 100, "B", 0.1) ==
        "Reading  100 %  1000 B/s");
}

}  // namespace
}  // namespace vinkki::cmd
