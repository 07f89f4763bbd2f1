#include "rules/runs.h"

#include <algorithm>

#include "rules/search.h"

namespace vinkki::rules {
namespace {

// Of the rule's run, or where it belongs.
size_t PlaceOf(uint32_t rule, const std::vector<Run>& runs) {
  return CountFirst(runs.data(), runs.size(), [rule](const Run& run) { return run.rule < rule; });
}

// When it has to be looked at.
Millis Due(const Run& run) { return run.quiet ? kNever : run.wake; }

void NoteWake(const Run& run, State* state) {
  Millis* least = run.quiet ? &state->quiet_end : &state->deadline;
  *least = std::min(*least, run.wake);
}

void Insert(const Run& run, size_t at, std::vector<Run>* runs) {
  if (runs->size() == runs->capacity()) {
    std::erase_if(*runs, [](const Run& one) { return one.over(); });
    at = PlaceOf(run.rule, *runs);
  }
  runs->insert(runs->begin() + static_cast<std::ptrdiff_t>(at), run);
}

}  // namespace

const Run* State::FindRun(uint32_t rule) const {
  if (!watches.HasRun(rule)) return nullptr;
  return &runs[PlaceOf(rule, runs)];
}

void SetRun(const Run& run, State* state) {
  const size_t at = PlaceOf(run.rule, state->runs);
  if (at < state->runs.size() && state->runs[at].rule == run.rule) {
    ChangeRun(run, &state->runs[at], state);
  } else {
    Insert(run, at, &state->runs);
    NoteWake(run, state);
  }
  state->watches.NoteRun(run.rule, true);
}

void ChangeRun(const Run& to, Run* run, State* state) {
  // What was the least may leave a later one behind.
  if (Due(*run) == state->deadline) state->deadline_moved = true;
  *run = to;
  NoteWake(to, state);
}

void DropRun(uint32_t rule, State* state) {
  Run* run = state->FindRun(rule);
  if (run == nullptr) return;
  state->watches.NoteRun(rule, false);
  Run over;
  over.rule = rule;
  ChangeRun(over, run, state);
}

Millis FirstQuietEnd(const State& state) {
  Millis first = kNever;
  for (const Run& run : state.runs) {
    if (run.quiet) first = std::min(first, run.wake);
  }
  return first;
}

void SettleDeadline(State* state) {
  if (!state->deadline_moved) return;
  state->deadline_moved = false;
  Millis least = kNever;
  for (const Run& run : state->runs) least = std::min(least, Due(run));
  state->deadline = least;
}

}  // namespace vinkki::rules
