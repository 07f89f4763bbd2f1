// GET /v1/offers: who may open a stream, what arrives on it, and what becomes of slow readers.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <future>
#include <string>
#include <vector>

#include "tests/collector/support.h"

namespace vinkki::collector {
namespace {

const std::string kPage = "0123456789abcdef";

std::string Open(const std::string& query, const std::string& headers = "") {
  return "GET /v1/offers?" + query + " HTTP/1.1\r\nHost: c\r\n" + headers + "\r\n";
}

std::string OpenPage() { return Open("s=shop&i=" + kPage); }

bool Push(Fixture* f, const std::string& visitor, const std::string& id,
          const std::string& data = "{}") {
  std::promise<bool> written;
  f->collector->Push("shop", visitor, "offer", id, data, [&](bool ok) { written.set_value(ok); });
  return written.get_future().get();
}

TEST_CASE("an offer reaches the visitor's streams and no others") {
  for (uint32_t threads : {1u, 3u}) {
    CollectorOptions options = Fixture::Options();
    options.io_threads = threads;
    Fixture f(options);
    std::vector<Client> mine;
    for (int i = 0; i < 4; ++i) {
      mine.emplace_back(f.collector->port());
      mine.back().Send(OpenPage());
      CHECK(mine.back().ReadUntil(": open\n\n").find("Content-Type: text/event-stream\r\n") !=
            std::string::npos);
    }
    Client other(f.collector->port());
    other.Send(Open("i=" + kPage + "x&s=shop"));
    other.ReadUntil(": open\n\n");
    CHECK(Push(&f, "p." + kPage, "id-1", "{\"a\":1}\n{\"b\":2}"));
    for (Client& c : mine) {
      CHECK(c.ReadUntil("\n\n") == "event: offer\nid: id-1\ndata: {\"a\":1}\ndata: {\"b\":2}\n\n");
    }
    CHECK(Push(&f, "p." + kPage + "x", "id-2"));
    CHECK(other.ReadUntil("\n\n") == "event: offer\nid: id-2\ndata: {}\n\n");
    CHECK(!Push(&f, "nobody", "id-3"));
  }
}

TEST_CASE("the cookie names the visitor of a stream, and opening is told") {
  Fixture f;
  std::promise<std::string> opened;
  f.collector->OnOpen([&](std::string_view site, std::string_view visitor) {
    opened.set_value(std::string(site) + "/" + std::string(visitor));
  });
  const std::string id(22, 'A');
  Client client(f.collector->port());
  client.Send(
      Open("s=shop", "Cookie: vinkki_id=" + id + "\r\nOrigin: " + std::string(kShop) + "\r\n"));
  const std::string head = client.ReadUntil(": open\n\n");
  CHECK(head.find("Access-Control-Allow-Origin: " + std::string(kShop)) != std::string::npos);
  CHECK(head.find("Access-Control-Allow-Credentials: true") != std::string::npos);
  CHECK(opened.get_future().get() == "shop/" + id);
  CHECK(Push(&f, id, "1"));
}

TEST_CASE("streams that are refused") {
  struct Case {
    std::string query;
    std::string headers;
    std::string code;
  };
  const Case cases[] = {
      {"s=nobody&i=" + kPage, "", "unknown_site"},
      {"i=" + kPage, "", "unknown_site"},
      {"s=shop", "", "no_visitor"},
      {"s=shop&i=short", "", "bad_visitor"},
      {"s=shop&i=0123456789abcde%00", "", "bad_visitor"},
      {"s=shop&i=" + kPage, "Origin: https://evil.example\r\n", "wrong_origin"},
      {"s=shop&i=" + kPage, "Origin: https://other.example\r\n", "wrong_origin"},
  };
  Fixture f;
  for (const Case& c : cases) {
    CAPTURE(c.query);
    const Answer answer = f.Request(Open(c.query, c.headers));
    CHECK(answer.status == 403 - (c.code == "bad_visitor" ? 3 : 0));
    CHECK(answer.code() == c.code);
  }
  CHECK(
      f.Request("POST /v1/offers?s=shop HTTP/1.1\r\nHost: c\r\nContent-Length: 0\r\n\r\n").status ==
      405);
  CHECK(f.Metric("vinkki_offer_streams") == 0);
}

TEST_CASE("a quiet stream is kept alive, and a closed one is forgotten") {
  CollectorOptions options = Fixture::Options();
  options.stream_keep_alive = 40;
  Fixture f(options);
  {
    Client client(f.collector->port());
    client.Send(OpenPage());
    client.ReadUntil(": open\n\n");
    CHECK(client.ReadUntil(": keep-alive\n\n") == ": keep-alive\n\n");
    CHECK(client.ReadUntil(": keep-alive\n\n") == ": keep-alive\n\n");
    CHECK(f.Metric("vinkki_offer_streams") == 1);
  }
  while (Push(&f, "p." + kPage, "x")) {
  }
  CHECK(f.Metric("vinkki_offer_streams") == 0);
}

TEST_CASE("a slow reader is dropped, and others get theirs") {
  CollectorOptions options = Fixture::Options();
  options.stream_buffer = 8u << 10;
  Fixture f(options);
  Client slow(f.collector->port(), 4096);
  slow.Send(OpenPage());
  slow.ReadUntil(": open\n\n");
  const std::string data(4000, 'x');
  int pushed = 0;
  while (Push(&f, "p." + kPage, std::to_string(pushed), data)) {
    REQUIRE(++pushed < 10'000);
  }
  CHECK(pushed > 0);
  CHECK(slow.Closed());
  Client good(f.collector->port());
  good.Send(OpenPage());
  good.ReadUntil(": open\n\n");
  CHECK(Push(&f, "p." + kPage, "1"));
  CHECK(good.ReadUntil("\n\n") == "event: offer\nid: 1\ndata: {}\n\n");
}

TEST_CASE("one visitor has 16 streams at most, the oldest goes") {
  Fixture f;
  std::vector<Client> clients;
  for (int i = 0; i < 17; ++i) {
    clients.emplace_back(f.collector->port());
    clients.back().Send(OpenPage());
    clients.back().ReadUntil(": open\n\n");
  }
  CHECK(clients[0].Closed());
  CHECK(Push(&f, "p." + kPage, "1"));
  CHECK(clients[16].ReadUntil("\n\n") == "event: offer\nid: 1\ndata: {}\n\n");
  CHECK(f.Metric("vinkki_offer_streams") == 16);
}

TEST_CASE("stopping closes streams and answers every push") {
  Fixture f;
  Client client(f.collector->port());
  client.Send(OpenPage());
  client.ReadUntil(": open\n\n");
  f.collector->Stop();
  CHECK(client.Closed());
  CHECK(!Push(&f, "p." + kPage, "1"));
}

TEST_CASE("thousands of streams on one thread, and a beacon beside them") {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  // Both ends are in this process: two descriptors for each.
  const auto n = static_cast<int>(std::min<rlim_t>(4'000, (limit.rlim_cur - 500) / 2));
  Fixture f;
  std::vector<Client> clients;
  for (int i = 0; i < n; ++i) {
    clients.emplace_back(f.collector->port());
    clients.back().Send(Open("s=shop&i=" + kPage + std::to_string(i)));
  }
  for (Client& c : clients) c.ReadUntil(": open\n\n");
  CHECK(f.Metric("vinkki_offer_streams") == n);
  CHECK(f.Beacon(BeaconBody(R"([["a",0]])")).status == 204);
  for (int i = 0; i < n; i += 97) {
    CHECK(Push(&f, "p." + kPage + std::to_string(i), "1"));
    CHECK(clients[static_cast<size_t>(i)].ReadUntil("\n\n") == "event: offer\nid: 1\ndata: {}\n\n");
  }
}

}  // namespace
}  // namespace vinkki::collector
