#include "cmd/config.h"

#include <doctest/doctest.h>

namespace vinkki::cmd {

TEST_CASE("a whole configuration") {
  auto config = ParseConfig("vinkki.yml", R"(version: 1
listen: 0.0.0.0:80
staff: { listen: "127.0.0.1:9000", token: abcdefghijklmnop }
data: /var/lib/vinkki
rules: rules
watch_rules: no
io_threads: 2
shards: 3
sites:
  - key: shop-fi
    origins: ["https://shop.fi", "https://www.shop.fi"]
    secret: 0123456789abcdef
sinks:
  kafka: { brokers: "a:1,b:2", triggers: t, properties: { linger.ms: "1" } }
limits: { beacon_body: 32KiB, ndjson_body: 1MiB, cache: 1GiB, lateness: 12h, visitor_rate: 0,
          address_rate: 9000 }
trusted_proxies: [10.0.0.0/8, "::1"]
log: warn
)");
  REQUIRE_MESSAGE(config.ok(), config.status().message());
  CHECK(config->collector.listen == "0.0.0.0:80");
  CHECK(config->collector.io_threads == 2);
  CHECK_FALSE(config->watch_rules);
  CHECK(config->collector.beacon_body_limit == 32u << 10);
  REQUIRE(config->collector.sites.size() == 1);
  CHECK(config->collector.sites[0].origins.size() == 2);
  CHECK(config->engine.shards == 3);
  CHECK(config->collector.quota.visitor_rate == 0);
  CHECK(config->collector.quota.address_rate == 9000);
  CHECK(config->collector.quota.trusted_proxies == std::vector<std::string>{"10.0.0.0/8", "::1"});
  CHECK(config->engine.cache_bytes == 1u << 30);
  CHECK(config->engine.accepted_lateness == 12 * 3'600'000);
  REQUIRE(config->kafka);
  CHECK(config->kafka->brokers == "a:1,b:2");
  CHECK(config->log == Level::kWarn);
}

TEST_CASE("every error at its place, in one run") {
  struct Case {
    const char* text;
    const char* message;
  };
  for (const Case& c : {
           Case{"version: 2\n", "vinkki.yml:1:10: version: expected 1, found '2'"},
           Case{"listen: x\n", "no version"},
           Case{"version: 1\nlisen: x\n",
                "vinkki.yml:2:1: there is no setting 'lisen'; did you mean 'listen'?"},
           Case{"version: 1\nshards: 0\n",
                "vinkki.yml:2:9: shards: expected a whole number from 1 to 64"},
           Case{"version: 1\nwatch_rules: off\n", "watch_rules: expected yes or no, found 'off'"},
           Case{"version: 1\nlimits: { cache: 3XB }\n", "like 64KiB or 8MiB"},
           Case{"version: 1\nlimits: { lateness: soon }\n", "a duration like"},
           Case{"version: 1\nlimits: { visitor_rate: -1 }\n",
                "vinkki.yml:2:25: visitor_rate: expected a whole number from 0 to 1000000"},
           Case{"version: 1\ntrusted_proxies: [10.0.0.0/8, proxy]\n",
                "vinkki.yml:2:31: a proxy is an address or a range"},
           Case{"version: 1\ntrusted_proxies: 10.0.0.1\n", "must be a list"},
           Case{"version: 1\nsites:\n  - key: a\n", "needs origins"},
           Case{"version: 1\nsites:\n  - { key: a, origins: [https://a/b] }\n", "no path"},
           Case{"version: 1\nsites:\n  - { key: a, origins: [https://a] }\n  - { key: a, origins: "
                "[https://a] }\n",
                "twice"},
           Case{"version: 1\nsites:\n  - { key: a, origins: [https://a], secret: short }\n",
                "16 characters"},
           Case{"version: 1\nsinks: { kafak: {} }\n", "there is no sink 'kafak'"},
           Case{"version: 1\nsinks: { kafka: { properties: { linger.ms: 1, no.such: x } } }\n",
                "vinkki.yml:2:47: Kafka: setting no.such"},
           Case{"[1, 2]\n", "must be a mapping"},
           Case{"a: [\n", "vinkki.yml"},
       }) {
    auto config = ParseConfig("vinkki.yml", c.text);
    REQUIRE_MESSAGE(!config.ok(), c.text);
    CHECK_MESSAGE(config.status().message().find(c.message) != std::string::npos,
                  c.text << " -> " << config.status().message());
  }
  auto both = ParseConfig("vinkki.yml", "version: 1\nshards: x\nio_threads: x\n");
  REQUIRE_FALSE(both.ok());
  CHECK(both.status().message().find(":2:9:") != std::string::npos);
  CHECK(both.status().message().find(":3:13:") != std::string::npos);
}

}  // namespace vinkki::cmd
