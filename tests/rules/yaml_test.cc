// The YAML reader by itself: what it makes of good documents, that it refuses bad ones, and that
// every byte of a scalar is found again in the file.
#include "rules/yaml.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace vinkki::rules {
namespace {

struct Document {
  explicit Document(std::string bytes) : text(std::move(bytes)), map(0, text) {
    Report report(&found);
    good = ReadYaml(text, &map, &report, &root) && found.empty();
  }
  std::string text;
  SourceMap map;
  std::vector<Diagnostic> found;
  YamlNode root;
  bool good = false;
};

std::string Replace(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// The documents of testdata/invalid_yaml.txt.
std::vector<std::string> InvalidDocuments() {
  std::ifstream in(VINKKI_SOURCE_DIR "/tests/rules/testdata/invalid_yaml.txt", std::ios::binary);
  std::stringstream all;
  all << in.rdbuf();
  std::string text = Replace(all.str(), "<TAB>", "\t");
  text = Replace(text, "<CR>", "\r");
  text = Replace(text, "<END>\n", "");
  text = Replace(text, "<BOM>", "\xEF\xBB\xBF");
  std::vector<std::string> documents;
  size_t at = text.find("==== ");
  while (at != std::string::npos) {
    const size_t begin = text.find('\n', at) + 1;
    at = text.find("==== ", begin);
    documents.push_back(text.substr(begin, at == std::string::npos ? at : at - begin));
  }
  return documents;
}

}  // namespace

TEST_CASE("the invalid documents of the YAML test suite are refused") {
  const auto documents = InvalidDocuments();
  REQUIRE(documents.size() == 94);
  for (const std::string& document : documents) {
    CAPTURE(document);
    CHECK_FALSE(Document(document).good);
  }
}

// libfyaml 0.7.12 follows a null pointer on these (found by fuzzing).
TEST_CASE("an explicit key, a colon and a tab") {
  for (const char* text :
       {"? a:\t-\n", "? a:\t-", "x: y\n? a:\t \t- x\n", "- ? [a]:\t? b\n", "?\n  a: \t- b\n",
        "k:\n  ? {a: b}:\t-\r\n", "? -:\t:", "? a:\tb: c\n"}) {
    CAPTURE(text);
    const Document document(text);
    REQUIRE(document.found.size() == 1);
    CHECK(document.found[0].message.find("a tab cannot follow ':'") != std::string::npos);
  }
  for (const char* text :
       {"a: \"b? c:\t- d\"\n", "# a:\t- b\n", "? a\n", "a: \"why ? b\"\nc:\td\n"}) {
    CAPTURE(text);
    CHECK(Document(text).good);
  }
}

TEST_CASE("scalars keep their text, their style and their place") {
  const Document d(
      "plain: a b\n"
      "number: 0x10\n"
      "off: off\n"
      "time: 08:00\n"
      "single: 'it''s'\n"
      "double: \"a\\tb\\u00e4\"\n"
      "block: |\n"
      "  one\n"
      "    two\n"
      "null: ~\n"
      "none:\n"
      "quoted: '~'\n"
      "list: [a, {b: c}]\n");
  REQUIRE(d.good);
  CHECK(d.root.Find("plain")->text == "a b");
  CHECK(d.root.Find("number")->text == "0x10");
  CHECK(d.root.Find("off")->text == "off");
  CHECK(d.root.Find("time")->text == "08:00");
  CHECK(d.root.Find("single")->text == "it's");
  CHECK(d.root.Find("single")->style == YamlNode::Style::kQuoted);
  CHECK(d.root.Find("double")->text == "a\tb\xC3\xA4");
  CHECK(d.root.Find("block")->text == "one\n  two\n");
  CHECK(d.root.Find("block")->style == YamlNode::Style::kBlock);
  CHECK(d.root.Find("null")->IsNull());
  CHECK(d.root.Find("none")->IsNull());
  CHECK_FALSE(d.root.Find("quoted")->IsNull());
  CHECK(d.root.Find("list")->items[1].Find("b")->text == "c");
  CHECK(d.root.Find("list")->place.line == 13);
  CHECK(d.root.Find("list")->items[0].place.column == 8);
  CHECK(d.root.Find("nothing") == nullptr);
}

TEST_CASE("nothing stands behind a block's last line") {
  for (const char* text : {"a: >\n  x\n\n   y\n", "a: >+\n  x\n \n   y\nb: c\n"}) {
    const Document document(text);
    REQUIRE(document.good);
    CHECK(document.root.items[0].text.ends_with("y\n"));
  }
  for (const char* text : {"a: >\n", "a: |\n", "a: >-\n  x\n\n   y\n"}) {
    const Document document(text);
    REQUIRE(document.good);
    CHECK(document.root.items[0].text.find('\0') == std::string::npos);
  }
}

TEST_CASE("an empty block does not take the keys below it") {
  for (const char* text :
       {"k:\n  a: |\n  b: c\n", "k:\n  a: >-\n\n  b: c\nd: e\n", "k:\n  a: |\n  # x\n  b: c\n",
        "k:\n  - a: | # > x\n    b: c\n  - d: e\n", "k:\n  - |\n  - b\n"}) {
    CAPTURE(text);
    const Document document(text);
    if (document.good) {  // as of libfyaml 0.9
      const YamlNode& inner = document.root.items[0];
      CHECK((inner.kind == YamlNode::Kind::kMapping ? inner : inner.items[0]).items.size() != 1);
      continue;
    }
    REQUIRE(document.found.size() == 1);
    CHECK(document.found[0].message.starts_with("nothing stands below this further right"));
    CHECK(document.found[0].place.line == 2);
  }
  for (const char* text :
       {"k:\n  a: |\n   b\n  c: d\n", "k:\n  a: |1\n   b\n", "a: |\nb: c\n", "k:\n- |\n  b\n- c\n",
        "k:\n  a: |2\n  b: c\n", "k:\n  a:\n    |\n    b\n", "{a: b}\n", "k:\n- a: |\n   b\n"}) {
    CAPTURE(text);
    CHECK(Document(text).good);
  }
}

TEST_CASE("every byte of a scalar stands where it came from") {
  for (const char* text : {
           "a: plain words",
           "a: folded\n  words\n\n  and more\n",
           "a: 'it''s\n  folded'",
           "a: \"tab \\t \\\"q\\\" \\\n   next \\u20ac \\x41 \\U0001F600 end\"",
           "a: |\n  one\n    two\n\n  three\n",
           "a: |2-\n    one\n   two\n",
           "a: >\n  one\n  two\n\n    more\n  three\n",
           "a: >-\n\n  one\n\n\n  two",
           "a: |\r\n  one\r\n  two\r\n",
       }) {
    const Document d(text);
    REQUIRE(d.good);
    const YamlNode& node = *d.root.Find("a");
    std::vector<uint32_t> offsets = ScalarOffsets(node, d.text);
    if (offsets.empty()) {
      CHECK(d.text.substr(node.begin, node.text.size()) == node.text);
      continue;
    }
    REQUIRE(offsets.size() == node.text.size() + 1);
    CAPTURE(node.text);
    for (size_t i = 0; i < node.text.size(); ++i) {
      const char c = node.text[i];
      const char at = d.text[offsets[i]];
      if (i > 0) CHECK(offsets[i] >= offsets[i - 1]);
      const bool space = c == ' ' || c == '\n' || c == '\t';
      if (!space && at != '\\') CHECK(at == c);
    }
    CHECK(offsets.back() <= d.text.size());
  }
}

TEST_CASE("places count characters, not bytes") {
  const Document d("\xC3\xA4\xE2\x82\xAC: x\nb: \xF0\x9F\x98\x80 # c\nc: [\xC3\xA4, y]\n");
  REQUIRE(d.good);
  CHECK(d.root.items[0].place.column == 5);
  CHECK(d.root.items[2].items[1].place.column == 8);
  CHECK(d.root.keys[0].length == 2);
}

}  // namespace vinkki::rules
