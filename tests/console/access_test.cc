#include "console/access.h"

#include <doctest/doctest.h>

namespace vinkki::console {

TEST_CASE("an address is host and port") {
  struct Case {
    const char* text;
    const char* host;
    int port;
  };
  for (const Case& c : {Case{"127.0.0.1:8081", "127.0.0.1", 8081},
                        {"localhost:0", "localhost", 0},
                        {"[::1]:65535", "::1", 65535},
                        {"0.0.0.0:80", "0.0.0.0", 80}}) {
    INFO(c.text);
    auto address = ParseAddress(c.text);
    REQUIRE(address.ok());
    CHECK(address->host == c.host);
    CHECK(address->port == c.port);
  }
  for (const char* text : {"", ":", "8081", "127.0.0.1", "127.0.0.1:", "a:-1", "a:65536", "a:1x",
                           "[::1]", "[::1:80", "::1:80", "a:99999999999999999999"}) {
    INFO(text);
    CHECK(ParseAddress(text).status().code() == Code::kInvalid);
  }
}

TEST_CASE("a Host header is ours only where no foreign page can send it") {
  const std::vector<std::string> hosts = {"vinkki.shop.fi"};
  for (const char* host :
       {"127.0.0.1:8081", "127.0.0.1", "localhost:8081", "LocalHost", "[::1]:1", "a.localhost",
        "10.0.0.7:8081", "staff", "STAFF:1", "vinkki.shop.fi", "Vinkki.Shop.fi:443"}) {
    INFO(host);
    CHECK(HostAllowed(host, "staff", hosts));
  }
  for (const char* host :
       {"", "evil.example", "evil.example:8081", "127.0.0.1.evil.example", "localhost.evil.example",
        "notlocalhost", "[evil]", "[::1", ":8081", "127.0.0.1:x", "127.0.0.1:80:80", "shop.fi"}) {
    INFO(host);
    CHECK_FALSE(HostAllowed(host, "staff", hosts));
  }
}

TEST_CASE("the token is the bearer's") {
  CHECK(CheckToken("Bearer s3cret", "s3cret") == TokenCheck::kRight);
  CHECK(CheckToken("bearer s3cret", "s3cret") == TokenCheck::kRight);
  CHECK(CheckToken("", "s3cret") == TokenCheck::kMissing);
  CHECK(CheckToken("s3cret", "s3cret") == TokenCheck::kMissing);
  CHECK(CheckToken("Basic s3cret", "s3cret") == TokenCheck::kMissing);
  CHECK(CheckToken("Bearer ", "s3cret") == TokenCheck::kWrong);
  CHECK(CheckToken("Bearer s3cre", "s3cret") == TokenCheck::kWrong);
  CHECK(CheckToken("Bearer s3cret ", "s3cret") == TokenCheck::kWrong);
}

TEST_CASE("the page's policy lets in its own files and the shop's frame") {
  const auto frames = [](const char* shop) {
    const std::string policy = PagePolicy(shop);
    const size_t at = policy.find("frame-src ") + 10;
    return policy.substr(at, policy.find(';', at) - at);
  };
  CHECK(frames("") == "'none'");
  CHECK(frames("http://localhost:8080/demo/") == "http://localhost:8080 http://127.0.0.1:8080");
  CHECK(frames("http://127.0.0.1:8080/demo/") == "http://127.0.0.1:8080 http://localhost:8080");
  CHECK(frames("https://www.shop.fi/a?b#c") == "https://www.shop.fi");
  CHECK(frames("https://localhost.shop.fi/") == "https://localhost.shop.fi");
  CHECK(frames("javascript:alert(1)") == "'none'");
  CHECK(frames("http://a; script-src *") == "'none'");
  CHECK(frames("http://") == "'none'");
  CHECK(PagePolicy("").find("unsafe") == std::string::npos);
}

}  // namespace vinkki::console
