// Diagnostics as people and editors see them, the normal form of rules, and folders of files.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "rules/load.h"
#include "rules/print.h"
#include "rules/regex.h"

namespace vinkki::rules {
namespace {

struct Checked {
  RuleSet set;
  std::vector<Diagnostic> found;
};

Checked CheckAll(std::vector<SourceFile> files) {
  Checked checked;
  checked.set = Read(std::move(files), &checked.found);
  Check(&checked.set, &checked.found);
  SortDiagnostics(&checked.found);
  return checked;
}

// The normal form of the first rule of a file without errors.
std::string FirstRule(const std::string& text) {
  const Checked checked = CheckAll({{"a.yml", text}});
  INFO(Format(checked.set, checked.found));
  REQUIRE_FALSE(HasErrors(checked.found));
  const File& file = checked.set.files[0];
  return Canonical(file.rules[0], file);
}

}  // namespace

TEST_CASE("errors with their lines and carets") {
  const std::string b =
      "version: 1\n"
      "rules:\n"
      "  - name: stuck\n"
      "    when: page.typ == \"checkout\" and idle > 5\n"
      "    offer: {}\n";
  const std::string a = "version: 1\nlet:\n\t x: 1\n";
  const Checked checked = CheckAll({{"b.yml", b}, {"a.yml", a}});
  CHECK(Format(checked.set, checked.found) ==
        "a.yml:3:1: this is not YAML: tab character may not be used as indentation; indent with "
        "spaces, not "
        "with tabs\n"
        "  \t x: 1\n"
        "  ^\n"
        "b.yml:4:11: rule 'stuck': there is no fact 'page.typ'; did you mean 'page.type'?\n"
        "      when: page.typ == \"checkout\" and idle > 5\n"
        "            ^~~~~~~~\n"
        "b.yml:4:45: rule 'stuck': a number and a duration cannot be compared; write the number as "
        "a duration (5s)\n"
        "      when: page.typ == \"checkout\" and idle > 5\n"
        "                                              ^\n");
}

TEST_CASE("carets under long lines and wide characters") {
  const std::string filler(300, 'x');
  const std::string text =
      "version: 1\nrules:\n- name: \"\u00e4\u00e4\"\n  offer: {}\n  when: page.title == \"\u20ac" +
      filler + "\" and foo or page.title == \"" + filler + "\"\n";
  const Checked checked = CheckAll({{"a.yml", text}});
  REQUIRE(checked.found.size() == 1);
  CHECK(checked.found[0].place.column == 9 + 14 + 303 + 5);
  const std::string said = Format(checked.set, checked.found);
  const size_t line = said.find('\n') + 1;
  const size_t carets = said.find('\n', line) + 1;
  CHECK(carets - line < 180);
  CHECK(said.substr(line).find("foo") == said.substr(carets).find("^~~"));
}

TEST_CASE("what a file says cannot command a terminal") {
  const Checked escape = CheckAll(
      {{"a.yml", "version: 1\nrules:\n- { name: \"a\\x1b[31m\", when: \"x\\x1b\", offer: {} }\n"}});
  CHECK(Format(escape.set, escape.found).find('\x1b') == std::string::npos);
  const Checked broken = CheckAll({{"a.yml", "version: 1\nlet: { a: \xff\xfe }\n"}});
  CHECK(Format(broken.set, broken.found) ==
        "a.yml:2:11: the file is not UTF-8 here\n"
        "  let: { a: \xEF\xBF\xBD\xEF\xBF\xBD }\n"
        "            ^\n");
  const Checked c1 = CheckAll({{"a.yml", "version: 1\nlet: { a: \xC2\x9B }\n"}});
  CHECK(Format(c1.set, c1.found).find('\x9B') == std::string::npos);
  const Checked called = CheckAll({{"\x1b[31m\xe4.yml", "version: 2\nrules: []\n"}});
  CHECK(Format(called.set, called.found).starts_with(" [31m\xEF\xBF\xBD.yml:1:10: version: "));
  CHECK(FormatJson(called.set, called.found)
            .starts_with("[{\"file\":\" [31m\xEF\xBF\xBD.yml\",\"line\":1,"));
}

TEST_CASE("diagnostics as JSON") {
  const Checked checked =
      CheckAll({{"a.yml", "version: 1\nrules:\n- {name: 'r\"', when: foo, offer: {}}\n"}});
  CHECK(
      FormatJson(checked.set, checked.found) ==
      R"([{"file":"a.yml","line":3,"column":22,"length":3,"severity":"error","rule":"r\"",)"
      R"("message":"there is no fact and no let 'foo'; if it is meant as text, put it in quotes: )"
      R"(\"foo\""}])");
  CHECK(FormatJson(RuleSet(), {}) == "[]");
}

TEST_CASE("what means the same has the same normal form") {
  const std::string one = FirstRule(R"(version: 1
let:
  busy: count(b or a, 120s) >= 3 and idle > 5s
rules:
- name: r
  when: page.type == 'x' and busy   # comment
  holdout: 10%
  offer: { channels: [chat], message: { fi: Hei, en: Hi } }
)");
  const std::string other = FirstRule(R"(version: 1
rules:
- offer: { message: { en: Hi, fi: Hei }, channels: [chat], expires: 120s }
  holdout: 0.1
  description: other words
  priority: 0
  name: r
  when: |
    page.type == "x" and (count(a or b or a, 2m) >= 3
      and idle > 5000ms)
)");
  CHECK(one == other);
  CHECK(one.find("when ((page.type == \"x\") and (count(a or b, 2m) >= 3) and (idle > 5s))") !=
        std::string::npos);
  const std::string changed = FirstRule(R"(version: 1
rules:
- name: r
  when: page.type == "x" and (count(a or b, 2m) >= 3 or idle > 5s)
  holdout: 10%
  offer: { channels: [chat], message: { fi: Hei, en: Hi } }
)");
  CHECK(one != changed);
}

TEST_CASE("a comparison is the same from both sides, an `and` is not") {
  const auto form = [](const std::string& when) {
    return FirstRule("version: 1\nrules:\n- name: r\n  offer: {}\n  when: |-\n    " + when + "\n");
  };
  CHECK(form("30 < cart.value") == form("cart.value > 30"));
  CHECK(form("'a' == page.type and 5s >= idle") == form("page.type == 'a' and idle <= 5s"));
  CHECK(form("count(a where 5 != x, 1m) > 2") == form("2 < count(a where x != 5, 1m)"));
  CHECK(form("30 < cart.value") != form("30 > cart.value"));
  CHECK(form("count(a, session) < count(b, session)") !=
        form("count(b, session) > count(a, session)"));
  CHECK(form("idle > 5s and cart.value > 30") != form("cart.value > 30 and idle > 5s"));
}

TEST_CASE("regular expressions") {
  const auto regex = Regex::Compile("^/p/\\d+$|b");
  REQUIRE(regex.ok());
  CHECK(regex.value().Find("/p/12"));
  CHECK(regex.value().Find("xbx"));
  CHECK_FALSE(regex.value().Find("/p/x"));
  CHECK_FALSE(regex.value().Find("/p/\xFF"));
  CHECK_FALSE(Regex::Compile("(").ok());
  CHECK_FALSE(Regex::Compile("((a{100}){100}){100}").ok());
  const auto slow = Regex::Compile("(a*)*(a*)*(a*)*c");
  REQUIRE(slow.ok());
  CHECK_FALSE(slow.value().Find(std::string(100'000, 'a')));
}

TEST_CASE("a folder of rule files") {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / ("vinkki_rules_" + std::to_string(getpid()));
  fs::remove_all(root);
  fs::create_directories(root / "sub" / ".hidden");
  const auto write = [&](const char* name, const std::string& text) {
    std::ofstream(root / name, std::ios::binary) << text;
  };
  write("b.yml", "b");
  write("sub/a.yaml", "a");
  write("sub/R2.YML", "r");
  write("b_test.yml", "no");
  write("B_TEST.YML", "no");
  write("notes.txt", "no");
  write(".b.yml", "no");
  write("sub/.hidden/c.yml", "no");
  auto files = ReadFolder(root.string());
  REQUIRE(files.ok());
  REQUIRE(files->size() == 3);
  RuleSet set;
  std::vector<Diagnostic> found;
  set = Read(std::move(*files), &found);
  CHECK(set.files[0].path == "b.yml");
  CHECK(set.files[1].path == "sub/R2.YML");
  CHECK(set.files[2].path == "sub/a.yaml");
  CHECK(set.files[2].text == "a");
  const auto one = ReadFolder((root / "b.yml").string());
  REQUIRE(one.ok());
  CHECK(one.value()[0].path == "b.yml");
  write("large.yml", std::string(10'000'001, ' '));
  CHECK_FALSE(ReadFolder(root.string()).ok());
  fs::remove_all(root);
  CHECK_FALSE(ReadFolder(root.string()).ok());
}

}  // namespace vinkki::rules
