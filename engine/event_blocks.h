// The events of many visitors as they come, each visitor's kept together and in order: a list of
// blocks for each, cut from large slabs, a block a quarter larger than the one before it. An event
// is written once, where it will be read, and reading a visitor walks through a few stretches of
// memory instead of jumping to every event.
//
//   event = as in a batch (base/batch.h)
//
// Owned by one thread while events are appended; read by any afterwards.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace vinkki::engine {

class EventBlocks {
 public:
  // Ahead of Append: the visitor's entry, then (soon after) the end of the visitor's last block.
  void PrefetchVisitor(uint32_t visitor) const {
    if (visitor < visitors_.size()) __builtin_prefetch(&visitors_[visitor], 1);
  }
  void PrefetchEnd(uint32_t visitor) const {
    if (visitor >= visitors_.size() || visitors_[visitor].last == nullptr) return;
    __builtin_prefetch(visitors_[visitor].end(), 1);
  }
  // Visitors are numbered from 0, in whatever order they come.
  void Append(uint32_t visitor, std::string_view event) {
    if (visitor >= visitors_.size()) visitors_.resize(visitor + 1);
    Visitor* v = &visitors_[visitor];
    if (v->left < event.size()) AddBlock(v, event.size());
    std::memcpy(v->end(), event.data(), event.size());
    v->used += static_cast<uint32_t>(event.size());
    v->left -= static_cast<uint32_t>(event.size());
    ++v->count;
  }

  // Ahead of ForEach.
  void PrefetchFirst(uint32_t visitor) const { Prefetch(visitors_[visitor].first, 1); }
  // f(events, how many there are) for each of the visitor's blocks, in order.
  template <typename F>
  void ForEach(uint32_t visitor, F&& f) const {
    const Visitor& v = visitors_[visitor];
    for (const Block* block = v.first; block != v.last; block = block->next) {
      Prefetch(block->next, block->used);
      f(std::string_view(block->bytes(), block->used), block->count);
    }
    if (v.last != nullptr) f(std::string_view(v.last->bytes(), v.used), v.count);
  }

 private:
  struct Block {
    Block* next = nullptr;
    uint32_t used = 0;  // bytes; this and the count are filled in when the next block begins
    uint32_t count = 0;
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  };
  struct Visitor {
    Block* first = nullptr;
    Block* last = nullptr;
    uint32_t used = 0;   // bytes of the last block
    uint32_t left = 0;   // bytes of it that are free
    uint32_t count = 0;  // events in it
    char* end() const { return last->bytes() + used; }
  };

  // About as many bytes as the block before it had.
  static void Prefetch(const Block* block, size_t bytes) {
    const char* const at = reinterpret_cast<const char*>(block);
    for (size_t i = 0; i < sizeof(Block) + bytes; i += 64) __builtin_prefetch(at + i);
  }
  void AddBlock(Visitor* v, size_t needed);
  char* Cut(size_t bytes);

  std::vector<Visitor> visitors_;
  std::vector<std::unique_ptr<char[]>> slabs_;
  char* free_ = nullptr;  // in the last slab
  size_t free_bytes_ = 0;
};

}  // namespace vinkki::engine
