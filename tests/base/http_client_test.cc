#include "base/http_client.h"

#include <doctest/doctest.h>

namespace vinkki {

TEST_CASE("an address that is none is refused with what to write instead") {
  for (const char* bad : {"", "localhost:8080", "ftp://x", "https://shop.fi", "http://"}) {
    auto client = HttpClient::Connect(bad);
    CHECK_MESSAGE(!client.ok(), bad);
  }
}

TEST_CASE("nobody listening is one clear line") {
  auto client = HttpClient::Connect("http://127.0.0.1:1", 1000);
  REQUIRE(client.ok());
  auto answer = client->Get("/", {});
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.status().message().find("is the server running?") != std::string::npos);
}

}  // namespace vinkki
