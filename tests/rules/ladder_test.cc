// Counts that differ in the number of their `where` (rules/ladder.h): which are remembered
// together, what is kept of the events, and that every count says what it would say alone. That
// they turn at the right moments is for the oracle (oracle_test.cc), a fifth of whose cases have
// such rules.

#include "rules/ladder.h"

#include <algorithm>
#include <map>
#include <random>

#include "rules/blocks.h"
#include "rules/code.h"
#include "rules/describe.h"
#include "rules/layout.h"
#include "rules/state.h"
#include "tests/rules/generator.h"
#include "tests/rules/visit.h"

namespace vinkki::rules {
namespace {

using Lines = std::vector<std::string>;

// A rule for each of these, named by its condition.
std::shared_ptr<const Program> RulesOf(const Lines& whens) {
  std::string text = "rules:\n";
  for (const std::string& when : whens) {
    text += "  - name: '" + when + "'\n    when: '" + when +
            "'\n    offer: { channels: [chat], queue: q, message: { en: Hello }, expires: 1ms }\n";
  }
  return ProgramOf(text);
}

Lines Remembered(const Lines& whens) {
  const auto program = RulesOf(whens);
  Lines out;
  for (const SourceCode& source : program->code().sources) out.push_back(source.definition);
  return out;
}

std::string Above(const std::string& where, const std::string& k,
                  const std::string& window = "1h") {
  return "count(view_item where " + where + ", " + window + ") >= " + k;
}

void View(TestVisit* visit, Millis after, double price) {
  visit->Event(after, "view_item", {{"price", Value::Of(price)}});
}

Lines Fired(TestVisit* visit) {
  Lines out;
  for (const Decision& d : std::exchange(visit->decisions(), {})) {
    out.push_back(std::to_string(d.at - kNoon) + " " + visit->program().rules()[d.rule].name);
  }
  return out;
}

Ring<Climb> RingOf(const State& state) {
  const std::vector<SourceCode>& sources = state.code->sources;
  const auto at = std::find_if(sources.begin(), sources.end(), [](const SourceCode& source) {
    return source.storage == Storage::kLadder;
  });
  REQUIRE(at != sources.end());
  return Ring<Climb>(state.blocks.Get<void>(SlotOf(static_cast<uint32_t>(at - sources.begin()))));
}

}  // namespace

TEST_CASE("counts above several numbers are remembered together") {
  CHECK(Remembered({Above("price > 100", "2"), Above("price >= 300", "5", "20m"),
                    Above("100 <= price", "1"), Above("200 < price", "1"),
                    Above("price > 100.0", "7")}) ==
        Lines{"ladder sliding view_item .price >= 100, > 100, > 200, >= 300"});
  CHECK(Remembered({"count(a or b where x > 1, 1m) >= 1", "count(b or a where x > 2, 1m) < 2",
                    "count(* where x > 1, 1m) >= 1", "count(* where x > 0.1, 2m) == 3"}) ==
        Lines{"ladder sliding * .x > 0.1, > 1", "ladder sliding a or b .x > 1, > 2"});
}

TEST_CASE("counts that do not differ in a number alone have each a source of their own") {
  const Lines alone = {"times sliding view_item where (price > 100)"};
  CHECK(Remembered({Above("price > 100", "2"), Above("price > 100", "3", "20m")}) == alone);
  const Lines others = {Above("value > 300", "2"),
                        Above("price < 300", "2"),
                        Above("price == 300", "2"),
                        Above("price > 300ms", "2"),
                        Above("not price > 300", "2"),
                        Above("price > 300", "64"),
                        Above("price > 300 and gift", "2"),
                        Above("price > 300", "2", "session"),
                        std::string("count(add_to_cart where price > 300, 1h) >= 2"),
                        std::string("count(view_item where price > 300, 1h) + 0 >= 2"),
                        std::string("count(view_item where price > 300, 1h) in [1, 2]")};
  for (const std::string& other : others) {
    CAPTURE(other);
    const Lines both = Remembered({Above("price > 100", "2"), other});
    CHECK(both.size() == 2);
    CHECK(both[0] == alone[0]);
  }
  // 63 is the most.
  CHECK(Remembered({Above("price > 100", "2"), Above("price > 300", "63")}).size() == 1);
  // What else is remembered keeps its place: numbers, sequences, properties.
  CHECK(
      Remembered({"visitor.properties.vip", Above("price > 100", "2"), "sequence(a, b, within 1h)",
                  Above("price > 300", "2"), "sum(a.price, 1h) > 3"}) ==
      Lines{"property visitor .vip", "sequence sliding, a, b", "amounts sliding a .price",
            "ladder sliding view_item .price > 100, > 300"});
}

TEST_CASE("each rung and each k turns with its own event, > and >= apart") {
  TestVisit visit(
      RulesOf({Above("price >= 100", "1"), Above("price > 100", "1"), Above("price > 100", "2"),
               Above("price >= 100", "3"), Above("price > 200", "2", "1m")}));
  View(&visit, 0, 99);
  visit.Event(1, "view_item", {{"price", Value::Of("500")}});  // no number
  visit.Event(2, "view_item");
  CHECK(Fired(&visit).empty());
  View(&visit, 1'000, 100);
  CHECK(Fired(&visit) == Lines{"1000 " + Above("price >= 100", "1")});
  View(&visit, 2'000, 500);
  CHECK(Fired(&visit) == Lines{"2000 " + Above("price > 100", "1")});
  View(&visit, 3'000, 150);
  CHECK(Fired(&visit) ==
        Lines{"3000 " + Above("price > 100", "2"), "3000 " + Above("price >= 100", "3")});
  View(&visit, 61'999, 201);  // the other one above 200 is 59.999 s old
  CHECK(Fired(&visit) == Lines{"61999 " + Above("price > 200", "2", "1m")});
  View(&visit, 121'999, 201);  // 60 s: it has just left; none of the others falls
  CHECK(Fired(&visit).empty());
  View(&visit, 122'000, 1e300);
  CHECK(Fired(&visit) == Lines{"122000 " + Above("price > 200", "2", "1m")});
}

TEST_CASE("only those are kept that some rung needs") {
  const auto program = RulesOf({Above("price > 100", "2"), Above("price > 200", "1"),
                                Above("price > 300", "2"), Above("price > 400", "1")});
  constexpr uint32_t kKeep = 3;  // the largest k, and one to see what was true before
  TestVisit falling(program);
  for (int i = 0; i < 100; ++i) View(&falling, i, 500 - (i / 25 * 100));
  CHECK(RingOf(falling.state()).size() <= 4 * kKeep);
  CHECK(RingOf(falling.state()).At(0).reached == 4);
  for (int i = 0; i < 100; ++i) View(&falling, 1'000 + i, 500);
  CHECK(RingOf(falling.state()).size() <= 4 * kKeep);
  CHECK(RingOf(falling.state()).At(0).at >= kNoon + 1'000);
  TestVisit same(program);
  for (int i = 0; i < 100; ++i) View(&same, i, 250);
  CHECK(RingOf(same.state()).size() <= 4);
  CHECK(RingOf(same.state()).header().capacity == 4);
  TestVisit low(program);
  View(&low, 0, 100);
  CHECK_FALSE(low.state().blocks.has(SlotOf(0)));
}

// Against all events, at and around each moment.
TEST_CASE("every count says what it would say alone") {
  const std::vector<double> numbers = {1, 2, 3, 5};
  const std::vector<Millis> windows = {7, 20, 33};
  struct One {
    double number;
    bool strict;
    Millis window;
    uint32_t k;
  };
  std::map<std::string, One> ones;
  Lines whens;
  std::mt19937_64 random(11);
  for (const double number : numbers) {
    for (const bool strict : {false, true}) {
      for (const Millis window : windows) {
        const auto k = static_cast<uint32_t>(random() % 5 + 1);
        whens.push_back(Above("price " + std::string(strict ? ">" : ">=") + " " +
                                  std::to_string(static_cast<int>(number)),
                              std::to_string(k), std::to_string(window) + "ms"));
        ones[whens.back()] = {number, strict, window, k};
      }
    }
  }
  const auto program = RulesOf(whens);
  REQUIRE(program->code().ladders.size() == 1);
  const uint32_t keep = program->code().sources[0].keep;
  for (int run = 0; run < 30; ++run) {
    TestVisit visit(program);
    std::vector<std::pair<Millis, double>> events;
    for (Millis at = 0; events.size() < 60;) {
      at += static_cast<Millis>(random() % 4);
      events.emplace_back(at, static_cast<double>(random() % 7));
      View(&visit, at, events.back().second);
      for (const RuleView& rule : Describe(*program, visit.state(), kNoon + at).rules) {
        const One& one = ones.at(program->rules()[rule.rule].name);
        const auto count = static_cast<uint32_t>(
            std::count_if(events.begin(), events.end(), [&](const auto& event) {
              const double price = event.second;
              return event.first > at - one.window &&
                     (one.strict ? price > one.number : price >= one.number);
            }));
        REQUIRE(rule.when == (count >= one.k));
        REQUIRE(rule.clauses[0].value == std::to_string(std::min(count, keep)));
      }
    }
  }
}

namespace {

// A visitor whose events are stored, from one set of rules to another.
class Stored {
 public:
  explicit Stored(const Lines& whens)
      : program_(RulesOf(whens)), state_(NewState(*program_, "s", "v")) {}

  void View(Millis after, double price) {
    BatchWriter writer;
    BatchHeader header;
    header.received = kNoon + after;
    writer.Begin("s", "v", header);
    writer.BeginEvent(0, "view_item", false);
    writer.Prop("price", Value::Of(price));
    writer.EndEvent();
    batches_.push_back(writer.Finish());
    Apply(*program_, {.replay = true}, ViewOf(batches_.back()), state_.get(), &effects_);
  }
  // Whether what the state had was not all that the new rules need.
  bool Reload(const Lines& whens, Millis after, size_t stored_from = 0) {
    const auto before = std::make_shared<Layout>(LayoutOf(*program_));
    std::string bytes;
    EncodeState(*state_, &bytes);
    program_ = RulesOf(whens);
    bool stale = false;
    auto state = DecodeState(*program_, "s", "v", bytes, &stale, [&](uint64_t hash) {
      return hash == before->hash ? before : nullptr;
    });
    REQUIRE(state.ok());
    state_ = std::move(*state);
    std::vector<EventView> events;
    for (size_t i = stored_from; i < batches_.size(); ++i) events.push_back(ViewOf(batches_[i]));
    Migrate(*program_, {.replay = true}, kNoon + after, events, state_.get(), &effects_);
    return stale;
  }
  // The counts of the rules, in their order.
  Lines Counts(Millis after) const {
    Lines out;
    for (const RuleView& rule : Describe(*program_, *state_, kNoon + after).rules) {
      out.push_back(rule.clauses[0].value);
    }
    return out;
  }
  const State& state() const { return *state_; }
  const Program& program() const { return *program_; }

 private:
  static EventView ViewOf(const Batch& batch) {
    BatchReader reader(batch.bytes());
    EventView view;
    REQUIRE(reader.Next(&view));
    return view;
  }
  std::shared_ptr<const Program> program_;
  StatePtr state_;
  std::vector<Batch> batches_;
  Effects effects_;
};

}  // namespace

TEST_CASE("other rungs are another source, made from the stored events") {
  const std::string low = Above("price > 100", "3"), high = Above("price > 300", "3"),
                    middle = Above("price > 200", "2");
  Stored visitor({low});
  Millis after = 0;
  for (const double price : {50, 350, 250, 150, 250}) visitor.View(after++, price);
  CHECK(visitor.Counts(10) == Lines{"4"});
  CHECK(visitor.Reload({low, high}, 10));
  CHECK(visitor.Counts(10) == Lines{"4", "1"});
  CHECK(visitor.Reload({low, middle, high}, 11));
  CHECK(visitor.Counts(11) == Lines{"4", "3", "1"});
  // The same rungs, in another order and with other rules beside: nothing is made anew.
  CHECK_FALSE(visitor.Reload({high, low, middle, "page.type == \"x\""}, 12, 5));
  CHECK(visitor.Counts(12) == Lines{"1", "4", "3", "-"});
  visitor.View(20, 400);
  CHECK(visitor.Counts(20) == Lines{"2", "4", "4", "-"});
  CHECK(visitor.Reload({high}, 21));
  CHECK(visitor.Counts(21) == Lines{"2"});
}

TEST_CASE("a ladder that keeps more takes in what is stored, one that keeps less loses nothing") {
  const auto at_least = [](const std::string& k, const std::string& window) {
    return Lines{Above("price > 100", k, window), Above("price > 300", "1", window)};
  };
  Stored visitor(at_least("2", "1h"));
  for (int i = 0; i < 12; ++i) visitor.View(i * 1'000, i < 2 ? 400 : 200);
  CHECK(visitor.Counts(12'000) == Lines{"3", "2"});
  CHECK(visitor.Reload(at_least("5", "1h"), 12'000));
  CHECK(visitor.Counts(12'000) == Lines{"6", "2"});
  // The oldest are those that the upper rung needs.
  CHECK_FALSE(visitor.Reload(at_least("2", "1h"), 12'000));
  CHECK(visitor.Counts(12'000) == Lines{"3", "2"});
  CHECK(RingOf(visitor.state()).size() <= 6);
  CHECK(RingOf(visitor.state()).header().capacity == 6);
  for (int i = 12; i < 60; ++i) visitor.View(i * 1'000, 200);
  CHECK(visitor.Counts(60'000) == Lines{"3", "2"});
  CHECK(RingOf(visitor.state()).size() <= 6);
  // A longer window: what is no longer stored stays.
  CHECK(visitor.Reload(at_least("2", "2h"), 60'000, 50));
  CHECK(visitor.Counts(60'000) == Lines{"3", "2"});
}

TEST_CASE("a stored ladder reads back as it was, and one that cannot be is refused") {
  Stored visitor({Above("price > 100", "2"), Above("price > 300", "4", "5m")});
  std::mt19937_64 random(3);
  for (int i = 0; i < 40; ++i) {
    visitor.View(i * 20'000, static_cast<double>(random() % 500));
    std::string bytes;
    EncodeState(visitor.state(), &bytes);
    bool stale = true;
    auto again = DecodeState(visitor.program(), "s", "v", bytes, &stale);
    REQUIRE(again.ok());
    CHECK_FALSE(stale);
    std::string twice;
    EncodeState(**again, &twice);
    CHECK(twice == bytes);
  }
  const Ring<Climb> ring = RingOf(visitor.state());
  for (const uint32_t reached : {0u, 3u}) {
    ring.Latest(0).reached = reached;
    std::string bytes;
    EncodeState(visitor.state(), &bytes);
    bool stale = false;
    CHECK_FALSE(DecodeState(visitor.program(), "s", "v", bytes, &stale).ok());
  }
}

TEST_CASE("the oracle's cases have enough ladders") {
  int ladders = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const LoadResult loaded = Load(oracle::Generate(seed).Sources());
    REQUIRE(loaded.program);
    for (const Ladder& ladder : loaded.program->code().ladders) ladders += !ladder.edges.empty();
  }
  CHECK(ladders >= 20);
}

}  // namespace vinkki::rules
