// What is known of a condition beforehand, against what Step does with it: a rule of which a hint
// says that it can never fire never does, and one that is always true fires at the first event.
#include "rules/constant.h"

#include "tests/rules/visit.h"

namespace vinkki::rules {
namespace {

// Small, and dense in zeros, in what is missing and in bounds that meet.
class Expressions {
 public:
  explicit Expressions(uint64_t seed) : state_(seed * 2 + 1) {}

  std::string Condition(int depth) {
    if (depth == 0) return Comparison(0);
    switch (Pick(6)) {
      case 0: return "not (" + Condition(depth - 1) + ")";
      case 1: return "(" + Condition(depth - 1) + ") and (" + Condition(depth - 1) + ")";
      case 2: return "(" + Condition(depth - 1) + ") or (" + Condition(depth - 1) + ")";
      case 3: return "(" + Condition(depth - 1) + ") == (" + Condition(depth - 1) + ")";
      default: return Comparison(depth);
    }
  }

 private:
  size_t Pick(size_t n) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state_ >> 33) % n;
  }
  template <size_t n>
  std::string OneOf(const char* const (&choices)[n]) {
    return choices[Pick(n)];
  }
  std::string Comparison(int depth) {
    static constexpr const char* kOps[] = {"==", "!=", "<", "<=", ">", ">="};
    static constexpr const char* kOther[] = {"true",
                                             "false",
                                             "page.type in [\"a\", \"b\"]",
                                             "\"ab\" contains \"b\"",
                                             "1 in [1 / 0, 2]",
                                             "exists(cart.age)",
                                             "sequence(ping where 1 > 2, pong)",
                                             "event.b == true"};
    if (Pick(5) == 0) return OneOf(kOther);
    if (Pick(3) == 0) return Duration(depth) + " " + OneOf(kOps) + " " + Duration(depth);
    return Number(depth) + " " + OneOf(kOps) + " " + Number(depth);
  }
  std::string Number(int depth) {
    static constexpr const char* kLeaves[] = {"0",
                                              "1",
                                              "2",
                                              "50%",
                                              "-1",
                                              "cart.value",
                                              "event.x",
                                              "count(ping, 5s)",
                                              "count(ping where 2 < 1, 5s)",
                                              "max(ping.x where not true, 5s)",
                                              "visitor.visits"};
    if (depth == 0 || Pick(2) == 0) return OneOf(kLeaves);
    return "(" + Number(depth - 1) + " " + OneOf({"+", "-", "*", "/"}) + " " + Number(depth - 1) +
           ")";
  }
  std::string Duration(int depth) {
    static constexpr const char* kLeaves[] = {"0s", "1s", "2s", "idle", "cart.age", "since(ping)"};
    if (depth == 0 || Pick(2) == 0) return OneOf(kLeaves);
    if (Pick(2) == 0) return "(" + Duration(depth - 1) + " - " + Duration(depth - 1) + ")";
    return "(" + Duration(depth - 1) + OneOf({" * ", " / "}) + OneOf({"0", "2", "(1 / 0)"}) + ")";
  }

  uint64_t state_;
};

struct Outcome {
  bool taken = false;  // the checker found no error
  bool never = false;  // a hint says that it can never fire
  std::optional<bool> truth;
  size_t decisions = 0;
};

Outcome Try(const std::string& when) {
  Outcome outcome;
  const LoadResult result =
      Load({{"test.yml", "version: 1\nrules:\n  - name: r\n    when: |-\n      " + when +
                             "\n    offer: { channels: [chat], message: { en: Hi } }\n"}});
  if (!result.program) return outcome;
  outcome.taken = true;
  for (const Diagnostic& d : result.diagnostics) {
    outcome.never = outcome.never || d.message.find("can never fire") != std::string::npos;
  }
  const File& file = result.set.files[0];
  outcome.truth = TruthOf(*file.rules[0].when, file);
  TestVisit visit(result.program);
  visit.Event(0, "ping", {{"x", Value::Of(1.0)}, {"b", Value::Of(true)}});
  visit.Event(1'000, "page_view", {{"type", Value::Of("a")}});
  visit.Event(1'000, "add_to_cart", {{"value", Value::Of(2.0)}});
  visit.Event(3'000, "ping", {{"x", Value::Of(2.0)}});
  visit.Event(3'000, "pong", {{"x", Value::Of(0.0)}});
  visit.Until(60'000);
  outcome.decisions = visit.decisions().size();
  return outcome;
}

}  // namespace

TEST_CASE("what is known beforehand of a condition is so") {
  size_t taken = 0, never = 0, always = 0;
  for (uint64_t seed = 1; seed <= 8'000; ++seed) {
    const std::string when = Expressions(seed).Condition(3);
    const Outcome outcome = Try(when);
    if (!outcome.taken) continue;
    ++taken;
    never += outcome.never ? 1 : 0;
    always += outcome.truth == true ? 1 : 0;
    CAPTURE(when);
    if (outcome.never) REQUIRE(outcome.decisions == 0);
    if (outcome.truth) REQUIRE(outcome.decisions == (*outcome.truth ? 1 : 0));
    if (outcome.truth == false) REQUIRE(outcome.never);
  }
  CHECK(taken > 4'000);
  CHECK(never > 500);
  CHECK(always > 500);
}

}  // namespace vinkki::rules
