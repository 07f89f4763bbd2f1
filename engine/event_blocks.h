// The events of many visitors as they come, each visitor's kept together and in order: a list of
// blocks for each, cut from large slabs, a block a quarter larger than the one before it. An event
// is written once, where it will be read, and reading a visitor walks through a few stretches of
// memory instead of jumping to every event.
//
//   event = as in a list of events (base/event_list.h)
//
// Owned by one thread while events are appended; read by any afterwards.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "base/copy_short.h"
#include "engine/huge_pages.h"

namespace vinkki::engine {

class EventBlocks {
 public:
  class Approach;

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
    CopyShort(v->end(), event);
    v->used += static_cast<uint32_t>(event.size());
    v->left -= static_cast<uint32_t>(event.size());
    ++v->count;
  }

  // Ahead of ForEach, after PrefetchVisitor.
  void PrefetchFirst(uint32_t visitor) const { Prefetch(visitors_[visitor].first, kFirstBytes); }
  // f(events, how many there are) for each of the visitor's blocks, in order.
  template <typename F>
  void ForEach(uint32_t visitor, F&& f) const {
    const Visitor& v = visitors_[visitor];
    for (const Block* block = v.first; block != v.last; block = block->next) {
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

  static constexpr size_t kFirstBytes = 112;  // of events, in a visitor's first block

  // A block with this many bytes of events.
  static void Prefetch(const Block* block, size_t bytes) {
    const char* const at = reinterpret_cast<const char*>(block);
    for (size_t i = 0; i < sizeof(Block) + bytes; i += 64) __builtin_prefetch(at + i);
  }
  void AddBlock(Visitor* v, size_t needed);
  char* Cut(size_t bytes);

  struct Free {
    void operator()(char* at) const { std::free(at); }
  };

  std::vector<Visitor, HugeAllocator<Visitor>> visitors_;
  std::vector<std::unique_ptr<char, Free>> slabs_;
  char* free_ = nullptr;  // in the last slab
  size_t free_bytes_ = 0;
};

// Brings a visitor's blocks near, ahead of ForEach, block by block: each is known only from the one
// before it, so that between two steps there should be time for one to come from memory.
class EventBlocks::Approach {
 public:
  Approach() = default;
  Approach(const EventBlocks& blocks, uint32_t visitor)
      : visitor_(&blocks.visitors_[visitor]), block_(visitor_->first) {}
  void Step() {
    if (block_ == nullptr) return;
    const bool last = block_ == visitor_->last;
    Prefetch(block_, last ? visitor_->used : block_->used);
    block_ = last ? nullptr : block_->next;
    if (block_ != nullptr) Prefetch(block_, 0);
  }

 private:
  const Visitor* visitor_ = nullptr;
  const Block* block_ = nullptr;  // its first bytes are on their way
};

}  // namespace vinkki::engine
