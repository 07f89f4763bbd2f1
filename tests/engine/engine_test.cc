#include "engine/engine.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>

#include <set>

#include "engine/store.h"
#include "tests/engine/engine_fixture.h"

namespace vinkki::engine {
namespace {

const std::string kThree = RuleText("three", "count(form_error, 2m) >= 3");
const std::string kIdle = RuleText("idle", "idle >= 20s");

TEST_CASE("a batch is answered when it is stored, and counts once") {
  TestEngine test(kThree);
  const TestEvent event{kNoon, "form_error"};
  CHECK(test.Send(MakeBatch("v", 7, 1, kNoon, {event})) == Outcome::kStored);
  CHECK(test.Send(MakeBatch("v", 7, 1, kNoon, {event})) == Outcome::kDuplicate);
  CHECK(test.Send(MakeBatch("v", 7, 3, kNoon, {event})) == Outcome::kStored);
  CHECK(test.Send(MakeBatch("v", 7, 2, kNoon, {event})) == Outcome::kStored);
  test.Open();  // what is known of the page load survives
  CHECK(test.Send(MakeBatch("v", 7, 2, kNoon, {event})) == Outcome::kDuplicate);
  CHECK(test.Send(MakeBatch("v", 8, 1, kNoon, {event})) == Outcome::kStored);
  test.Close();
  CHECK(CountBatches(test.options.data_dir) == 4);
}

TEST_CASE("a thousand times the same batch has one effect") {
  TestEngine test(kThree, 2);
  Answers answers;
  for (uint64_t i = 0; i < 1000; ++i) {
    const Batch batch = MakeBatch("v", 7, 1, kNoon, {{kNoon, "form_error"}});
    while (!test.engine().ingest().Submit(Batch(batch), &answers, i)) {
    }
  }
  size_t stored = 0;
  for (const auto& [token, outcome] : answers.Wait(1000)) {
    CHECK(outcome != Outcome::kUnavailable);
    if (outcome == Outcome::kStored) ++stored;
  }
  CHECK(stored == 1);
  test.Close();
  CHECK(CountBatches(test.options.data_dir) == 1);
}

// Looks into the folder while it is being answered.
class Suspicious final : public AckSink {
 public:
  explicit Suspicious(std::string dir) : dir_(std::move(dir)) {}
  void Acknowledge(std::span<const Ack> acks) override {
    std::set<uint64_t> stored;
    (void)ForEachBatch(dir_, [&](const StoredBatch& batch) {
      stored.insert(BatchReader(batch.bytes).header().number);
      return true;
    });
    std::lock_guard lock(mutex_);
    for (const Ack& ack : acks) missing_ += stored.count(ack.token) == 0 ? 1 : 0;
    answered_ += acks.size();
    more_.notify_all();
  }
  size_t MissingAfter(size_t n) {
    std::unique_lock lock(mutex_);
    more_.wait_for(lock, std::chrono::seconds(60), [&] { return answered_ >= n; });
    CHECK(answered_ == n);
    return missing_;
  }

 private:
  const std::string dir_;
  std::mutex mutex_;
  std::condition_variable more_;
  size_t answered_ = 0;
  size_t missing_ = 0;
};

TEST_CASE("every batch can be read from the folder at the moment of its answer") {
  TestEngine test(kThree);
  test.options.group_batches = 4;
  Suspicious sink(test.options.data_dir);
  for (uint64_t n = 1; n <= 30; ++n) {
    REQUIRE(test.engine().ingest().Submit(
        MakeBatch("v" + std::to_string(n % 3), 7, n, kNoon, {{kNoon, "page_view"}}), &sink, n));
  }
  CHECK(sink.MissingAfter(30) == 0);
}

TEST_CASE("a full queue refuses and leaves the batch as it is") {
  TestEngine test(kThree);
  test.options.queue_bytes = 1;
  Answers answers;
  uint64_t taken = 0;
  bool refused = false;
  for (uint64_t n = 1; n <= 10'000 && !refused; ++n) {
    Batch batch = MakeBatch("v", 7, n, kNoon, {{kNoon, "page_view"}});
    if (test.engine().ingest().Submit(std::move(batch), &answers, n)) {
      ++taken;
    } else {
      CHECK(batch.visitor() == "v");
      refused = true;
    }
  }
  CHECK(refused);
  answers.Wait(taken);
}

TEST_CASE("an offer goes to the outbox with the state that decided it, and stays until removed") {
  TestEngine test(kThree);
  for (int i = 0; i < 3; ++i) test.SendOne("v", {kNoon, "form_error"});
  auto rows = test.engine().outbox().Read(kSinkPage, 0, 10, std::chrono::seconds(30));
  REQUIRE(rows.ok());
  REQUIRE(rows.value().size() == 1);
  const OutboxRow row = rows.value()[0];
  CHECK(row.visitor == "v");
  CHECK(row.at == kNoon);
  CHECK(row.expires == kNoon + 120'000);
  CHECK(row.payload.find("\"rule\":\"three\"") != std::string::npos);
  CHECK(row.payload.find("\"message\":{\"en\":\"Hello\",\"fi\":\"Hei\"}") != std::string::npos);
  CHECK(test.engine().outbox().Lag(kSinkPage) == 1);
  test.Open();
  CHECK(test.engine().outbox().Lag(kSinkPage) == 1);
  rows = test.engine().outbox().Read(kSinkPage, 0, 10, std::chrono::milliseconds(0));
  REQUIRE(rows.value().size() == 1);
  CHECK(rows.value()[0].id == row.id);
  const uint64_t sequence = rows.value()[0].sequence;
  CHECK(test.engine().outbox().Remove(kSinkPage, std::vector<uint64_t>{sequence}).ok());
  CHECK(test.engine().outbox().Remove(kSinkPage, std::vector<uint64_t>{sequence}).ok());
  CHECK(test.engine().outbox().Lag(kSinkPage) == 0);
  CHECK(test.engine().outbox().Lag(kSinkKafka) == 1);
  CHECK(
      test.engine().outbox().Read(kSinkPage, 0, 10, std::chrono::milliseconds(0)).value().empty());
}

TEST_CASE("the trigger says what is known, and nothing else") {
  TestEngine test(kThree);
  test.SendOne("v",
               {kNoon,
                "page_view",
                {{"url", Value::Of("https://s.fi/checkout")}, {"type", Value::Of("checkout")}}});
  test.SendOne(
      "v", {kNoon, "add_to_cart", {{"value", Value::Of(80.0)}, {"currency", Value::Of("EUR")}}});
  for (int i = 0; i < 3; ++i) {
    test.SendOne("v", {kNoon, "form_error", {{"field", Value::Of("phone")}}});
  }
  const auto rows = test.Offers(1, kSinkKafka);
  REQUIRE(rows.size() == 1);
  const std::string& json = rows[0].payload;
  CAPTURE(json);
  CHECK(rows[0].type == "vinkki.trigger.v1");
  for (const char* part :
       {"\"specversion\":\"1.0\"", "\"type\":\"vinkki.trigger.v1\"", "\"source\":\"/sites/shop\"",
        "\"time\":\"2024-01-01T12:00:00.000Z\"", "\"subject\":\"visitor/v\"",
        "\"rule\":{\"name\":\"three\",\"version\":\"sha256:", "\"channel\":\"chat\"",
        "\"queue\":\"sales\"", "\"expires_at\":\"2024-01-01T12:02:00.000Z\"",
        "\"visitor\":{\"id\":\"v\",\"identity\":\"anonymous\",\"visits\":1,\"purchases\":0,"
        "\"consent\":\"full\"}",
        "\"why\":{\"text\":\"3 form errors in 2 min\",\"facts\":{\"form_errors\":3}}",
        "\"pages\":1", "\"page\":{\"url\":\"https://s.fi/checkout\",\"type\":\"checkout\"}",
        "\"cart\":{\"value\":80,\"pieces\":0,\"currency\":\"EUR\"}",
        "{\"at\":\"2024-01-01T12:00:00.000Z\",\"event\":\"form_error\",\"what\":\"phone\"}",
        "\"experiment\":{\"arm\":\"offer\",\"holdout\":0}"}) {
    CHECK_MESSAGE(json.find(part) != std::string::npos, part);
  }
  for (const char* part : {"potential", "referrer", "handler", "\"items\""}) {
    CHECK_MESSAGE(json.find(part) == std::string::npos, part);
  }
  CHECK(json.find("\"id\":\"" + rows[0].id + "\"") != std::string::npos);
  CHECK(rows[0].id.size() == 32);
}

TEST_CASE("a timer fires once: across restarts, and when the clock goes back") {
  TestEngine test(kIdle);
  test.SendOne("v", {kNoon, "page_view"});
  test.Open();
  test.clock.Advance(20'000);
  auto rows = test.Offers(1);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].at == kNoon + 20'000);
  test.clock.Set(kNoon - 86'400'000);
  test.Open();
  test.clock.Set(kNoon + 25'000);
  test.SendOne("other", {kNoon + 25'000, "page_view"});  // a group has passed
  test.Close();
  CHECK(DecisionsOf(test.options.data_dir) == std::vector<std::string>{"v 20000 idle "});
}

TEST_CASE("a timer that came due while nobody was there is decided, as stale") {
  TestEngine test(kIdle);
  test.SendOne("v", {kNoon, "page_view"});
  test.Close();
  test.clock.Advance(3'600'000);
  test.Open();
  test.SendOne("other", {kNoon + 3'600'000, "page_view"});
  for (int i = 0; i < 100 && test.metrics->Text().find("stale") == std::string::npos; ++i) {
    test.SendOne("other", {kNoon + 3'600'000, "page_view"});
  }
  test.Close();
  CHECK(DecisionsOf(test.options.data_dir) == std::vector<std::string>{"v 20000 idle stale"});
}

TEST_CASE("a busy visitor keeps one timer row, and it is early, never late") {
  TestEngine test(kIdle);
  for (int i = 0; i < 10; ++i) {
    test.SendOne("v", {test.clock.Now(), "click"});
    test.clock.Advance(1'000);
  }
  test.Close();
  size_t rows = 0;
  CHECK(ForEachTimer(test.options.data_dir, [&](Millis deadline, std::string_view site,
                                                std::string_view visitor) {
          ++rows;
          CHECK(deadline <= kNoon + 9'000 + 20'000);
          CHECK(site == "shop");
          CHECK(visitor == "v");
          return true;
        }).ok());
  CHECK(rows == 1);
  test.clock.Set(kNoon + 29'000);
  CHECK(test.Offers(1).at(0).at == kNoon + 29'000);
}

TEST_CASE("a late event counts where it belongs, and a rise that still holds is a rise now") {
  TestEngine test(kThree);
  test.SendOne("v", {kNoon, "form_error"}, 1);
  test.clock.Set(kNoon + 60'000);
  test.SendOne("v", {kNoon + 60'000, "form_error"}, 1);
  test.clock.Set(kNoon + 70'000);
  test.SendOne("v", {kNoon + 30'000, "form_error"}, 2);  // another page load, sent late
  const auto rows = test.Offers(1);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].at == kNoon + 70'000);
}

TEST_CASE("a late event whose window is over makes no offer") {
  TestEngine test(kThree);
  test.SendOne("v", {kNoon, "form_error"}, 1);
  test.clock.Set(kNoon + 20'000);
  test.SendOne("v", {kNoon + 20'000, "form_error"}, 1);
  test.clock.Set(kNoon + 3'600'000);
  test.SendOne("v", {kNoon + 3'600'000, "page_view"}, 3);
  test.SendOne("v", {kNoon + 10'000, "form_error"}, 2);
  test.Close();
  CHECK(DecisionsOf(test.options.data_dir).empty());
}

TEST_CASE("history counts for the visitor and makes no offers") {
  TestEngine test(
      RuleText("buyer", "count(purchase, visitor) >= 2 and event.name == \"page_view\""));
  const Millis long_ago = kNoon - 40 * 86'400'000LL;
  CHECK(test.Send(MakeBatch("v", 0, 0, kNoon,
                            {{long_ago, "purchase", {}, "a"},
                             {long_ago + 5, "page_view", {}, "b"},
                             {long_ago + 9, "purchase", {}, "c"}},
                            true)) == Outcome::kStored);
  CHECK(test.Send(MakeBatch("v", 0, 0, kNoon, {{long_ago, "purchase", {}, "a"}}, true)) ==
        Outcome::kDuplicate);
  test.SendOne("v", {kNoon, "page_view"});
  const auto rows = test.Offers(1);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].at == kNoon);
  test.Close();
  CHECK(DecisionsOf(test.options.data_dir).size() == 1);
}

TEST_CASE("an event from a server counts once by its id, after a restart too") {
  TestEngine test(kThree);
  const auto send = [&](std::vector<TestEvent> events) {
    return test.Send(MakeBatch("v", 0, 0, kNoon, events));
  };
  CHECK(send({{kNoon, "form_error", {}, "1"}, {kNoon, "form_error", {}, "2"}}) == Outcome::kStored);
  test.Open();
  CHECK(send({{kNoon, "form_error", {}, "2"}, {kNoon, "form_error", {}, "1"}}) ==
        Outcome::kDuplicate);
  CHECK(test.engine().outbox().Lag(kSinkPage) == 0);
  CHECK(send({{kNoon, "form_error", {}, "2"}, {kNoon, "form_error", {}, "3"}}) == Outcome::kStored);
  CHECK(test.Offers(1).size() == 1);
}

TEST_CASE("events of a page load never go back in time, as stored") {
  TestEngine test(kThree);
  test.Send(MakeBatch("v", 7, 1, kNoon, {{kNoon, "a"}}));
  test.Send(MakeBatch("v", 7, 2, kNoon + 10, {{kNoon - 500, "b"}}));
  test.Close();
  std::vector<Millis> times;
  CHECK(ForEachBatch(test.options.data_dir, [&](const StoredBatch& batch) {
          BatchReader reader(batch.bytes);
          EventView event;
          while (reader.Next(&event)) times.push_back(event.at - kNoon);
          return true;
        }).ok());
  CHECK(times == std::vector<Millis>{0, 0});
}

TEST_CASE("a broken state row is said, and the visitor comes back from the stored events") {
  TestEngine test(kThree);
  test.SendOne("v", {kNoon, "form_error"});
  test.SendOne("v", {kNoon, "form_error"});
  test.Close();
  {
    StoreOptions options;
    options.data_dir = test.options.data_dir;
    auto store = Store::Open(options);
    REQUIRE(store.ok());
    WriteGroup group;
    group.Put(Family::kStates, std::string("shop") + '\0' + "v", "\1broken");
    REQUIRE(store.value()->Commit(&group).ok());
  }
  test.Open();
  CHECK(test.Send(MakeBatch("v", 7, 2, kNoon, {{kNoon, "form_error"}})) == Outcome::kDuplicate);
  CHECK(test.SendOne("v", {kNoon, "form_error"}) == Outcome::kStored);
  CHECK(test.Offers(1).size() == 1);
  CHECK(test.metrics->Text().find("vinkki_corrupt_rows_total{shard=\"0\"} 1") != std::string::npos);
}

TEST_CASE("a disk that takes nothing: answered 503, and it recovers by itself") {
  TestEngine test(kThree);
  CHECK(test.SendOne("v", {kNoon, "form_error"}) == Outcome::kStored);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 8 << 10;
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string long_text(32 << 10, 'x');
  const TestEvent big{kNoon, "form_error", {{"text", Value::Of(std::string_view(long_text))}}};
  CHECK(test.Send(MakeBatch("v", 7, 2, kNoon, {big})) == Outcome::kUnavailable);
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  Outcome outcome = Outcome::kUnavailable;
  for (int i = 0; i < 100'000 && outcome == Outcome::kUnavailable; ++i) {
    outcome = test.Send(MakeBatch("v", 7, 2, kNoon, {big}));
  }
  CHECK(outcome != Outcome::kUnavailable);
  CHECK(test.engine().ingest().Ready());
  CHECK(test.Send(MakeBatch("v", 7, 2, kNoon, {big})) == Outcome::kDuplicate);
  CHECK(test.Send(MakeBatch("v", 7, 3, kNoon, {{kNoon, "form_error"}})) == Outcome::kStored);
  CHECK(test.Offers(1).size() == 1);
  test.Close();
  CHECK(CountBatches(test.options.data_dir) == 3);
}

TEST_CASE("new rules see what was stored before them, and those of before keep what they did") {
  TestEngine test(kThree);
  for (int i = 0; i < 3; ++i) test.SendOne("v", {kNoon, "form_error"});
  CHECK(test.Offers(1).size() == 1);
  test.clock.Advance(1'000);
  test.engine().SetProgram(
      ProgramOf(kThree + RuleText("searcher", "count(form_error, 1h) >= 2 and event.name == \"x\"",
                                  "    priority: 5\n")));
  test.clock.Set(kNoon + 200'000);  // the first offer is over
  test.SendOne("v", {kNoon + 200'000, "x"});
  const auto rows = test.Offers(1);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].payload.find("searcher") != std::string::npos);
  test.Close();
  CHECK(DecisionsOf(test.options.data_dir).size() == 2);
}

TEST_CASE("refused input is kept, bounded, with its reason") {
  TestEngine test(kThree);
  test.options.quarantine_bytes = 2'000;
  for (int i = 0; i < 100; ++i) {
    test.engine().ingest().Quarantine(
        {kNoon, "shop", "bad_json", "at byte " + std::to_string(i), "{\"v\":"});
  }
  test.Close();
  std::vector<std::string> details;
  CHECK(ForEachReject(test.options.data_dir, [&](const Reject& reject) {
          CHECK(reject.code == "bad_json");
          details.push_back(reject.detail);
          return true;
        }).ok());
  CHECK(details.size() > 10);
  CHECK(details.size() < 100);
  CHECK(details.back() == "at byte 99");
}

TEST_CASE("who watches sees events, the state, decisions and triggers; the latest are listed") {
  TestEngine test(kThree);
  auto watch = test.engine().live().Subscribe("shop", "v");
  auto others = test.engine().live().Subscribe("shop", "nobody");
  test.SendOne("x", {kNoon, "form_error"});
  for (int i = 0; i < 3; ++i) {
    test.SendOne("v", {kNoon, "form_error", {{"field", Value::Of("phone")}}});
  }
  std::string all;
  while (const auto message = watch->Next(std::chrono::milliseconds(200))) all += *message + "\n";
  CAPTURE(all);
  for (const char* part :
       {"{\"type\":\"event\",\"at\":1704110400000,\"site\":\"shop\",\"visitor\":\"v\",\"name\":"
        "\"form_error\",\"props\":{\"field\":\"phone\"}}",
        "{\"type\":\"state\",", "{\"type\":\"decision\",", "{\"type\":\"trigger\",",
        "\"decision\":\"offer\"", "\"specversion\":\"1.0\""}) {
    CHECK_MESSAGE(all.find(part) != std::string::npos, part);
  }
  CHECK(all.find("\"x\"") == std::string::npos);
  CHECK_FALSE(others->Next(std::chrono::milliseconds(0)));
}

}  // namespace
}  // namespace vinkki::engine
