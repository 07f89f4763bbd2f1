// The shortcut for plain lines against the general reader: what it takes must be the same event,
// and what the general reader refuses it must not take.

#include "collector/plain_line.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "collector/decode.h"
#include "collector/ndjson.h"
#include "tests/collector/line_dump.h"

namespace vinkki::collector {
namespace {

// Whether the shortcut took the line; if so, it must be what the general reader makes of it. The
// line stands in memory of exactly its size, so that a sanitizer sees a read behind it.
bool TookSame(Decoder* decoder, const std::string& line) {
  CAPTURE(line);
  const std::vector<char> exact(line.begin(), line.end());
  LineEvent plain;
  if (!ReadPlainLine({exact.data(), exact.size()}, &plain)) return false;
  const std::string padded = line + std::string(kPadding, '\0');
  LineEvent general;
  const Problem problem = decoder->DecodeLine({padded.data(), line.size()}, &general);
  CHECK(!problem);
  CHECK(DumpOf(plain) == DumpOf(general));
  return true;
}

const char* const kTexts[] = {R"("")",
                              R"("v")",
                              R"("seven77")",
                              R"("eight888")",
                              R"("nine nine")",
                              R"("server")",
                              R"("äö")",
                              R"("kahvi ☕ 𝄞")",
                              R"("a\tb")",
                              R"("\u0041")",
                              "\"\x7f\"",
                              "\"\t\"",
                              "\"\xc0\x80\"",
                              "\"\xed\xa0\x80\"",
                              "\"\xff\"",
                              "\"\xe2\x98\"",
                              R"("unended)",
                              R"("2026-11-18T13:06:39.5+02:00")",
                              R"("https://shop.example/product/17?x=1&y=2")"};
const char* const kOthers[] = {"0",
                               "7",
                               "-7",
                               "-0",
                               "01",
                               "-",
                               "1.5",
                               "1.",
                               ".5",
                               "0.1",
                               "1e3",
                               "1E3",
                               "1.25e1",
                               "999999999999999",
                               "1795000000000",
                               "1234567890123456",
                               "0704110400000",
                               "170411040000",
                               "1704110400000.25",
                               "1704110400000e0",
                               "17041104000001",
                               "253402300799999",
                               "253402300800000",
                               "123456.789012345",
                               "0.000000000000001",
                               "179.99",
                               "true",
                               "false",
                               "tru",
                               "null",
                               "[]",
                               "{}",
                               "[1]",
                               R"([{"item_id":"s","price":1.5},{}])",
                               R"([{"a":1,"a":2}])",
                               R"([{"a":[]}])",
                               R"([7])",
                               "NaN",
                               "+1",
                               "1 2",
                               ""};
const char* const kKeys[] = {"site", "visitor", "at",    "name",    "props", "id",
                             "via",  "items",   "price", "item_id", "",      "späm"};

// Lines that are more often right than wrong.
class Lines {
 public:
  explicit Lines(uint32_t seed) : dice_(seed) {}
  std::string Next() {
    std::string line = "{";
    for (const char* key : {"site", "visitor", "at", "name", "props", "id", "via"}) {
      if (OneIn(30)) continue;
      const std::string name = OneIn(40) ? Of(kKeys) : key;
      line += (line.size() > 1 ? Comma() : Space()) + '"' + name + '"' + Space() + ":" + Space() +
              ValueOf(name);
    }
    line += Space() + (OneIn(60) ? "" : "}") + (OneIn(60) ? "x" : Space());
    while (OneIn(8) && !line.empty()) line[Below(line.size())] = static_cast<char>(Below(256));
    return line;
  }

 private:
  size_t Below(size_t n) { return dice_() % n; }
  bool OneIn(size_t n) { return Below(n) == 0; }
  template <size_t N>
  std::string Of(const char* const (&list)[N]) {
    return list[Below(N)];
  }
  std::string Space() { return OneIn(10) ? " \t" : OneIn(4) ? " " : ""; }
  std::string Comma() { return Space() + (OneIn(60) ? "" : ",") + Space(); }
  std::string Any() { return OneIn(2) ? Of(kTexts) : Of(kOthers); }
  std::string ValueOf(const std::string& key) {
    if (OneIn(30)) return Any();
    if (key == "at") return OneIn(8) ? Of(kOthers) : "1795000000000";
    if (key != "props") return OneIn(8) ? Of(kTexts) : "\"text\"";
    std::string props;
    for (size_t n = Below(5); n > 0; --n) {
      props += (props.empty() ? "" : Comma()) + '"' + Of(kKeys) + "\":" + Space() +
               (OneIn(3) ? Any() : "12.5");
    }
    return "{" + Space() + props + Space() + "}";
  }
  std::mt19937 dice_;
};

}  // namespace

TEST_CASE("lines as machines write them are plain") {
  Decoder decoder;
  for (const char* line :
       {R"({"visitor":"v","at":0,"name":"a"})",
        R"({"site":"shop","visitor":"v-00001","at":1704110400000,"name":"active","props":{}})",
        R"({"site": "shop", "visitor": "v", "at": 1704110400000.5, "name": "a", "id": "i-7"})",
        R"( { "name" : "a" , "at" : "2026-11-18T13:06:39Z" , "visitor" : "v" } )",
        R"({"visitor":"v","at":1,"name":"työ","props":{"page":"/työ","price":-12.75,"on":true}})",
        R"({"visitor":"v","at":1,"name":"a","via":"server","props":{"items":[{"item_id":"s",)"
        R"("price":1},{}],"value":12.5}})"}) {
    CAPTURE(line);
    CHECK(TookSame(&decoder, line));
  }
}

TEST_CASE("what is not plain is left to the general reader") {
  Decoder decoder;
  const std::string long_text(kMaxText + 1, 'x');
  const std::string long_name(kMaxNameChars + 1, 'x');
  std::string many_props, many_items;
  for (size_t i = 0; i <= kMaxProps; ++i) many_props += ",\"p" + std::to_string(i) + "\":1";
  for (size_t i = 0; i <= kMaxItems; ++i) many_items += ",{}";
  const auto with_props = [](const std::string& props) {
    return R"({"visitor":"v","at":1,"name":"a","props":{)" + props + "}}";
  };
  for (const std::string& line :
       {std::string(), std::string("{"), std::string("{}"), std::string("[]"),
        std::string(R"({"visitor":"v","at":1})"), std::string(R"({"visitor":"v","name":"a"})"),
        std::string(R"({"visitor":"","at":1,"name":"a"})"),
        std::string(R"({"visitor":"v","at":1,"name":"a","other":1})"),
        std::string(R"({"visitor":"v","at":1,"name":"a","at":1})"),
        R"({"visitor":"v","at":1,"name":")" + long_name + "\"}", with_props(R"("a":null)"),
        with_props(R"("a":"\n")"), with_props(R"("a":[1])"), with_props(R"("a":1,"a":1)"),
        with_props(R"("a":1,)"), with_props("\"a\":\"" + long_text + '"'),
        with_props(many_props.substr(1)), with_props("\"items\":[" + many_items.substr(1) + "]")}) {
    CAPTURE(line);
    CHECK(!TookSame(&decoder, line));
  }
}

TEST_CASE("any line that the shortcut takes is what the general reader makes of it") {
  Decoder decoder;
  Lines lines(17);
  constexpr int kLines = 60'000;
  int taken = 0;
  for (int i = 0; i < kLines; ++i) taken += TookSame(&decoder, lines.Next()) ? 1 : 0;
  CHECK(taken > kLines / 20);       // it is worth something
  CHECK(taken < kLines * 19 / 20);  // and there was something to refuse
}

// Line by line with the general reader alone: "number event" or "number reason detail".
std::vector<std::string> ReadGenerally(std::string_view text) {
  std::vector<std::string> out;
  LineReader lines(text);
  NdjsonDecoder decoder;
  LineEvent event;
  std::string_view line;
  for (uint32_t number = 0; lines.Next(&line, &number);) {
    const Problem problem = decoder.DecodeAny(line, &event);
    out.push_back(
        std::to_string(number) + ' ' +
        (problem ? std::string(Info(problem.reason).code) + ' ' + problem.detail : DumpOf(event)));
  }
  return out;
}

std::vector<std::string> ReadAtOnce(std::string_view text) {
  std::vector<std::string> out;
  NdjsonReader reader(text);
  LineEvent event;
  Problem problem;
  for (uint32_t number = 0; reader.Next(&event, &number, &problem);) {
    out.push_back(
        std::to_string(number) + ' ' +
        (problem ? std::string(Info(problem.reason).code) + ' ' + problem.detail : DumpOf(event)));
  }
  CHECK(reader.left() == 0);
  return out;
}

TEST_CASE("a text is read as its lines are, one by one") {
  const std::string plain = R"({"visitor":"v","at":1,"name":"a","props":{"a":1}})";
  std::vector<std::string> texts = {"",
                                    "\n",
                                    "\r\n\n",
                                    plain,
                                    plain + "\n" + plain + "\r\n",
                                    "\n \t\r\n" + plain + " \r \n{\n}\n" + plain + "x\n" + plain};
  std::string longest = R"({"visitor":"v","at":1,"name":"a")";
  longest.append(kMaxLine - longest.size() - 1, ' ').push_back('}');
  for (const char* end : {"", "\n", "\r\n", " \n", "\r\r\n"}) {
    texts.push_back(longest + end + plain);
    texts.push_back(longest + end);
  }
  Lines lines(23);
  for (int i = 0; i < 300; ++i) {
    std::string& text = texts.emplace_back();
    for (int n = 0; n < 40; ++n) text += lines.Next() + (n % 7 == 0 ? "\r\n" : "\n");
    text.resize(text.size() - static_cast<size_t>(i % 3));
  }
  for (const std::string& text : texts) {
    CAPTURE(text.substr(0, 4096));
    const std::vector<char> exact(text.begin(), text.end());
    CHECK(ReadAtOnce({exact.data(), exact.size()}) == ReadGenerally(text));
  }
}

}  // namespace vinkki::collector
