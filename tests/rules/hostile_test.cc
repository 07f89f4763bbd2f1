// Input made to hurt: every one is refused with a place, none crashes. That each takes under 100 ms
// is measured by bench, not here.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "rules/load.h"
#include "rules/regex.h"

namespace vinkki::rules {
namespace {

std::string Repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string Numbered(const std::string& before, const std::string& after, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += before + std::to_string(i) + after;
  return out;
}

// The first error, "line:column: message"; "" when there is none.
std::string FirstError(const std::string& text) {
  std::vector<Diagnostic> found;
  RuleSet set = Read({{"a.yml", text}}, &found);
  Check(&set, &found);
  CHECK(found.size() <= 2'100);
  CHECK(Format(set, found).size() < 2'000'000);
  SortDiagnostics(&found);
  for (const Diagnostic& d : found) {
    if (d.severity != Diagnostic::Severity::kError) continue;
    return std::to_string(d.place.line) + ":" + std::to_string(d.place.column) + ": " + d.message;
  }
  return "";
}

std::string RuleWith(const std::string& when) {
  return "version: 1\nrules:\n- name: r\n  offer: {}\n  when: |\n    " + when + "\n";
}

}  // namespace

TEST_CASE("YAML bombs") {
  const std::string bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n";
  CHECK(FirstError(bomb).find("anchors") != std::string::npos);
  CHECK(FirstError(Repeat("[", 100'000)).find("deeper than 64") != std::string::npos);
  CHECK(FirstError(Repeat("{a: ", 100'000)).find("deeper than 64") != std::string::npos);
  CHECK(FirstError(Repeat("- ", 100'000)).find("deeper than 64") != std::string::npos);
  CHECK(FirstError(Repeat("? ", 100'000)).find("") != std::string::npos);
  CHECK(FirstError(Numbered("k", ": 1\n", 200'000)).find("20,000 entries") != std::string::npos);
  CHECK(FirstError("{" + Numbered("k", ": 1, ", 200'000) + "}").find("20,000 entries") !=
        std::string::npos);
  CHECK(FirstError("a: \"" + Repeat("x", 1'000'000)).find("closing quote") != std::string::npos);
  CHECK(FirstError(Repeat("a: 1\n", 10'000)).find("stands twice") != std::string::npos);
  CHECK(FirstError(std::string(11'000'000, ' ')).find("10 MB") != std::string::npos);
  CHECK(FirstError(Repeat("- [" + Repeat("a,", 15'000) + "]\n", 80)).find("1,000,000") !=
        std::string::npos);
  CHECK(FirstError(Repeat("#", 1'000'000)).find("says nothing") != std::string::npos);
  CHECK_FALSE(FirstError(Repeat("\t", 100'000) + "a").empty());
  CHECK_FALSE(FirstError(Repeat(",", 100'000)).empty());
  CHECK_FALSE(FirstError(Repeat("\xFF", 100'000)).empty());
  CHECK_FALSE(FirstError(Repeat("a: \xC3\xA4\n", 10'000) + "b: \xC3").empty());
  CHECK_FALSE(FirstError(std::string("version: 1\0", 11)).empty());
}

TEST_CASE("expressions that grow") {
  CHECK(FirstError(RuleWith(Repeat("(", 1'000'000))).find("100 levels") != std::string::npos);
  CHECK(FirstError(RuleWith(Repeat("not ", 200'000))).find("100 levels") != std::string::npos);
  CHECK(FirstError(RuleWith(Repeat("a or ", 500'000) + "a")).find("10,000") != std::string::npos);
  CHECK(FirstError(RuleWith("\"" + Repeat("x", 1'000'000))).find("quote") != std::string::npos);
  CHECK(FirstError(RuleWith(Repeat("a", 1'000'000))).find("no let") != std::string::npos);
  CHECK(FirstError(RuleWith("page.url matches \"" + Repeat("(", 5'000) + "\""))
            .find("regular expression") != std::string::npos);
  CHECK(FirstError(RuleWith("page.url matches \"" + Repeat("a", 20'000) + "\""))
            .find("longer than") != std::string::npos);
  CHECK(FirstError(RuleWith("page.url matches \"" + Repeat("(a{1,1000}b)", 50) + "\""))
            .find("regular expression") != std::string::npos);
  // Few bytes, and 20 ms to compile: a hundred such rules would take seconds.
  CHECK(FirstError(RuleWith("page.url matches \"\\\\pL{20}\"")).find("pattern too large") !=
        std::string::npos);
}

// How many of 100 patterns, each with another letter behind it, are taken before all together are
// too large; the others are refused unread.
int Taken(const std::string& pattern) {
  Regexes regexes;
  int taken = 0;
  for (int i = 0; i < 100; ++i) {
    const Result<Regex>& regex = regexes.Add(pattern + std::to_string(i));
    const bool all = !regex.ok() && regex.status().message().find("together") != std::string::npos;
    taken += all ? 0 : 1;
  }
  return taken;
}

TEST_CASE("regular expressions of a few bytes that take milliseconds") {
  // How many exactly depends on the Unicode that the library knows.
  const auto some = [](int taken) { return taken >= 5 && taken <= 20; };
  CHECK(some(Taken("\\pL{9}")));       // 8 ms each
  CHECK(some(Taken("(a|b){1,900}")));  // 4 ms each
  CHECK(some(Taken("\\pL{18}")));      // 4 ms each, to be found too large
  for (const std::string& alone : {Repeat("a{1,31}", 142), Repeat("\\pL|", 250)}) {  // 70 ms, 36 ms
    CHECK(Regexes().Add(alone).status().message().find("repeats too much") != std::string::npos);
  }
  CHECK(Taken("(a|b){2,3}|\\d{1,5}(c|d)?") == 100);
  const int letters = Taken("^\\pL+$");  // 1 ms each
  CHECK((letters >= 70 && letters < 100));
  CHECK(Taken("(") == 100);  // each is said to be none
}

TEST_CASE("lets that double, chain and turn in circles") {
  std::string doubling = "version: 1\nlet:\n  a0: idle > 5s\n";
  for (int i = 1; i < 60; ++i) {
    const std::string before = "a" + std::to_string(i - 1);
    doubling += "  a" + std::to_string(i) + ": " + before + " and " + before + "\n";
  }
  CHECK(FirstError(doubling + "rules: [{name: r, when: a59}]\n").find("10,000 parts") !=
        std::string::npos);
  std::string chain = "version: 1\nlet:\n  a0: idle > 5s\n";
  std::string reversed = "version: 1\nlet:\n";
  for (int i = 1; i < 5'000; ++i) {
    const std::string line = "  a" + std::to_string(i) + ": not a" + std::to_string(i - 1) + "\n";
    chain += line;
  }
  for (int i = 5'000; i > 0; --i) {
    reversed += "  a" + std::to_string(i) + ": not a" + std::to_string(i - 1) + "\n";
  }
  CHECK(FirstError(chain + "rules: []\n").find("100 deep") != std::string::npos);
  CHECK(FirstError(reversed + "  a0: idle > 5s\nrules: []\n").find("100 deep") !=
        std::string::npos);
  std::string circle = "version: 1\nlet:\n";
  for (int i = 0; i < 50; ++i) {
    circle += "  a" + std::to_string(i) + ": a" + std::to_string((i + 1) % 50) + "\n";
  }
  CHECK(FirstError(circle + "rules: []\n").find("back to itself") != std::string::npos);
}

TEST_CASE("many rules with many errors") {
  const std::string rules =
      "version: 1\nrules:\n" + Numbered("- name: r", "\n  when: nope > 5\n  offer: {}\n", 10'000);
  CHECK(FirstError(rules).find("no let 'nope'") != std::string::npos);
  const std::string good =
      "version: 1\nrules:\n" + Numbered("- name: r", "\n  when: idle > 5s\n  offer: {}\n", 10'000);
  CHECK(FirstError(good).empty());
}

}  // namespace vinkki::rules
