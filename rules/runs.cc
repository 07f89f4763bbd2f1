#include "rules/runs.h"

#include <algorithm>

#include "rules/search.h"

namespace vinkki::rules {
namespace {

// Of the rule's run, or where it belongs.
size_t PlaceOf(uint32_t rule, const std::vector<Run>& runs) {
  return CountFirst(runs.data(), runs.size(), [rule](const Run& run) { return run.rule < rule; });
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
    // What was the least may leave a later one behind.
    if (state->runs[at].wake == state->deadline) state->deadline_moved = true;
    state->runs[at] = run;
  } else {
    Insert(run, at, &state->runs);
  }
  state->watches.NoteRun(run.rule, true);
  state->deadline = std::min(state->deadline, run.wake);
}

void SetWake(Millis wake, Run* run, State* state) {
  if (run->wake == state->deadline) state->deadline_moved = true;
  run->wake = wake;
  state->deadline = std::min(state->deadline, wake);
}

void DropRun(uint32_t rule, State* state) {
  Run* run = state->FindRun(rule);
  if (run == nullptr) return;
  state->watches.NoteRun(rule, false);
  run->holds = false;
  SetWake(kNever, run, state);
}

void SettleDeadline(State* state) {
  if (!state->deadline_moved) return;
  state->deadline_moved = false;
  Millis least = kNever;
  for (const Run& run : state->runs) least = std::min(least, run.wake);
  state->deadline = least;
}

}  // namespace vinkki::rules
