// The layouts of the programs under which stored states were written: family meta, "layout <hash>".
// A program's layout is noted before a state can be written under it; when no state of an earlier
// one is left (reload_walk.h), those are forgotten.
//
// Thread-safe: shards look here when they meet a state of another program.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "base/status.h"
#include "engine/store.h"
#include "rules/layout.h"

namespace vinkki::engine {

class Layouts {
 public:
  // `store` outlives it.
  explicit Layouts(Store* store) : store_(store) {}

  // What the store knows. A broken row is said and passed over: states of that program are then
  // rebuilt as if all their facts were new.
  Status Load();
  // Before the first state is written under `program`. With an error it is known until a restart.
  Status Note(const rules::Program& program);
  // Null: not known.
  std::shared_ptr<const rules::Layout> Find(uint64_t hash) const;
  // No stored state of this shard, of so many, has another layout than this. When that is so for
  // all shards, and nobody is about to write under a newer one, the others are forgotten.
  Status AllUnder(uint64_t hash, uint32_t shard, uint32_t shards);

 private:
  Store* const store_;
  mutable std::mutex mutex_;
  std::map<uint64_t, std::shared_ptr<const rules::Layout>> known_;
  uint64_t newest_ = 0;                     // the last that was noted
  std::map<uint32_t, uint64_t> all_under_;  // by shard
};

}  // namespace vinkki::engine
