#include "rules/migrate.h"

#include "rules/before.h"
#include "rules/remember.h"
#include "rules/sequence.h"

namespace vinkki::rules {
namespace {

// A sequence that was remembered, under fewer lengths of the absence at its end.
bool GrewByLengths(const Code& code, uint32_t source, const State& state) {
  const uint32_t sequence = code.sources[source].sequence;
  return sequence != kNone && code.sequences[sequence].ends_in_absence() &&
         state.blocks.has(SlotOf(source));
}

}  // namespace

void RebuildSources(const Code& code, const std::vector<uint32_t>& sources,
                    std::span<const EventView> events, State* state) {
  State scratch(code, {}, {});
  FillBefore(code, events, *state, &scratch);
  Workspace& work = ThreadWorkspace();
  for (const EventView& event : events) Remember(code, event, &work, &scratch);
  for (const uint32_t i : sources) {
    const uint32_t slot = SlotOf(i);
    if (GrewByLengths(code, i, *state)) {
      // Of the lengths that it had, it may know more than is stored.
      if (!scratch.blocks.has(slot)) continue;
      MergeSequence(code.sequences[code.sources[i].sequence], slot, scratch.blocks, &state->blocks);
      continue;
    }
    state->blocks.Copy(slot, scratch.blocks);
  }
}

}  // namespace vinkki::rules
