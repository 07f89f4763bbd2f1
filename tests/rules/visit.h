// A visitor of a test: rules from text, events one after the other through the production Step.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/batch.h"
#include "rules/load.h"
#include "rules/program.h"
#include "rules/step.h"

namespace vinkki::rules {

inline constexpr Millis kNoon = 1'704'110'400'000;  // Monday 2024-01-01, 12:00 UTC

using TestProps = std::vector<std::pair<std::string, Value>>;

// `text`: a file of rules, below "version: 1".
inline std::shared_ptr<const Program> ProgramOf(const std::string& text) {
  const LoadResult result = Load({{"test.yml", "version: 1\n" + text}});
  if (!result.program) FAIL(Format(result));
  return result.program;
}

// One rule named "r"; `more` are further lines of it.
inline std::shared_ptr<const Program> OneRule(const std::string& when,
                                              const std::string& more = "") {
  return ProgramOf("rules:\n  - name: r\n    when: " + when +
                   "\n    offer: { channels: [chat], queue: q, message: { en: Hello } }\n" + more);
}

class TestVisit {
 public:
  explicit TestVisit(std::shared_ptr<const Program> program)
      : program_(std::move(program)), state_(NewState(*program_, "shop", "v-1")) {
    context_.replay = true;
  }

  // `after`: since noon.
  void Event(Millis after, const std::string& name, const TestProps& props = {}) {
    BatchWriter writer;
    BatchHeader header;
    header.received = kNoon + after;
    writer.Begin("shop", "v-1", header);
    writer.BeginEvent(0, name, false);
    for (const auto& [key, value] : props) writer.Prop(key, value);
    writer.EndEvent();
    const Batch batch = writer.Finish();
    BatchReader reader(batch.bytes());
    EventView event;
    REQUIRE(reader.Next(&event));
    Apply(*program_, context_, event, state_.get(), &effects_);
  }
  void Until(Millis after) { Advance(*program_, context_, kNoon + after, state_.get(), &effects_); }

  const Program& program() const { return *program_; }
  const State& state() const { return *state_; }
  const Context& context() const { return context_; }
  std::vector<Decision>& decisions() { return effects_.decisions; }

 private:
  std::shared_ptr<const Program> program_;
  StatePtr state_;
  Context context_;
  Effects effects_;
};

}  // namespace vinkki::rules
