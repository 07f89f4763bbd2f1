#include "rules/runs.h"

#include <algorithm>

namespace vinkki::rules {
namespace {

std::vector<Run>::iterator PlaceOf(uint32_t rule, State* state) {
  return std::lower_bound(state->runs.begin(), state->runs.end(), rule,
                          [](const Run& run, uint32_t r) { return run.rule < r; });
}

void SetBit(std::vector<uint64_t>* bits, uint32_t rule, bool value) {
  const uint64_t bit = uint64_t{1} << (rule % 64);
  uint64_t& word = (*bits)[rule / 64];
  word = value ? word | bit : word & ~bit;
}

// A wake that was the least may leave a later one behind.
void Replaced(const Code& code, const Run& run, State* state) {
  if (WakeOf(code, run) == state->deadline) state->deadline_moved = true;
}

}  // namespace

Millis WakeOf(const Code& code, const Run& run) {
  if (!run.holds || run.fired) return run.until;
  return std::min(run.until, run.risen_at + code.rules[run.rule].hold);
}

void SetRun(const Code& code, const Run& run, State* state) {
  auto at = PlaceOf(run.rule, state);
  if (at != state->runs.end() && at->rule == run.rule) {
    Replaced(code, *at, state);
    *at = run;
  } else {
    state->runs.insert(at, run);
  }
  SetBit(&state->holding, run.rule, run.holds);
  SetBit(&state->waiting, run.rule, !run.holds);
  state->deadline = std::min(state->deadline, WakeOf(code, run));
}

void DropRun(const Code& code, uint32_t rule, State* state) {
  const auto at = PlaceOf(rule, state);
  if (at == state->runs.end() || at->rule != rule) return;
  Replaced(code, *at, state);
  state->runs.erase(at);
  SetBit(&state->holding, rule, false);
  SetBit(&state->waiting, rule, false);
}

void SettleDeadline(const Code& code, State* state) {
  if (!state->deadline_moved) return;
  state->deadline_moved = false;
  Millis least = kNever;
  for (const Run& run : state->runs) least = std::min(least, WakeOf(code, run));
  state->deadline = least;
}

}  // namespace vinkki::rules
