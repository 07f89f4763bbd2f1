// What the engine keeps of one visitor: the state under the rules, which batches it has seen, and
// where the stored events are. One row of the family `states`, decoded while the visitor is live.
//
//   row      = 1:u8 flags:u8 events:varint sequence:varint timer:fixed64 advanced:signed
//              nloads:varint *load ndays:varint *day rules-state      ; EncodeState, to the end
//   load     = hash:fixed64 highest:varint missing:varint last_at:signed
//   day      = varint            ; the first as it is, the others minus the one before, ascending
//   flags    : bit 0 rebuild, bit 1 loads were let go, bit 2 has events with ids
//
// Deduplication of page loads: `highest` number that came, and which of the 64 before it have not.
// The kPageLoads latest loads are kept; for one that was let go, and for a number further back, the
// stored rows are asked (Seen::kAskRows). Server events are deduplicated by id: the hashes of all
// ids stored for the visitor, read from the rows when the first such event comes.
//
// Owned by a shard's VisitorCache, used by its thread only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "rules/step.h"

namespace vinkki::engine {

inline constexpr size_t kPageLoads = 16;
inline constexpr size_t kDays = 1024;  // days with rows that are remembered; the oldest go

struct PageLoad {
  uint64_t load = 0;
  uint64_t highest = 0;
  uint64_t missing = 0;  // bit i: number highest - 1 - i has not come
  Millis last_at = 0;    // the time of its latest event

  // Marks `number` as come. Requires that it has not (Seen::kNew).
  void Take(uint64_t number);
};

enum class Seen : uint8_t { kNew, kDuplicate, kAskRows };

struct Visitor {
  explicit Visitor(std::string_view key, uint64_t key_hash)
      : who(key), hash(key_hash), state(nullptr, nullptr) {}

  std::string who;  // site NUL visitor
  uint64_t hash;    // Hash64(who)
  rules::StatePtr state;
  uint64_t events = 0;              // applied, over all time
  uint64_t sequence = 0;            // of the latest row
  Millis timer_at = rules::kNever;  // the deadline in the visitor's row of `timers`; never: no row
  Millis advanced_to = 0;           // up to where timers have been let happen
  bool rebuild = false;             // facts must be recomputed from the rows before the next event
  bool loads_let_go = false;
  bool has_ids = false;
  std::vector<PageLoad> loads;  // the latest last
  std::vector<uint32_t> days;   // with rows, ascending

  // Not stored.
  bool ids_read = false;
  std::unordered_set<uint64_t> ids;
  uint64_t group = 0;         // the latest that changed it (PendingCommit::group)
  uint64_t group_before = 0;  // the latest before that one
  bool late = false;          // the current group brought late events
  // What it was before the first event that is still stored, when the group brought late events and
  // some are not stored any more; else null.
  rules::StatePtr before{nullptr, nullptr};
  bool timer_due = false;    // the row of `timers` was taken off and must be written anew
  size_t charge = 0;         // bytes in the cache
  Visitor* newer = nullptr;  // the cache's order of use
  Visitor* older = nullptr;
  Visitor* next = nullptr;  // in its bucket

  // What is known of batch (load, number) without asking the rows.
  Seen Look(uint64_t load, uint64_t number) const;
  PageLoad* FindLoad(uint64_t load);
  // Makes room for a load, which becomes the latest.
  PageLoad* AddLoad(const PageLoad& load);
  void AddDay(uint32_t day);
  // No event may be applied before this without being late.
  Millis Frontier() const;
  size_t Size() const;  // bytes in memory
};

void EncodeVisitor(const Visitor& visitor, std::string* out);
// Fills in everything but who and hash. kCorrupt leaves the visitor unusable. `rules_state` is
// the part that rules::DecodeState reads.
Status DecodeVisitor(std::string_view bytes, Visitor* visitor, std::string_view* rules_state);

}  // namespace vinkki::engine
