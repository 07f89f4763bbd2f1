#include "rules/sequence.h"

#include <algorithm>
#include <cstring>

#include "rules/let_go.h"

namespace vinkki::rules {
namespace {

using Parts = SequenceParts;

Parts PartsOf(const SequenceShape& shape, BlockStore* blocks, uint32_t slot) {
  return {shape, blocks->Get<void>(slot)};
}

int64_t* RowAt(const SequenceShape& shape, const Parts& parts, uint32_t i) {
  return parts.rows + i * shape.row_words;
}

// More rows or more waiting matches; what is there stays.
void Widen(const SequenceShape& shape, BlockStore* blocks, uint32_t slot, uint16_t rows,
           uint16_t waiting) {
  const uint16_t old_rows =
      blocks->has(slot) ? blocks->Get<SequenceHeader>(slot)->value_capacity : 0;
  void* block = blocks->Make(slot, shape.Bytes(rows, waiting));
  Parts parts(shape, block);
  const Waiting* from = parts.waiting;
  parts.header->value_capacity = rows;
  parts.header->waiting_capacity = waiting;
  parts = Parts(shape, block);
  if (rows != old_rows && parts.header->waiting > 0) {
    std::memmove(parts.waiting, from, parts.header->waiting * sizeof(Waiting));
  }
}

void Forget(const SequenceShape& shape, const Parts& parts, uint32_t epoch) {
  parts.header->epoch = epoch;
  parts.header->values = parts.header->waiting = 0;
  std::fill_n(parts.complete, shape.completes, kNoTime);
}

// The row of a value, moved to the end as the one seen last; null when it is not followed.
int64_t* FindRow(const SequenceShape& shape, const Parts& parts, uint64_t value) {
  for (uint32_t i = parts.header->values; i-- > 0;) {
    int64_t* row = RowAt(shape, parts, i);
    if (static_cast<uint64_t>(row[0]) != value) continue;
    int64_t* end = RowAt(shape, parts, parts.header->values);
    std::rotate(row, row + shape.row_words, end);
    return end - shape.row_words;
  }
  return nullptr;
}

// Whether a match stands at a step and may still go on: before `next`, none does once another
// foreground event has come.
bool Stands(const SequenceCode& code, const SequenceShape& shape, const int64_t* row, uint32_t step,
            uint64_t foreground) {
  if (row[1 + step] == kNoTime) return false;
  return !code.steps[step + 1].next || static_cast<uint64_t>(row[shape.steps + step]) == foreground;
}

int64_t* AddRow(const SequenceCode& code, const SequenceShape& shape, BlockStore* blocks,
                uint32_t slot, const SequenceEvent& event) {
  Parts parts = PartsOf(shape, blocks, slot);
  if (parts.header->values == kMostValues) {
    for (uint32_t step = 0; step + 1 < shape.steps; ++step) {
      if (!Stands(code, shape, parts.rows, step, event.foreground)) continue;
      NoteLetGo(slot, LetGo::kSame);
      break;
    }
    std::rotate(parts.rows, RowAt(shape, parts, 1), RowAt(shape, parts, kMostValues));
    --parts.header->values;
  } else if (parts.header->values == parts.header->value_capacity) {
    const bool same = code.same != kNone;
    const int rows = same ? std::min<int>(kMostValues, parts.header->value_capacity * 2) : 1;
    Widen(shape, blocks, slot, static_cast<uint16_t>(std::max(1, rows)),
          parts.header->waiting_capacity);
    parts = PartsOf(shape, blocks, slot);
  }
  int64_t* row = RowAt(shape, parts, parts.header->values++);
  row[0] = static_cast<int64_t>(event.value);
  std::fill(row + 1, row + shape.steps, kNoTime);
  if (shape.stamped) std::fill(row + shape.steps, row + shape.row_words, 0);
  return row;
}

// A match is complete for those absences that have been waited out by `at`.
void Confirm(const SequenceCode& code, const Parts& parts, const Waiting& match, Millis at) {
  for (size_t i = 0; i < code.absences.size(); ++i) {
    if (match.ended + code.absences[i] > at) continue;
    parts.complete[i] = std::max(parts.complete[i], match.began);
  }
}

// Matches that wait no longer: those of which the longest absence is over, and where what must not
// come has come, all of that value.
void Retire(const SequenceCode& code, const Parts& parts, const SequenceEvent& event) {
  uint16_t left = 0;
  for (uint16_t i = 0; i < parts.header->waiting; ++i) {
    const Waiting one = parts.waiting[i];
    const bool over = one.ended + code.longest_absence <= event.at;
    if (over || (event.absence && (code.same == kNone || one.hash == event.value))) {
      Confirm(code, parts, one, event.at);
    } else {
      parts.waiting[left++] = one;
    }
  }
  parts.header->waiting = left;
}

// A match has ended; whether that is any news.
bool Complete(const SequenceCode& code, const SequenceShape& shape, const SequenceEvent& event,
              Millis began, BlockStore* blocks, uint32_t slot) {
  Parts parts = PartsOf(shape, blocks, slot);
  if (!code.ends_in_absence()) {
    const bool later = began > parts.complete[0];
    if (later) parts.complete[0] = began;
    return later;
  }
  if (parts.header->waiting == kMostWaiting) {
    Confirm(code, parts, parts.waiting[0], event.at);
    NoteLetGo(slot, LetGo::kWaiting);
    std::memmove(parts.waiting, parts.waiting + 1, (kMostWaiting - 1) * sizeof(Waiting));
    --parts.header->waiting;
  } else if (parts.header->waiting == parts.header->waiting_capacity) {
    const int wide = std::max(1, parts.header->waiting_capacity * 2);
    Widen(shape, blocks, slot, parts.header->value_capacity, static_cast<uint16_t>(wide));
    parts = PartsOf(shape, blocks, slot);
  }
  parts.waiting[parts.header->waiting++] = {event.at, began, event.value};
  return true;
}

// Moves one row by an event; the begin of the best match that it completes, or kNoTime. From the
// last step to the first, so that each step sees the one before it as it was.
Millis MoveRow(const SequenceCode& code, const SequenceShape& shape, const SequenceEvent& event,
               int64_t* row) {
  int64_t* ready = row + 1;
  int64_t* stamps = row + shape.steps;
  const uint64_t before = event.foreground - (event.background ? 0 : 1);
  Millis complete = kNoTime;
  for (const Role& role : event.roles) {
    const uint32_t j = role.step;
    if (role.kind == Role::Kind::kGuard) ready[j - 1] = kNoTime;
    if (role.kind != Role::Kind::kStep) continue;
    Millis began = j == 0 ? event.at : ready[j - 1];
    if (shape.stamped && code.steps[j].next &&
        (event.background || static_cast<uint64_t>(stamps[j - 1]) != before)) {
      began = kNoTime;
    }
    if (j + 1 == shape.steps) {
      complete = began;
      continue;
    }
    if (shape.stamped) {
      if (!Stands(code, shape, row, j, event.foreground)) ready[j] = kNoTime;
      if (began != kNoTime) stamps[j] = static_cast<int64_t>(event.foreground);
    }
    ready[j] = std::max(ready[j], began);
  }
  for (uint32_t j = 0; shape.stamped && j + 1 < shape.steps; ++j) {
    if (!Stands(code, shape, row, j, event.foreground)) ready[j] = kNoTime;
  }
  return complete;
}

}  // namespace

SequenceShape::SequenceShape(const SequenceCode& code)
    : steps(static_cast<uint32_t>(code.steps.size())),
      stamped(code.stamped),
      row_words(steps + (stamped ? steps - 1 : 0)),
      completes(std::max<size_t>(1, code.absences.size())) {}

SequenceParts::SequenceParts(const SequenceShape& shape, void* block)
    : header(static_cast<SequenceHeader*>(block)),
      complete(reinterpret_cast<Millis*>(header + 1)),
      rows(complete + shape.completes),
      waiting(reinterpret_cast<Waiting*>(rows + header->value_capacity * shape.row_words)) {}

bool UpdateSequence(const SequenceCode& code, uint32_t slot, const SequenceEvent& event,
                    BlockStore* blocks) {
  const SequenceShape shape(code);
  if (!blocks->has(slot)) {
    if (!event.begins) return false;
    Widen(shape, blocks, slot, 1, 0);
    Forget(shape, PartsOf(shape, blocks, slot), event.epoch);
  }
  Parts parts = PartsOf(shape, blocks, slot);
  if (parts.header->epoch != event.epoch) Forget(shape, parts, event.epoch);
  if (code.ends_in_absence()) Retire(code, parts, event);
  int64_t* row = FindRow(shape, parts, event.value);
  if (!row) {
    if (!event.begins) return false;
    row = AddRow(code, shape, blocks, slot, event);
  }
  const Millis began = MoveRow(code, shape, event, row);
  return began != kNoTime && Complete(code, shape, event, began, blocks, slot);
}

bool ReadSequence(Moment* moment, const SequenceFact& fact) {
  const State& state = moment->state;
  const SequenceCode& code = moment->code.sequences[fact.sequence];
  const uint32_t slot = SlotOf(code.source);
  if (!state.blocks.has(slot)) return false;
  const SequenceShape shape(code);
  const Parts parts(shape, const_cast<void*>(state.blocks.Get<void>(slot)));
  const SequenceHeader& header = *parts.header;
  if (fact.within.kind == Window::Kind::kPage && header.epoch != state.profile.page_views) {
    return false;
  }
  if (fact.within.kind == Window::Kind::kSession) {
    if (header.epoch != state.profile.visits || !state.InSession(moment->at)) return false;
    moment->Until(state.SessionEnd());
  }
  const bool sliding = fact.within.kind == Window::Kind::kDuration;
  const Millis length = fact.within.length;
  const Millis absence = code.ends_in_absence() ? code.absences[fact.absence] : 0;
  Millis began = parts.complete[fact.absence];
  Millis next = kNever;  // when a match that waits comes true
  for (uint16_t i = 0; i < header.waiting; ++i) {
    const Waiting& one = parts.waiting[i];
    const Millis due = one.ended + absence;
    if (due <= moment->at) {
      began = std::max(began, one.began);
    } else if (!sliding || one.began > due - length) {
      next = std::min(next, due);
    }
  }
  const bool holds = began != kNoTime && (!sliding || began > moment->at - length);
  if (!holds) {
    moment->Until(next);
  } else if (sliding) {
    moment->Until(began + length);
  }
  return holds;
}

void MergeSequence(const SequenceCode& code, uint32_t slot, const BlockStore& from,
                   BlockStore* to) {
  const SequenceShape shape(code);
  const Parts stored(shape, const_cast<void*>(from.Get<void>(slot)));
  Parts known = PartsOf(shape, to, slot);
  std::vector<Waiting> waiting(known.waiting, known.waiting + known.header->waiting);
  for (uint16_t i = 0; i < stored.header->waiting; ++i) {
    const Waiting& one = stored.waiting[i];
    const auto same = [&](const Waiting& other) {
      return other.ended == one.ended && other.hash == one.hash;
    };
    if (std::none_of(waiting.begin(), waiting.end(), same)) waiting.push_back(one);
  }
  std::stable_sort(waiting.begin(), waiting.end(),
                   [](const Waiting& a, const Waiting& b) { return a.ended < b.ended; });
  const size_t first = waiting.size() - std::min<size_t>(waiting.size(), kMostWaiting);
  const auto count = static_cast<uint16_t>(waiting.size() - first);
  if (count > known.header->waiting_capacity) {
    Widen(shape, to, slot, known.header->value_capacity, count);
    known = PartsOf(shape, to, slot);
  }
  std::copy(waiting.begin() + static_cast<std::ptrdiff_t>(first), waiting.end(), known.waiting);
  known.header->waiting = count;
  for (size_t i = 0; i < shape.completes; ++i) {
    known.complete[i] = std::max(known.complete[i], stored.complete[i]);
  }
}

SequenceStage ReadStage(const Moment& moment, const SequenceFact& fact) {
  SequenceStage stage;
  const State& state = moment.state;
  const SequenceCode& code = moment.code.sequences[fact.sequence];
  const uint32_t slot = SlotOf(code.source);
  if (!state.blocks.has(slot)) return stage;
  const SequenceShape shape(code);
  const Parts parts(shape, const_cast<void*>(state.blocks.Get<void>(slot)));
  const SequenceHeader& header = *parts.header;
  const Window::Kind window = fact.within.kind;
  const bool sliding = window == Window::Kind::kDuration;
  if (window == Window::Kind::kPage && header.epoch != state.profile.page_views) return stage;
  if (window == Window::Kind::kSession) {
    if (header.epoch != state.profile.visits || !state.InSession(moment.at)) return stage;
  }
  const Millis oldest = sliding ? moment.at - fact.within.length : kNoTime;
  for (uint16_t i = 0; i < header.values; ++i) {
    const int64_t* row = RowAt(shape, parts, i);
    const int64_t* ready = row + 1;
    for (uint32_t j = shape.steps - 1; j-- > 0 && j + 1 >= stage.done;) {
      if (ready[j] <= oldest) continue;
      if (!Stands(code, shape, row, j, state.profile.foreground)) continue;
      const Millis before = sliding ? ready[j] + fact.within.length : kNever;
      stage.before = j + 1 > stage.done ? before : std::max(stage.before, before);
      stage.done = j + 1;
      break;
    }
  }
  for (uint16_t i = 0; i < header.waiting; ++i) {
    const Waiting& one = parts.waiting[i];
    const Millis due = one.ended + code.absences[fact.absence];
    if (due <= moment.at || (sliding && one.began <= due - fact.within.length)) continue;
    stage.done = shape.steps;
    stage.due = std::min(stage.due, due);
  }
  return stage;
}

}  // namespace vinkki::rules
