#include "base/text.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "base/hash.h"
#include "base/json_writer.h"

namespace vinkki {

TEST_CASE("UTF-8") {
  for (const char* good :
       {"", "a", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"}) {
    CHECK(IsUtf8(good));
  }
  for (const char* bad : {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\xAF", "\xED\xA0\x80",
                          "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF"}) {
    CHECK_FALSE(IsUtf8(bad));
  }
}

TEST_CASE("durations") {
  CHECK(ParseDuration("1h30m") == 5'400'000);
  CHECK(ParseDuration("250ms") == 250);
  CHECK(ParseDuration("7d") == 604'800'000);
  for (const char* bad : {"", "5", "m", "1m1h", "1s1s", "1.5s", "-1s", "1 s", "99999999999999d"}) {
    CHECK_FALSE(ParseDuration(bad).has_value());
  }
  CHECK(rc::check("format then parse", [] {
    const auto d = *rc::gen::inRange<Millis>(0, 10'000'000'000'000);
    RC_ASSERT(ParseDuration(FormatDuration(d)) == d);
  }));
}

TEST_CASE("RFC 3339") {
  CHECK(ParseRfc3339("2024-01-01T12:00:00Z") == 1704110400000);
  CHECK(ParseRfc3339("2024-01-01T14:00:00.25+02:00") == 1704110400250);
  for (const char* bad :
       {"", "2024-13-01T00:00:00Z", "2024-02-30T00:00:00Z", "2024-01-01T25:00:00Z",
        "2024-01-01T12:00:00", "2024-01-01T12:00:00.Z", "2024-01-01T12:00:00Zx"}) {
    CHECK_FALSE(ParseRfc3339(bad).has_value());
  }
  CHECK(rc::check("format then parse", [] {
    const auto t = *rc::gen::inRange<Millis>(0, 4'000'000'000'000);
    RC_ASSERT(ParseRfc3339(FormatRfc3339(t)) == t);
  }));
}

TEST_CASE("JSON out") {
  JsonWriter w;
  w.BeginObject().Key("a\"b").Text("x\n\x01").Key("n").Number(0.1).Key("l").BeginArray();
  w.Whole(1).Bool(true).Null().BeginObject().EndObject().EndArray().EndObject();
  CHECK(w.text() == R"({"a\"b":"x\n\u0001","n":0.1,"l":[1,true,null,{}]})");
}

TEST_CASE("hashes") {
  CHECK(Sha256Hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // On disk: these values never change.
  const std::string text = "The quick brown fox, 0123\xff\x80 ";
  CHECK(Hash64("") == 0x9ca066f1a4ab2eeaULL);
  const uint64_t hashes[] = {0x2039b6a4504655dbULL, 0xcfa4eb688bb63497ULL, 0x941db1e615a812b5ULL,
                             0x3aee9565d57720acULL, 0x21a66fdbdf2c4d1eULL, 0x8eed4eb7027ce8a3ULL,
                             0x6cc1f71536823d73ULL, 0x05bee1c915fc553cULL, 0xcefe8b4f1b63fce2ULL,
                             0x789ebcdcf7ae4a8cULL};
  for (size_t n = 0; n < std::size(hashes); ++n) {
    CHECK(Hash64(std::string_view(text).substr(0, n + 1)) == hashes[n]);
  }
  CHECK(Hash64(std::string_view(text).substr(0, 24)) == 0x7fdd8acd3fd66c19ULL);
  CHECK(RandomId().size() == 22);
  CHECK(RandomId() != RandomId());
}

TEST_CASE("a control character is found wherever it stands, and nothing else is one") {
  for (size_t size = 0; size <= 20; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        for (const char other : {'a', '\x20', '\x80', '\xff', '~'}) {
          std::string text(size, other);
          text[at] = static_cast<char>(c);
          REQUIRE(HasControl(text) == (c < 0x20 || c == 0x7f));
        }
      }
    }
  }
}

TEST_CASE("small letters") { CHECK(Lower("AZ az @[`{ \xC3\x84") == "az az @[`{ \xC3\x84"); }

TEST_CASE("what a terminal obeys and does not show") {
  const auto expected = [](unsigned c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x61C || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  };
  const auto tail = [](unsigned c) { return static_cast<char>(0x80 | (c & 0x3F)); };
  for (unsigned c = 0; c < 0x10000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string character;
    if (c < 0x80) {
      character = {static_cast<char>(c)};
    } else if (c < 0x800) {
      character = {static_cast<char>(0xC0 | c >> 6), tail(c)};
    } else {
      character = {static_cast<char>(0xE0 | c >> 12), tail(c >> 6), tail(c)};
    }
    REQUIRE(UnshownAt("\xE2\x82\xAC" + character + "b", 3) == (expected(c) ? character.size() : 0));
  }
  CHECK(UnshownAt("\xE2\x80", 0) == 0);
}

}  // namespace vinkki
