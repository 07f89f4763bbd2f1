// 26 (docs/rules.md, "Exact meaning"): a visitor's state, stored under one set of rules and read
// under another. Facts whose definition did not change keep their state; changed or new facts start
// from the visitor's stored events; a rule whose `when` did not change keeps whether it has fired.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/batch.h"
#include "base/text.h"
#include "rules/load.h"
#include "rules/program.h"
#include "rules/step.h"

namespace vinkki::rules {
namespace {

constexpr Millis kStart = 1'704'110'400'000;
constexpr Millis kReload = 60'000;

std::shared_ptr<const Program> Rules(const std::string& rules) {
  LoadResult loaded = Load({{"r.yml", "version: 1\n" + rules}});
  REQUIRE_MESSAGE(loaded.program, Format(loaded));
  return loaded.program;
}

std::string RuleText(const std::string& name, const std::string& when,
                     const std::string& keys = "") {
  return "  - name: " + name + "\n    when: " + when +
         "\n    offer: { channels: [chat], queue: q, message: { en: Hi }, expires: 1ms }\n" + keys;
}

using Events = std::vector<std::pair<Millis, std::string>>;  // seconds after the start, name

std::vector<Batch> BatchesOf(const Events& events) {
  std::vector<Batch> out;
  for (const auto& [seconds, name] : events) {
    BatchWriter writer;
    BatchHeader header;
    header.received = kStart + seconds * 1000;
    writer.Begin("s", "v", header);
    writer.BeginEvent(0, name, false);
    writer.EndEvent();
    out.push_back(writer.Finish());
  }
  return out;
}

void ApplyAll(const Program& program, const std::vector<Batch>& batches, State* state,
              Effects* effects) {
  for (const Batch& batch : batches) {
    BatchReader reader(batch.bytes());
    for (EventView event; reader.Next(&event);) {
      Apply(program, {.replay = true}, event, state, effects);
    }
  }
}

std::string Text(const Program& program, const Effects& effects) {
  std::string out;
  for (const Decision& d : effects.decisions) {
    out += program.rules()[d.rule].name + "@" + FormatDuration(d.at - kStart);
    if (d.reason != Reason::kNone) out += "(" + std::string(ReasonName(d.reason)) + ")";
    out += " ";
  }
  return out;
}

// "r@10s ..." of what was decided; "rebuilt " before it when the reload asked for the events.
std::string Decisions(const std::string& before, const Events& first, const std::string& after,
                      const Events& then) {
  const auto from = Rules(before);
  const auto to = Rules(after);
  const Context context{.replay = true};
  StatePtr state = NewState(*from, "s", "v");
  Effects effects;
  const std::vector<Batch> stored = BatchesOf(first);
  ApplyAll(*from, stored, state.get(), &effects);
  Advance(*from, context, kStart + kReload, state.get(), &effects);
  std::string out = Text(*from, effects);
  effects.Clear();
  std::string bytes;
  EncodeState(*state, &bytes);
  bool stale = false;
  auto read = DecodeState(*to, "s", "v", bytes, &stale);
  REQUIRE(read.ok());
  out += stale ? "| rebuilt: " : "| ";
  if (stale) {
    size_t i = 0;
    const auto next = [&](EventView* event) {
      return i < stored.size() && BatchReader(stored[i++].bytes()).Next(event);
    };
    Rebuild(*to, context, kStart + kReload, next, read->get(), &effects);
  }
  ApplyAll(*to, BatchesOf(then), read->get(), &effects);
  Advance(*to, context, kStart + 2 * 3'600'000, read->get(), &effects);
  return out + Text(*to, effects);
}

}  // namespace

TEST_CASE("a reload keeps the facts whose definition did not change") {
  const std::string two = "rules:\n" + RuleText("r", "count(a, 1h) >= 2");
  CHECK(Decisions(two, {{0, "a"}}, two, {{90, "a"}}) == "| r@1m30s ");
  // Another priority, a limit or a comment is no other fact.
  const std::string moved =
      "rules:  # moved\n" + RuleText("r", "count(a, 1h) >= 2", "    priority: 9\n");
  CHECK(Decisions(two, {{0, "a"}}, moved, {{90, "a"}}) == "| r@1m30s ");
}

TEST_CASE("a reload builds changed and new facts from the stored events") {
  const std::string two = "rules:\n" + RuleText("r", "count(a, 1h) >= 2");
  const std::string other = "rules:\n" + RuleText("r", "count(b, 1h) >= 2");
  CHECK(Decisions(two, {{0, "a"}, {1, "b"}}, other, {{90, "b"}}) == "| rebuilt: r@1m30s ");
  // What has risen in the past and still holds is a rise at the reload; what ended is none.
  CHECK(Decisions(two, {{0, "b"}, {1, "b"}}, other, {}) == "| rebuilt: r@1m ");
  const std::string brief = "rules:\n" + RuleText("r", "count(b, 10s) >= 2");
  CHECK(Decisions(two, {{0, "b"}, {1, "b"}}, brief, {}) == "| rebuilt: ");
  const std::string order = "rules:\n" + RuleText("r", "sequence(a, b, c, within 1h)");
  CHECK(Decisions(two, {{0, "a"}, {1, "b"}}, order, {{90, "c"}}) == "| rebuilt: r@1m30s ");
}

TEST_CASE("a reload lets a rule keep whether it has fired, if its `when` did not change") {
  const std::string one = "rules:\n" + RuleText("r", "count(a, 1h) >= 1");
  CHECK(Decisions(one, {{0, "a"}}, one, {{90, "a"}}) == "r@0s | ");
  CHECK(Decisions(one, {{0, "a"}},
                  "rules:\n" + RuleText("r", "count(a, 1h) >= 1", "    priority: 2\n"),
                  {{90, "a"}}) == "r@0s | ");
  // Other words of the same meaning are no change.
  CHECK(Decisions(one, {{0, "a"}}, "rules:\n" + RuleText("r", "(count( a, 60m)) >= 1"),
                  {{90, "a"}}) == "r@0s | ");
  // Another `when`, or the same under a new name: it has not fired yet, and does when next looked
  // at.
  CHECK(Decisions(one, {{0, "a"}}, "rules:\n" + RuleText("r", "count(a, 1h) >= 1 and true"),
                  {{90, "b"}}) == "r@0s | rebuilt: r@1m ");
  CHECK(Decisions(one, {{0, "a"}}, "rules:\n" + RuleText("n", "count(a, 1h) >= 1"), {{90, "b"}}) ==
        "r@0s | rebuilt: n@1m ");
}

TEST_CASE("a reload keeps the offers made") {
  const std::string keys = "    limits: { per_visitor: 1 }\n";
  const std::string before = "rules:\n" + RuleText("r", "event.name == \"a\"", keys);
  const std::string after = "rules:\n" + RuleText("r", "event.name == \"b\"", keys);
  CHECK(Decisions(before, {{0, "a"}}, after, {{90, "b"}}) == "r@0s | r@1m30s(limit) ");
}

}  // namespace vinkki::rules
