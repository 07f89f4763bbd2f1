#include "rules/value_queue.h"

#include <cstring>

#include "rules/let_go.h"

namespace vinkki::rules {
namespace {

char* Bytes(QueueHeader* block) { return reinterpret_cast<char*>(block + 1); }

QueueEntry* EntryAt(QueueHeader* block, uint32_t at) {
  return reinterpret_cast<QueueEntry*>(Bytes(block) + at);
}

void PopOld(QueueHeader* block, uint32_t slot, uint32_t keep, Millis oldest) {
  while (block->count > 0) {
    const QueueEntry* entry = EntryAt(block, block->begin);
    if (entry->at > oldest) {
      if (block->count < keep) break;
      NoteLetGo(slot, LetGo::kEvents);
    }
    block->begin += static_cast<uint32_t>(entry->Bytes());
    --block->count;
  }
  if (block->count == 0) block->begin = block->end = 0;
}

// The block with room for `bytes` more at its end.
QueueHeader* MakeRoom(BlockStore* blocks, uint32_t slot, size_t bytes) {
  auto* block = blocks->Get<QueueHeader>(slot);
  if (block->end + bytes <= block->capacity) return block;
  if (block->begin > 0) {
    std::memmove(Bytes(block), Bytes(block) + block->begin, block->end - block->begin);
    block->end -= block->begin;
    block->begin = 0;
  }
  if (block->end + bytes <= block->capacity) return block;
  const size_t capacity = RoundUp8(block->end + bytes + block->end / 2);
  block = static_cast<QueueHeader*>(blocks->Make(slot, sizeof(QueueHeader) + capacity));
  block->capacity = static_cast<uint32_t>(capacity);
  return block;
}

}  // namespace

void PushValue(BlockStore* blocks, uint32_t slot, Millis at, const Value& value, uint32_t keep,
               Millis oldest) {
  if (!blocks->has(slot)) blocks->Make(slot, sizeof(QueueHeader));
  PopOld(blocks->Get<QueueHeader>(slot), slot, keep, oldest);
  QueueEntry entry = {};
  entry.at = at;
  entry.number = value.number;
  entry.kind = static_cast<uint8_t>(value.kind);
  entry.boolean = value.boolean;
  entry.size = value.is_text() ? static_cast<uint32_t>(value.text.size()) : 0;
  QueueHeader* block = MakeRoom(blocks, slot, entry.Bytes());
  char* to = Bytes(block) + block->end;
  std::memcpy(to, &entry, sizeof entry);
  if (entry.size > 0) std::memcpy(to + sizeof entry, value.text.data(), entry.size);
  block->end += static_cast<uint32_t>(entry.Bytes());
  ++block->count;
}

bool FirstInQueue(const QueueHeader* block, Millis after, Millis* at, Operand* out) {
  bool found = false;
  ForEachValue(block, [&](Millis time, const Value& value) {
    if (found || time <= after) return;
    found = true;
    *at = time;
    *out = Operand::Of(value);
  });
  return found;
}

}  // namespace vinkki::rules
