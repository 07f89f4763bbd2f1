#include "rules/ladder.h"

namespace vinkki::rules {

void DropOutdone(uint32_t keep, uint32_t reached, const Ring<Climb>& ring) {
  Highest highest(keep);
  highest.Add(reached);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < ring.size(); ++i) {
    const Climb one = ring.Latest(i);
    if (highest.Of(keep) >= one.reached) continue;
    highest.Add(one.reached);
    ring.Latest(kept++) = one;
  }
  while (ring.size() > kept) ring.PopOldest();
}

}  // namespace vinkki::rules
