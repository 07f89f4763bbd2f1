// Tidy files: what changes, what stays, and that doing it twice changes nothing.
#include "rules/tidy.h"

#include <doctest/doctest.h>

#include <string>

#include "rules/load.h"

namespace vinkki::rules {
namespace {

std::string Tidied(const std::string& text) {
  auto tidy = Tidy(text);
  if (!tidy.ok()) return "refused: " + tidy.status().message();
  const auto again = Tidy(*tidy);
  REQUIRE(again.ok());
  CHECK(again.value() == *tidy);
  return *tidy;
}

}  // namespace

TEST_CASE("indentation, empty lines, white space and comments") {
  CHECK(Tidied("# top\n"
               "version:   1 # one\n"
               "\n\n\n"
               "let:\n"
               "    # about a\n"
               "    a:   idle > 5s   \n"
               "rules:\n"
               "- name: x # the name\n"
               "  when: |\n"
               "        a and\n"
               "          true\n\n"
               "  # a comment\n"
               "  limits: {per_session: 1,\n"
               "     per_day:   2}\n"
               "  # before offer\n"
               "  offer:\n"
               "     channels:\n"
               "     - chat\n"
               "     - voice  # second\n"
               "- name: 'y'\n"
               "  when: a\n"
               "    and true\n"
               "# end") ==
        "# top\n"
        "version: 1  # one\n"
        "\n"
        "let:\n"
        "  # about a\n"
        "  a: idle > 5s\n"
        "rules:\n"
        "  - name: x  # the name\n"
        "    when: |\n"
        "      a and\n"
        "        true\n"
        "\n"
        "    # a comment\n"
        "    limits: { per_session: 1, per_day: 2 }\n"
        "    # before offer\n"
        "    offer:\n"
        "      channels:\n"
        "        - chat\n"
        "        - voice  # second\n"
        "\n"
        "  - name: 'y'\n"
        "    when: a\n"
        "      and true\n"
        "# end\n");
}

TEST_CASE("a comment stays with what it is about") {
  CHECK(Tidied("# the file\n"
               "\n"
               "version: 1\n"
               "let:\n"
               "   a: true\n"
               "   # below a, and about it\n"
               "\n"
               "   b: true\n"
               "rules:\n"
               "   - name: x\n"
               "     offer:\n"
               "        queue: q\n"
               "        # the end of the offer\n"
               "     # the end of x\n"
               "   # before y\n"
               "   - name: y\n"
               "     limits: {per_session: 1,\n"
               "              # about the next\n"
               "              per_day: 2}\n"
               "# the end\n") ==
        "# the file\n"
        "\n"
        "version: 1\n"
        "let:\n"
        "  a: true\n"
        "  # below a, and about it\n"
        "\n"
        "  b: true\n"
        "rules:\n"
        "  - name: x\n"
        "    offer:\n"
        "      queue: q\n"
        "      # the end of the offer\n"
        "    # the end of x\n"
        "\n"
        "  # before y\n"
        "  - name: y\n"
        "    limits:\n"
        "      per_session: 1\n"
        "      # about the next\n"
        "      per_day: 2\n"
        "# the end\n");
}

TEST_CASE("small files") {
  CHECK(Tidied("") == "");
  CHECK(Tidied("# only\n\n\n# comments") == "# only\n\n# comments\n");
  CHECK(Tidied("a: []\nb: {}\nc:\nd: ~\r\ne: \"x\"\r\n") == "a: []\nb: {}\nc:\nd: ~\ne: \"x\"\n");
  CHECK(Tidied("{a: b, c: [d, e]}") == "a: b\nc: [d, e]\n");
  CHECK(Tidied("a: [b, # one\n  c]\n") == "a:  # one\n  - b\n  - c\n");
  CHECK(Tidied("a: {b: , c: d}\n") == "a: { b:, c: d }\n");
  CHECK(Tidied("r: [{a: " + std::string(60, 'x') + ", b: " + std::string(60, 'x') +
               "}, {c: d}]\n") == "r:\n  - a: " + std::string(60, 'x') +
                                      "\n    b: " + std::string(60, 'x') + "\n  - { c: d }\n");
  CHECK(Tidied("a: &x 1").starts_with("refused"));
  CHECK(Tidied("a: |2\n    x\n").starts_with("refused: line 2:"));
}

TEST_CASE("columns are kept") {
  const std::string aligned =
      "let:                # named\n"
      "  a:   idle > 5s    # one\n"
      "  bcd: idle > 6s    # two\n"
      "  e: idle > 7s\n";
  CHECK(Tidied(aligned) == aligned);
  CHECK(Tidied("a:    x     # one\n\nb: y # two\n") == "a: x     # one\n\nb: y  # two\n");
}

TEST_CASE("the packs are tidy") {
  const auto files = ReadFolder(VINKKI_SOURCE_DIR "/rules/packs");
  REQUIRE(files.ok());
  for (const SourceFile& file : files.value()) {
    CAPTURE(file.path);
    CHECK(Tidied(file.text) == file.text);
  }
}

}  // namespace vinkki::rules
