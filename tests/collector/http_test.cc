// HTTP itself: strictness, limits, pipelining, slow peers, files, the end.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/collector/support.h"

namespace vinkki::collector {
namespace {

const std::string kGet = "GET /healthz HTTP/1.1\r\nHost: c\r\n\r\n";

struct Malformed {
  std::string what;
  std::string bytes;
  int status = 400;
};

std::string Post(const std::string& headers, const std::string& body) {
  return "POST /v1/e HTTP/1.1\r\nHost: c\r\nOrigin: " + std::string(kShop) + "\r\n" + headers +
         "\r\n" + body;
}

TEST_CASE("smuggling and other requests that two readers could read in two ways") {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const Malformed cases[] = {
      {"length and chunks", Post("Content-Length: 4\r\n" + chunked, "0\r\n\r\n")},
      {"chunks and length", Post(chunked + "Content-Length: 4\r\n", "0\r\n\r\n")},
      {"two lengths", Post("Content-Length: 4\r\nContent-Length: 5\r\n", "aaaaa")},
      {"two lengths, the same", Post("Content-Length: 4\r\nContent-Length: 4\r\n", "aaaa")},
      {"a list of lengths", Post("Content-Length: 4, 4\r\n", "aaaa")},
      {"a signed length", Post("Content-Length: +4\r\n", "aaaa")},
      {"a negative length", Post("Content-Length: -4\r\n", "aaaa")},
      {"a hexadecimal length", Post("Content-Length: 0x4\r\n", "aaaa")},
      {"an empty length", Post("Content-Length: \r\n", "aaaa")},
      {"a length beyond 64 bits", Post("Content-Length: 18446744073709551617\r\n", "a")},
      {"chunked twice", Post(chunked + chunked, "0\r\n\r\n")},
      {"chunked among others", Post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
      {"not quite chunked", Post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
      {"identity", Post("Transfer-Encoding: identity\r\n", "")},
      {"a blank before the colon", Post("Content-Length : 4\r\n", "aaaa")},
      {"a folded line", Post("X-A: b\r\n c\r\nContent-Length: 4\r\n", "aaaa")},
      {"a folded line with a tab", Post("X-A: b\r\n\tc\r\nContent-Length: 4\r\n", "aaaa")},
      {"a fold behind the request line", "GET /healthz HTTP/1.1\r\n Host: c\r\n\r\n"},
      {"a bare LF", "GET /healthz HTTP/1.1\nHost: c\r\n\r\n"},
      {"bare LFs only", "GET /healthz HTTP/1.1\nHost: c\n\n"},
      {"a bare LF at the end", "GET /healthz HTTP/1.1\r\nHost: c\r\n\n"},
      {"a bare CR", "GET /healthz HTTP/1.1\r\nHost: c\rX: y\r\n\r\n"},
      {"NUL in a value", std::string("GET /healthz HTTP/1.1\r\nHost: c\0d\r\n\r\n", 37)},
      {"an empty line first", "\r\nGET /healthz HTTP/1.1\r\nHost: c\r\n\r\n"},
      {"no host", "GET /healthz HTTP/1.1\r\n\r\n"},
      {"two hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
      {"two origins", Post("Origin: https://evil.example\r\nContent-Length: 0\r\n", "")},
      {"HTTP/2.0", "GET /healthz HTTP/2.0\r\nHost: c\r\n\r\n"},
      {"HTTP/0.9", "GET /healthz\r\n\r\n"},
      {"an absolute target", "GET http://c/healthz HTTP/1.1\r\nHost: c\r\n\r\n"},
      {"a blank in the target", "GET /health z HTTP/1.1\r\nHost: c\r\n\r\n"},
      {"chunks in HTTP/1.0",
       "POST /v1/e HTTP/1.0\r\nOrigin: " + std::string(kShop) + "\r\n" + chunked + "\r\n0\r\n\r\n"},
      {"a chunk size that is none", Post(chunked, "x\r\naaaa\r\n0\r\n\r\n")},
      {"a chunk size of 17 digits", Post(chunked, "11111111111111111\r\na")},
      {"a signed chunk size", Post(chunked, "+4\r\naaaa\r\n0\r\n\r\n")},
      {"a chunk size of 0x4", Post(chunked, "0x4\r\naaaa\r\n0\r\n\r\n")},
      {"a chunk extension", Post(chunked, "4;a=b\r\naaaa\r\n0\r\n\r\n")},
      {"a bare LF behind a chunk size", Post(chunked, "4\naaaa\r\n0\r\n\r\n")},
      {"a chunk longer than its size", Post(chunked, "4\r\naaaaa\r\n0\r\n\r\n")},
      {"a chunk without its end", Post(chunked, "4\r\naaaa0\r\n\r\n")},
      {"trailers that are too long",
       Post(chunked, "4\r\naaaa\r\n0\r\nT: " + std::string(300, 'a') + "\r\n\r\n")},
      {"an endless chunk head", Post(chunked, std::string(10'000, '0'))},
      {"a giant head", "GET /healthz HTTP/1.1\r\nHost: c\r\nX: " + std::string(9'000, 'x'), 431},
      {"many fields",
       "GET /healthz HTTP/1.1\r\nHost: c\r\n" +
           [] {
             std::string fields;
             for (int i = 0; i < 2'000; ++i) fields += "a: b\r\n";
             return fields;
           }() +
           "\r\n",
       431},
      {"a giant chunk", Post(chunked, "fffff\r\n"), 413},
      {"many chunks",
       Post(chunked,
            [] {
              std::string chunks;
              for (int i = 0; i < 70; ++i) chunks += "400\r\n" + std::string(1024, 'a') + "\r\n";
              return chunks;
            }()),
       413},
  };
  Fixture f;
  for (const Malformed& c : cases) {
    CAPTURE(c.what);
    Client client(f.collector->port());
    client.Send(c.bytes + kGet);  // what follows must not be taken for a request
    const Answer answer = client.Read();
    CHECK(answer.status == c.status);
    CHECK(answer.headers.count("connection") == 1);
    CHECK(client.Read().status == 0);
    CHECK(client.Closed());
  }
  CHECK(f.ingest.batch_count() == 0);
  CHECK(f.Request(kGet).status == 200);
}

TEST_CASE("chunked bodies, in whatever pieces") {
  Fixture f;
  const std::string body = BeaconBody(R"([["a",0]])");
  std::string chunks;
  for (char c : body) chunks += "1\r\n" + std::string(1, c) + "\r\n";
  const std::string all =
      Post("Transfer-Encoding: chunked\r\n", chunks + "0\r\nTrailer: x\r\n\r\n");
  for (size_t piece : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, all.size()}) {
    CAPTURE(piece);
    Client client(f.collector->port());
    for (size_t at = 0; at < all.size(); at += piece) client.Send(all.substr(at, piece));
    CHECK(client.Read().status == 204);
  }
  CHECK(f.Request(Post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n")).code() == "empty_body");
}

TEST_CASE("a body in pieces, and requests in pieces behind each other") {
  Fixture f;
  std::string all;
  for (int i = 1; i <= 5; ++i) {
    all += BeaconRequest(BeaconBody(R"([["a",0,{"x":"some text"}]])", std::to_string(i)));
  }
  for (size_t piece : {size_t{1}, size_t{13}, size_t{400}}) {
    CAPTURE(piece);
    Client client(f.collector->port());
    for (size_t at = 0; at < all.size(); at += piece) client.Send(all.substr(at, piece));
    for (int i = 0; i < 5; ++i) CHECK(client.Read().status == 204);
  }
  CHECK(f.ingest.batch_count() == 15);
}

TEST_CASE("pipelined requests are answered in order, and 100 of them too") {
  Fixture f;
  f.ingest.manual = true;
  Client client(f.collector->port());
  client.Send(BeaconRequest(BeaconBody(R"([["a",0]])", "1")) + kGet +
              BeaconRequest(BeaconBody("[]", "2")) +
              BeaconRequest(BeaconBody(R"([["a",0]])", "3")));
  f.ingest.WaitForBatches(2);
  f.ingest.AnswerAll();
  CHECK(client.Read().status == 204);
  CHECK(client.Read().status == 200);
  CHECK(client.Read().status == 422);
  CHECK(client.Read().status == 204);
  f.ingest.manual = false;
  f.ingest.AnswerAll();
  std::string many;
  for (int i = 0; i < 100; ++i) many += BeaconRequest(BeaconBody(R"([["a",0]])"));
  client.Send(many + kGet);
  for (int i = 0; i < 100; ++i) CHECK(client.Read().status == 204);
  CHECK(client.Read().body == "ok\n");
  // Answered at once, all of them, although they arrive together.
  std::string gets;
  for (int i = 0; i < 100; ++i) gets += kGet;
  client.Send(gets);
  for (int i = 0; i < 100; ++i) CHECK(client.Read().status == 200);
}

TEST_CASE("keep-alive as the client asks for it") {
  Fixture f;
  Client http10(f.collector->port());
  http10.Send("GET /healthz HTTP/1.0\r\n\r\n");
  CHECK(http10.Read().headers.at("connection") == "close");
  CHECK(http10.Closed());
  Client kept(f.collector->port());
  kept.Send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(kept.Read().headers.at("connection") == "keep-alive");
  kept.Send("GET /healthz HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n" + kGet);
  CHECK(kept.Read().headers.at("connection") == "close");
  CHECK(kept.Closed());
}

TEST_CASE("who stops writing is still answered") {
  Fixture f;
  Client client(f.collector->port());
  client.Send(BeaconRequest(BeaconBody(R"([["a",0]])")));
  client.CloseWrite();
  CHECK(client.Read().status == 204);
  CHECK(client.Closed());
}

TEST_CASE("100-continue is given when the head is fine, and the answer when it is not") {
  Fixture f;
  const std::string body = BeaconBody(R"([["a",0]])");
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  Client client(f.collector->port());
  client.Send(Post("Expect: 100-continue\r\n" + length, ""));
  CHECK(client.Read().status == 100);
  client.Send(body);
  CHECK(client.Read().status == 204);
  Client refused(f.collector->port());
  refused.Send("POST /v1/e HTTP/1.1\r\nHost: c\r\nExpect: 100-continue\r\n" + length + "\r\n");
  CHECK(refused.Read().status == 403);
}

TEST_CASE("a refused upload is answered although it is still under way") {
  Fixture f;
  Client client(f.collector->port());
  client.Send(Post("Content-Length: 1000000\r\n", std::string(500'000, 'x')));
  CHECK(client.Read().status == 413);
  CHECK(client.Closed());
}

CollectorOptions ShortTimes() {
  CollectorOptions options = Fixture::Options();
  options.request_timeout = 60;
  options.write_timeout = 60;
  options.idle_timeout = 60;
  return options;
}

TEST_CASE("slow heads and slow bodies are cut, and an idle connection is closed") {
  Fixture f(ShortTimes());
  Client head(f.collector->port());
  head.Send("GET /hea");
  CHECK(head.Read().status == 408);
  CHECK(head.Closed());
  Client body(f.collector->port());
  body.Send(Post("Content-Length: 100\r\n", "{"));
  CHECK(body.Read().status == 408);
  CHECK(body.Closed());
  Client chunks(f.collector->port());
  chunks.Send(Post("Transfer-Encoding: chunked\r\n", "4\r\naa"));
  CHECK(chunks.Read().status == 408);
  Client idle(f.collector->port());
  CHECK(idle.Closed());
  CHECK(f.Metric(R"(vinkki_refused_total{code="request_timeout"})") == 3);
}

TEST_CASE("a trickle does not keep a request alive") {
  Fixture f(ShortTimes());
  Client client(f.collector->port());
  std::string head = "GET /healthz HTTP/1.1\r\nHost: c\r\nX: ";
  client.Send(head);
  // One byte at a time, for as long as the server takes them.
  bool cut = false;
  for (int i = 0; i < 5'000 && !cut; ++i) {
    client.Send("x");
    cut = client.HasInput(5);
  }
  CHECK(cut);
  CHECK(client.Read().status == 408);
}

TEST_CASE("a reader that takes no byte of its answers is cut, and others are not") {
  CollectorOptions options = Fixture::Options();
  options.write_timeout = 60;
  Fixture f(options);
  Client slow(f.collector->port(), 4096);
  std::string requests;
  for (int i = 0; i < 4'000; ++i) requests += "GET /v1/vinkki.js HTTP/1.1\r\nHost: c\r\n\r\n";
  slow.Send(requests);  // may block until the server gives up
  CHECK(f.Request(kGet).status == 200);
  while (f.Metric("vinkki_connections") > 0) std::this_thread::yield();
  CHECK(slow.Closed());
  CHECK(f.Request(kGet).status == 200);
}

TEST_CASE("connections beyond the limit are told so") {
  CollectorOptions options = Fixture::Options();
  options.max_connections = 2;
  Fixture f(options);
  Client a(f.collector->port());
  Client b(f.collector->port());
  a.Send(kGet);
  CHECK(a.Read().status == 200);
  b.Send(kGet);
  CHECK(b.Read().status == 200);
  Client c(f.collector->port());
  const Answer answer = c.Read();
  CHECK(answer.status == 503);
  CHECK(answer.code() == "too_many_connections");
  CHECK(c.Closed());
  a.Send(kGet);
  CHECK(a.Read().status == 200);
}

TEST_CASE("health and readiness") {
  Fixture f;
  CHECK(f.Request(kGet).body == "ok\n");
  const std::string ready = "GET /readyz HTTP/1.1\r\nHost: c\r\n\r\n";
  CHECK(f.Request(ready).body == "ready\n");
  f.ingest.ready = false;
  CHECK(f.Request(ready).status == 503);
  CHECK(f.Request(kGet).status == 200);
  CHECK(f.Request("HEAD /healthz HTTP/1.1\r\nHost: c\r\n\r\n").status == 200);
  CHECK(f.Request("POST /healthz HTTP/1.1\r\nHost: c\r\nContent-Length: 0\r\n\r\n").status == 405);
}

std::string Get(const std::string& path, const std::string& headers = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: c\r\n" + headers + "\r\n";
}

TEST_CASE("the script: compressed as asked for, and revalidated by its ETag") {
  Fixture f;
  const Answer plain = f.Request(Get("/v1/vinkki.js"));
  CHECK(plain.status == 200);
  CHECK(plain.headers.at("content-type") == "text/javascript; charset=utf-8");
  CHECK(plain.headers.at("vary") == "Accept-Encoding");
  CHECK(plain.headers.at("access-control-allow-origin") == "*");
  CHECK(plain.headers.count("content-encoding") == 0);
  CHECK(plain.body == ReadFile(std::filesystem::path(VINKKI_SOURCE_DIR) / "beacon/dist/vinkki.js"));
  const std::pair<std::string, std::string> codings[] = {{"gzip", "gzip"},
                                                         {"gzip, deflate, br", "br"},
                                                         {"br;q=0, gzip;q=0.5", "gzip"},
                                                         {"identity", ""},
                                                         {"*", "br"},
                                                         {"br;q=0.000, *;q=0", ""},
                                                         {"gzip;q=1.0, x", "gzip"},
                                                         {"", ""}};
  for (const auto& [accepted, coding] : codings) {
    const std::string& accept = accepted;
    CAPTURE(accept);
    Answer answer = f.Request(Get("/v1/vinkki.js", "Accept-Encoding: " + accept + "\r\n"));
    CHECK(answer.headers["content-encoding"] == coding);
    CHECK((answer.body.size() < plain.body.size()) == !coding.empty());
  }
  const std::string etag = plain.headers.at("etag");
  const Answer same = f.Request(Get("/v1/vinkki.js", "If-None-Match: W/" + etag + "\r\n"));
  CHECK(same.status == 304);
  CHECK(same.headers.at("etag") == etag);
  CHECK(f.Request("HEAD /v1/vinkki.js HTTP/1.1\r\nHost: c\r\n\r\n").headers.at("content-length") ==
        std::to_string(plain.body.size()));
}

TEST_CASE("the offer part is where the script looks for it, for ever") {
  Fixture f;
  const std::string script = f.Request(Get("/v1/vinkki.js")).body;
  const size_t at = script.find("/v1/offer.");
  REQUIRE(at != std::string::npos);
  const Answer answer = f.Request(Get(script.substr(at, script.find(".js", at) + 3 - at)));
  CHECK(answer.status == 200);
  CHECK(answer.headers.at("cache-control") == "public, max-age=31536000, immutable");
  CHECK(f.Request(Get("/v1/offer.js")).status == 404);
}

TEST_CASE("the demo shop is there in demo mode only") {
  Fixture plain;
  CHECK(plain.Request(Get("/demo/")).status == 404);
  CollectorOptions options = Fixture::Options();
  options.demo = true;
  Fixture f(options);
  CHECK(f.Request(Get("/demo/")).body.find("data-site=\"demo\"") != std::string::npos);
  CHECK(f.Request(Get("/demo/")).headers.at("content-type") == "text/html; charset=utf-8");
  CHECK(f.Request(Get("/demo/checkout.html?x=y")).body == f.Request(Get("/demo/")).body);
  CHECK(f.Request(Get("/demo")).headers.at("location") == "/demo/");
  CHECK(f.Request(Get("/demo/../secret")).status == 404);
  // The demo's site exists, with the real port in its origins.
  const std::string origin = "http://localhost:" + std::to_string(f.collector->port());
  std::string body = BeaconBody(R"([["a",0]])");
  body.replace(body.find("\"shop\""), 6, "\"demo\"");
  CHECK(f.Request("POST /v1/e HTTP/1.1\r\nHost: c\r\nOrigin: " + origin +
                  "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body)
            .status == 204);
}

TEST_CASE("starting says what is wrong in one line") {
  Fixture f;
  ManualClock clock;
  Metrics metrics;
  MemoryIngest ingest;
  const auto message = [&](CollectorOptions options) {
    auto started = Collector::Start(std::move(options), &ingest, &clock, &metrics);
    return started.ok() ? std::string() : started.status().message();
  };
  CollectorOptions taken = Fixture::Options();
  taken.listen = "127.0.0.1:" + std::to_string(f.collector->port());
  CHECK(message(taken).find(taken.listen + " is in use") == 0);
  for (const char* listen :
       {"", "8080", "shop:80", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:x"}) {
    CollectorOptions options = Fixture::Options();
    options.listen = listen;
    CHECK(message(options).find("write it as 127.0.0.1:8080") != std::string::npos);
  }
  CollectorOptions twice = Fixture::Options();
  twice.sites.push_back(twice.sites[0]);
  CHECK(message(twice).find("site shop stands twice") == 0);
  CollectorOptions path = Fixture::Options();
  path.sites[0].origins[0] = "https://shop.example/";
  CHECK(message(path).find("without a path") != std::string::npos);
  CollectorOptions secret = Fixture::Options();
  secret.sites[1].secret = secret.sites[0].secret;
  CHECK(message(secret).find("secret of another site") != std::string::npos);
}

TEST_CASE("stopping answers what is under way and closes the rest") {
  Fixture f;
  f.ingest.manual = true;
  Client idle(f.collector->port());
  idle.Send(kGet);
  CHECK(idle.Read().status == 200);
  Client busy(f.collector->port());
  busy.Send(BeaconRequest(BeaconBody(R"([["a",0]])")));
  Client half(f.collector->port());
  const std::string request = BeaconRequest(BeaconBody(R"([["b",0]])"));
  half.Send(kGet + request.substr(0, request.size() - 5));
  CHECK(half.Read().status == 200);
  f.ingest.WaitForBatches(1);
  std::thread stop([&] { f.collector->Stop(); });
  CHECK(idle.Closed());  // so it is stopping
  f.ingest.manual = false;
  f.ingest.AnswerAll();
  CHECK(busy.Read().status == 204);
  CHECK(busy.Closed());
  half.Send(request.substr(request.size() - 5));
  CHECK(half.Read().status == 204);
  CHECK(half.Closed());
  stop.join();
}

TEST_CASE("stopping does not wait for ever") {
  CollectorOptions options = Fixture::Options();
  options.stop_grace = 50;
  options.io_threads = 2;
  Fixture f(options);
  f.ingest.manual = true;
  Client client(f.collector->port());
  client.Send(BeaconRequest(BeaconBody(R"([["a",0]])")));
  f.ingest.WaitForBatches(1);
  f.collector->Stop();
  CHECK(client.Read().status == 0);
  f.ingest.AnswerAll();  // too late, and harmless
}

TEST_CASE("an ack for somebody who left is nobody's") {
  Fixture f;
  f.ingest.manual = true;
  {
    Client gone(f.collector->port());
    gone.Send(BeaconRequest(BeaconBody(R"([["a",0]])")));
    f.ingest.WaitForBatches(1);
  }
  Client client(f.collector->port());
  client.Send(BeaconRequest(BeaconBody(R"([["b",0]])")));
  f.ingest.WaitForBatches(2);
  f.ingest.AnswerAll();
  CHECK(client.Read().status == 204);
}

TEST_CASE("many connections over several threads") {
  CollectorOptions options = Fixture::Options();
  options.io_threads = 3;
  Fixture f(options);
  std::vector<Client> clients;
  for (int i = 0; i < 60; ++i) clients.emplace_back(f.collector->port());
  for (int round = 0; round < 5; ++round) {
    for (Client& c : clients) c.Send(BeaconRequest(BeaconBody(R"([["a",0]])")));
    for (Client& c : clients) CHECK(c.Read().status == 204);
  }
  CHECK(f.ingest.batch_count() == 300);
}

}  // namespace
}  // namespace vinkki::collector
