// The live visitors of one shard, decoded: a hash table and an order of use, bounded in bytes.
// What is evicted is lost from memory only: its row was written with the group that changed it. So
// eviction is free once that group is durable, and must not happen before.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/visitor.h"

namespace vinkki::engine {

class VisitorCache {
 public:
  explicit VisitorCache(size_t limit_bytes);
  ~VisitorCache();
  VisitorCache(const VisitorCache&) = delete;
  VisitorCache& operator=(const VisitorCache&) = delete;

  // Tells the processor's caches that Find will come: first Soon for each of some visitors, then
  // Next for each of them.
  void Soon(uint64_t hash) { __builtin_prefetch(Bucket(hash)); }
  void Next(uint64_t hash);
  // The visitor, now the latest used; null when it is not here.
  Visitor* Find(std::string_view who, uint64_t hash);
  // The same, and its place in the order of use stays.
  const Visitor* Peek(std::string_view who, uint64_t hash) const;
  // Makes it the first to go: nobody used it.
  void Demote(Visitor* visitor);
  // Requires that it is not here. Charge it once its state is set.
  Visitor* Add(std::string_view who, uint64_t hash);
  void Remove(Visitor* visitor);
  // Its size may have changed.
  void Charge(Visitor* visitor);
  // Evicts those not used for longest until the limit holds, or until it comes to one that was
  // changed by a group after `durable`.
  void Trim(uint64_t durable);
  void Clear();

  size_t bytes() const { return bytes_; }
  size_t size() const { return size_; }
  const Visitor* latest() const { return latest_; }  // then ->older

 private:
  void Unlink(Visitor* visitor);
  void LinkLatest(Visitor* visitor);
  void Grow();
  Visitor* const* Bucket(uint64_t hash) const {
    return &buckets_[hash >> 7 & (buckets_.size() - 1)];
  }
  Visitor** Bucket(uint64_t hash) { return &buckets_[hash >> 7 & (buckets_.size() - 1)]; }

  const size_t limit_;
  std::vector<Visitor*> buckets_;  // a power of two; owns the visitors
  Visitor* latest_ = nullptr;
  Visitor* oldest_ = nullptr;
  size_t bytes_ = 0;
  size_t size_ = 0;
};

}  // namespace vinkki::engine
