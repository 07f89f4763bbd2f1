#include "engine/visitor_cache.h"

namespace vinkki::engine {

VisitorCache::VisitorCache(size_t limit_bytes) : limit_(limit_bytes), buckets_(1024) {}
VisitorCache::~VisitorCache() { Clear(); }

void VisitorCache::Next(uint64_t hash) {
  constexpr size_t kLine = 64;
  const auto* at = reinterpret_cast<const char*>(*Bucket(hash));
  if (at == nullptr) return;
  for (size_t i = 0; i < sizeof(Visitor); i += kLine) __builtin_prefetch(at + i);
}

Visitor* VisitorCache::Find(std::string_view who, uint64_t hash) {
  for (Visitor* v = *Bucket(hash); v != nullptr; v = v->next) {
    if (v->hash != hash || v->who != who) continue;
    if (v != latest_) {
      Unlink(v);
      LinkLatest(v);
    }
    return v;
  }
  return nullptr;
}

const Visitor* VisitorCache::Peek(std::string_view who, uint64_t hash) const {
  const Visitor* v = *Bucket(hash);
  while (v != nullptr && (v->hash != hash || v->who != who)) v = v->next;
  return v;
}

void VisitorCache::Demote(Visitor* visitor) {
  if (visitor == oldest_) return;
  Unlink(visitor);
  visitor->newer = oldest_;
  oldest_->older = visitor;
  oldest_ = visitor;
}

Visitor* VisitorCache::Add(std::string_view who, uint64_t hash) {
  if (size_ >= buckets_.size()) Grow();
  auto* v = new Visitor(who, hash);
  Visitor** bucket = Bucket(hash);
  v->next = *bucket;
  *bucket = v;
  LinkLatest(v);
  ++size_;
  return v;
}

void VisitorCache::Remove(Visitor* visitor) {
  Visitor** at = Bucket(visitor->hash);
  while (*at != visitor) at = &(*at)->next;
  *at = visitor->next;
  Unlink(visitor);
  bytes_ -= visitor->charge;
  --size_;
  delete visitor;
}

void VisitorCache::Charge(Visitor* visitor) {
  bytes_ -= visitor->charge;
  visitor->charge = visitor->Size();
  bytes_ += visitor->charge;
}

void VisitorCache::Trim(uint64_t durable) {
  while (bytes_ > limit_ && oldest_ != nullptr && oldest_->group <= durable) Remove(oldest_);
}

void VisitorCache::Clear() {
  while (oldest_ != nullptr) Remove(oldest_);
}

void VisitorCache::Unlink(Visitor* visitor) {
  (visitor->newer != nullptr ? visitor->newer->older : latest_) = visitor->older;
  (visitor->older != nullptr ? visitor->older->newer : oldest_) = visitor->newer;
  visitor->newer = visitor->older = nullptr;
}

void VisitorCache::LinkLatest(Visitor* visitor) {
  visitor->older = latest_;
  if (latest_ != nullptr) latest_->newer = visitor;
  latest_ = visitor;
  if (oldest_ == nullptr) oldest_ = visitor;
}

void VisitorCache::Grow() {
  std::vector<Visitor*> before(buckets_.size() * 2);
  before.swap(buckets_);
  for (Visitor* v : before) {
    while (v != nullptr) {
      Visitor* next = v->next;
      Visitor** bucket = Bucket(v->hash);
      v->next = *bucket;
      *bucket = v;
      v = next;
    }
  }
}

}  // namespace vinkki::engine
