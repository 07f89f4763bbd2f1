// The latest values of a property with their times, for `first` over a duration: a queue of bytes,
// because texts have any length.
//
//   block = QueueHeader entry*           entries stand at [begin, end)
//   entry = at:i64 number:f64 size:u32 kind:u8 boolean:u8 0:u16 text, padded to 8 bytes
#pragma once

#include "rules/moment.h"

namespace vinkki::rules {

// Adds a value; at most `keep` stay, and none from before or at `oldest`.
void PushValue(BlockStore* blocks, uint32_t slot, Millis at, const Value& value, uint32_t keep,
               Millis oldest);

// The first value after `after`, false when there is none.
bool FirstInQueue(const QueueHeader* block, Millis after, Millis* at, Operand* out);

// f(at, value) for each entry, oldest first.
template <typename F>
void ForEachValue(const QueueHeader* block, F&& f);

struct QueueEntry {
  Millis at;
  double number;
  uint32_t size;
  uint8_t kind;
  uint8_t boolean;
  uint16_t spare;

  size_t Bytes() const { return sizeof(QueueEntry) + RoundUp8(size); }
  Value value() const {
    Value out;
    out.kind = static_cast<Value::Kind>(kind);
    out.boolean = boolean != 0;
    out.number = number;
    if (out.is_text()) out.text = {reinterpret_cast<const char*>(this + 1), size};
    return out;
  }
};

template <typename F>
void ForEachValue(const QueueHeader* block, F&& f) {
  const auto* bytes = reinterpret_cast<const char*>(block + 1);
  for (uint32_t at = block->begin; at < block->end;) {
    const auto* entry = reinterpret_cast<const QueueEntry*>(bytes + at);
    f(entry->at, entry->value());
    at += static_cast<uint32_t>(entry->Bytes());
  }
}

}  // namespace vinkki::rules
