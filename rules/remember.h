// From an event to what a state remembers of it. Notes what it touched (code.h); Step looks at the
// rules that this may turn.
#pragma once

#include <string>
#include <vector>

#include "rules/moment.h"
#include "rules/sequence.h"

namespace vinkki::rules {

// A rule to look at, and what it is about (state.h): it holds, or it watches a conjunct, counted
// from its first.
struct Wanted {
  static constexpr uint32_t kHolds = 0xffffffff;
  uint32_t rule = 0;
  uint32_t watched = 0;
};

// What one call of Step needs besides the state; reused, one for each thread.
struct Workspace {
  EventProperties properties;
  std::vector<SequenceUse> sequences;  // of the streams that the event passed
  std::vector<Role> roles;             // of one sequence, where several streams have some
  std::string text;
  std::vector<uint32_t> touches;  // what changed at this instant
  std::vector<Wanted> wanted;     // rules to look at, each once
  std::vector<uint64_t> queued;   // the same as bits
  std::vector<uint32_t> firings;

  void Touch(uint32_t touch) { touches.push_back(touch); }
  void Want(uint32_t rule, uint32_t watched) {
    if (Queue(rule)) wanted.push_back({rule, watched});
  }
  // It is known to be true: nobody needs to look at it.
  void Fire(uint32_t rule) {
    if (Queue(rule)) firings.push_back(rule);
  }
  void Begin(size_t rules) {
    queued.assign((rules + 63) / 64, 0);
    wanted.clear();
    touches.clear();
  }

 private:
  // Whether it was not wanted before.
  bool Queue(uint32_t rule) {
    uint64_t& word = queued[rule / 64];
    const uint64_t bit = uint64_t{1} << (rule % 64);
    const bool added = (word & bit) == 0;
    word |= bit;
    return added;
  }
};
Workspace& ThreadWorkspace();

// Most groups and sources turn nothing in most programs; of the edges, those are in no index.
inline void TouchWhatMatters(const Code& code, uint32_t touch, Workspace* work) {
  if (code.Matters(touch)) work->Touch(touch);
}

// One event into all facts; no rule is looked at. Below are its parts.
void Remember(const Code& code, const EventView& event, Workspace* work, State* state);
// The profile: sessions, pages, cart, consent, engagement (rules.md, Facts).
void UpdateProfile(const Code& code, const EventPlan& plan, Workspace* work, State* state);
// The sources: windows and sequences. After UpdateProfile.
void UpdateSources(const Code& code, const EventPlan& plan, Workspace* work, State* state);

// One event into one source; whether anything may have changed. remember_sources.cc
bool UpdateSource(const Code& code, uint32_t source, EventProperties* event, State* state);

// Touches the edges that an update may have crossed. edges.cc
void TouchEdgesOfSource(const Code& code, uint32_t source, Millis at, const State& state,
                        Workspace* work);
// `before`: null data where it was missing.
void TouchEdgesOfText(const Code& code, Fact fact, std::string_view before, std::string_view after,
                      Workspace* work);
void TouchEdgesOfNumber(const Code& code, Fact fact, double before, double after, Workspace* work);
// dwell is `dwell` now, and runs on up to `most` while nothing happens.
void TouchEdgesOfDwell(const Code& code, Millis dwell, Millis most, Workspace* work);
void TouchEdgesOfEvent(const EventPlan& plan, Workspace* work);

void SetProperty(const Code& code, uint32_t source, const Value& value, State* state);

uint64_t HashOf(const Value& value);

}  // namespace vinkki::rules
