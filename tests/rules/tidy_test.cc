// Tidy files: what changes, what stays, and that doing it twice changes nothing.
#include "rules/tidy.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "rules/load.h"
#include "rules/program.h"
#include "rules/yaml.h"
#include "tests/rules/generator.h"

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

// What a reader of YAML sees, to compare: "" when it is none.
std::string Seen(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kScalar) {
    return node.IsNull() ? "null" : "<" + node.text + ">";
  }
  std::string out = node.kind == YamlNode::Kind::kMapping ? "{" : "[";
  for (size_t i = 0; i < node.items.size(); ++i) {
    if (!node.keys.empty()) out += Seen(node.keys[i]) + ": ";
    out += Seen(node.items[i]) + ",";
  }
  return out + "}";
}

std::string Seen(const std::string& text) {
  std::vector<Diagnostic> found;
  Report report(&found);
  SourceMap map(0, text);
  YamlNode root;
  return ReadYaml(text, &map, &report, &root) && found.empty() ? Seen(root) : "";
}

std::string WithReturns(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

// Files as people write them, and worse: uneven indentation, blocks of all kinds, comments
// everywhere.
class Files {
 public:
  explicit Files(uint64_t seed) : state_(seed * 2 + 1) {}

  std::string File() {
    Comments(0);
    Mapping(0, 0);
    Comments(0);
    if (Pick(4) == 0 && out_.ends_with('\n')) out_.pop_back();
    return Pick(3) == 0 ? WithReturns(out_) : out_;
  }
  size_t comments() const { return comments_; }

 private:
  size_t Pick(size_t n) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state_ >> 33) % n;
  }
  std::string Spaces(size_t n) { return std::string(n, ' '); }

  void Comments(size_t indent) {
    for (size_t n = Pick(4); n > 2; --n) {
      if (Pick(2) == 0) out_ += "\n";
      out_ += Spaces(Pick(3) == 0 ? Pick(6) : indent) + "# c" + std::to_string(++comments_) + "\n";
    }
    if (Pick(5) == 0) out_ += Pick(2) == 0 ? "\n" : "   \n\n";
  }
  void EndLine() {
    if (Pick(5) == 0) out_ += Spaces(1 + Pick(3)) + "# > | c" + std::to_string(++comments_);
    out_ += Pick(6) == 0 ? "  \n" : "\n";
  }
  void Mapping(size_t indent, int depth) {
    const size_t n = 1 + Pick(4);
    for (size_t i = 0; i < n; ++i) {
      if (i > 0) Comments(indent);
      if (i > 0 || !at_dash_) out_ += Spaces(indent);
      at_dash_ = false;
      const std::string key = "k" + std::to_string(i);
      if (Pick(12) == 0) {
        out_ += "? " + key + "\n" + Spaces(indent + 1) + " more\n" + Spaces(indent) + ":";
      } else {
        out_ += (Pick(6) == 0 ? "\"" + key + " |\"" : key) + ":";
      }
      Value(indent, depth);
    }
  }
  void Sequence(size_t indent, int depth) {
    const size_t n = 1 + Pick(3);
    for (size_t i = 0; i < n; ++i) {
      if (i > 0) Comments(indent);
      out_ += Spaces(indent) + "-";
      if (depth < 4 && Pick(2) == 0) {
        out_ += " ";
        at_dash_ = true;
        Mapping(indent + 2, depth + 1);
      } else {
        Scalar(indent);
      }
    }
  }
  void Value(size_t indent, int depth) {
    if (depth >= 4 || Pick(3) != 0) return Scalar(indent);
    EndLine();
    Comments(indent + 1);
    const size_t inner = indent + 1 + Pick(4);
    if (Pick(2) == 0) return Mapping(inner, depth + 1);
    Sequence(Pick(2) == 0 && depth > 0 ? indent : inner, depth + 1);
  }
  void Scalar(size_t indent) {
    switch (Pick(8)) {
      case 0: out_ += " \"a b # no\""; return EndLine();
      case 1: out_ += " plain text\n" + Spaces(indent + 1 + Pick(3)) + "goes on"; return EndLine();
      case 2: out_ += " { a: b, \"c\n" + Spaces(indent + 2) + "d\": [1,2] }"; return EndLine();
      case 3: return EndLine();
      case 4: out_ += " word"; return EndLine();
      default: return Block(indent);
    }
  }
  void Block(size_t indent) {
    static constexpr const char* kChomps[] = {"", "-", "+"};
    const bool own = Pick(2) == 0;
    const size_t more = 1 + Pick(4);
    out_ += Pick(2) == 0 ? " |" : " >";
    const std::string chomp = kChomps[Pick(3)];
    const std::string digit = own ? std::to_string(more) : "";
    out_ += Pick(2) == 0 ? chomp + digit : digit + chomp;
    EndLine();
    // Never none: libfyaml 0.7 then takes what follows as the block's lines.
    const size_t n = 1 + Pick(3);
    for (size_t i = 0; i < n; ++i) {
      if (Pick(4) == 0) out_ += "\n";
      const bool deeper = Pick(3) == 0 && (own || i > 0);
      out_ += Spaces(indent + more + (deeper ? 1 + Pick(3) : 0)) +
              (Pick(3) == 0 ? "# text\n" : "text  \n");
    }
    for (size_t empty = Pick(3); empty > 0; --empty) out_ += "\n";
  }

  uint64_t state_;
  size_t comments_ = 0;
  bool at_dash_ = false;
  std::string out_;
};

// c1, c2, ... in their order.
bool HasComments(const std::string& text, size_t n) {
  size_t at = 0;
  for (size_t i = 1; i <= n && at != std::string::npos; ++i) {
    at = text.find(" c" + std::to_string(i), at);
  }
  return at != std::string::npos;
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
  CHECK(Tidied("? |\n  a\n: b\n").starts_with("refused: line 2:"));
}

TEST_CASE("lines end as they did") {
  CHECK(Tidied("a:   b\r\nc: |\r\n    d\r\n    e\r\n") == "a: b\r\nc: |\r\n  d\r\n  e\r\n");
  CHECK(Tidied("a:   b # c\r\nd: e") == "a: b  # c\r\nd: e\r\n");
  CHECK(Tidied("a:   b\r\nc: d\ne: f\n") == "a: b\nc: d\ne: f\n");
  CHECK(Tidied("a: b\nc:\rd\n").starts_with("refused: line 2:"));
  CHECK(Tidied("a: >-\n  b\r\r\r\n  c\n").starts_with("refused: line 2:"));
}

TEST_CASE("blocks with indentation of their own, and with all their ends") {
  CHECK(Tidied("a: |4\n      x\n    # y\n   # c\nb: c\n") == "a: |2\n    x\n  # y\n# c\nb: c\n");
  CHECK(Tidied("a: |1-\n  x\n\n\nb: c\n") == "a: |2-\n   x\n\nb: c\n");
  CHECK(Tidied("a: |+ # keep\n    x\n\n\n# c\nb: c\n") == "a: |+  # keep\n  x\n\n\n# c\nb: c\n");
  CHECK(Tidied("rules:\n- a: |+\n   x\n- a: >+1\n     x\n\n") ==
        "rules:\n  - a: |+\n      x\n  - a: >2+\n        x\n\n");
  CHECK(Tidied("a: |+\n\n\nb: c\n") == "a: |+\n\n\nb: c\n");
  CHECK(Tidied("a: |+\n    x") == "a: |+\n  x");
  CHECK(Tidied("a:\n- |2\n\n     x\n") == "a:\n  - |2\n\n       x\n");
}

TEST_CASE("a key of several lines becomes one of one") {
  CHECK(Tidied("? a\n  b\n: c\n") == "a b: c\n");
  CHECK(Tidied("a: {\"b\n  c\": d}\n") == "a: { \"b c\": d }\n");
}

TEST_CASE("any file keeps its values and its comments, and its kind of line ends") {
  size_t tidied = 0;
  for (uint64_t seed = 1; seed <= 5'000; ++seed) {
    Files files(seed);
    const std::string text = files.File();
    const std::string seen = Seen(text);
    if (seen.empty()) continue;
    CAPTURE(text);
    const std::string tidy = Tidied(text);
    REQUIRE(!tidy.starts_with("refused"));
    ++tidied;
    REQUIRE(Seen(tidy) == seen);
    REQUIRE(HasComments(tidy, files.comments()));
    REQUIRE((tidy.find('\r') == std::string::npos) == (text.find('\r') == std::string::npos));
  }
  CHECK(tidied > 4'000);
}

TEST_CASE("tidy rules mean the same") {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    std::vector<SourceFile> files = oracle::Generate(seed).Sources();
    const LoadResult before = Load(files);
    REQUIRE(before.program);
    for (SourceFile& file : files) {
      file.text = Tidied(seed % 2 == 0 ? file.text : WithReturns(file.text));
      REQUIRE(!file.text.starts_with("refused"));
    }
    const LoadResult after = Load(files);
    REQUIRE(after.program);
    REQUIRE(before.program->version() == after.program->version());
  }
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
