#include "rules/remember.h"

namespace vinkki::rules {
namespace {

bool Passes(const Code& code, const Stream& stream, Workspace* work, const State& state) {
  if (stream.where == kYes) return true;
  if (stream.property != kNone) {
    const Value& value = work->properties.Get(stream.property);
    if (stream.text != kNone) return value.is_text() && value.text == code.texts[stream.text];
    return value.is_number() && Answer(stream.compare, value.number, stream.number);
  }
  Moment moment{code, state, &work->properties, work->properties.event().at};
  return Test(&moment, stream.where);
}

void Fill(const SequenceUse& use, const SequenceCode& sequence, const Workspace& work,
          Matched* matched) {
  matched->Reset(sequence.steps.size());
  for (const auto& [stream, role] : use.roles) {
    if (!work.passed[stream]) continue;
    switch (role.kind) {
      case Role::Kind::kStep: matched->steps[role.step] = matched->any_step = true; break;
      case Role::Kind::kGuard: matched->guards[role.step] = true; break;
      case Role::Kind::kAbsence: matched->absence = true; break;
    }
  }
}

void Follow(const Code& code, const EventPlan& plan, const SequenceUse& use, Workspace* work,
            State* state) {
  const SequenceCode& sequence = code.sequences[use.sequence];
  if (!use.begins && !state->blocks.has(SlotOf(sequence.source))) return;
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
  Fill(use, sequence, *work, &work->matched);
  if (UpdateSequence(sequence, SlotOf(sequence.source), work->matched, event, &state->blocks)) {
    work->Touch(sequence.source);
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
  work->passed.resize(plan.streams.size());
  for (size_t i = 0; i < plan.streams.size(); ++i) {
    const Stream& stream = code.streams[plan.streams[i]];
    work->passed[i] = Passes(code, stream, work, *state);
    if (!work->passed[i]) continue;
    for (const uint32_t source : stream.sources) {
      if (UpdateSource(code, source, &work->properties, state)) {
        if (code.Matters(source)) work->Touch(source);
        TouchEdgesOfSource(code, source, work->properties.event().at, *state, work);
      }
    }
  }
  for (const SequenceUse& use : plan.sequences) Follow(code, plan, use, work, state);
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
