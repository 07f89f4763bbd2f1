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

// The lines of the n-th rule, from 1: [first, last].
std::pair<uint32_t, uint32_t> LinesOf(const std::string& text, size_t n) {
  uint32_t line = 0, first = 0;
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    ++line;
    if (text.compare(at, 3, "- n") != 0 && text.compare(at, 5, "  - n") != 0) continue;
    if (first > 0) return {first, line - 1};
    if (n-- == 0) first = line;
  }
  return {first, line};
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

TEST_CASE("what shows at the first line of a rule may be the fault of the one before") {
  const std::string open = Written("\"b", "idle > 5s");
  const std::string said =
      Said(FileOf(Written("a", "idel > 5s") + open + Written("c", "idel > 5s")));
  CHECK(said.starts_with("7:11 this is not YAML"));
  CHECK(said.ends_with("\n12:11 there is no fact and no let 'idel'; did you mean 'idle'?\n"));
}

TEST_CASE("what no rule can be blamed for is said alone") {
  const std::string rules = "rules:\n" + Written("a", "idel > 5s") + Written("b", "idle > 5s");
  CHECK(Errors("version: 1\nlet: { a: [ }\n" + rules).size() == 1);
  CHECK(Errors("version: 1\n" + rules + "let: { a: [ }\n").size() == 1);
}

TEST_CASE("a broken rule brings no errors of others") {
  size_t broken = 0, found = 0;
  for (uint64_t seed = 1; seed <= 4'000; ++seed) {
    uint64_t dice = seed * 7919;
    const auto pick = [&](size_t n) {
      dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
      return static_cast<size_t>((dice >> 33) % n);
    };
    oracle::Case c = oracle::Generate(seed % 500 + 1);
    std::string text = c.files[0].Yaml();
    const size_t count = c.files[0].rules.size();
    if (count < 2) continue;
    const auto [first, last] = LinesOf(text, pick(count));
    REQUIRE(first > 0);
    size_t from = 0, to = 0;
    for (uint32_t line = 1; line <= last; ++line) {
      if (line == first) from = to;
      to = std::min(text.find('\n', to), text.size() - 1) + 1;
    }
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
    ++broken;
    CAPTURE(text);
    for (const Diagnostic& d : Errors(text)) {
      CAPTURE(d.place.line);
      CAPTURE(d.message);
      const bool syntax = d.place.line == diagnostics.back().place.line &&
                          d.place.column == diagnostics.back().place.column;
      if (!syntax) CHECK((d.place.line >= first && d.place.line <= last));
    }
    std::vector<Diagnostic> rest;
    if (ReadWithoutBroken(text, diagnostics.back().place, &map, &rest, &root)) ++found;
  }
  CHECK(broken > 500);
  CHECK(found * 2 > broken);
}

}  // namespace vinkki::rules
