#include "engine/keys.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace vinkki::engine {
namespace {

std::string NoNul(std::string text) {
  std::erase(text, '\0');
  return text;
}

TEST_CASE("a batch key reads back, and keys sort by day, site, visitor, time, sequence") {
  CHECK(rc::check("batch keys", [](uint32_t day_a, uint32_t day_b, const std::string& raw_site,
                                   const std::string& raw_a, const std::string& raw_b, int32_t t_a,
                                   int32_t t_b, uint64_t s_a, uint64_t s_b) {
    const std::string site = NoNul(raw_site), a = NoNul(raw_a), b = NoNul(raw_b);
    std::string key_a, key_b;
    EncodeBatchKey({day_a, site, a, t_a, s_a}, &key_a);
    EncodeBatchKey({day_b, site, b, t_b, s_b}, &key_b);
    const Result<BatchKey> back = DecodeBatchKey(key_a);
    RC_ASSERT(back.ok());
    RC_ASSERT(back.value().day == day_a && back.value().site == site);
    RC_ASSERT(back.value().visitor == a && back.value().received == t_a);
    RC_ASSERT(back.value().sequence == s_a);
    const bool less =
        std::tuple(day_a, a, int64_t{t_a}, s_a) < std::tuple(day_b, b, int64_t{t_b}, s_b);
    RC_ASSERT((key_a < key_b) == less);
    std::string prefix;
    EncodeDayPrefix(day_a, site + '\0' + a, &prefix);
    RC_ASSERT(key_a.starts_with(prefix) && key_a < PrefixEnd(prefix));
  }));
}

TEST_CASE("timer keys sort by deadline, before 1970 too") {
  CHECK(rc::check("timer keys", [](int64_t a, int64_t b, const std::string& visitor) {
    const std::string who = "shop" + std::string(1, '\0') + NoNul(visitor);
    std::string key_a, key_b;
    EncodeTimerKey({a, who}, &key_a);
    EncodeTimerKey({b, who}, &key_b);
    RC_ASSERT((key_a < key_b) == (a < b));
    const Result<TimerKey> back = DecodeTimerKey(key_a);
    RC_ASSERT(back.ok() && back.value().deadline == a && back.value().who == who);
  }));
}

TEST_CASE("rows read back") {
  CHECK(rc::check("rows", [](const std::string& a, const std::string& b, const std::string& c,
                             int64_t at, uint64_t sequence, bool to_bot) {
    std::string key, value;
    OutboxRow row{sequence, a, b, c, b, at, at / 2, a + c};
    EncodeOutboxRow(row, &value);
    const Result<OutboxRow> row_back = DecodeOutboxRow(value);
    RC_ASSERT(row_back.ok() && row_back.value().type == a && row_back.value().id == b);
    RC_ASSERT(row_back.value().payload == a + c && row_back.value().expires == at / 2);
    EncodeOutboxKey("kafka", sequence, &key);
    RC_ASSERT(DecodeOutboxKey("kafka", key).value() == sequence);

    const Reject reject{at, a, b, c, a + b};
    EncodeReject(reject, &value);
    const Result<Reject> reject_back = DecodeReject(value);
    RC_ASSERT(reject_back.ok() && reject_back.value().bytes == a + b);
    RC_ASSERT(reject_back.value().at == at && reject_back.value().detail == c);

    const DecisionRow decision{NoNul(a), NoNul(b), at, c, a, 7, to_bot};
    EncodeDecisionKey(decision, sequence, &key);
    EncodeDecisionRow(decision, &value);
    const Result<DecisionRow> decision_back = DecodeDecision(key, value);
    RC_ASSERT(decision_back.ok() && decision_back.value().visitor == NoNul(b));
    RC_ASSERT(decision_back.value().rule == c && decision_back.value().to_bot == to_bot);
    RC_ASSERT(decision_back.value().at == at && decision_back.value().reason == 7);
  }));
}

TEST_CASE("anything else is refused, never read past its end") {
  CHECK(rc::check("broken bytes", [](const std::string& bytes) {
    (void)DecodeBatchKey(bytes).ok();
    (void)DecodeTimerKey(bytes).ok();
    (void)DecodeOutboxRow(bytes).ok();
    (void)DecodeReject(bytes).ok();
    (void)DecodeDecision(bytes, bytes).ok();
    (void)DecodeSequenceKey(bytes).ok();
  }));
  CHECK(DecodeOutboxRow("").status().code() == Code::kCorrupt);
  CHECK(DecodeOutboxRow("\2").status().code() == Code::kCorrupt);
  CHECK(DecodeReject(std::string("\1\0", 2)).status().code() == Code::kCorrupt);
}

TEST_CASE("the end of a prefix") {
  CHECK(PrefixEnd("ab") == "ac");
  CHECK(PrefixEnd(std::string("a\xff")) == "b");
  CHECK(PrefixEnd("\xff\xff").empty());
}

}  // namespace
}  // namespace vinkki::engine
