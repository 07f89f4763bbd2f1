// Apply, Advance and Rebuild: instants, one after the other (rules.md, Exact meaning, 1-3 and 16).
//
// At an instant the rules that may have changed are looked at, each once; those that rise without a
// `for`, and those whose `for` is due, fire; their firings are decided together.
#include "rules/step.h"

#include <algorithm>
#include <cassert>

#include "rules/decide.h"
#include "rules/program.h"
#include "rules/remember.h"

namespace vinkki::rules {
namespace {

struct Instant {
  const Code& code;
  const Context& context;
  Workspace* work;
  State* state;
  Effects* effects;
  Millis at;
  EventProperties* event;  // null: no event is being applied

  Moment Look() const {
    return {code, *state, event, at, context.potential, kNever};
  }
  const std::vector<uint64_t>& mask() const { return code.sites[state->site_rules].mask; }
};

Millis WakeOf(const Code& code, const Run& run) {
  if (!run.holds || run.fired) return run.until;
  return std::min(run.until, run.risen_at + code.rules[run.rule].hold);
}

void SetDeadline(const Code& code, State* state) {
  Millis least = kNever;
  for (const Run& run : state->runs) least = std::min(least, WakeOf(code, run));
  state->deadline = least;
}

// Looks at one rule's `when`; notes its firing when it rises and waits for nothing.
void LookAt(const Instant& instant, uint32_t rule) {
  Moment moment = instant.Look();
  const RuleCode& code = instant.code.rules[rule];
  const bool holds = Test(&moment, code.when);
  assert(moment.until > instant.at);
  auto& runs = instant.state->runs;
  auto at = std::lower_bound(runs.begin(), runs.end(), rule,
                             [](const Run& run, uint32_t r) { return run.rule < r; });
  const bool known = at != runs.end() && at->rule == rule;
  if (!holds && moment.until == kNever) {
    if (known) runs.erase(at);
    return;
  }
  if (!known) {
    at = runs.insert(at, Run());
    at->rule = rule;
  }
  at->until = moment.until;
  if (holds && !at->holds) {
    at->risen_at = instant.at;
    at->fired = code.hold == 0;
    if (at->fired) instant.work->firings.push_back(rule);
  }
  at->holds = holds;
}

// The rules whose `for` is due now.
void FireDue(const Instant& instant) {
  for (Run& run : instant.state->runs) {
    if (!run.holds || run.fired) continue;
    if (run.risen_at + instant.code.rules[run.rule].hold > instant.at) continue;
    run.fired = true;
    instant.work->firings.push_back(run.rule);
  }
}

void DecideFirings(const Instant& instant) {
  auto& firings = instant.work->firings;
  if (firings.empty()) return;
  std::sort(firings.begin(), firings.end());
  Decide(instant.context, instant.Look(), firings, instant.state, instant.effects);
  firings.clear();
}

// One instant over the rules in work->touched.
void Evaluate(const Instant& instant) {
  instant.work->touched.ForEach(instant.mask(), [&](uint32_t rule) { LookAt(instant, rule); });
  instant.state->clock = instant.at;
}

void EvaluateAll(const Instant& instant) {
  instant.work->touched.AddAll(instant.mask());
  Evaluate(instant);
  instant.state->evaluate_all = false;
}

// The timers of one time.
void Tick(const Instant& instant) {
  instant.work->touched.Begin(instant.code.rules.size());
  if (instant.state->evaluate_all) {
    EvaluateAll(instant);
  } else {
    for (const Run& run : instant.state->runs) {
      if (run.until <= instant.at) instant.work->touched.AddOne(run.rule);
    }
    Evaluate(instant);
  }
  FireDue(instant);
  DecideFirings(instant);
  SetDeadline(instant.code, instant.state);
}

// The event's own instant, and the one after it in which event.* is missing.
void EvaluateEvent(Instant instant) {
  if (instant.state->evaluate_all) {
    EvaluateAll(instant);
  } else {
    Evaluate(instant);
  }
  DecideFirings(instant);
  const auto& with_event = instant.code.rules_of_group[static_cast<size_t>(Group::kEvent)];
  if (!with_event.empty()) {
    instant.event = nullptr;
    instant.work->touched.Begin(instant.code.rules.size());
    instant.work->touched.Add(with_event);
    Evaluate(instant);
    DecideFirings(instant);
  }
  SetDeadline(instant.code, instant.state);
}

// Facts only: no rule is looked at.
void Remember(const Code& code, const EventView& event, Workspace* work, State* state) {
  const EventPlan& plan = code.PlanOf(event.name);
  work->properties.Begin(code, event);
  work->touched.Begin(code.rules.size());
  UpdateProfile(code, plan, work, state);
  UpdateSources(code, plan, work, state);
}

}  // namespace

StatePtr NewState(const Program& program, std::string_view site, std::string_view visitor) {
  return {new State(program.code(), site, visitor), [](State* state) { delete state; }};
}

void Advance(const Program& program, const Context& context, Millis to, State* state,
             Effects* effects) {
  const Code& code = program.code();
  Workspace& work = ThreadWorkspace();
  if (state->profile.events == 0) return;
  if (state->program_changed) {
    state->program_changed = false;
    state->evaluate_all = true;
    state->deadline = std::max(to, state->clock);
  }
  while (state->deadline <= to) {
    Tick({code, context, &work, state, effects, state->deadline, nullptr});
  }
  state->clock = std::max(state->clock, to);
}

void Apply(const Program& program, const Context& context, const EventView& event, State* state,
           Effects* effects) {
  const Code& code = program.code();
  Workspace& work = ThreadWorkspace();
  assert(event.at >= state->profile.last_at);
  Advance(program, context, event.at, state, effects);
  const bool first = state->profile.events == 0;
  Remember(code, event, &work, state);
  if (first) state->evaluate_all = true;
  EvaluateEvent({code, context, &work, state, effects, event.at, &work.properties});
}

Millis NextDeadline(const State& state) {
  if (state.program_changed) return state.clock;
  return state.deadline;
}

Millis LastEventAt(const State& state) { return state.profile.last_at; }
Millis FirstEventAt(const State& state) { return state.profile.first_at; }

size_t StateSize(const State& state) {
  const auto heap = [](const std::string& s) { return s.capacity() > 15 ? s.capacity() + 1 : 0; };
  return sizeof(State) + heap(state.site) + heap(state.visitor) + state.blocks.MemorySize() +
         state.runs.capacity() * sizeof(Run) + state.offers.capacity() * sizeof(Offers);
}

void Rebuild(const Program& program, const Context& context, Millis now,
             const std::function<bool(EventView*)>& next, State* state, Effects* effects) {
  const Code& code = program.code();
  Workspace& work = ThreadWorkspace();
  const Profile before = state->profile;
  state->profile = Profile();
  state->blocks.Clear();
  EventView event;
  Millis closed_at = kNoTime;
  while (next(&event)) {
    const Millis open = 1;
    state->profile.offer_until = open;
    Remember(code, event, &work, state);
    if (state->profile.offer_until != open) closed_at = event.at;
  }
  // Offers are what the rules did: they stay, unless an event that came late closed the open one.
  state->profile.offered_at = before.offered_at;
  state->profile.offer_until = closed_at > before.offered_at ? kNoTime : before.offer_until;
  if (state->profile.events == 0) return;
  now = std::max(now, state->profile.last_at);
  work.touched.Begin(code.rules.size());
  const Instant instant{code, context, &work, state, effects, now, nullptr};
  state->program_changed = false;
  EvaluateAll(instant);
  FireDue(instant);
  DecideFirings(instant);
  SetDeadline(code, state);
}

}  // namespace vinkki::rules
