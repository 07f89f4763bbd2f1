// POST /v1/e over a real socket: what is stored, what is refused and how it is answered.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/collector/support.h"

namespace vinkki::collector {
namespace {

constexpr std::string_view kId = "AAAAAAAAAAAAAAAAAAAAAA";

std::string FullBody(std::string_view events, std::string_view mode = "full") {
  std::string out = R"({"v":1,"s":"shop","i":"","t":"t","b":"b","sent":1,"n":1,"m":")";
  return out.append(mode).append("\",\"e\":").append(events).append("}");
}

std::string Cookie(std::string_view id) {
  return "Cookie: a=b; vinkki_id=" + std::string(id) + "; c=d\r\n";
}

TEST_CASE("a batch is stored as it was sent, and answered when it is") {
  Fixture f;
  const Answer answer = f.Beacon(BeaconBody(
      R"([["page_view",-250,{"url":"/a","n":1.5,"new":true,"gone":null,"deep":{"x":1}}],)"
      R"(["add_to_cart",0,{"items":[{"item_id":"s1","price":80},{"item_id":"s2"},7],"value":160}],)"
      R"(["active",-1]])",
      "7"));
  CHECK(answer.status == 204);
  CHECK(answer.body.empty());
  CHECK(answer.headers.count("content-length") == 0);
  CHECK(answer.headers.at("access-control-allow-origin") == kShop);
  CHECK(answer.headers.at("access-control-allow-credentials") == "true");
  CHECK(answer.headers.count("set-cookie") == 0);
  CHECK(f.ingest.Dump() ==
        std::vector<std::string>{
            R"(shop/p.0123456789abcdef cookieless 7: page_view@-250{url="/a",n=1.5,new=true})"
            R"( add_to_cart@0{value=160}+{item_id="s1",price=80}+{item_id="s2"} active@-1{})"});
  CHECK(f.ingest.rejects().empty());
  CHECK(f.Metric(R"(vinkki_requests_total{route="beacon",status="204"})") == 1);
}

TEST_CASE("the fields may stand in any order, and new ones are read over") {
  Fixture f;
  CHECK(f.Beacon(R"({"e":[["a",-1,{"x":"y"}]],"new":[{"deep":[1,{}]}],"m":"cookieless","n":3,)"
                 R"("sent":1,"b":"b","t":"t","i":"0123456789abcdef","s":"shop","v":1})")
            .status == 204);
  CHECK(f.ingest.Dump() ==
        std::vector<std::string>{R"(shop/p.0123456789abcdef cookieless 3: a@-1{x="y"})"});
}

TEST_CASE("the first full batch sets the cookie, which then names the visitor") {
  Fixture f;
  const Answer first = f.Beacon(FullBody(R"([["a",0]])"));
  CHECK(first.status == 204);
  const std::string cookie = first.headers.at("set-cookie");
  const std::string id = cookie.substr(10, 22);
  CHECK(cookie == "vinkki_id=" + id + "; Path=/; Max-Age=34128000; HttpOnly; SameSite=Lax; Secure");
  CHECK(id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
        std::string::npos);
  const Answer second = f.Beacon(FullBody(R"([["b",0]])"), Cookie(id));
  CHECK(second.status == 204);
  CHECK(second.headers.count("set-cookie") == 0);
  const std::string visitor = "shop/" + id;
  CHECK(f.ingest.Dump() ==
        std::vector<std::string>{visitor + " full 1: a@0{}", visitor + " full 1: b@0{}"});
}

TEST_CASE("a page cannot claim a cookie's visitor, and a broken cookie is none") {
  Fixture f;
  std::string body = BeaconBody(R"([["a",0]])");
  body.replace(body.find("0123456789abcdef"), 16, kId);
  CHECK(f.Beacon(body).status == 204);
  CHECK(f.ingest.Dump()[0].starts_with("shop/p."));
  const Answer answer = f.Beacon(FullBody(R"([["a",0]])"), "Cookie: vinkki_id=short\r\n");
  CHECK(answer.headers.count("set-cookie") == 1);
}

TEST_CASE("on plain http to this machine the cookie is not Secure") {
  Fixture f;
  const std::string body = FullBody(R"([["a",0]])");
  const Answer answer = f.Request(
      "POST /v1/e HTTP/1.1\r\nHost: localhost:8080\r\nOrigin: http://localhost:8080\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  CHECK(answer.status == 204);
  CHECK(answer.headers.at("set-cookie").find("Secure") == std::string::npos);
}

TEST_CASE("withdrawal keeps only consent of a known visitor and expires the cookie") {
  Fixture f;
  const std::string events = R"([["consent",0,{"mode":"off"}],["page_view",0]])";
  const Answer known = f.Beacon(FullBody(events, "off"), Cookie(kId));
  CHECK(known.status == 204);
  CHECK(known.headers.at("vinkki-refused") == "1");
  CHECK(known.headers.at("set-cookie").find("Max-Age=0") != std::string::npos);
  CHECK(f.ingest.Dump() ==
        std::vector<std::string>{"shop/" + std::string(kId) + R"( off 1: consent@0{mode="off"})"});
  CHECK(f.ingest.RejectCodes() == std::vector<std::string>{"consent_off"});
  CHECK(f.ingest.rejects()[0].bytes.empty());

  const Answer unknown = f.Beacon(FullBody(R"([["consent",0,{"mode":"off"}]])", "off"));
  CHECK(unknown.status == 204);
  CHECK(unknown.headers.count("set-cookie") == 0);
  CHECK(f.ingest.batch_count() == 1);
  const Answer none = f.Beacon(FullBody(R"([["page_view",0]])", "off"), Cookie(kId));
  CHECK(none.status == 422);
  CHECK(f.ingest.batch_count() == 1);
}

TEST_CASE("a browser that asks not to be tracked is not tracked in full") {
  Fixture f;
  for (const char* header : {"Sec-GPC: 1\r\n", "DNT: 1\r\n"}) {
    const Answer answer = f.Beacon(FullBody(R"([["a",0]])"), header);
    CHECK(answer.status == 403);
    CHECK(answer.code() == "privacy_signal");
    CHECK(f.Beacon(BeaconBody(R"([["a",0]])"), header).status == 204);
  }
  for (const engine::Reject& reject : f.ingest.rejects()) CHECK(reject.bytes.empty());
}

TEST_CASE("half a surrogate pair, from a text cut through an emoji, costs nothing but itself") {
  Fixture f;
  const Answer answer = f.Beacon(BeaconBody(
      R"([["a",0,{"cut":"tent \ud83d","low":"\uDE00!","whole":"\ud83d\ude00","not":"\\ud83d"}],)"
      R"(["b",0,{"k\ud83d":"\ud83d\ud83d\ude00"}]])"));
  CHECK(answer.status == 204);
  REQUIRE(f.ingest.batch_count() == 1);
  CHECK(f.ingest.Dump()[0].ends_with(
      "a@0{cut=\"tent \uFFFD\",low=\"\uFFFD!\",whole=\"\U0001F600\",not=\"\\ud83d\"} "
      "b@0{k\uFFFD=\"\uFFFD\U0001F600\"}"));
  CHECK(f.Beacon(BeaconBody(R"([["a",0,{"x":"\ud83d\u"}]])")).code() == "bad_json");
}

struct BodyCase {
  std::string what;
  std::string body;
  int status;
  std::string code;
};

std::string Replaced(std::string_view from, std::string_view to) {
  std::string body = BeaconBody(R"([["a",0]])");
  const size_t at = body.find(from);
  REQUIRE(at != std::string::npos);
  return body.replace(at, from.size(), to);
}

TEST_CASE("a body that is refused as a whole") {
  const std::string deep(600, '[');
  const BodyCase cases[] = {
      {"empty", "", 400, "empty_body"},
      {"blank", "  \n", 400, "empty_body"},
      {"not json", "hello", 400, "bad_json"},
      {"cut off", BeaconBody("[").substr(0, 80), 400, "bad_json"},
      {"trailing comma", BeaconBody(R"([["a",0],])"), 400, "bad_json"},
      {"garbage behind", BeaconBody(R"([["a",0]])") + "x", 400, "bad_json"},
      {"second object", BeaconBody(R"([["a",0]])") + "{}", 400, "bad_json"},
      {"broken number deep inside", BeaconBody(R"([["a",0,{"x":{"y":[01]}}]])"), 400, "bad_json"},
      {"broken escape in a key", BeaconBody(R"([["a",0,{"\x":1}]])"), 400, "bad_json"},
      {"nul in place of null", BeaconBody(R"([["a",0,{"x":nul}]])"), 400, "bad_json"},
      {"control character in a text", BeaconBody("[[\"a\",0,{\"x\":\"\x01\"}]]"), 400, "bad_json"},
      {"invalid utf-8", BeaconBody("[[\"a\",0,{\"x\":\"\xff\"}]]"), 400, "bad_utf8"},
      {"overlong utf-8", BeaconBody("[[\"a\",0,{\"x\":\"\xc0\xaf\"}]]"), 400, "bad_utf8"},
      {"an array", "[1,2]", 400, "bad_shape"},
      {"a text", "\"x\"", 400, "bad_shape"},
      {"null", "null", 400, "bad_shape"},
      {"too deep", BeaconBody("[[\"a\",0,{\"x\":" + deep + std::string(600, ']') + "}]]"), 400,
       "too_deep"},
      {"no version", Replaced("\"v\":1,", ""), 400, "missing_field"},
      {"version 2", Replaced("\"v\":1", "\"v\":2"), 400, "bad_version"},
      {"version as text", Replaced("\"v\":1", "\"v\":\"1\""), 400, "bad_field"},
      {"no events field", R"({"v":1,"s":"shop"})", 400, "missing_field"},
      {"events are not a list", BeaconBody("{}"), 400, "bad_field"},
      {"no events", BeaconBody("[]"), 422, "no_events"},
      {"field twice", Replaced("\"v\":1", "\"v\":1,\"v\":1"), 400, "duplicate_field"},
      {"events twice", Replaced("\"v\":1", "\"e\":[[\"a\",0]],\"v\":1"), 400, "duplicate_field"},
      {"number 0", BeaconBody(R"([["a",0]])", "0"), 400, "bad_field"},
      {"number 1.5", BeaconBody(R"([["a",0]])", "1.5"), 400, "bad_field"},
      {"number 1e300", BeaconBody(R"([["a",0]])", "1e300"), 400, "bad_field"},
      {"unknown mode", Replaced("cookieless", "maybe"), 400, "bad_field"},
      {"tab with a blank", Replaced("tab1", "a b"), 400, "bad_field"},
      {"load of 33", Replaced("load1", std::string(33, 'x')), 400, "bad_field"},
      {"sent negative", Replaced("\"sent\":1795000000000", "\"sent\":-1"), 400, "bad_field"},
      {"page id too short", Replaced("0123456789abcdef", "0123"), 400, "bad_visitor"},
      {"page id with a dot", Replaced("0123456789abcdef", "0123456789abcde."), 400, "bad_visitor"},
      {"unknown site", Replaced("\"shop\"", "\"nobody\""), 403, "unknown_site"},
      {"another site's page", Replaced("\"shop\"", "\"other\""), 403, "wrong_origin"},
      {"70 kB", std::string(70'000, ' '), 413, "body_too_large"},
  };
  Fixture f;
  for (const BodyCase& c : cases) {
    CAPTURE(c.what);
    Answer answer = f.Beacon(c.body);
    CHECK(answer.status == c.status);
    CHECK(answer.code() == c.code);
    CHECK(answer.headers["content-type"] == "application/problem+json");
    CHECK(answer.headers["access-control-allow-origin"] == kShop);
    CHECK(f.Metric("vinkki_refused_total{code=\"" + std::string(c.code) + "\"}") >= 1);
  }
  CHECK(f.ingest.batch_count() == 0);
}

struct EventCase {
  std::string what;
  std::string event;
  std::string code;
};

std::string ManyProps(size_t n) {
  std::string out = R"(["a",0,{)";
  for (size_t i = 0; i < n; ++i) {
    if (i > 0) out += ',';
    out += "\"p" + std::to_string(i) + "\":1";
  }
  return out + "}]";
}

std::string ManyItems(size_t n) {
  std::string out = R"(["a",0,{"items":[{"item_id":"x"})";
  for (size_t i = 1; i < n; ++i) out += R"(,{"item_id":"x"})";
  return out + "]}]";
}

TEST_CASE("one bad event never condemns its batch") {
  const std::string x65(65, 'x');
  const EventCase cases[] = {
      {"a number", "7", "event_shape"},
      {"an object", R"({"name":"a"})", "event_shape"},
      {"empty", "[]", "event_shape"},
      {"only a name", R"(["a"])", "event_shape"},
      {"four parts", R"(["a",0,{},1])", "event_shape"},
      {"name is a number", R"([1,0,{}])", "event_shape"},
      {"offset is a text", R"(["a","0",{}])", "event_shape"},
      {"props are a list", R"(["a",0,[1]])", "event_shape"},
      {"no name", R"(["",0])", "event_name"},
      {"name of 65", "[\"" + x65 + "\",0]", "event_name"},
      {"name with a control character", R"(["a\u0000b",0])", "event_name"},
      {"name with a line break", R"(["a\nb",0])", "event_name"},
      {"offset beyond all clocks", R"(["a",-1e300])", "event_time"},
      {"a year ago", R"(["a",-31536000000])", "too_old"},
      {"10,000 properties", ManyProps(4000), "too_many_props"},
      {"65 properties", ManyProps(65), "too_many_props"},
      {"201 items", ManyItems(201), "too_many_items"},
      {"property without a name", R"(["a",0,{"":1}])", "prop_name"},
      {"property name of 65", "[\"a\",0,{\"" + x65 + "\":1}]", "prop_name"},
      {"property name with a control character", R"(["a",0,{"a\u0001":1}])", "prop_name"},
      {"property twice", R"(["a",0,{"x":1,"y":2,"x":3}])", "duplicate_prop"},
      {"item property twice", R"(["a",0,{"items":[{"x":1,"x":2}]}])", "duplicate_prop"},
      {"20 levels", R"(["a",0,{"x":)" + std::string(20, '[') + std::string(20, ']') + "}]",
       "too_deep"},
  };
  for (const EventCase& c : cases) {
    CAPTURE(c.what);
    Fixture f;
    const Answer answer = f.Beacon(
        BeaconBody(R"([["before",-2,{"k":"v"}],)" + c.event + R"(,["after",-1,{"k":"v"}]])"));
    CHECK(answer.status == 204);
    CHECK(answer.headers.at("vinkki-refused") == "1");
    CHECK(f.ingest.Dump() ==
          std::vector<std::string>{
              R"(shop/p.0123456789abcdef cookieless 1: before@-2{k="v"} after@-1{k="v"})"});
    REQUIRE(f.ingest.rejects().size() == 1);
    CHECK(f.ingest.rejects()[0].code == c.code);
    CHECK(f.ingest.rejects()[0].bytes == c.event.substr(0, 4096));
    CHECK(f.ingest.rejects()[0].site == "shop");

    const Answer alone = f.Beacon(BeaconBody("[" + c.event + "]"));
    CHECK(alone.status == 422);
    CHECK(alone.code() == "events_refused");
    CHECK(alone.body.find(std::string("\"code\":\"") + c.code) != std::string::npos);
    CHECK(f.ingest.batch_count() == 1);
  }
}

TEST_CASE("texts of a page are cut to 2,048 bytes, after a whole character") {
  const auto repeat = [](std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  struct TextCase {
    std::string sent, kept;
  };
  const TextCase cases[] = {
      {repeat("a", 2048), repeat("a", 2048)}, {repeat("a", 3000), repeat("a", 2048)},
      {repeat("ä", 2000), repeat("ä", 1024)}, {"a" + repeat("ä", 2000), "a" + repeat("ä", 1023)},
      {repeat("€", 2000), repeat("€", 682)},  {"a" + repeat("😀", 2000), "a" + repeat("😀", 511)},
  };
  for (const TextCase& c : cases) {
    Fixture f;
    const Answer answer = f.Beacon(
        BeaconBody(R"([["a",-1,{"x":")" + c.sent + R"(","items":[{"y":")" + c.sent + R"("}]}]])"));
    CHECK(answer.status == 204);
    CHECK(answer.headers.count("vinkki-refused") == 0);
    CHECK(f.ingest.Dump() ==
          std::vector<std::string>{R"(shop/p.0123456789abcdef cookieless 1: a@-1{x=")" + c.kept +
                                   R"("}+{y=")" + c.kept + R"("})"});
  }
}

TEST_CASE("limits are what still passes") {
  Fixture f;
  CHECK(f.Beacon(BeaconBody("[" + ManyProps(64) + "]")).headers.count("vinkki-refused") == 0);
  CHECK(f.Beacon(BeaconBody("[" + ManyItems(200) + "]")).headers.count("vinkki-refused") == 0);
  const std::string x64(64, 'x');
  CHECK(f.Beacon(BeaconBody("[[\"" + x64 + "\",-86400000,{\"" + x64 + "\":\"" +
                            std::string(2048, 'y') + "\"}]]"))
            .headers.count("vinkki-refused") == 0);
  // 64 characters, not bytes.
  std::string accents;
  for (int i = 0; i < 64; ++i) accents += "ä";
  CHECK(f.Beacon(BeaconBody("[[\"" + accents + "\",0]]")).status == 204);
}

TEST_CASE("the 401st event of a batch and those after it are refused") {
  Fixture f;
  std::string events = R"([["a",0])";
  for (int i = 0; i < 404; ++i) events += R"(,["a",0])";
  const Answer answer = f.Beacon(BeaconBody(events + "]"));
  CHECK(answer.status == 204);
  CHECK(answer.headers.at("vinkki-refused") == "5");
  CHECK(f.Metric(R"(vinkki_refused_total{code="too_many_events"})") == 5);
}

TEST_CASE("an event of the future happened now") {
  Fixture f;
  CHECK(f.Beacon(BeaconBody(R"([["a",31536000000],["b",-1.5]])")).status == 204);
  CHECK(f.ingest.Dump()[0].ends_with("a@0{} b@-2{}"));
}

TEST_CASE("the engine's words are passed on") {
  Fixture f;
  const std::string body = FullBody(R"([["a",0]])");
  f.ingest.outcome = engine::Outcome::kDuplicate;
  CHECK(f.Beacon(body).status == 204);
  f.ingest.outcome = engine::Outcome::kUnavailable;
  const Answer unavailable = f.Beacon(body);
  CHECK(unavailable.status == 503);
  CHECK(unavailable.code() == "unavailable");
  CHECK(unavailable.headers.at("retry-after") == "1");
  CHECK(unavailable.headers.count("set-cookie") == 0);
  f.ingest.full = true;
  const Answer full = f.Beacon(body);
  CHECK(full.status == 503);
  CHECK(full.code() == "overloaded");
  CHECK(full.headers.at("retry-after") == "1");
  CHECK(full.headers.count("set-cookie") == 0);
}

TEST_CASE("heads that are refused before the body") {
  struct HeadCase {
    std::string what;
    std::string head;
    int status;
    std::string code;
  };
  const std::string shop = "Origin: " + std::string(kShop) + "\r\n";
  const HeadCase cases[] = {
      {"no origin", "POST /v1/e HTTP/1.1\r\nHost: c\r\nContent-Length: 2\r\n\r\n{}", 403,
       "wrong_origin"},
      {"foreign origin",
       "POST /v1/e HTTP/1.1\r\nHost: c\r\nOrigin: https://evil.example\r\nContent-Length: "
       "2\r\n\r\n{}",
       403, "wrong_origin"},
      {"a form",
       "POST /v1/e HTTP/1.1\r\nHost: c\r\n" + shop +
           "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2\r\n\r\n{}",
       415, "unsupported_type"},
      {"gzip",
       "POST /v1/e HTTP/1.1\r\nHost: c\r\n" + shop +
           "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
       415, "unsupported_encoding"},
      {"GET", "GET /v1/e HTTP/1.1\r\nHost: c\r\n\r\n", 405, "method_not_allowed"},
      {"PUT", "PUT /v1/e HTTP/1.1\r\nHost: c\r\nContent-Length: 2\r\n\r\n{}", 405,
       "method_not_allowed"},
      {"nowhere", "GET /v1/nothing HTTP/1.1\r\nHost: c\r\n\r\n", 404, "not_found"},
      {"announced too large",
       "POST /v1/e HTTP/1.1\r\nHost: c\r\n" + shop + "Content-Length: 65537\r\n\r\n", 413,
       "body_too_large"},
  };
  Fixture f;
  for (const HeadCase& c : cases) {
    CAPTURE(c.what);
    const Answer answer = f.Request(c.head);
    CHECK(answer.status == c.status);
    CHECK(answer.code() == c.code);
  }
  CHECK(f.ingest.batch_count() == 0);
}

TEST_CASE("CORS: a preflight is answered for the sites' origins only") {
  Fixture f;
  const std::string head = "OPTIONS /v1/e HTTP/1.1\r\nHost: c\r\nOrigin: ";
  const std::string ask = "\r\nAccess-Control-Request-Method: POST\r\n\r\n";
  const Answer ours = f.Request(head + std::string(kShop) + ask);
  CHECK(ours.status == 204);
  CHECK(ours.headers.at("access-control-allow-origin") == kShop);
  CHECK(ours.headers.at("access-control-allow-methods") == "POST");
  CHECK(ours.headers.at("vary") == "Origin");
  const Answer foreign = f.Request(head + "https://evil.example" + ask);
  CHECK(foreign.status == 403);
  CHECK(foreign.headers.count("access-control-allow-origin") == 0);
}

}  // namespace
}  // namespace vinkki::collector
