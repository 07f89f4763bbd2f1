// One event into one source's block. What has left every window that looks at it is dropped on the
// way, so blocks stay as small as the visitor's behaviour allows.
#include <algorithm>
#include <cstring>

#include "rules/ladder.h"
#include "rules/let_go.h"
#include "rules/remember.h"
#include "rules/value_queue.h"

namespace vinkki::rules {
namespace {

uint32_t EpochOf(const SourceCode& source, const Profile& profile) {
  switch (source.window) {
    case Window::Kind::kPage: return profile.page_views;
    case Window::Kind::kSession: return profile.visits;
    default: return 0;
  }
}

// The ring of a slot, without the oldest that all windows have left.
template <typename T>
Ring<T> OpenRing(const SourceCode& source, uint32_t slot, Millis at, State* state) {
  BlockStore& blocks = state->blocks;
  constexpr uint32_t kFirstCapacity = 2;
  if (!blocks.has(slot)) {
    const uint32_t capacity = std::min(source.most(), kFirstCapacity);
    Ring<T> fresh(blocks.Make(slot, Ring<T>::Bytes(capacity)));
    fresh.header().capacity = static_cast<uint16_t>(capacity);
    fresh.Mark(EpochOf(source, state->profile), 0);
  }
  Ring<T> ring(blocks.Get<void>(slot));
  const uint32_t epoch = EpochOf(source, state->profile);
  if (ring.epoch() != epoch) {
    ring.Clear();
    ring.Mark(epoch, 0);
  }
  if (source.window == Window::Kind::kDuration) {
    while (ring.size() > 0 && ring.At(0).at <= at - source.longest) ring.PopOldest();
  }
  return ring;
}

// A full ring with twice the room.
template <typename T>
Ring<T> Widened(const SourceCode& source, uint32_t slot, const Ring<T>& ring, State* state) {
  const uint32_t capacity = std::min<uint32_t>(source.most(), ring.size() * 2);
  T* entries = ring.entries();
  std::rotate(entries, entries + ring.header().head, entries + ring.size());
  ring.header().head = 0;
  Ring<T> wide(state->blocks.Make(slot, Ring<T>::Bytes(capacity)));
  wide.header().capacity = static_cast<uint16_t>(capacity);
  return wide;
}

// An open ring with room for one more: those beyond `keep` are dropped.
template <typename T>
Ring<T> WithRoom(const SourceCode& source, uint32_t slot, const Ring<T>& ring, State* state) {
  if (ring.size() == source.keep) ring.PopOldest();
  return ring.full() ? Widened(source, slot, ring, state) : ring;
}

template <typename T>
Ring<T> RingFor(const SourceCode& source, uint32_t slot, Millis at, State* state) {
  const Ring<T> ring = OpenRing<T>(source, slot, at, state);
  if (source.bounded && ring.size() >= source.sees) NoteLetGo(slot, LetGo::kEvents);
  return WithRoom(source, slot, ring, state);
}

// What is needed is sorted out when there is no room, not each time.
bool UpdateLadder(const Ladder& ladder, const SourceCode& source, uint32_t slot, Millis at,
                  double number, State* state) {
  const uint32_t reached = ladder.Reached(number);
  if (reached == 0) return false;
  Ring<Climb> ring = OpenRing<Climb>(source, slot, at, state);
  if (ring.full() && ring.size() >= source.keep) DropOutdone(source.keep, reached, ring);
  if (ring.full()) ring = Widened(source, slot, ring, state);
  ring.Push({at, reached, 0});
  return true;
}

// Notes the value whose last appearance falls behind the latest that are seen, now that one more
// comes.
void NoteBehind(const SourceCode& source, uint32_t slot, Millis at, uint64_t hash,
                const Ring<Seen>& seen) {
  const uint32_t total = seen.header().total;
  if (total < source.sees) return;
  const uint32_t last = total + 1 - source.sees;  // ordinals begin at 1
  uint32_t i = 0;
  while (i < seen.size() && seen.At(i).ordinal < last) ++i;
  if (i == seen.size() || seen.At(i).ordinal != last || seen.At(i).hash == hash) return;
  const bool sliding = source.window == Window::Kind::kDuration;
  if (!sliding || seen.At(i).at > at - source.longest) NoteLetGo(slot, LetGo::kValues);
}

void UpdateRecent(const SourceCode& source, uint32_t slot, Millis at, uint64_t hash, State* state) {
  if (state->blocks.has(slot)) {
    const Ring<Seen> seen(state->blocks.Get<void>(slot));
    if (seen.epoch() == EpochOf(source, state->profile)) {
      for (uint32_t i = 0; i < seen.size(); ++i) {
        if (seen.At(i).hash != hash) continue;
        NoteBehind(source, slot, at, hash, seen);
        for (uint32_t j = i; j + 1 < seen.size(); ++j) seen.At(j) = seen.At(j + 1);
        seen.Latest(0) = {at, hash, ++seen.header().total, 0};
        return;
      }
    }
  }
  const Ring<Seen> open = OpenRing<Seen>(source, slot, at, state);
  NoteBehind(source, slot, at, hash, open);
  const Ring<Seen> seen = WithRoom(source, slot, open, state);
  seen.Push({at, hash, ++seen.header().total, 0});
}

void UpdateCounter(const SourceCode& source, uint32_t slot, State* state) {
  auto* block = static_cast<CounterBlock*>(state->blocks.Make(slot, sizeof(CounterBlock)));
  const uint32_t epoch = EpochOf(source, state->profile);
  if (block->epoch != epoch) *block = {epoch, 0};
  ++block->count;
}

void UpdateTotal(const SourceCode& source, uint32_t slot, int64_t amount, State* state) {
  auto* block = static_cast<TotalBlock*>(state->blocks.Make(slot, sizeof(TotalBlock)));
  const uint32_t epoch = EpochOf(source, state->profile);
  if (block->epoch != epoch) *block = {epoch, 0, 0, 0};
  block->set_sum(block->sum() + amount);
  ++block->count;
}

void UpdateExtreme(const SourceCode& source, uint32_t slot, double number, State* state) {
  auto* block = static_cast<NumberBlock*>(state->blocks.Make(slot, sizeof(NumberBlock)));
  const uint32_t epoch = EpochOf(source, state->profile);
  const bool fresh = block->present == 0 || block->epoch != epoch;
  const bool better =
      source.storage == Storage::kLeast ? number < block->number : number > block->number;
  if (fresh || better) *block = {epoch, 1, number};
}

void UpdateValue(const SourceCode& source, uint32_t slot, Millis at, const Value& value,
                 State* state) {
  const uint32_t epoch = EpochOf(source, state->profile);
  const bool known = state->blocks.has(slot);
  if (known && source.storage == Storage::kFirst &&
      state->blocks.Get<ValueBlock>(slot)->epoch == epoch) {
    return;
  }
  const size_t size = value.is_text() ? value.text.size() : 0;
  auto* block = static_cast<ValueBlock*>(state->blocks.Make(slot, sizeof(ValueBlock) + size));
  block->epoch = epoch;
  block->kind = static_cast<uint16_t>(value.kind);
  block->boolean = value.boolean;
  block->size = static_cast<uint32_t>(size);
  block->at = at;
  block->number = value.number;
  if (size > 0) std::memcpy(block->text(), value.text.data(), size);
}

bool UpdateOfNumber(const SourceCode& source, uint32_t slot, Millis at, double number,
                    State* state) {
  const int64_t amount = Millionths(number);
  switch (source.storage) {
    case Storage::kAmounts:
      if (amount == kTooLarge) return false;
      RingFor<Amount>(source, slot, at, state).Push({at, amount});
      return true;
    case Storage::kTotal:
      if (amount == kTooLarge) return false;
      UpdateTotal(source, slot, amount, state);
      return true;
    case Storage::kNumbers:
      RingFor<Number>(source, slot, at, state).Push({at, number});
      return true;
    default: UpdateExtreme(source, slot, number, state); return true;
  }
}

bool UpdateOfProperty(const SourceCode& source, uint32_t slot, Millis at, const Value& value,
                      State* state) {
  switch (source.storage) {
    case Storage::kRecent: UpdateRecent(source, slot, at, HashOf(value), state); return true;
    case Storage::kHashes:
      RingFor<Hashed>(source, slot, at, state).Push({at, HashOf(value)});
      return true;
    case Storage::kValues:
      PushValue(&state->blocks, slot, at, value, source.keep, at - source.longest);
      return true;
    case Storage::kFirst:
    case Storage::kLast: UpdateValue(source, slot, at, value, state); return true;
    default: return value.is_number() && UpdateOfNumber(source, slot, at, value.number, state);
  }
}

}  // namespace

void SetProperty(const Code& code, uint32_t source, const Value& value, State* state) {
  UpdateValue(code.sources[source], SlotOf(source), 0, value, state);
}

bool UpdateSource(const Code& code, uint32_t index, EventProperties* event, State* state) {
  const SourceCode& source = code.sources[index];
  const uint32_t slot = SlotOf(index);
  const Millis at = event->event().at;
  if (source.window == Window::Kind::kPage && state->profile.page_views == 0) return false;
  switch (source.storage) {
    case Storage::kLastTime:
      static_cast<Time*>(state->blocks.Make(slot, sizeof(Time)))->at = at;
      return true;
    case Storage::kTimes: RingFor<Time>(source, slot, at, state).Push({at}); return true;
    case Storage::kCounter: UpdateCounter(source, slot, state); return true;
    default: break;
  }
  const Value value = event->Get(source.property);
  if (source.storage == Storage::kLadder) {
    return value.is_number() &&
           UpdateLadder(code.ladders[source.ladder], source, slot, at, value.number, state);
  }
  return !value.missing() && UpdateOfProperty(source, slot, at, value, state);
}

}  // namespace vinkki::rules
