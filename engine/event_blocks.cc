#include "engine/event_blocks.h"

#include <algorithm>
#include <new>

namespace vinkki::engine {
namespace {

constexpr size_t kLargestBlock = 4096;
constexpr size_t kFirstSlab = 256u << 10;
constexpr size_t kSlab = 4u << 20;

constexpr size_t RoundUp(size_t n, size_t to) { return (n + to - 1) / to * to; }

}  // namespace

void EventBlocks::AddBlock(Visitor* v, size_t needed) {
  const size_t before = v->used + v->left;
  const size_t grown = std::clamp<size_t>(before + before / 4, kFirstBytes, kLargestBlock);
  const size_t size = RoundUp(std::max(grown, needed) + sizeof(Block), alignof(Block));
  auto* block = new (Cut(size)) Block;
  if (v->last == nullptr) {
    v->first = block;
  } else {
    *v->last = {block, v->used, v->count};
  }
  v->last = block;
  v->used = 0;
  v->left = static_cast<uint32_t>(size - sizeof(Block));
  v->count = 0;
}

char* EventBlocks::Cut(size_t bytes) {
  if (free_bytes_ < bytes) {
    free_bytes_ = std::max(slabs_.empty() ? kFirstSlab : kSlab, bytes);
    slabs_.emplace_back(static_cast<char*>(AllocateHuge(free_bytes_)));
    free_ = slabs_.back().get();
  }
  char* const out = free_;
  free_ += bytes;
  free_bytes_ -= bytes;
  return out;
}

}  // namespace vinkki::engine
