// Events without a batch around them: what was written is read, in order, and no more.

#include "base/event_list.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace vinkki {
namespace {

std::string Dump(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kMissing: return "missing";
    case Value::Kind::kBool: return value.boolean ? "true" : "false";
    case Value::Kind::kNumber: return std::to_string(value.number);
    case Value::Kind::kText: return '"' + std::string(value.text) + '"';
  }
  return "";
}

std::string Dump(PropReader props) {
  std::string out = "{";
  std::string_view key;
  for (Value value; props.Next(&key, &value);) out += std::string(key) + ':' + Dump(value) + ' ';
  return out + "}";
}

std::string Dump(const EventView& event) {
  std::string out = std::to_string(event.at) + ' ' + std::string(event.name) + ' ' +
                    std::string(event.id) + (event.via_server ? " server " : " ") +
                    Dump(event.props()) + " [";
  event.ForEachItem([&](PropReader item) { out += Dump(item); });
  return out + "]";
}

std::vector<std::string> ReadAll(std::string_view events, uint64_t count, const WordList& words,
                                 bool ok = true) {
  // Memory of exactly its size, so that a sanitizer sees a read behind it.
  const std::vector<char> exact(events.begin(), events.end());
  EventListReader reader({exact.data(), exact.size()}, count, &words);
  std::vector<std::string> out;
  for (EventView event; reader.Next(&event);) out.push_back(Dump(event));
  CHECK(reader.status().ok() == ok);
  return out;
}

}  // namespace

TEST_CASE("a list of events is read as it was written") {
  WordList words;
  EventListWriter w(&words);
  w.BeginEvent(1'704'110'400'031, "active", false, {});
  w.EndEvent();
  w.BeginEvent(5, "add_to_cart", true, "e1");
  w.Prop("sku", Value::Of("a"));
  w.Prop("absent", Value::Missing());
  w.Prop("price", Value::Of(12.5));
  w.Prop("sale", Value::Of(true));
  w.BeginItem();
  w.Prop("item_id", Value::Of("i"));
  w.BeginItem();
  w.EndEvent();
  w.BeginEvent(0, "", false, {});
  w.BeginItem();
  w.Prop("n", Value::Of(-3.0));
  w.EndEvent();
  CHECK(ReadAll(w.written(), 3, words) ==
        std::vector<std::string>{
            "1704110400031 active  {} []",
            "5 add_to_cart e1 server {sku:\"a\" price:12.500000 sale:true } [{item_id:\"i\" }{}]",
            "0   {} [{n:-3.000000 }]"});
  EventListReader reader(w.written(), 3, &words);
  EventView event;
  REQUIRE(reader.Next(&event));
  REQUIRE(reader.Next(&event));
  CHECK(event.Own("price") == Value::Of(12.5));
  CHECK(event.Get("item_id") == Value::Of("i"));
  CHECK(event.Own("item_id").missing());
  CHECK(event.item_count() == 2);
  REQUIRE(reader.Next(&event));
  CHECK(event.Get("item_id").missing());  // nothing is left of the event before
  w.Clear();
  CHECK(w.written().empty());
}

TEST_CASE("lists of any events, and what is cut off them") {
  std::mt19937 dice(5);
  WordList words;  // it is full soon
  for (int round = 0; round < 300; ++round) {
    EventListWriter w(&words);
    std::vector<std::string> wanted;
    const int events = 1 + static_cast<int>(dice() % 4);
    for (int i = 0; i < events; ++i) {
      const std::string text(dice() % 7 == 0 ? dice() % 3'000 : dice() % 20,
                             static_cast<char>('a' + dice() % 26));
      const std::string id = dice() % 2 == 0 ? text : "";
      w.BeginEvent(i, text, i % 2 == 0, id);
      std::string dump =
          std::to_string(i) + ' ' + text + ' ' + id + (i % 2 == 0 ? " server {" : " {");
      for (uint32_t n = dice() % (i == 0 ? 4 : 20); n > 0; --n) {
        w.Prop("p" + text, Value::Of(text));
        dump += 'p' + text + ':' + Dump(Value::Of(text)) + ' ';
      }
      dump += "} [";
      for (uint32_t n = dice() % 3; n > 0; --n) {
        w.BeginItem();
        w.Prop("q", Value::Of(0.5 + n));
        dump += "{q:" + Dump(Value::Of(0.5 + n)) + " }";
      }
      w.EndEvent();
      wanted.push_back(dump + ']');
    }
    CHECK(ReadAll(w.written(), wanted.size(), words) == wanted);
    const std::string_view cut = w.written().substr(0, dice() % w.size());
    ReadAll(cut, wanted.size(), words, false);
  }
}

TEST_CASE("words: the first 128 that are not long have numbers, each its own") {
  WordList words;
  std::vector<std::string> all = {"",   "a",    "ab",       "abc",
                                  "ba", "abab", "abcdefgh", "abcdefghabcdefgh"};
  for (int i = 0; all.size() < 128; ++i) all.push_back("word" + std::to_string(i * i * 977));
  for (size_t i = 0; i < all.size(); ++i) REQUIRE(words.NumberOf(all[i]) == i);
  CHECK(words.NumberOf("one too many") == WordList::kSpelledOut);
  CHECK(words.NumberOf("abcdefghabcdefghi") == WordList::kSpelledOut);
  for (size_t i = 0; i < all.size(); ++i) {
    CHECK(words.NumberOf(all[i]) == i);
    const auto number = static_cast<char>(i);
    ByteReader reader({&number, 1});
    CHECK(words.Read(&reader) == all[i]);
  }
  for (int none = 128; none < WordList::kSpelledOut; ++none) {
    const std::string bytes = {static_cast<char>(none), 1, 'x'};
    ByteReader reader(bytes);
    words.Read(&reader);
    CHECK_FALSE(reader.ok());
  }
}

}  // namespace vinkki
