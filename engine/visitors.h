// A shard's way to its visitors: from the cache, from the store, or new; and what is asked of the
// stored rows when memory does not know whether a batch or an event came before.
//
// Used by its shard's thread only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/batch.h"
#include "base/metrics.h"
#include "engine/history.h"
#include "engine/layouts.h"
#include "engine/store.h"
#include "engine/visitor_cache.h"
#include "rules/program.h"

namespace vinkki::engine {

class Visitors {
 public:
  Visitors(const Store* store, const Layouts* layouts, size_t cache_bytes, uint32_t shard,
           Metrics* metrics);

  // States are decoded under this program from now on; what is cached is let go.
  void SetProgram(std::shared_ptr<const rules::Program> program);
  bool has_program() const { return program_ != nullptr; }
  const rules::Program& program() const { return *program_; }

  // A visitor whose row is broken starts anew from the stored events, and that is said. One whose
  // row was written under another program still has to be migrated (rules/step.h). Errors are the
  // store's.
  Result<Visitor*> Get(std::string_view who, uint64_t hash);
  // Whether (load, number) came before; asks the rows when memory does not know. Afterwards the
  // load is in the visitor's table unless it is quite new.
  Result<bool> IsDuplicate(Visitor* visitor, uint64_t load, uint64_t number);
  // Makes Visitor::ids complete.
  Status ReadIds(Visitor* visitor);

  VisitorCache& cache() { return cache_; }
  const VisitorCache& cache() const { return cache_; }
  void CountCache();  // sets the metrics

 private:
  Status Load(Visitor* visitor, std::string_view row);
  Status StartAnew(Visitor* visitor);
  Result<bool> AskRows(Visitor* visitor, uint64_t load, uint64_t number);

  const Store* store_;
  const rules::LayoutFinder layouts_;
  std::shared_ptr<const rules::Program> program_;
  VisitorCache cache_;
  std::string row_;  // reused
  Counter& hits_;
  Counter& misses_;
  Counter& corrupt_;
  Gauge& bytes_;
  uint64_t hits_seen_ = 0;  // counted here, added to the metric between groups
};

}  // namespace vinkki::engine
