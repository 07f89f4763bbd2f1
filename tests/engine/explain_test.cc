// Explain against what the engine really did: the same decisions, and words for what is missing.

#include "engine/explain.h"

#include "engine/store.h"
#include "tests/engine/engine_fixture.h"

namespace vinkki::engine {
namespace {

const std::string kStuck = RuleText("stuck", "count(form_error, 2m) >= 3 and cart.value >= 30",
                                    "    for: 10s\n    limits: { cooldown: 30m }\n");

TestEvent Cart(Millis at) {
  return {at, "add_to_cart", {{"value", Value::Of(80.0)}, {"currency", Value::Of("EUR")}}};
}

Result<Explanation> ExplainFolder(const TestEngine& t, const std::string& visitor,
                                  const std::string& at, const std::string& rule = "") {
  StoreOptions options;
  options.data_dir = t.options.data_dir;
  options.read_only = true;
  auto store = Store::Open(options);
  REQUIRE(store.ok());
  ExplainQuery query;
  query.visitor = visitor;
  query.rule = rule;
  query.at = ParseExplainMoment(at);
  REQUIRE(query.at);
  return ExplainStored(**store, t.program_, query, t.clock.Now());
}

std::string Kinds(const Explanation& e) {
  std::string out;
  for (const TimelineEntry& entry : e.timeline) {
    static constexpr const char* kNames[] = {"visit", "event", "rule", "decision", "live"};
    out += (out.empty() ? "" : " ") + std::string(kNames[static_cast<size_t>(entry.kind)]);
  }
  return out;
}

// A visitor who is stuck, explained beside the running engine.
TEST_CASE("a stuck visit is explained beside the running engine") {
  TestEngine t(kStuck);
  t.Open();
  t.SendOne("v", Cart(kNoon));
  for (int i = 1; i <= 3; ++i) {
    t.clock.Set(kNoon + i * 1'000);
    t.SendOne("v", {kNoon + i * 1'000, "form_error", {{"field", Value::Of("phone")}}});
  }
  auto before = ExplainFolder(t, "v", "first+2s");
  REQUIRE(before.ok());
  CHECK(before->events == 3);
  CHECK(before->later == 1);
  REQUIRE(before->rules.size() == 1);
  REQUIRE(before->rules[0].view.missing.size() == 1);
  CHECK(rules::Words(before->rules[0].view.missing[0].any_of[0], before->at) ==
        "2 of 3 form errors in 2 min; needs one more within 1 min 59 s");

  auto waits = ExplainFolder(t, "v", "last+4s");
  REQUIRE(waits.ok());
  CHECK(waits->rules[0].view.fires_at == kNoon + 13'000);
  REQUIRE(waits->timers.size() == 1);
  CHECK(waits->timers[0].fires);
  CHECK(waits->timers[0].at == kNoon + 13'000);
  CHECK(waits->consent == "full");

  t.clock.Set(kNoon + 13'000);
  CHECK(t.Offers(1).size() == 1);
  auto after = ExplainFolder(t, "v", "last+1m");
  REQUIRE(after.ok());
  CHECK(Kinds(*after) == "visit event event rule decision");
  CHECK(after->timeline[2].times == 3);
  CHECK(after->timeline[2].what == std::vector<std::string>{"phone"});
  CHECK(after->timeline[4].at == kNoon + 13'000);
  CHECK(after->timeline[4].live == "same");
  CHECK(after->timeline[4].why ==
        "3 form errors in 2 min, then 10 s without progress, cart 80 EUR");
  REQUIRE(after->rules[0].silences.size() == 2);
  CHECK(after->rules[0].silences[0].reason == rules::Reason::kCooldown);
  CHECK(after->rules[0].silences[1].reason == rules::Reason::kEngaged);
}

TEST_CASE("what was decided otherwise when it happened is said") {
  TestEngine t(RuleText("other", "count(form_error, 2m) >= 1"));
  t.Open();
  t.SendOne("v", {kNoon, "form_error"});
  t.Close();
  t.program_ = ProgramOf(RuleText("mine", "count(form_error, 2m) >= 1"));
  auto e = ExplainFolder(t, "v", "last");
  REQUIRE(e.ok());
  CHECK(Kinds(*e) == "visit event decision live");
  CHECK(e->timeline[2].live == "none");
  CHECK(e->timeline[3].name == "other");
  REQUIRE(e->notes.size() == 1);
  CHECK(e->notes[0].starts_with("2 of the decisions came out otherwise"));
}

TEST_CASE("what cannot be explained is said") {
  TestEngine t(kStuck + RuleText("asleep", "count(copy, 2m) >= 1", "    mode: off\n"));
  t.Open();
  t.SendOne("v-812", {kNoon, "form_error"});
  const auto message = [](const Result<Explanation>& e) {
    REQUIRE(!e.ok());
    return e.status().message();
  };
  CHECK(message(ExplainFolder(t, "v-81", "last")) ==
        "no visitor 'v-81'; there is 'v-812' and perhaps more");
  CHECK(message(ExplainFolder(t, "x", "last")) == "no visitor 'x'");
  CHECK(
      message(ExplainFolder(t, "v-812", "first-1s")) ==
      "no events of visitor 'v-812' of site 'shop' up to 2024-01-01T11:59:59.000Z: the first came "
      "at 2024-01-01T12:00:00.000Z");
  CHECK(message(ExplainFolder(t, "v-812", "last", "stcuk")) ==
        "no rule 'stcuk' among the 2 in force; did you mean 'stuck'?");
  CHECK(message(ExplainFolder(t, "v-812", "last", "asleep")) ==
        "rule 'asleep' has mode: off, so it is not evaluated");
}

TEST_CASE("what was let go is said") {
  TestEngine t(RuleText("r", "sum(view_item.price, 1h) > 1000"));
  t.Open();
  std::vector<TestEvent> events;
  for (int i = 0; i < 70; ++i) {
    events.push_back({kNoon - 70 + i, "view_item", {{"price", Value::Of(1.0)}}});
  }
  t.Send(MakeBatch("v", 7, 1, kNoon, events));
  auto e = ExplainFolder(t, "v", "last");
  REQUIRE(e.ok());
  REQUIRE(e->let_go_text.size() == 1);
  CHECK(e->let_go_text[0] ==
        "sum(view_item.price, 1h) sees the latest 64 only: 6 older ones were let go");
  CHECK(t.metrics->Text().find("vinkki_let_go_total{kind=\"events\",shard=\"0\"} 6") !=
        std::string::npos);
}

TEST_CASE("who begins to watch is told the present state at once") {
  TestEngine t(kStuck);
  t.Open();
  t.SendOne("v", Cart(kNoon));
  t.SendOne("w", {kNoon, "search"});
  const auto watch = t.engine().live().Subscribe("shop", "v");
  const auto first = watch->Next(std::chrono::milliseconds(0));
  REQUIRE(first);
  CHECK(first->starts_with("{\"type\":\"state\""));
  CHECK(first->find("\"visitor\":\"v\"") != std::string::npos);
  CHECK(first->find("0 of 3 form errors in 2 min; needs 3 more") != std::string::npos);
  CHECK(!watch->Next(std::chrono::milliseconds(0)));
  CHECK(!t.engine().live().Subscribe("shop", "nobody")->Next(std::chrono::milliseconds(0)));
}

TEST_CASE("a moment is read") {
  const auto is = [](std::string_view text, ExplainMoment::From from, Millis offset) {
    const auto moment = ParseExplainMoment(text);
    return moment && moment->from == from && moment->offset == offset;
  };
  using From = ExplainMoment::From;
  CHECK(is("last", From::kLast, 0));
  CHECK(is("last+1m30s", From::kLast, 90'000));
  CHECK(is("first-1s", From::kFirst, -1'000));
  CHECK(is("1704110400000", From::kEpoch, kNoon));
  CHECK(is("2024-01-01T12:00:00Z", From::kEpoch, kNoon));
  for (const char* text : {"", "lastly", "last+", "last+x", "now", "12:00", "99999999999999999"}) {
    CHECK(!ParseExplainMoment(text));
  }
}

}  // namespace
}  // namespace vinkki::engine
