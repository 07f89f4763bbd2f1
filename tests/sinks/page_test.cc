#include "sinks/page.h"

#include <doctest/doctest.h>

#include <functional>
#include <set>
#include <thread>

#include "tests/sinks/memory_outbox.h"

namespace vinkki::sinks {
namespace {

using engine::kSinkPage;
using std::chrono::milliseconds;

struct Pushed {
  std::string visitor, event, id, data;
  bool operator==(const Pushed&) const = default;
};

// The collector's side: which visitors have a stream open, and what was written to them. With
// `hold` a push stays without its answer until Release.
class FakeStreams final : public OfferStreams {
 public:
  void Push(std::string_view, std::string_view visitor, std::string_view event_name,
            std::string_view id, std::string_view data,
            std::function<void(bool)> written) override {
    Pushed pushed{std::string(visitor), std::string(event_name), std::string(id),
                  std::string(data)};
    bool took = false;
    {
      std::lock_guard lock(mutex_);
      ++pushes_;
      changed_.notify_all();
      took = open_.count(pushed.visitor) != 0;
      if (took) written_.push_back(std::move(pushed));
      if (hold_) {
        held_.push_back([written, took] { written(took); });
        return;
      }
    }
    written(took);
  }

  void OnOpen(std::function<void(std::string_view, std::string_view)> f) override { opened_ = f; }

  void Open(const std::string& visitor) {
    {
      std::lock_guard lock(mutex_);
      open_.insert(visitor);
    }
    opened_("shop", visitor);
  }
  void CloseAll() {
    std::lock_guard lock(mutex_);
    open_.clear();
  }
  void Hold() {
    std::lock_guard lock(mutex_);
    hold_ = true;
  }
  void Release() {
    std::vector<std::function<void()>> held;
    {
      std::lock_guard lock(mutex_);
      hold_ = false;
      held.swap(held_);
    }
    for (auto& f : held) f();
  }
  bool WaitPushes(size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return pushes_ >= count; });
  }
  std::vector<Pushed> written() const {
    std::lock_guard lock(mutex_);
    return written_;
  }
  size_t pushes() const {
    std::lock_guard lock(mutex_);
    return pushes_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void(std::string_view, std::string_view)> opened_;
  std::set<std::string> open_;
  std::vector<Pushed> written_;
  std::vector<std::function<void()>> held_;
  size_t pushes_ = 0;
  bool hold_ = false;
};

struct Fixture {
  MemoryOutbox outbox;
  FakeStreams streams;
  ManualClock clock{1'000};
  Metrics metrics;
  std::unique_ptr<PageSink> sink = Make();

  std::unique_ptr<PageSink> Make() {
    return std::make_unique<PageSink>(&outbox, &streams, &clock, &metrics);
  }
  double Delivered() { return SinkSeries(&metrics, "page").delivered.Get(); }
  double Dropped() { return SinkSeries(&metrics, "page").dropped.Get(); }
};

}  // namespace

TEST_CASE("an offer goes to the open stream and leaves the outbox") {
  Fixture f;
  f.sink->Start();
  f.streams.Open("v1");
  f.outbox.Add(kSinkPage, MakeRow("t1", "v1"));
  REQUIRE(f.outbox.WaitLag(kSinkPage, 0));
  CHECK(f.streams.written() == std::vector<Pushed>{{"v1", "offer", "t1", R"({"id":"t1"})"}});
  f.sink->Stop();
  CHECK(f.Delivered() == 1);
  CHECK(f.Dropped() == 0);
}

TEST_CASE("without a stream the offer waits until one opens") {
  Fixture f;
  f.outbox.Add(kSinkPage, MakeRow("t1", "v1"));
  f.outbox.Add(kSinkPage, MakeRow("t2", "v2"));
  f.sink->Start();
  REQUIRE(f.streams.WaitPushes(2));
  REQUIRE(f.outbox.WaitReads(2));
  CHECK(f.streams.written().empty());
  CHECK(f.outbox.Lag(kSinkPage) == 2);
  f.streams.Open("v2");
  REQUIRE(f.outbox.WaitLag(kSinkPage, 1));
  f.streams.Open("v1");
  REQUIRE(f.outbox.WaitLag(kSinkPage, 0));
  REQUIRE(f.streams.written().size() == 2);
  CHECK(f.streams.written()[0].id == "t2");
  CHECK(f.streams.written()[1].id == "t1");
}

TEST_CASE("an offer that expires while it waits is removed and never sent") {
  Fixture f;
  f.outbox.Add(kSinkPage, MakeRow("gone", "v1", 900));  // before the sink reads it
  f.outbox.Add(kSinkPage, MakeRow("t1", "v1", 5'000));
  f.outbox.Add(kSinkPage, MakeRow("t2", "v1", 6'000));
  f.sink->Start();
  REQUIRE(f.outbox.WaitLag(kSinkPage, 2));
  f.clock.Set(5'000);
  REQUIRE(f.outbox.WaitLag(kSinkPage, 1));
  f.streams.Open("v1");
  REQUIRE(f.outbox.WaitLag(kSinkPage, 0));
  f.sink->Stop();
  REQUIRE(f.streams.written().size() == 1);
  CHECK(f.streams.written()[0].id == "t2");
  CHECK(f.Dropped() == 2);
  CHECK(f.Delivered() == 1);
}

TEST_CASE("a stream that opens between a push and its answer gets the offer") {
  Fixture f;
  f.streams.Hold();
  f.sink->Start();
  f.outbox.Add(kSinkPage, MakeRow("t1", "v1"));
  REQUIRE(f.streams.WaitPushes(1));
  f.streams.Open("v1");  // the push found no stream, its answer is still under way
  REQUIRE(f.outbox.WaitReads(3));
  f.streams.Release();
  REQUIRE(f.outbox.WaitLag(kSinkPage, 0));
  CHECK(f.streams.written().size() == 1);
}

TEST_CASE("a visitor's offers arrive in order, a withdrawal after its offer") {
  Fixture f;
  f.sink->Start();
  for (const char* id : {"t1", "t2", "t3"}) f.outbox.Add(kSinkPage, MakeRow(id, "v1"));
  auto withdrawal = MakeRow("t2", "v1");
  withdrawal.type = "vinkki.withdraw.v1";
  f.outbox.Add(kSinkPage, withdrawal);
  REQUIRE(f.streams.WaitPushes(1));
  f.streams.Open("v1");
  REQUIRE(f.outbox.WaitLag(kSinkPage, 0));
  std::vector<std::string> order;
  for (const Pushed& p : f.streams.written()) order.push_back(p.event + " " + p.id);
  CHECK(order == std::vector<std::string>{"offer t1", "offer t2", "offer t3", "withdraw t2"});
}

TEST_CASE("what waits survives a restart of the sink") {
  Fixture f;
  f.outbox.Add(kSinkPage, MakeRow("t1", "v1"));
  f.sink->Start();
  REQUIRE(f.streams.WaitPushes(1));
  f.sink->Stop();
  f.sink = f.Make();
  f.streams.Open("v1");
  f.sink->Start();
  REQUIRE(f.outbox.WaitLag(kSinkPage, 0));
  CHECK(f.streams.written().size() == 1);
}

TEST_CASE("a row that was erased while it waited is never sent") {
  Fixture f;
  const uint64_t erased = f.outbox.Add(kSinkPage, MakeRow("t1", "v1"));
  f.outbox.Add(kSinkPage, MakeRow("t2", "v1"));
  f.sink->Start();
  REQUIRE(f.streams.WaitPushes(1));
  REQUIRE(f.outbox.WaitReads(2));
  REQUIRE(f.outbox.Remove(kSinkPage, std::vector<uint64_t>{erased}).ok());
  f.streams.Open("v1");
  REQUIRE(f.outbox.WaitLag(kSinkPage, 0));
  REQUIRE(f.streams.written().size() == 1);
  CHECK(f.streams.written()[0].id == "t2");
}

TEST_CASE("an outbox that fails for a while delays and loses nothing") {
  Fixture f;
  f.outbox.Add(kSinkPage, MakeRow("t1", "v1"));
  f.sink->Start();
  REQUIRE(f.streams.WaitPushes(1));
  f.outbox.SetFailing(true);
  f.streams.Open("v1");
  f.outbox.Add(kSinkPage, MakeRow("t2", "v2"));
  REQUIRE(f.outbox.WaitReads(3));
  f.outbox.SetFailing(false);
  f.streams.Open("v2");
  REQUIRE(f.outbox.WaitLag(kSinkPage, 0));
  CHECK(f.streams.written().size() == 2);
}

TEST_CASE("streams that come and go: every offer is written once, in order for each visitor") {
  Fixture f;
  f.sink->Start();
  constexpr int kVisitors = 20, kOffers = 2'000;
  std::thread engine([&] {
    for (int i = 0; i < kOffers; ++i) {
      f.outbox.Add(kSinkPage, MakeRow(std::to_string(i), std::to_string(i % kVisitors)));
    }
  });
  std::thread pages([&] {
    for (int i = 0; i < 500; ++i) {
      f.streams.Open(std::to_string(i * 7 % kVisitors));
      if (i % 10 == 0) f.streams.CloseAll();
    }
  });
  engine.join();
  pages.join();
  for (int v = 0; v < kVisitors; ++v) f.streams.Open(std::to_string(v));
  REQUIRE(f.outbox.WaitLag(kSinkPage, 0));
  f.sink->Stop();
  const auto written = f.streams.written();
  CHECK(written.size() == kOffers);
  std::map<std::string, int> last;
  for (const Pushed& p : written) {
    const int id = std::stoi(p.id);
    if (last.count(p.visitor) != 0) CHECK(last[p.visitor] < id);
    last[p.visitor] = id;
  }
  CHECK(f.Delivered() == kOffers);
}

TEST_CASE("stopping is harmless before starting, and twice") {
  Fixture f;
  f.sink->Stop();
  f.sink->Start();
  f.sink->Stop();
  f.sink->Stop();
}

}  // namespace vinkki::sinks
