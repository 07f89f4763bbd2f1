#include "console/staff.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>

#include "base/asset.h"
#include "rules/load.h"
#include "tests/console/wire.h"

namespace vinkki::console {

std::span<const Asset> PageAssets();

namespace {

// What a test tells it, to every watcher; and how many watch.
class TestLive final : public engine::Live {
 public:
  std::unique_ptr<engine::Watch> Subscribe(std::string site, std::string visitor) override {
    std::lock_guard lock(mutex_);
    asked_.push_back(site + "/" + visitor);
    ++watchers_;
    changed_.notify_all();
    return std::make_unique<TestWatch>(this);
  }
  std::vector<engine::RecentVisitor> Recent() override { return recent; }

  void Tell(std::string message) {
    std::lock_guard lock(mutex_);
    messages_.push_back(std::move(message));
    changed_.notify_all();
  }
  // Waits until so many watch; a watcher that never leaves fails by ctest's timeout.
  void AwaitWatchers(int n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return watchers_ == n; });
  }
  std::vector<std::string> asked() {
    std::lock_guard lock(mutex_);
    return asked_;
  }

  std::vector<engine::RecentVisitor> recent;

 private:
  class TestWatch final : public engine::Watch {
   public:
    explicit TestWatch(TestLive* live) : live_(live) {}
    ~TestWatch() override {
      std::lock_guard lock(live_->mutex_);
      --live_->watchers_;
      live_->changed_.notify_all();
    }
    std::optional<std::string> Next(std::chrono::milliseconds wait) override {
      std::unique_lock lock(live_->mutex_);
      const auto some = [&] { return next_ < live_->messages_.size(); };
      if (!live_->changed_.wait_for(lock, wait, some)) return std::nullopt;
      return live_->messages_[next_++];
    }

   private:
    TestLive* live_;
    size_t next_ = 0;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> messages_;
  std::vector<std::string> asked_;
  int watchers_ = 0;
};

// A staff port on a free port.
struct Port {
  explicit Port(StaffOptions options = {}) {
    options.listen = "127.0.0.1:0";
    if (options.token.empty()) options.token = "s3cret";
    auto started = Staff::Start(
        options, &live, [this] { return program; },
        [this] {
          ++reloads;
          return reload;
        },
        &metrics, &clock);
    REQUIRE(started.ok());
    staff = std::move(started).value();
  }

  HttpReply Get(const std::string& path, const std::string& headers = kToken) {
    return Exchange(staff->port(),
                    "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
  }
  HttpReply Post(const std::string& path, const std::string& headers = kToken) {
    return Exchange(staff->port(), "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
                                       "Content-Length: 0\r\n\r\n");
  }

  static constexpr const char* kToken = "Authorization: Bearer s3cret\r\n";
  TestLive live;
  ManualClock clock{1'795'000'000'000};
  Metrics metrics;
  int reloads = 0;
  Status reload;
  std::shared_ptr<const rules::Program> program;
  std::unique_ptr<Staff> staff;
};

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* kGuarded[] = {"/metrics", "/api/v1/about", "/api/v1/visitors", "/api/v1/live",
                                    "/api/v1/rules"};

}  // namespace

TEST_CASE("nothing is told or changed without the token") {
  Port port;
  for (const char* path : kGuarded) {
    INFO(path);
    const HttpReply missing = port.Get(path, "");
    CHECK(missing.status == 401);
    CHECK(Has(missing.head, "Content-Type: application/problem+json"));
    CHECK(Has(missing.head, "WWW-Authenticate: Bearer"));
    CHECK(Has(missing.body, R"("code":"token_missing")"));
    const HttpReply wrong = port.Get(path, "Authorization: Bearer s3crez\r\n");
    CHECK(wrong.status == 401);
    CHECK(Has(wrong.body, R"("code":"token_wrong")"));
  }
  CHECK(port.Get("/api/v1/about?token=s3cret", "").status == 401);
  CHECK(port.Post("/api/v1/reload", "").status == 401);
  CHECK(port.reloads == 0);
  CHECK(port.live.asked().empty());
  const std::string twice = std::string(Port::kToken) + "Authorization: Bearer x\r\n";
  CHECK(port.Get("/api/v1/about", twice).status == 401);
  CHECK(Has(port.Get("/metrics").body, R"(vinkki_staff_refused_total{code="token_missing"} 7)"));
}

TEST_CASE("a foreign Host is refused, whatever else is right") {
  Port port;
  for (const char* path : {"/", "/healthz", "/api/v1/about", "/metrics"}) {
    INFO(path);
    const HttpReply reply =
        Exchange(port.staff->port(), std::string("GET ") + path + " HTTP/1.1\r\n" +
                                         "Host: evil.example\r\n" + Port::kToken + "\r\n");
    CHECK(reply.status == 421);
    CHECK(Has(reply.body, R"("code":"host")"));
  }
  const std::string none = std::string("GET / HTTP/1.1\r\n") + Port::kToken + "\r\n";
  CHECK(Exchange(port.staff->port(), none).status == 421);
  StaffOptions options;
  options.hosts = {"evil.example"};
  Port listed(options);
  CHECK(Exchange(listed.staff->port(), "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").status ==
        200);
}

TEST_CASE("the page, its policy and its forms") {
  StaffOptions options;
  options.shop_url = "http://localhost:8080/demo/";
  Port port(options);
  const Asset* page = FindAsset(PageAssets(), "index.html");
  REQUIRE(page != nullptr);
  const HttpReply plain = port.Get("/", "");
  CHECK(plain.status == 200);
  CHECK(plain.body == page->identity);
  CHECK(Has(plain.head, "Content-Type: text/html; charset=utf-8"));
  CHECK(Has(plain.head, "Content-Security-Policy: default-src 'none'; script-src 'self'"));
  CHECK(Has(plain.head, "frame-src http://localhost:8080 http://127.0.0.1:8080;"));
  CHECK(Has(plain.head, "X-Content-Type-Options: nosniff"));
  CHECK(Has(plain.head, "X-Frame-Options: DENY"));
  CHECK_FALSE(Has(plain.head, "Access-Control"));
  CHECK_FALSE(Has(plain.body, "<script>"));
  const HttpReply brotli = port.Get("/", "Accept-Encoding: gzip, deflate, br\r\n");
  CHECK(brotli.body == page->brotli);
  CHECK(Has(brotli.head, "Content-Encoding: br"));
  const HttpReply gzip = port.Get("/", "Accept-Encoding: gzip\r\n");
  CHECK(gzip.body == page->gzip);
  CHECK(Has(gzip.head, "Content-Encoding: gzip"));
  const std::string etag = "If-None-Match: " + std::string(page->etag) + "\r\n";
  CHECK(port.Get("/", etag).status == 304);
  CHECK(Has(port.Get("/assets/app.js", "").head, "Content-Type: text/javascript"));
  CHECK(Has(port.Get("/assets/app.css", "").head, "Content-Type: text/css"));
  for (const char* path : {"/assets/", "/assets/../staff.cc", "/assets/app.js/x", "/nothing"}) {
    INFO(path);
    const HttpReply reply = port.Get(path, "");
    CHECK(reply.status == 404);
    CHECK(Has(reply.body, R"("code":"not_found")"));
  }
}

TEST_CASE("health and metrics") {
  Port port;
  CHECK(port.Get("/healthz", "").body == "ok\n");
  port.metrics.GetCounter("vinkki_test_total", "Of this test").Add(3);
  const HttpReply reply = port.Get("/metrics");
  CHECK(reply.status == 200);
  CHECK(Has(reply.head, "text/plain; version=0.0.4"));
  CHECK(Has(reply.body, "vinkki_test_total 3"));
  StaffOptions options;
  options.open_metrics = true;
  Port open(options);
  CHECK(open.Get("/metrics", "").status == 200);
}

TEST_CASE("what the page asks for") {
  StaffOptions options;
  options.shop_url = "http://localhost:8080/demo/";
  Port port(options);
  port.live.recent = {{"demo", "v-\"1", 1'795'000'000'001, 12}, {"demo", "v-2", 5, 1}};
  const HttpReply about = port.Get("/api/v1/about");
  CHECK(Has(about.body, R"("now":1795000000000,"shop_url":"http://localhost:8080/demo/"})"));
  CHECK(Has(about.head, "Cache-Control: no-store"));
  CHECK(port.Get("/api/v1/visitors").body ==
        R"({"now":1795000000000,"visitors":[)"
        R"({"site":"demo","visitor":"v-\"1","last_at":1795000000001,"events":12},)"
        R"({"site":"demo","visitor":"v-2","last_at":5,"events":1}]})");
  CHECK(port.Get("/api/v1/rules").body == R"({"version":"","rules":[]})");
}

TEST_CASE("the rules in force") {
  Port port;
  const auto loaded = rules::Load({{"help.yml", R"(version: 1
rules:
  - name: stuck
    description: Says "help"
    when: count(form_error, 2m) >= 3
    priority: 7
    mode: shadow
    offer: { channels: [chat], queue: help, message: { en: Hello } }
)"}});
  REQUIRE(loaded.program != nullptr);
  port.program = loaded.program;
  const std::string version = loaded.program->version();
  CHECK(port.Get("/api/v1/rules").body ==
        R"({"version":")" + version + R"(","rules":[{"name":"stuck","version":")" +
            loaded.program->rules()[0].version +
            R"(","file":"help.yml","mode":"shadow","priority":7,)" +
            R"("when":"count(form_error, 2m) >= 3","description":"Says \"help\""}]})");
  CHECK(port.Post("/api/v1/reload").body == R"({"version":")" + version + R"("})");
}

TEST_CASE("reload tells what came of it") {
  Port port;
  CHECK(port.Post("/api/v1/reload").status == 200);
  CHECK(port.reloads == 1);
  port.reload = Status::Invalid("a.yml:3:7: rule 'x': unknown fact \"car.value\"");
  const HttpReply refused = port.Post("/api/v1/reload");
  CHECK(refused.status == 422);
  CHECK(Has(refused.body, R"("code":"rules")"));
  CHECK(Has(refused.body, R"(a.yml:3:7: rule 'x': unknown fact \"car.value\")"));
  CHECK(port.Get("/api/v1/reload").status == 404);
  CHECK(port.reloads == 2);
  // as `curl -X POST` sends it
  const std::string bare = "POST /api/v1/reload HTTP/1.1\r\nHost: localhost\r\n";
  CHECK(Exchange(port.staff->port(), bare + Port::kToken + "\r\n").status == 422);
  CHECK(port.reloads == 3);
  CHECK(Exchange(port.staff->port(), bare + "\r\n").status == 401);
  CHECK(port.reloads == 3);
}

namespace {

std::string LiveRequest(const std::string& query) {
  return "GET /api/v1/live" + query + " HTTP/1.1\r\nHost: localhost\r\n" + Port::kToken + "\r\n";
}

}  // namespace

TEST_CASE("a live view gets what is told, as it is told") {
  Port port;
  Wire wire(port.staff->port());
  wire.Send(LiveRequest("?site=demo&visitor=v%2D1"));
  const std::string hello = wire.ReadTo("\n\n");
  CHECK(Has(hello, "Content-Type: text/event-stream"));
  CHECK(Has(hello, "Cache-Control: no-store"));
  CHECK(Has(hello, "event: hello\ndata: {\"now\":1795000000000}\n\n"));
  port.live.AwaitWatchers(1);
  CHECK(port.live.asked() == std::vector<std::string>{"demo/v-1"});
  port.live.Tell(R"({"type":"event","n":1})");
  CHECK(Has(wire.ReadTo("\"n\":1}\n\n"), "data: {\"type\":\"event\",\"n\":1}\n\n"));
  port.live.Tell(R"({"n":2})");
  port.live.Tell(R"({"n":3})");
  wire.ReadTo("data: {\"n\":3}\n\n");
  port.clock.Advance(10'000);
  CHECK(Has(wire.ReadTo("event: ping"), "event: ping"));
}

TEST_CASE("who leaves gives the place back, also when nothing happens") {
  StaffOptions options;
  options.max_streams = 2;
  Port port(options);
  auto first = std::make_unique<Wire>(port.staff->port());
  Wire second(port.staff->port());
  first->Send(LiveRequest(""));
  second.Send(LiveRequest(""));
  first->ReadTo("hello");
  second.ReadTo("hello");
  const HttpReply third = Exchange(port.staff->port(), LiveRequest(""));
  CHECK(third.status == 503);
  CHECK(Has(third.head, "Retry-After: 10"));
  CHECK(Has(third.body, R"("code":"streams")"));
  CHECK(port.Get("/healthz", "").status == 200);  // threads are left for the rest
  first.reset();
  port.live.AwaitWatchers(1);
  Wire again(port.staff->port());
  again.Send(LiveRequest(""));
  CHECK(Has(again.ReadTo("hello"), "200 OK"));
  CHECK(Has(port.Get("/metrics").body, "vinkki_staff_streams 2"));
}

TEST_CASE("Stop ends the open streams") {
  Port port;
  Wire wire(port.staff->port());
  wire.Send(LiveRequest(""));
  wire.ReadTo("hello");
  port.staff->Stop();
  wire.ReadAll();  // comes to an end
  port.live.AwaitWatchers(0);
  port.staff->Stop();
  CHECK_FALSE(Wire(port.staff->port()).connected());
}

TEST_CASE("what is too large or no HTTP") {
  Port port;
  const std::string head = "POST /api/v1/reload HTTP/1.1\r\nHost: localhost\r\n";
  const HttpReply large =
      Exchange(port.staff->port(), head + Port::kToken + "Content-Length: 1048577\r\n\r\n");
  CHECK(large.status == 413);
  CHECK(Has(large.body, R"("code":"too_large")"));
  const HttpReply url = port.Get("/" + std::string(9000, 'a'));
  CHECK(url.status == 414);
  CHECK(Exchange(port.staff->port(), "NONSENSE\r\n\r\n").status == 400);
  CHECK(port.reloads == 0);
  // Nobody reads the body of a refused request as the next request.
  const HttpReply hidden = Exchange(
      port.staff->port(), std::string("GET /api/v1/about HTTP/1.1\r\nHost: localhost\r\n") +
                              "Content-Length: 50\r\n\r\nPOST /api/v1/reload HTTP/1.1\r\n" +
                              "Host: localhost\r\n" + Port::kToken + "\r\n");
  CHECK(hidden.status == 401);
  CHECK(port.reloads == 0);
}

TEST_CASE("a start that cannot be says why") {
  Port port;
  TestLive live;
  Metrics metrics;
  SystemClock clock;
  const auto start = [&](StaffOptions options) {
    auto started = Staff::Start(
        std::move(options), &live, [] { return std::shared_ptr<const rules::Program>(); },
        [] { return Status::Ok(); }, &metrics, &clock);
    return started.ok() ? Status::Ok() : started.status();
  };
  StaffOptions options;
  options.listen = "127.0.0.1:0";
  CHECK(start(options).code() == Code::kInvalid);  // no token
  options.token = "s3cret";
  options.listen = "127.0.0.1:" + std::to_string(port.staff->port());
  const Status taken = start(options);
  CHECK(taken.code() == Code::kConflict);
  CHECK(Has(taken.message(), options.listen + ": in use by another program"));
  CHECK_FALSE(Has(taken.message(), "\n"));
  options.listen = "192.0.2.1:0";
  CHECK(start(options).code() == Code::kInvalid);
  options.listen = "nonsense";
  CHECK(start(options).code() == Code::kInvalid);
}

TEST_CASE("explain hands the question on, and answers what is wrong with it") {
  std::vector<engine::ExplainQuery> asked;
  Status status;
  StaffOptions options;
  options.explain = [&](const engine::ExplainQuery& query) -> Result<std::string> {
    asked.push_back(query);
    if (!status.ok()) return status;
    return std::string("{\"at\":1}");
  };
  Port port(options);
  CHECK(port.Get("/api/v1/explain?visitor=v", "").status == 401);
  const HttpReply answer = port.Get("/api/v1/explain?visitor=v%2F1&site=shop&rule=r&at=last%2B10s");
  CHECK(answer.status == 200);
  CHECK(answer.body == "{\"at\":1}");
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].visitor == "v/1");
  CHECK(asked[0].site == "shop");
  CHECK(asked[0].rule == "r");
  CHECK(asked[0].at->offset == 10'000);
  CHECK(port.Get("/api/v1/explain?visitor=v&at=now").status == 200);
  CHECK(!asked[1].at);
  CHECK(!asked[1].site);
  CHECK(port.Get("/api/v1/explain").status == 400);
  CHECK(port.Get("/api/v1/explain?visitor=v&at=noon").status == 400);
  CHECK(port.Get("/api/v1/explain?visitor=v&moment=now").status == 400);
  for (const auto& [said, code] : {std::pair{Status::NotFound("no visitor"), 404},
                                   {Status::Invalid("several sites"), 400},
                                   {Status::Unavailable("closed"), 503}}) {
    status = said;
    const HttpReply reply = port.Get("/api/v1/explain?visitor=v");
    CHECK(reply.status == code);
    CHECK(reply.body.find(said.message()) != std::string::npos);
  }
}

}  // namespace vinkki::console
