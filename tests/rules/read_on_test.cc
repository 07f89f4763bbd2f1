// A file that is no YAML because of one of its rules: what is said of the others, and that nothing
// is said of them that would not be there once that one is mended.
#include "rules/read_on.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rules/load.h"
#include "tests/rules/generator.h"

namespace vinkki::rules {
namespace {

std::vector<Diagnostic> Errors(const std::string& text) {
  std::vector<Diagnostic> errors = Load({{"a.yml", text}}).diagnostics;
  std::erase_if(errors,
                [](const Diagnostic& d) { return d.severity != Diagnostic::Severity::kError; });
  return errors;
}

std::string Said(const std::string& text) {
  std::string all;
  for (const Diagnostic& d : Errors(text)) {
    all += std::to_string(d.place.line) + ":" + std::to_string(d.place.column) + " " + d.message +
           "\n";
  }
  return all;
}

const std::string kOffer = "    offer: { channels: [chat], message: { en: Hi } }\n";
// Four lines each, the first is line 3 + 4 * n.
std::string Written(const std::string& name, const std::string& when,
                    const std::string& more = "    priority: 1\n") {
  return "  - name: " + name + "\n    when: " + when + "\n" + kOffer + more;
}
std::string FileOf(const std::string& rules) { return "version: 1\nrules:\n" + rules; }

constexpr char kUnclosed[] =
    "this is not YAML: nothing closes this '['; each [ and { needs its ] and }\n";

// What the lines of a generated file are: [first, last], from 1.
struct Part {
  uint32_t first = 0, last = 0;
  bool is_let = false;
};
std::vector<Part> PartsOf(const std::string& text) {
  std::vector<Part> parts;
  uint32_t line = 0;
  bool lets = false;
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    ++line;
    if (text[at] != ' ') lets = text.compare(at, 4, "let:") == 0;
    const bool begins = lets ? text.compare(at, 2, "  ") == 0 && text[at + 2] != ' '
                             : text.compare(at, 5, "  - n") == 0;
    if (begins) parts.push_back({line, line, lets});
    if (text[at] == ' ' && !parts.empty()) parts.back().last = line;
  }
  return parts;
}

}  // namespace

TEST_CASE("errors of the other rules are said too") {
  const std::string broken = Written("b", "idle > 5s", "    limits: { per_day: [1 }\n");
  CHECK(Said(FileOf(Written("a", "idel > 5s") + broken + Written("c", "idle > 5"))) ==
        "4:11 there is no fact and no let 'idel'; did you mean 'idle'?\n"
        "10:24 " +
            std::string(kUnclosed) +
            "12:18 a number and a duration cannot be compared; write the number as a duration "
            "(5s)\n");
  // The last one, and two that are broken: the second is said when the first is mended.
  CHECK(Said(FileOf(Written("a", "idel > 5s") + Written("c", "idle > 5s") + broken)) ==
        "4:11 there is no fact and no let 'idel'; did you mean 'idle'?\n14:24 " +
            std::string(kUnclosed));
  CHECK(Said(FileOf(broken + Written("a", "idel > 5s") + broken)) ==
        "6:24 " + std::string(kUnclosed) +
            "8:11 there is no fact and no let 'idel'; did you mean 'idle'?\n");
  // A name that stands twice is not said where one of the two is not read.
  CHECK(Said(FileOf(Written("b", "idle > 5s") + broken)) == "10:24 " + std::string(kUnclosed));
}

TEST_CASE("a rule that is broken in its first line is left out alone") {
  const std::string open = Written("\"b", "idle > 5s");
  const std::string said =
      Said(FileOf(Written("a", "idel > 5s") + open + Written("c", "idel > 5s")));
  const std::string idel = ":11 there is no fact and no let 'idel'; did you mean 'idle'?\n";
  CHECK(said.starts_with("4" + idel + "7:11 this is not YAML"));
  CHECK(said.ends_with("\n12" + idel));
}

TEST_CASE("a let that is no YAML hides nothing of the rules") {
  const std::string rules =
      "rules:\n" + Written("a", "vip and idel > 5s") + Written("b", "idle > 5");
  const std::string of_rules =
      "8:19 there is no fact and no let 'idel'; did you mean 'idle'?\n"
      "12:18 a number and a duration cannot be compared; write the number as a duration (5s)\n";
  const auto said = [&](const std::string& second, const std::string& third) {
    return Said("version: 1\nlet:\n  full: cart.value > 30\n  " + second + "\n  " + third + "\n" +
                rules);
  };
  // `vip` is known although what it stands for is not; `full` is read.
  const std::string broken =
      said("vip: \"gold\" == visitor.properties.tier", "none: cart.value > x");
  CHECK(broken.starts_with("4:15 this is not YAML"));
  CHECK(
      broken.ends_with("\n5:22 there is no fact and no let 'x'; if it is meant as text, put it in "
                       "quotes: \"x\"\n" +
                       of_rules));
  // In the last one, which shows at `rules:` or later; and one without its colon.
  for (const char* last : {"vip: [1, 2", "vip: 'gold", "vip idle > 5s", "vip: a: b"}) {
    CAPTURE(last);
    const std::string all = said("more: idle > 5s", last);
    CHECK(all.find("this is not YAML") != std::string::npos);
    CHECK(all.find(of_rules) != std::string::npos);
    CHECK(all.find("'vip'") == std::string::npos);
  }
}

TEST_CASE("what no rule can be blamed for is said alone") {
  const std::string rules = "rules:\n" + Written("a", "idel > 5s") + Written("b", "idle > 5s");
  CHECK(Errors("version: 1\nlet: { a: [ }\n" + rules).size() == 1);
  CHECK(Errors("version: 1\n" + rules + "let: { a: [ }\n").size() == 1);
}

TEST_CASE("a broken rule or let brings no errors of others") {
  size_t broken[2] = {0, 0}, found[2] = {0, 0};
  for (uint64_t seed = 1; seed <= 6'000; ++seed) {
    uint64_t dice = seed * 7919;
    const auto pick = [&](size_t n) {
      dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
      return static_cast<size_t>((dice >> 33) % n);
    };
    oracle::Case c = oracle::Generate(seed % 500 + 1);
    std::string text = c.files[0].Yaml();
    if (c.files[0].rules.size() < 2) continue;
    const std::vector<Part> parts = PartsOf(text);
    REQUIRE(parts.size() == c.files[0].rules.size() + c.files[0].lets.size());
    const Part part = parts[pick(parts.size())];
    size_t from = 0, to = 0;
    for (uint32_t line = 1; line <= part.last; ++line) {
      if (line == part.first) from = to;
      to = std::min(text.find('\n', to), text.size() - 1) + 1;
    }
    if (part.is_let) from = text.find(':', from);  // with its name broken it is another let
    for (size_t n = 1 + pick(3); n > 0; --n) {
      static constexpr char kSigns[] = "\"'[]{}:|-,#&*\t >%@!?\n";
      const size_t at = from + pick(to - from);
      if (pick(3) == 0 && text[at] != '\n') {
        text[at] = kSigns[pick(sizeof kSigns - 2)];
      } else {
        text.insert(at, 1, kSigns[pick(sizeof kSigns - 2)]);
        ++to;
      }
    }
    std::vector<Diagnostic> diagnostics;
    Report report(&diagnostics);
    SourceMap map(0, text);
    YamlNode root;
    if (ReadYaml(text, &map, &report, &root)) continue;
    ++broken[part.is_let];
    CAPTURE(text);
    // A line end that was inserted moves the last line, but none is said behind the part.
    const auto last =
        static_cast<uint32_t>(std::count(text.begin(), text.begin() + static_cast<long>(to), '\n'));
    for (const Diagnostic& d : Errors(text)) {
      CAPTURE(d.place.line);
      CAPTURE(d.message);
      const bool syntax = d.place.line == diagnostics.back().place.line &&
                          d.place.column == diagnostics.back().place.column;
      if (!syntax) CHECK((d.place.line >= part.first && d.place.line <= last));
    }
    std::vector<Diagnostic> said;
    WithoutBroken rest;
    if (ReadWithoutBroken(text, diagnostics.back().place, &map, &said, &rest)) ++found[part.is_let];
  }
  CHECK(broken[0] > 500);
  CHECK(found[0] * 2 > broken[0]);
  CHECK(broken[1] > 50);
  CHECK(found[1] * 2 > broken[1]);
}

}  // namespace vinkki::rules
