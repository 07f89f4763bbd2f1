#include "rules/runs.h"

#include <algorithm>

namespace vinkki::rules {
namespace {

size_t PlaceOf(uint32_t rule, const State& state) {
  const auto at = std::lower_bound(state.runs.begin(), state.runs.end(), rule,
                                   [](const Run& run, uint32_t r) { return run.rule < r; });
  return static_cast<size_t>(at - state.runs.begin());
}

}  // namespace

void SetRun(const Run& run, State* state) {
  const size_t at = PlaceOf(run.rule, *state);
  if (at < state->runs.size() && state->runs[at].rule == run.rule) {
    // What was the least may leave a later one behind.
    if (state->runs[at].wake == state->deadline) state->deadline_moved = true;
    state->runs[at] = run;
  } else {
    state->runs.insert(state->runs.begin() + static_cast<std::ptrdiff_t>(at), run);
  }
  state->deadline = std::min(state->deadline, run.wake);
}

void DropRun(uint32_t rule, State* state) {
  const size_t at = PlaceOf(rule, *state);
  if (at == state->runs.size() || state->runs[at].rule != rule) return;
  if (state->runs[at].wake == state->deadline) state->deadline_moved = true;
  state->runs.erase(state->runs.begin() + static_cast<std::ptrdiff_t>(at));
}

void SettleDeadline(State* state) {
  if (!state->deadline_moved) return;
  state->deadline_moved = false;
  Millis least = kNever;
  for (const Run& run : state->runs) least = std::min(least, run.wake);
  state->deadline = least;
}

}  // namespace vinkki::rules
