// A visit told front to back: Step runs over its events, and what it did is written down. Equal
// events in a row become one entry.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/explain.h"

namespace vinkki::engine {

class Timeline {
 public:
  // Both outlive it.
  Timeline(const rules::Program& program, const std::vector<EventView>& events,
           std::string_view site, std::string_view visitor);

  // The next event, with all that is due before it; in order.
  void Apply(size_t event);
  // Time goes on to `to` and nothing comes.
  void Advance(Millis to);
  // What was decided when it happened, beside what Step decides here, up to `until`.
  void Compare(const std::vector<DecisionRow>& recorded, Millis until);
  // In order of time; at most kMostEntries, the latest.
  std::vector<TimelineEntry> Finish(uint64_t* cut);

  const rules::State& state() const { return *state_; }
  const rules::Context& context() const { return context_; }
  const std::vector<rules::Decision>& decisions() const { return decisions_; }
  std::string_view currency() const { return currency_; }

 private:
  void AddEvent(const EventView& event);
  void NoteDecisions();
  void NoteRules(Millis at);

  const rules::Program& program_;
  const std::vector<EventView>& events_;
  const std::string site_, visitor_;
  rules::Context context_;
  rules::StatePtr state_;
  rules::Effects effects_;
  std::vector<rules::Decision> decisions_;
  std::vector<TimelineEntry> entries_;
  std::map<uint32_t, rules::Pending> holding_;  // rules with a `for` that hold
  std::string currency_;
  uint64_t visits_ = 0;
  bool broken_ = true;  // the next event begins an entry of its own
};

}  // namespace vinkki::engine
