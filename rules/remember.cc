#include "rules/remember.h"

#include <algorithm>
#include <span>

namespace vinkki::rules {
namespace {

bool Passes(const Code& code, const Stream& stream, Workspace* work, const State& state) {
  if (stream.property != kNone) {
    const Value& value = work->properties.Get(stream.property);
    return value.is_number() && Answer(stream.compare, value.number, stream.number);
  }
  Moment moment{code, state, &work->properties, work->properties.event().at};
  return Test(&moment, stream.where);
}

// What an event is to one sequence, by each stream that it passed.
void Join(const EventPlan& plan, std::span<const SequenceUse> uses, std::vector<Role>* roles,
          SequenceEvent* event) {
  const auto of = [&plan](const SequenceUse& use) {
    return std::span(plan.roles).subspan(use.roles_begin, use.roles_end - use.roles_begin);
  };
  event->roles = of(uses.front());
  for (const SequenceUse& use : uses) {
    event->begins |= use.begins;
    event->absence |= use.absence;
  }
  if (uses.size() == 1) return;
  roles->clear();
  for (const SequenceUse& use : uses) {
    roles->insert(roles->end(), of(use).begin(), of(use).end());
  }
  std::sort(roles->begin(), roles->end());
  event->roles = *roles;
}

// `uses`: what the event is to one sequence, by each stream that it passed.
void Follow(const Code& code, const EventPlan& plan, std::span<const SequenceUse> uses,
            Workspace* work, State* state) {
  const SequenceCode& sequence = code.sequences[uses.front().sequence];
  const SourceCode& source = code.sources[sequence.source];
  const Profile& profile = state->profile;
  SequenceEvent event;
  event.at = work->properties.event().at;
  event.foreground = profile.foreground;
  event.background = plan.background;
  if (source.window == Window::Kind::kSession) event.epoch = profile.visits;
  if (source.window == Window::Kind::kPage) {
    if (profile.page_views == 0) return;
    event.epoch = profile.page_views;
  }
  if (sequence.same != kNone) {
    const Value& value = work->properties.Get(sequence.same);
    if (value.missing()) return;
    event.value = HashOf(value);
  }
  Join(plan, uses, &work->roles, &event);
  if (UpdateSequence(sequence, SlotOf(sequence.source), event, &state->blocks)) {
    TouchWhatMatters(code, sequence.source, work);
  }
}

// The event passed a stream. Sequences wait until it is known what else it is to them; those that
// have not begun wait for their first step only.
void Pass(const Code& code, const EventPlan& plan, const StreamUse& use, Workspace* work,
          State* state) {
  for (const uint32_t source : code.streams[use.stream].sources) {
    if (UpdateSource(code, source, &work->properties, state)) {
      TouchWhatMatters(code, source, work);
      TouchEdgesOfSource(code, source, work->properties.event().at, *state, work);
    }
  }
  for (uint32_t i = use.sequences_begin; i < use.sequences_end; ++i) {
    const SequenceUse& one = plan.sequences[i];
    if (one.begins || state->blocks.has(SlotOf(one.source))) work->sequences.push_back(one);
  }
}

void PassThrough(const Code& code, const EventPlan& plan, std::span<const StreamUse> uses,
                 Workspace* work, State* state) {
  for (const StreamUse& use : uses) {
    if (use.test && !Passes(code, code.streams[use.stream], work, *state)) continue;
    Pass(code, plan, use, work, state);
  }
}

std::span<const StreamUse> FindByText(const WhereIndex& index, Workspace* work) {
  const Value& value = work->properties.Get(index.property);
  if (!value.is_text()) return {};
  const uint32_t text = index.texts.Find(value.text);
  if (text == NameTable::kUnknown) return {};
  return index.streams[text];
}

// A sequence of which the event is nothing goes without: it neither moves nor ends a match. One
// that must not come between two steps with `next` is known by the number of foreground events.
void FollowSequences(const Code& code, const EventPlan& plan, Workspace* work, State* state) {
  auto& uses = work->sequences;
  const auto before = [](const SequenceUse& a, const SequenceUse& b) {
    return a.sequence < b.sequence;
  };
  if (!std::is_sorted(uses.begin(), uses.end(), before)) {
    std::sort(uses.begin(), uses.end(), before);
  }
  for (size_t begin = 0, end = 0; begin < uses.size(); begin = end) {
    while (end < uses.size() && uses[end].sequence == uses[begin].sequence) ++end;
    Follow(code, plan, {uses.data() + begin, end - begin}, work, state);
  }
}

}  // namespace

Workspace& ThreadWorkspace() {
  thread_local Workspace workspace;
  return workspace;
}

uint64_t HashOf(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kMissing: return 0;
    case Value::Kind::kBool: return value.boolean ? 2 : 1;
    case Value::Kind::kNumber: {
      const double number = value.number == 0 ? 0 : value.number;  // -0 == 0
      return Mix64(std::bit_cast<uint64_t>(number) ^ 0x6e756d626572ULL);
    }
    case Value::Kind::kText: return Hash64(value.text);
  }
  return 0;
}

void UpdateSources(const Code& code, const EventPlan& plan, Workspace* work, State* state) {
  work->sequences.clear();
  PassThrough(code, plan, plan.streams, work, state);
  for (const WhereIndex& index : plan.wheres) {
    PassThrough(code, plan, FindByText(index, work), work, state);
  }
  FollowSequences(code, plan, work, state);
}

void Remember(const Code& code, const EventView& event, Workspace* work, State* state) {
  const EventPlan& plan = code.PlanOf(event.name);
  work->properties.Begin(code, event);
  work->Begin(code.rules.size());
  UpdateProfile(code, plan, work, state);
  UpdateSources(code, plan, work, state);
  TouchEdgesOfEvent(plan, work);
}

}  // namespace vinkki::rules
