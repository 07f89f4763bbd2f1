#include "rules/migrate.h"

#include <cstring>
#include <type_traits>

#include "rules/remember.h"

namespace vinkki::rules {
namespace {

// The state in which a source is when the first stored event comes: what it knows of before.
template <typename T>
void KeepBefore(Millis first, uint32_t slot, const BlockStore& from, BlockStore* to) {
  void* block = to->Make(slot, from.bytes(slot));
  std::memcpy(block, from.Get<void>(slot), from.bytes(slot));
  const Ring<T> ring(block);
  while (ring.size() > 0 && ring.Latest(0).at >= first) --ring.header().size;
  if constexpr (std::is_same_v<T, Seen>) {
    ring.header().total = ring.size() > 0 ? ring.Latest(0).ordinal : 0;
  }
}

// Of a sliding window that grew: the shorter ones that look at it too may reach farther back than
// what is stored.
void KeepBefore(const SourceCode& source, uint32_t slot, Millis first, const State& state,
                State* scratch) {
  if (source.window != Window::Kind::kDuration || !state.blocks.has(slot)) return;
  switch (source.storage) {
    case Storage::kTimes: return KeepBefore<Time>(first, slot, state.blocks, &scratch->blocks);
    case Storage::kAmounts: return KeepBefore<Amount>(first, slot, state.blocks, &scratch->blocks);
    case Storage::kNumbers: return KeepBefore<Number>(first, slot, state.blocks, &scratch->blocks);
    case Storage::kHashes: return KeepBefore<Hashed>(first, slot, state.blocks, &scratch->blocks);
    case Storage::kRecent: return KeepBefore<Seen>(first, slot, state.blocks, &scratch->blocks);
    default: return;
  }
}

// A sequence that was remembered, under fewer lengths of the absence at its end.
bool GrewByLengths(const Code& code, uint32_t source, const State& state) {
  const uint32_t sequence = code.sources[source].sequence;
  return sequence != kNone && code.sequences[sequence].ends_in_absence() &&
         state.blocks.has(SlotOf(source));
}

void RememberAll(const Code& code, std::span<const EventView> events, State* scratch) {
  Workspace& work = ThreadWorkspace();
  for (const EventView& event : events) Remember(code, event, &work, scratch);
}

}  // namespace

void RebuildSources(const Code& code, const std::vector<uint32_t>& sources,
                    std::span<const EventView> events, State* state) {
  State scratch(code, {}, {});
  RememberAll(code, events, &scratch);
  const Profile& known = state->profile;
  if (scratch.profile.events != known.events && !events.empty()) {
    // Some events are no longer stored. Once more, with the counters that blocks refer to such that
    // they end where the visitor's stand.
    const Profile counted = scratch.profile;
    scratch.profile = Profile();
    scratch.profile.visits = known.visits - counted.visits;
    scratch.profile.page_views = known.page_views - counted.page_views;
    scratch.profile.foreground = known.foreground - counted.foreground;
    scratch.blocks.Clear();
    for (const uint32_t i : sources) {
      KeepBefore(code.sources[i], SlotOf(i), events.front().at, *state, &scratch);
    }
    RememberAll(code, events, &scratch);
  }
  for (const uint32_t i : sources) {
    const uint32_t slot = SlotOf(i);
    if (GrewByLengths(code, i, *state)) {
      // Of the lengths that it had, it may know more than is stored.
      if (!scratch.blocks.has(slot)) continue;
      MergeSequence(code.sequences[code.sources[i].sequence], slot, scratch.blocks, &state->blocks);
      continue;
    }
    if (state->blocks.has(slot)) state->blocks.Drop(slot);
    if (!scratch.blocks.has(slot)) continue;
    const size_t bytes = scratch.blocks.bytes(slot);
    std::memcpy(state->blocks.Make(slot, bytes), scratch.blocks.Get<void>(slot), bytes);
  }
}

}  // namespace vinkki::rules
