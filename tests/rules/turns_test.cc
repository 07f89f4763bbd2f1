// What Describe says of the time at which a clause turns, against the visitor a millisecond at a
// time: random rules and events as in oracle_test.cc, cut off after some event.
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "rules/describe.h"
#include "tests/rules/compare.h"

namespace vinkki::rules::oracle {
namespace {

constexpr Millis kLooked = 80;  // the generator's windows are of a few milliseconds

using Place = std::pair<uint32_t, size_t>;  // rule and clause

struct Turn {
  bool held = false;
  Millis at = kNever;
};

class Visitor {
 public:
  Visitor(const Program& program, const World& world)
      : program_(program), state_(NewState(program, world.site, world.visitor)) {
    beside_.potential = context_.potential = world.potential;
    context_.replay = true;
  }
  void Take(const World& world, const Event& e) {
    const Batch batch = BatchOf(world, e);
    BatchReader reader(batch.bytes());
    EventView view;
    REQUIRE(reader.Next(&view));
    Apply(program_, context_, view, state_.get(), &effects_);
  }
  void Go(Millis to) { Advance(program_, context_, to, state_.get(), &effects_); }
  StateView Look(Millis at) const { return Describe(program_, *state_, at, {}, beside_); }

 private:
  const Program& program_;
  StatePtr state_;
  Context context_;
  Effects effects_;
  Beside beside_;
};

// Every clause's first change within kLooked from `at` on.
std::map<Place, Turn> TurnsFrom(Millis at, Visitor* visitor) {
  std::map<Place, Turn> turns;
  for (Millis t = at; t <= at + kLooked; ++t) {
    visitor->Go(t);
    for (const RuleView& rule : visitor->Look(t).rules) {
      for (size_t i = 0; i < rule.clauses.size(); ++i) {
        Turn& turn = turns[{rule.rule, i}];
        const bool holds = rule.clauses[i].holds;
        if (t == at) turn.held = holds;
        if (turn.at == kNever && holds != turn.held) turn.at = t;
      }
    }
  }
  return turns;
}

int turned = 0;

void Compare(uint64_t seed) {
  const Case c = Generate(seed);
  const LoadResult loaded = Load(c.Sources());
  if (!loaded.program || c.world.events.empty()) return;
  Visitor visitor(*loaded.program, c.world);
  const size_t events = 1 + seed % c.world.events.size();
  Millis at = 0;
  for (size_t i = 0; i < events; ++i) {
    visitor.Take(c.world, c.world.events[i]);
    at = c.world.events[i].at;
  }
  const StateView view = visitor.Look(at);
  const std::map<Place, Turn> turns = TurnsFrom(at, &visitor);
  for (const RuleView& rule : view.rules) {
    for (size_t i = 0; i < rule.clauses.size(); ++i) {
      const ClauseView& clause = rule.clauses[i];
      const Turn& turn = turns.at({rule.rule, i});
      turned += turn.at != kNever;
      const bool said = clause.changes_at != kNever && clause.changes_at <= at + kLooked;
      CAPTURE(seed);
      CAPTURE(events);
      CAPTURE(clause.text);
      CAPTURE(at);
      CHECK((said ? clause.changes_at : kNever) == turn.at);
      CHECK(clause.looked_at <= clause.changes_at);
    }
  }
}

}  // namespace

TEST_CASE("a clause turns when Describe says so, and not before") {
  turned = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) Compare(seed);
  CHECK(turned > 100);
}

}  // namespace vinkki::rules::oracle
