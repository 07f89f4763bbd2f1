// Quotas: buckets on a manual clock, whose address counts, and what the wire says about it.
#include "collector/quota.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/collector/support.h"

namespace vinkki::collector {
namespace {

constexpr Millis kNow = 1'795'000'000'000;

std::vector<IpRange> Ranges(const std::vector<std::string>& texts) {
  std::vector<IpRange> ranges;
  for (const std::string& text : texts) ranges.push_back(ParseIpRange(text).value());
  return ranges;
}

TEST_CASE("a bucket: a minute's worth at once, then its rate, then full again") {
  BucketTable table(10, 64);  // 10 events a second, 600 at once
  CHECK(table.Wait(7, kNow) == 0);
  table.Charge(7, kNow, 400);
  table.Charge(7, kNow, 200);
  CHECK(table.Wait(7, kNow) == 0);
  table.Charge(7, kNow, 30);  // a body's events are known when it was read: the debt stays
  CHECK(table.Wait(7, kNow) == 3000);
  CHECK(table.Wait(7, kNow + 2999) == 1);
  CHECK(table.Wait(7, kNow + 3000) == 0);
  CHECK(table.Wait(8, kNow) == 0);
  table.Charge(7, kNow + 3000, 10);
  CHECK(table.Wait(7, kNow + 3000) == 1000);
  table.Charge(7, kNow + 100'000, 600);  // full again after a minute, and not more than full
  CHECK(table.Wait(7, kNow + 100'000) == 0);
  table.Charge(7, kNow + 100'000, 1);
  CHECK(table.Wait(7, kNow + 100'000) == 100);
}

TEST_CASE("a debt has an end, no rate is no limit, and slow rates are exact") {
  BucketTable table(10, 64);
  for (int i = 0; i < 1000; ++i) table.Charge(7, kNow, 400);
  CHECK(table.Wait(7, kNow) == 80'000);  // two batches
  BucketTable off(0, 64);
  for (int i = 0; i < 1000; ++i) off.Charge(7, kNow, 400);
  CHECK(off.Wait(7, kNow) == 0);
  BucketTable fast(1'000'000, 64);
  for (int i = 0; i < 150'000; ++i) fast.Charge(7, kNow, 400);
  CHECK(fast.Wait(7, kNow) == 0);
  for (int i = 0; i < 100; ++i) fast.Charge(7, kNow, 10);
  CHECK(fast.Wait(7, kNow) == 1);
}

TEST_CASE("when the clock goes back, buckets start anew instead of waiting for it") {
  BucketTable table(10, 64);
  table.Charge(7, kNow, 630);
  const Millis day = 86'400'000;
  CHECK(table.Wait(7, kNow - day) == 0);
  table.Charge(7, kNow - day, 630);
  CHECK(table.Wait(7, kNow - day) == 3000);
  CHECK(table.Wait(7, kNow + day) == 0);
}

TEST_CASE("a full set forgets the bucket that is the fullest") {
  BucketTable table(10, 4);  // one set
  const auto key = [](uint64_t n) { return n << 45; };
  for (uint64_t n = 1; n <= 4; ++n) table.Charge(key(n), kNow, 600 + 10 * static_cast<uint32_t>(n));
  table.Charge(key(5), kNow, 700);
  CHECK(table.Wait(key(1), kNow) == 0);  // forgotten
  CHECK(table.Wait(key(2), kNow) == 2000);
  CHECK(table.Wait(key(4), kNow) == 4000);
  CHECK(table.Wait(key(5), kNow) == 10'000);
}

TEST_CASE("many threads take from one bucket, and nothing is lost") {
  BucketTable table(100, 1024);  // 6,000 at once
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&table, t] {
      for (int i = 0; i < 1500; ++i) {
        table.Charge(99, kNow, 1);
        table.Charge(static_cast<uint64_t>(t * 1500 + i) << 20, kNow, 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(table.Wait(99, kNow) == 0);
  table.Charge(99, kNow, 1);
  CHECK(table.Wait(99, kNow) == 10);
}

TEST_CASE("addresses and ranges") {
  struct Case {
    const char* range;
    const char* in;
    const char* out;
  };
  for (const Case& c :
       {Case{"10.0.0.0/8", "10.255.1.2", "11.0.0.1"}, Case{"192.0.2.7", "192.0.2.7", "192.0.2.8"},
        Case{"192.0.2.128/25", "192.0.2.200", "192.0.2.127"}, Case{"::1", "::1", "::2"},
        Case{"2001:db8::/33", "2001:db8:1::", "2001:db8:8000::"},
        Case{"0.0.0.0/0", "8.8.8.8", "2001:db8::1"}}) {
    CAPTURE(c.range);
    const auto range = ParseIpRange(c.range);
    REQUIRE(range);
    CHECK(range->Holds(*ParseIp(c.in)));
    CHECK(!range->Holds(*ParseIp(c.out)));
  }
  for (const char* wrong :
       {"", "a", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0/8", "::1/129", "1.2.3.4/8x",
        "localhost", "01234567890123456789012345678901234567890123456"}) {
    CAPTURE(wrong);
    CHECK(!ParseIpRange(wrong));
  }
  CHECK(ParseIp("192.0.2.1")->subscriber() != ParseIp("192.0.2.2")->subscriber());
  CHECK(ParseIp("2001:db8::1")->subscriber() == ParseIp("2001:db8::2")->subscriber());
  CHECK(ParseIp("2001:db8::1")->subscriber() != ParseIp("2001:db8:0:1::1")->subscriber());
}

TEST_CASE("only what trusted proxies say of a client is believed") {
  const auto trusted = Ranges({"127.0.0.1", "10.0.0.0/8"});
  struct Case {
    const char* header;
    const char* client;  // nullptr: nobody
  };
  for (const Case& c :
       {Case{"192.0.2.1", "192.0.2.1"}, Case{"1.1.1.1, 192.0.2.1", "192.0.2.1"},
        Case{"192.0.2.1, 10.1.1.1,127.0.0.1", "192.0.2.1"}, Case{"192.0.2.1:4711", "192.0.2.1"},
        Case{"[2001:db8::1]:80", "2001:db8::1"}, Case{"2001:db8::1", "2001:db8::1"},
        Case{"192.0.2.1, unknown", nullptr}, Case{"10.0.0.1", nullptr}, Case{"", nullptr},
        Case{",", nullptr}}) {
    CAPTURE(c.header);
    const auto client = ForwardedClient(c.header, trusted);
    CHECK(client.has_value() == (c.client != nullptr));
    if (client && c.client) CHECK(*client == *ParseIp(c.client));
  }
  const Quotas quotas({}, trusted);
  const IpAddress proxy = *ParseIp("10.1.2.3");
  const IpAddress stranger = *ParseIp("192.0.2.9");
  CHECK(quotas.ClientKey(proxy, "") == 0);
  CHECK(quotas.ClientKey(proxy, "192.0.2.1") != quotas.ClientKey(proxy, "192.0.2.2"));
  CHECK(quotas.ClientKey(stranger, "192.0.2.1") == quotas.ClientKey(stranger, "192.0.2.2"));
  CHECK(quotas.ClientKey(proxy, "192.0.2.9") == quotas.ClientKey(stranger, ""));
  CHECK(quotas.ClientKey(stranger, "") != Quotas({}, trusted).ClientKey(stranger, ""));
}

// ---- over the wire

std::string Events(int n) {
  std::string out = "[";
  for (int i = 0; i < n; ++i) out += i == 0 ? R"(["a",0])" : R"(,["a",0])";
  return out + "]";
}

Fixture WithQuota(uint32_t visitor_rate, uint32_t address_rate) {
  CollectorOptions options = Fixture::Options();
  options.quota.visitor_rate = visitor_rate;
  options.quota.address_rate = address_rate;
  return Fixture(options);
}

TEST_CASE("a visitor who sends too much gets 429 and nothing else happens to anybody") {
  Fixture f = WithQuota(2, 0);  // 120 at once
  CHECK(f.Beacon(BeaconBody(Events(100))).status == 204);
  CHECK(f.Beacon(BeaconBody(Events(30), "2")).status == 204);
  const Answer answer = f.Beacon(BeaconBody(Events(1), "3"));
  CHECK(answer.status == 429);
  CHECK(answer.code() == "visitor_quota");
  CHECK(answer.headers.at("retry-after") == "5");
  CHECK(answer.headers.at("access-control-allow-origin") == kShop);
  CHECK(f.ingest.batch_count() == 2);
  CHECK(f.ingest.rejects().empty());  // nor may it fill the quarantine
  CHECK(f.Metric(R"(vinkki_refused_total{code="visitor_quota"})") == 1);
  CHECK(f.Metric(R"(vinkki_requests_total{route="beacon",status="429"})") == 1);

  std::string other = BeaconBody(Events(1), "3");
  other.replace(other.find("0123456789abcdef"), 16, "another0visitor0");
  CHECK(f.Beacon(other).status == 204);
  f.clock.Advance(5000);
  CHECK(f.Beacon(BeaconBody(Events(1), "3")).status == 204);
}

TEST_CASE("a withdrawal is taken whatever the visitor has sent") {
  Fixture f = WithQuota(1, 0);
  const std::string cookie = "Cookie: vinkki_id=AAAAAAAAAAAAAAAAAAAAAA\r\n";
  const auto body = [](const std::string& mode, const std::string& events) {
    return R"({"v":1,"s":"shop","i":"","t":"t","b":"b","sent":1,"n":1,"m":")" + mode + R"(","e":)" +
           events + "}";
  };
  CHECK(f.Beacon(body("full", Events(100)), cookie).status == 204);
  CHECK(f.Beacon(body("full", Events(1)), cookie).status == 429);
  CHECK(f.Beacon(body("off", R"([["consent",0,{"mode":"off"}]])"), cookie).status == 204);
}

TEST_CASE("one address with ever new visitors gets 429; the next address does not") {
  Fixture f = WithQuota(0, 2);
  const auto send = [&](const std::string& address, const std::string& visitor) {
    std::string body = BeaconBody(Events(40));
    body.replace(body.find("0123456789abcdef"), 16, visitor);
    return f.Beacon(body, "X-Forwarded-For: " + address + "\r\n");
  };
  for (int i = 0; i < 4; ++i) {
    CHECK(send("192.0.2.1", "visitor-000000-" + std::to_string(i)).status == 204);
  }
  const Answer refused = send("192.0.2.1", "visitor-0000000-x");
  CHECK(refused.status == 429);
  CHECK(refused.code() == "address_quota");
  CHECK(refused.headers.at("retry-after") == "20");
  CHECK(f.Request("GET /v1/offers?s=shop&i=0123456789abcdef HTTP/1.1\r\nHost: c\r\n"
                  "X-Forwarded-For: 192.0.2.1\r\n\r\n")
            .code() == "address_quota");
  CHECK(send("192.0.2.2", "visitor-0000000-y").status == 204);
  CHECK(f.ingest.batch_count() == 5);
  CHECK(f.Metric(R"(vinkki_refused_total{code="address_quota"})") == 2);
  // Nobody says who spoke to this proxy, which is on this machine: no address, no quota.
  for (int i = 0; i < 9; ++i) CHECK(f.Beacon(BeaconBody(Events(40))).status == 204);
}

TEST_CASE("rubbish counts too") {
  Fixture f = WithQuota(0, 1);
  const std::string from = "X-Forwarded-For: 192.0.2.1\r\n";
  for (int i = 0; i < 61; ++i) CHECK(f.Beacon("rubbish", from).status == 400);
  CHECK(f.Beacon("rubbish", from).status == 429);
}

TEST_CASE("a trusted proxy that is no address stops the start") {
  CollectorOptions options = Fixture::Options();
  options.quota.trusted_proxies = {"10.0.0.0/8", "proxy.example"};
  ManualClock clock;
  Metrics metrics;
  MemoryIngest ingest;
  const auto started = Collector::Start(options, &ingest, &clock, &metrics);
  REQUIRE(!started.ok());
  CHECK(started.status().message().find("proxy.example") != std::string::npos);
}

}  // namespace
}  // namespace vinkki::collector
