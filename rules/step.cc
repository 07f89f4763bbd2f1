// Apply, Advance and Rebuild: instants, one after the other (rules.md, Exact meaning, 1-3 and 16).
//
// At an instant the rules that may have changed are looked at, each once; those that rise without a
// `for`, and those whose `for` is due, fire; their firings are decided together. A rule that does
// not hold watches one conjunct that is false (code.h), and is looked at when that one may have
// turned.
#include "rules/step.h"

#include <algorithm>
#include <cassert>

#include "rules/before.h"
#include "rules/decide.h"
#include "rules/migrate.h"
#include "rules/program.h"
#include "rules/remember.h"
#include "rules/runs.h"

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

  Moment Look() const { return {code, *state, event, at, context.potential}; }
  // Whether a rule is for the visitor's site, and not off.
  bool IsFor(uint32_t rule) const {
    return (code.sites[state->site_rules].mask[rule / 64] >> (rule % 64) & 1) != 0;
  }
  bool TestConjunct(const Conjunct& conjunct, Moment* moment, Millis* until) const {
    moment->until = kNever;
    const bool holds = conjunct.atom != kNone ? TestAtom(moment, code.atoms[conjunct.atom])
                                              : Test(moment, conjunct.test);
    assert(moment->until > at);
    *until = moment->until;
    if (!holds && *until == kNever) state->watches.NoteFalse(conjunct.condition);
    return holds;
  }
};

// What a look at a rule found.
struct Found {
  bool holds = true;
  uint32_t watch = 0;     // a conjunct that is false, counted from the rule's first
  Millis until = kNever;  // it is, until then; or all are true until then
  bool for_good = true;   // whatever time turns false of what is true stays so until an event
};

// Any false conjunct will do; one that time does not turn is best, for it needs no timer. What is
// known to be false is told without a test. Then those behind `watched` are asked, and those up to
// it: the touch was about that one, so it is the one most likely to be true.
Found LookThrough(const Instant& instant, std::span<const Conjunct> conjuncts, uint32_t watched) {
  for (uint32_t i = 0; i < conjuncts.size(); ++i) {
    if (instant.state->watches.IsFalse(conjuncts[i].condition)) return {false, i, kNever};
  }
  Moment moment = instant.Look();
  Found found;
  const auto test = [&](uint32_t i) {
    Millis until = kNever;
    if (instant.TestConjunct(conjuncts[i], &moment, &until)) {
      if (found.holds) found.until = std::min(found.until, until);
      if (until != kNever && !conjuncts[i].ends_for_good) found.for_good = false;
    } else if (found.holds || until > found.until) {
      found = {false, i, until};
    }
    return found.holds || found.until != kNever;
  };
  for (uint32_t i = watched + 1; i < conjuncts.size(); ++i) {
    if (!test(i)) return found;
  }
  for (uint32_t i = 0; i <= watched; ++i) {
    if (!test(i)) return found;
  }
  return found;
}

// A rule that holds fires when it has for as long as its `for` says.
void FireOrWait(const Instant& instant, const Found& found, Run* run) {
  run->wake = found.until;
  if (!run->fired) {
    const Millis due = run->risen_at + instant.code.whens[run->rule].hold;
    if (due > instant.at) {
      run->wake = std::min(found.until, due);
      return;
    }
    run->fired = true;
    instant.work->firings.push_back(run->rule);
  }
  run->quiet = found.for_good;
}

// A rule that does not hold; `until`: the conjunct that it watches is false until then.
void Wait(const Instant& instant, uint32_t rule, uint32_t watched, Millis until) {
  if (until == kNever) {
    DropRun(rule, instant.state);
  } else {
    SetRun({0, until, rule, false, false, false, static_cast<uint16_t>(watched)}, instant.state);
  }
}

// Looks at one rule's `when`; notes its firing when it is due.
void LookAt(const Instant& instant, const Wanted& wanted) {
  const uint32_t rule = wanted.rule;
  const RuleWhen& when = instant.code.whens[rule];
  const std::span conjuncts(instant.code.conjuncts.data() + when.first, when.conjuncts);
  Watches* watches = &instant.state->watches;
  const bool held = wanted.watched == Wanted::kHolds;
  const uint32_t watched = held ? 0 : wanted.watched;
  const Found found = LookThrough(instant, conjuncts, watched);
  const uint32_t event = when.event_conjunct;
  if (event != kNone && (found.holds || found.watch > event)) {
    // For this instant only: it fires now or never, and waits for the next event.
    if (found.holds && when.hold == 0) instant.work->firings.push_back(rule);
    watches->Move(when, watched, event);
    return Wait(instant, rule, event, kNever);
  }
  if (!found.holds) {
    if (held) {
      watches->Watch(when, found.watch);
    } else {
      watches->Move(when, watched, found.watch);
    }
    return Wait(instant, rule, found.watch, found.until);
  }
  if (held) {
    Run* run = instant.state->FindRun(rule);
    Run to = *run;
    FireOrWait(instant, found, &to);
    return ChangeRun(to, run, instant.state);
  }
  watches->Hold(when, watched);
  Run run{instant.at, kNever, rule, true, false, false, 0};
  FireOrWait(instant, found, &run);
  SetRun(run, instant.state);
}

// The quiet runs whose end has come; events may have put it off.
void EndQuiet(const Instant& instant) {
  State* state = instant.state;
  if (state->quiet_end > instant.at) return;
  for (size_t i = 0; i < state->runs.size(); ++i) {
    const Run& run = state->runs[i];
    if (run.quiet && run.wake <= instant.at) LookAt(instant, {run.rule, Wanted::kHolds});
  }
  state->quiet_end = FirstQuietEnd(*state);
}

// The members of a set's word that have their bit in `bits`.
template <typename F>
void ForEach(const BitWord& word, uint64_t bits, F&& f) {
  for (uint64_t left = word.bits & bits; left != 0; left &= left - 1) {
    f(word.word * 64 + static_cast<uint32_t>(__builtin_ctzll(left)));
  }
}

// The rules that wait for one of these, their first conjuncts; but those of which the next one is
// known to be false wait for that from now on.
void WantFirst(BitSet set, const Code& code, Watches* watches, Workspace* work) {
  const Slot* slots = code.slots.data();
  const uint64_t* watched = watches->watched();
  const uint64_t* known_false = watches->known_false();
  for (const BitWord& word : set) {
    ForEach(word, ~watched[word.word], [&](uint32_t index) {
      const Slot& slot = slots[index];
      if (slot.next_condition != kNone &&
          (known_false[slot.next_condition / 64] >> (slot.next_condition % 64) & 1) != 0) {
        watches->Pass(index, slot.next_slot);
      } else {
        work->Want(slot.rule, 0);
      }
    });
  }
}

// The rules that wait for one of these, others than their first.
void WantWatching(BitSet set, const Code& code, const Watches& watches, Workspace* work) {
  for (const BitWord& word : set) {
    ForEach(word, watches.watched()[word.word],
            [&](uint32_t index) { work->Want(code.slots[index].rule, code.slots[index].place); });
  }
}

// The rules that hold and that one of these may end.
void WantHolding(BitSet set, const Code& code, const Watches& watches, Workspace* work) {
  for (const BitWord& word : set) {
    ForEach(word, watches.held()[word.word],
            [&](uint32_t index) { work->Want(code.slots[index].rule, Wanted::kHolds); });
  }
}

// Whatever a rule is about.
void Want(const Instant& instant, uint32_t rule) {
  const RuleWhen& when = instant.code.whens[rule];
  const Watches& watches = instant.state->watches;
  if (when.conjuncts == 0) return;
  instant.work->Want(rule, watches.Holds(when) ? Wanted::kHolds : watches.Watched(when));
}

void Fire(const Instant& instant, std::span<const uint32_t> rules) {
  for (const uint32_t rule : rules) {
    if (instant.IsFor(rule)) instant.work->Fire(rule);
  }
}

// The rules that what was touched may turn.
void WantTouched(const Instant& instant) {
  const Code& code = instant.code;
  Watches& watches = instant.state->watches;
  const TouchRules* touches = code.touches.data();
  for (const uint32_t touch : instant.work->touches) {
    const TouchRules& rules = touches[touch];
    if (rules.fires_begin != rules.fires_end) Fire(instant, code.FiresOf(rules));
    if (rules.first_rises.bits != 0) {
      watches.Doubt(rules.first_rises);
      watches.Doubt(code.RisesOf(rules));
    }
    WantFirst(code.FirstOf(rules), code, &watches, instant.work);
    if ((rules.watched_words & watches.watched_words()) != 0) {
      WantWatching(code.WatchedOf(rules), code, watches, instant.work);
    }
    if ((rules.falls_words & watches.held_words()) != 0) {
      WantHolding(code.FallsOf(rules), code, watches, instant.work);
    }
  }
}

void WantAll(const Instant& instant) {
  for (uint32_t rule = 0; rule < instant.code.rules.size(); ++rule) Want(instant, rule);
  instant.state->watches.DoubtAll();
  instant.state->evaluate_all = false;
  instant.state->deadline_moved = true;
}

// Looks at the rules that are wanted, and decides what fires.
void Evaluate(const Instant& instant) {
  for (const Wanted& wanted : instant.work->wanted) {
    if (instant.IsFor(wanted.rule)) LookAt(instant, wanted);
  }
  instant.state->clock = instant.at;
}

void DecideFirings(const Instant& instant) {
  auto& firings = instant.work->firings;
  if (firings.empty()) return;
  std::sort(firings.begin(), firings.end());
  Decide(instant.context, instant.Look(), firings, instant.state, instant.effects);
  firings.clear();
}

// The rules whose timer is due. What is left is the next deadline, unless a look at them finds an
// earlier one.
void WantDue(const Instant& instant) {
  const std::vector<Run>& runs = instant.state->runs;
  Millis next = kNever;
  for (size_t from = 0; from < runs.size(); from += 64) {
    uint64_t due = 0;  // mostly one: which one it is costs no wrong guess
    const size_t end = std::min(runs.size() - from, size_t{64});
    for (size_t i = 0; i < end; ++i) {
      const Millis wake = runs[from + i].quiet ? kNever : runs[from + i].wake;
      due |= uint64_t{wake <= instant.at} << i;
      next = std::min(next, wake <= instant.at ? kNever : wake);
    }
    for (; due != 0; due &= due - 1) {
      const Run& run = runs[from + static_cast<size_t>(__builtin_ctzll(due))];
      instant.work->Want(run.rule, run.holds ? Wanted::kHolds : run.watched);
    }
  }
  instant.state->deadline = next;
}

// The timers of one time.
void Tick(const Instant& instant) {
  State* state = instant.state;
  instant.work->Begin(instant.code.rules.size());
  if (state->evaluate_all) {
    WantAll(instant);
  } else {
    WantDue(instant);
  }
  Evaluate(instant);
  DecideFirings(instant);
  SettleDeadline(state);
}

// The event's own instant, and the one after it in which event.* is missing.
void EvaluateEvent(Instant instant, bool first) {
  if (instant.state->evaluate_all) WantAll(instant);
  WantTouched(instant);
  if (first) {
    for (const uint32_t rule : instant.code.from_the_start) Want(instant, rule);
  }
  Evaluate(instant);
  DecideFirings(instant);
  if (instant.code.event_matters) {
    instant.event = nullptr;
    instant.work->Begin(instant.code.rules.size());
    instant.work->Touch(instant.code.TouchOf(Group::kEvent));
    WantTouched(instant);
    Evaluate(instant);
    DecideFirings(instant);
  }
  SettleDeadline(instant.state);
}

// Every rule, once, at a time when nothing happens.
void LookAtAll(const Instant& instant) {
  instant.work->Begin(instant.code.rules.size());
  WantAll(instant);
  Evaluate(instant);
  DecideFirings(instant);
  SettleDeadline(instant.state);
}

// The rules that a reload left as they were go on up to `now` as if there had been none: nothing of
// theirs is lost, whenever the visitor's turn comes.
void LiveOn(Instant instant, const std::vector<uint64_t>& kept, Millis now) {
  State* state = instant.state;
  if (kept.empty() || state->deadline >= now) return;
  instant.at = state->deadline;
  instant.work->Begin(instant.code.rules.size());
  for (uint32_t rule = 0; rule < instant.code.rules.size(); ++rule) {
    if ((kept[rule / 64] >> (rule % 64) & 1) != 0) Want(instant, rule);
  }
  state->evaluate_all = false;
  Evaluate(instant);
  DecideFirings(instant);
  state->deadline_moved = true;
  SettleDeadline(state);
  while (state->deadline < now) {
    instant.at = state->deadline;
    Tick(instant);
  }
}

// The session that runs may have another number, or another beginning, than was known:
// `per_session` goes on counting what was offered in it.
void KeepSessionOffers(const Profile& before, State* state) {
  const Profile& now = state->profile;
  if (now.visits == before.visits && now.session_at == before.session_at) return;
  for (Offers& offers : state->offers) {
    offers.session = offers.last_at >= now.session_at ? now.visits : 0;
  }
}

}  // namespace

StatePtr NewState(const Program& program, std::string_view site, std::string_view visitor) {
  return {new State(program.code(), site, visitor), [](State* state) { delete state; }};
}

void Renew(std::string_view site, std::string_view visitor, State* state) {
  state->Renew(site, visitor);
}

void Advance(const Program& program, const Context& context, Millis to, State* state,
             Effects* effects) {
  const Code& code = program.code();
  Workspace& work = ThreadWorkspace();
  if (state->profile.events == 0) return;
  if (state->migration) {  // nobody brought the events: what is there has to do
    state->migration.reset();
    state->evaluate_all = true;
    state->deadline = std::max(to, state->clock);
  }
  while (state->deadline <= to) {
    Tick({code, context, &work, state, effects, state->deadline, nullptr});
  }
  EndQuiet({code, context, &work, state, effects, to, nullptr});
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
  EvaluateEvent({code, context, &work, state, effects, event.at, &work.properties}, first);
}

Millis NextDeadline(const State& state) {
  if (state.migration) return state.clock;
  return state.deadline;
}

Millis NextTurn(const State& state) {
  if (state.migration) return state.clock;
  return std::min(state.deadline, FirstQuietEnd(state));
}

Millis LastEventAt(const State& state) { return state.profile.last_at; }
Millis FirstEventAt(const State& state) { return state.profile.first_at; }

size_t StateSize(const State& state) {
  // An allocation of glibc: 8 bytes more, in steps of 16.
  const auto heap = [](size_t bytes) { return bytes == 0 ? 0 : (bytes + 8 + 15) / 16 * 16; };
  const size_t who = state.who.capacity() > 15 ? state.who.capacity() + 1 : 0;
  return heap(sizeof(State)) + heap(who) + heap(state.blocks.TableSize()) +
         heap(state.blocks.MemorySize()) + heap(state.blocks.OrderSize()) +
         heap(state.runs.capacity() * sizeof(Run)) + heap(state.watches.MemorySize()) +
         heap(state.offers.capacity() * sizeof(Offers));
}

void Rebuild(const Program& program, const Context& context, Millis now,
             const std::function<bool(EventView*)>& next, State* state, Effects* effects,
             const State* before) {
  const Code& code = program.code();
  Workspace& work = ThreadWorkspace();
  const Profile known = state->profile;
  state->profile = before ? before->profile : Profile();
  state->blocks.Clear();
  if (before) state->blocks.CopyAll(before->blocks);
  EventView event;
  Millis closed_at = kNoTime;
  while (next(&event)) {
    const Millis open = 1;
    state->profile.offer_until = open;
    Remember(code, event, &work, state);
    if (state->profile.offer_until != open) closed_at = event.at;
  }
  // Offers are what the rules did: they stay, unless an event that came late closed the open one.
  state->profile.offered_at = known.offered_at;
  state->profile.offer_until = closed_at > known.offered_at ? kNoTime : known.offer_until;
  if (state->profile.events == 0) return;
  KeepSessionOffers(known, state);
  now = std::max(now, state->profile.last_at);
  state->migration.reset();
  LookAtAll({code, context, &work, state, effects, now, nullptr});
}

StatePtr StateBefore(const Program& program, std::span<const EventView> stored,
                     const State& state) {
  StatePtr before = NewState(program, {}, {});
  if (!FillBefore(program.code(), stored, state, before.get())) before.reset();
  return before;
}

bool NeedsMigration(const State& state) { return state.migration != nullptr; }
bool NeedsEvents(const State& state) { return state.migration && !state.migration->stale.empty(); }

void Migrate(const Program& program, const Context& context, Millis now,
             std::span<const EventView> events, State* state, Effects* effects) {
  const Code& code = program.code();
  if (!state->migration) return;
  const std::unique_ptr<Migration> migration = std::move(state->migration);
  state->watches.DoubtAll();
  if (!migration->stale.empty()) RebuildSources(code, migration->stale, events, state);
  now = std::max(now, state->clock);
  const Instant instant{code, context, &ThreadWorkspace(), state, effects, now, nullptr};
  LiveOn(instant, migration->kept_rules, now);
  LookAtAll(instant);
}

}  // namespace vinkki::rules
