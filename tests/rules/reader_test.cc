// Rule files: every key, and where expressions stand in them.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "rules/load.h"
#include "rules/print.h"

namespace vinkki::rules {
namespace {

constexpr const char* kExample = R"(version: 1
sites: [shop, outlet]
limits: { per_session: 2 }
let:
  in_checkout: page.type == "checkout"
  struggling:  count(form_error, 2m) >= 3 or count(rage_click, 1m) >= 1
rules:
  - name: checkout-stuck
    description: Fights with the checkout form
    when: in_checkout and struggling and cart.value >= 30
    for: 10s
    offer:
      channels: [voice, chat]
      escalate: [video, screenshare]
      queue: checkout
      message:
        en: Is something in the way?
        fi: Jumittaako jokin?
      expires: 90s
    audience: potential >= 0.35
    otherwise: bot
    limits: { per_session: 1, per_day: 2, per_visitor: 3, cooldown: 30m, after_decline: 7d }
    hours: { days: mon-fri, from: "08:00", to: 20:00, zone: Europe/Helsinki }
    holdout: 10%
    priority: 80
    mode: shadow
    fresh: 5s
  - name: 12
    when: |
      idle > 5s and
        page.type == "x"
    mode: off
    offer: { channels: [chat] }
)";

}  // namespace

TEST_CASE("every key of a rule file") {
  std::vector<Diagnostic> found;
  const RuleSet set = Read({{"b.yml", kExample}, {"a.yml", "version: 1\nrules: []\n"}}, &found);
  for (const Diagnostic& d : found) MESSAGE(d.message);
  REQUIRE(found.empty());
  REQUIRE(set.files.size() == 2);
  CHECK(set.files[0].path == "a.yml");
  const File& file = set.files[1];
  CHECK(file.sites == std::vector<std::string>{"shop", "outlet"});
  CHECK(file.limits.per_session == 2u);
  REQUIRE(file.lets.size() == 2);
  CHECK(file.lets[0].name == "in_checkout");
  CHECK(file.lets[0].source == "page.type == \"checkout\"");
  REQUIRE(file.rules.size() == 2);
  const Rule& rule = file.rules[0];
  CHECK(rule.name == "checkout-stuck");
  CHECK(rule.description == "Fights with the checkout form");
  CHECK(Source(*rule.when) == "in_checkout and struggling and cart.value >= 30");
  CHECK(rule.hold == 10'000);
  CHECK(rule.offer.channels == std::vector<Channel>{Channel::kVoice, Channel::kChat});
  CHECK(rule.offer.escalate == std::vector<Channel>{Channel::kVideo, Channel::kScreenshare});
  CHECK(rule.offer.queue == "checkout");
  CHECK(rule.offer.message.at("fi") == "Jumittaako jokin?");
  CHECK(rule.offer.expires == 90'000);
  CHECK(Source(*rule.audience) == "potential >= 0.35");
  CHECK(rule.otherwise_bot);
  CHECK(rule.limits.per_day == 2u);
  CHECK(rule.limits.per_visitor == 3u);
  CHECK(rule.limits.cooldown == 1'800'000);
  CHECK(rule.limits.after_decline == 604'800'000);
  REQUIRE(rule.hours);
  CHECK(rule.hours->days == 0x1f);
  CHECK(rule.hours->from == 8 * 3'600'000);
  CHECK(rule.hours->to == 20 * 3'600'000);
  CHECK(rule.hours->zone == "Europe/Helsinki");
  CHECK(rule.holdout == doctest::Approx(0.1));
  CHECK(rule.priority == 80);
  CHECK(rule.mode == Mode::kShadow);
  CHECK(rule.fresh == 5'000);
  CHECK(file.rules[1].name == "12");
  CHECK(file.rules[1].mode == Mode::kOff);
  CHECK(file.rules[1].when_source == "idle > 5s and\n  page.type == \"x\"");
  const Expr& second = *file.rules[1].when->args[1];
  CHECK(second.place.line == 31);
  CHECK(second.place.column == 9);
}

}  // namespace vinkki::rules
