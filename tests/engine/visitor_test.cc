#include "engine/visitor.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <set>

#include "base/hash.h"
#include "engine/visitor_cache.h"
#include "tests/engine/engine_fixture.h"

namespace vinkki::engine {
namespace {

const std::string kWho = std::string("shop") + '\0' + "v-1";

TEST_CASE("numbers of a page load: as a set would say, as far as the map reaches") {
  CHECK(rc::check("dedup of one load", [](const std::vector<uint8_t>& raw) {
    Visitor visitor(kWho, 1);
    std::set<uint64_t> seen;
    for (const uint8_t byte : raw) {
      const uint64_t number = 1 + byte % 200;
      const Seen look = visitor.Look(9, number);
      if (look == Seen::kAskRows) {
        RC_ASSERT(*seen.rbegin() > number + 64);
      } else {
        RC_ASSERT((look == Seen::kDuplicate) == (seen.count(number) > 0));
      }
      if (!seen.insert(number).second) continue;
      PageLoad* load = visitor.FindLoad(9);
      if (load == nullptr) load = visitor.AddLoad({9, 0, 0, 0});
      load->Take(number);
    }
  }));
}

TEST_CASE("a load that was let go is asked of the rows") {
  Visitor visitor(kWho, 1);
  for (uint64_t load = 1; load <= kPageLoads; ++load) visitor.AddLoad({load, 1, 0, 0});
  CHECK(visitor.Look(99, 1) == Seen::kNew);
  visitor.AddLoad({100, 1, 0, 0});
  CHECK(visitor.loads.size() == kPageLoads);
  CHECK(visitor.Look(99, 1) == Seen::kAskRows);
  CHECK(visitor.Look(1, 1) == Seen::kAskRows);
  CHECK(visitor.Look(100, 1) == Seen::kDuplicate);
}

TEST_CASE("a visitor reads back, and any other bytes are refused or read, never worse") {
  const auto program = ProgramOf(RuleText("r", "count(x, 10m) >= 3"));
  CHECK(rc::check("visitor codec", [&](uint64_t events, int64_t timer, int64_t advanced,
                                       const std::vector<uint32_t>& days, bool rebuild) {
    Visitor visitor(kWho, 1);
    visitor.state = rules::NewState(*program, "shop", "v-1");
    visitor.events = events;
    visitor.timer_at = timer;
    visitor.advanced_to = advanced;
    visitor.rebuild = rebuild;
    for (const uint32_t day : days) visitor.AddDay(day);
    visitor.AddLoad({~events, events, static_cast<uint64_t>(timer), advanced});
    std::string bytes, again;
    EncodeVisitor(visitor, &bytes);
    Visitor back(kWho, 1);
    std::string_view state;
    RC_ASSERT(DecodeVisitor(bytes, &back, &state).ok());
    bool stale = false;
    auto decoded = rules::DecodeState(*program, "shop", "v-1", state, &stale);
    RC_ASSERT(decoded.ok());
    back.state = std::move(decoded).value();
    EncodeVisitor(back, &again);
    RC_ASSERT(bytes == again);
    RC_ASSERT(back.timer_at == timer && back.days == visitor.days);
  }));
  CHECK(rc::check("broken visitors", [](const std::string& bytes) {
    Visitor visitor(kWho, 1);
    std::string_view state;
    (void)DecodeVisitor("\1" + bytes, &visitor, &state).ok();
  }));
  Visitor visitor(kWho, 1);
  std::string_view state;
  CHECK(DecodeVisitor("\2", &visitor, &state).code() == Code::kCorrupt);
}

TEST_CASE("the cache finds what it has, and lets the longest unused go") {
  const auto program = ProgramOf(RuleText("r", "count(x, 10m) >= 3"));
  VisitorCache cache(100'000);
  for (int i = 0; i < 5000; ++i) {
    const std::string who = kWho + std::to_string(i);
    REQUIRE(cache.Find(who, Hash64(who)) == nullptr);
    Visitor* v = cache.Add(who, Hash64(who));
    v->state = rules::NewState(*program, "shop", "v");
    cache.Charge(v);
    cache.Trim(0);
    CHECK(cache.bytes() <= 100'000);
    REQUIRE(cache.Find(who, Hash64(who)) == v);
    CHECK(cache.latest() == v);
  }
  const std::string first = kWho + "0";
  CHECK(cache.Find(first, Hash64(first)) == nullptr);
  CHECK(cache.size() > 10);
  cache.Clear();
  CHECK(cache.bytes() == 0);
  CHECK(cache.latest() == nullptr);
}

}  // namespace
}  // namespace vinkki::engine
