// Times are relative: the first to `base`, each next to the one before.
//
//   ring     = keep:varint epoch:varint total:varint count:varint *entry
//   entry    = at:signed [amount:signed | number:f64 | reached:varint |
//              hash:fixed64 [ordinal:varint]]
//              of a ladder, `keep` is for each of its rungs, and reached counts from 1 to those;
//              which they are is part of the source's definition, and so of its key
//   counter  = epoch count                       total = epoch count low:fixed64 high:signed
//   number   = epoch number:f64                  time  = at:signed
//   value    = epoch at:signed kind:u8 (boolean:u8 | number:f64 | text | nothing)
//   queue    = keep:varint count:varint *(at:signed kind:u8 ...)
//   sequence = epoch (complete | absences:varint *(length:signed complete))
//              values:varint *(hash:fixed64 (ready:signed [stamp:varint])*)
//              waiting:varint *(ended:signed began:signed hash:fixed64)
//              hash only with `same`
#include "rules/block_codec.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "rules/ladder.h"
#include "rules/sequence.h"
#include "rules/value_queue.h"

namespace vinkki::rules {
namespace {

void PutAt(std::string* out, Millis base, Millis at) {
  PutSigned(out, at == kNoTime ? INT64_MIN : base - at);
}
Millis ReadAt(ByteReader* reader, Millis base) {
  const int64_t value = reader->Signed();
  if (value == INT64_MIN) return kNoTime;
  const auto at = static_cast<Millis>(static_cast<uint64_t>(base) - static_cast<uint64_t>(value));
  if (at <= -kFarthest || at >= kFarthest) reader->Fail();
  return reader->ok() ? at : 0;
}

void PutEntry(std::string*, const Time&) {}
void PutEntry(std::string* out, const Amount& e) { PutSigned(out, e.millionths); }
void PutEntry(std::string* out, const Number& e) { PutDouble(out, e.number); }
void PutEntry(std::string* out, const Climb& e) { PutVarint(out, e.reached); }
void PutEntry(std::string* out, const Hashed& e) { PutFixed64(out, e.hash); }
void PutEntry(std::string* out, const Seen& e) {
  PutFixed64(out, e.hash);
  PutVarint(out, e.ordinal);
}
void ReadEntry(ByteReader*, Time*) {}
void ReadEntry(ByteReader* reader, Amount* e) { e->millionths = reader->Signed(); }
void ReadEntry(ByteReader* reader, Number* e) { e->number = reader->Double(); }
void ReadEntry(ByteReader* reader, Climb* e) {
  e->reached = static_cast<uint32_t>(reader->Varint());
}
void ReadEntry(ByteReader* reader, Hashed* e) { e->hash = reader->Fixed64(); }
void ReadEntry(ByteReader* reader, Seen* e) {
  e->hash = reader->Fixed64();
  e->ordinal = static_cast<uint32_t>(reader->Varint());
}

template <typename T>
void EncodeRing(const SourceCode& source, Millis base, const void* block, std::string* out) {
  const Ring<T> ring(block);
  PutVarint(out, source.keep);
  PutVarint(out, ring.epoch());
  PutVarint(out, ring.total());
  // What has left every window by the last event's time is not worth its bytes.
  uint32_t first = 0;
  if (source.window == Window::Kind::kDuration) {
    while (first < ring.size() && ring.At(first).at <= base - source.longest) ++first;
  }
  PutVarint(out, ring.size() - first);
  Millis before = base;
  for (uint32_t i = ring.size(); i-- > first;) {  // the latest first
    PutAt(out, before, ring.At(i).at);
    PutEntry(out, ring.At(i));
    before = ring.At(i).at;
  }
}

// Of what a program that kept more has left, those that are needed now: not just the latest.
template <typename T>
void SortOut(const SourceCode& source, const Ring<T>& ring) {
  if constexpr (std::is_same_v<T, Climb>) {
    if (ring.size() <= source.most()) return;
    DropOutdone(source.keep, 0, ring);
    T* oldest = &ring.At(0);
    std::copy(oldest, oldest + ring.size(), ring.entries());
    ring.header().head = 0;
    ring.header().capacity = static_cast<uint16_t>(source.most());
  }
}

template <typename T>
bool DecodeRing(const SourceCode& source, uint32_t slot, Millis base, ByteReader* reader,
                BlockStore* blocks, bool* short_of_room) {
  const uint64_t kept = reader->Varint();
  const auto epoch = static_cast<uint32_t>(reader->Varint());
  const auto total = static_cast<uint32_t>(reader->Varint());
  const uint64_t count = reader->Varint();
  if (!reader->ok() || count > reader->left() || kept > UINT16_MAX) return false;
  if (count > kept * source.rungs || count > UINT16_MAX) return false;
  // Whatever a ladder dropped, `keep` that came later were left.
  if (count >= kept && kept < source.keep) *short_of_room = true;
  const bool all = source.storage == Storage::kLadder;
  const auto take = static_cast<uint32_t>(all ? count : std::min<uint64_t>(count, source.keep));
  const uint32_t capacity = std::max(take, std::min(source.most(), 2u));
  const Ring<T> ring(blocks->Make(slot, Ring<T>::Bytes(capacity)));
  ring.header().capacity = static_cast<uint16_t>(capacity);
  ring.header().size = static_cast<uint16_t>(take);
  ring.Mark(epoch, total);
  for (uint64_t i = 0; i < count; ++i) {
    T entry = {};
    entry.at = base = ReadAt(reader, base);
    ReadEntry(reader, &entry);
    if constexpr (std::is_same_v<T, Climb>) {
      if (entry.reached == 0 || entry.reached > source.rungs) return false;
    }
    if (i < take) ring.Latest(static_cast<uint32_t>(i)) = entry;
  }
  SortOut(source, ring);
  return reader->ok() && reader->AtEnd();
}

void PutValue(std::string* out, const Value& value) {
  out->push_back(static_cast<char>(value.kind));
  switch (value.kind) {
    case Value::Kind::kMissing: return;
    case Value::Kind::kBool: out->push_back(value.boolean ? 1 : 0); return;
    case Value::Kind::kNumber: PutDouble(out, value.number); return;
    case Value::Kind::kText: PutText(out, value.text); return;
  }
}

bool ReadValue(ByteReader* reader, Value* value) {
  switch (reader->Byte()) {
    case 0: *value = Value::Missing(); break;
    case 1: *value = Value::Of(reader->Byte() != 0); break;
    case 2: *value = Value::Of(reader->Double()); break;
    case 3: *value = Value::Of(reader->Text()); break;
    default: return false;
  }
  return reader->ok();
}

void EncodeValue(Millis base, const ValueBlock& block, std::string* out) {
  PutVarint(out, block.epoch);
  PutAt(out, base, block.at);
  Value value;
  value.kind = static_cast<Value::Kind>(block.kind);
  value.boolean = block.boolean != 0;
  value.number = block.number;
  if (value.is_text()) value.text = {block.text(), block.size};
  PutValue(out, value);
}

bool DecodeValue(uint32_t slot, Millis base, ByteReader* reader, BlockStore* blocks) {
  const auto epoch = static_cast<uint32_t>(reader->Varint());
  const Millis at = ReadAt(reader, base);
  Value value;
  if (!ReadValue(reader, &value) || !reader->AtEnd()) return false;
  const size_t size = value.is_text() ? value.text.size() : 0;
  auto* block = static_cast<ValueBlock*>(blocks->Make(slot, sizeof(ValueBlock) + size));
  *block = {epoch,
            static_cast<uint16_t>(value.kind),
            value.boolean,
            static_cast<uint32_t>(size),
            0,
            at,
            value.number};
  if (size > 0) std::memcpy(block->text(), value.text.data(), size);
  return true;
}

void EncodeQueue(const SourceCode& source, Millis base, const QueueHeader* block,
                 std::string* out) {
  PutVarint(out, source.keep);
  PutVarint(out, block->count);
  ForEachValue(block, [&](Millis at, const Value& value) {
    PutAt(out, base, at);
    PutValue(out, value);
  });
}

bool DecodeQueue(const SourceCode& source, uint32_t slot, Millis base, ByteReader* reader,
                 BlockStore* blocks, bool* short_of_room) {
  const uint64_t kept = reader->Varint();
  const uint64_t count = reader->Varint();
  if (!reader->ok() || count > kept || count > reader->left()) return false;
  if (count == kept && kept < source.keep) *short_of_room = true;
  for (uint64_t i = 0; i < count; ++i) {
    const Millis at = ReadAt(reader, base);
    Value value;
    if (!ReadValue(reader, &value) || value.missing() || at == kNoTime) return false;
    PushValue(blocks, slot, at, value, std::max(source.keep, 1u), kNoTime);
  }
  return reader->AtEnd();
}

void EncodeSequence(const SequenceCode& code, Millis base, const void* block, std::string* out) {
  const SequenceShape shape(code);
  const SequenceParts parts(shape, const_cast<void*>(block));
  PutVarint(out, parts.header->epoch);
  if (code.ends_in_absence()) PutVarint(out, code.absences.size());
  for (size_t i = 0; i < shape.completes; ++i) {
    if (code.ends_in_absence()) PutSigned(out, code.absences[i]);
    PutAt(out, base, parts.complete[i]);
  }
  PutVarint(out, parts.header->values);
  const int64_t* row = parts.rows;
  for (uint16_t i = 0; i < parts.header->values; ++i, row += shape.row_words) {
    if (code.same != kNone) PutFixed64(out, static_cast<uint64_t>(row[0]));
    for (uint32_t j = 1; j < shape.steps; ++j) {
      PutAt(out, base, row[j]);
      if (shape.stamped) PutVarint(out, static_cast<uint64_t>(row[shape.steps + j - 1]));
    }
  }
  PutVarint(out, parts.header->waiting);
  for (uint16_t i = 0; i < parts.header->waiting; ++i) {
    PutAt(out, base, parts.waiting[i].ended);
    PutAt(out, base, parts.waiting[i].began);
    if (code.same != kNone) PutFixed64(out, parts.waiting[i].hash);
  }
}

// The latest begins of complete matches. A length of which the bytes say nothing is new.
bool DecodeCompletes(const SequenceCode& code, Millis base, ByteReader* reader,
                     std::vector<Millis>* completes, bool* short_of_room) {
  if (!code.ends_in_absence()) {
    completes->assign(1, ReadAt(reader, base));
    return reader->ok();
  }
  const uint64_t count = reader->Varint();
  completes->assign(code.absences.size(), kNoTime);
  std::vector<bool> known(code.absences.size());
  for (uint64_t i = 0; i < count && reader->ok(); ++i) {
    const Millis length = reader->Signed();
    const Millis complete = ReadAt(reader, base);
    const auto at = std::find(code.absences.begin(), code.absences.end(), length);
    if (at == code.absences.end()) continue;
    known[static_cast<size_t>(at - code.absences.begin())] = true;
    (*completes)[static_cast<size_t>(at - code.absences.begin())] = complete;
  }
  if (std::find(known.begin(), known.end(), false) != known.end()) *short_of_room = true;
  return reader->ok();
}

bool DecodeRows(const SequenceCode& code, const SequenceShape& shape, Millis base,
                ByteReader* reader, std::vector<int64_t>* rows, uint16_t* values) {
  const uint64_t count = reader->Varint();
  if (!reader->ok() || count > kMostValues || (code.same == kNone && count > 1)) return false;
  *values = static_cast<uint16_t>(count);
  rows->resize(count * shape.row_words);
  for (uint64_t i = 0; i < count; ++i) {
    int64_t* row = rows->data() + i * shape.row_words;
    row[0] = code.same == kNone ? 0 : static_cast<int64_t>(reader->Fixed64());
    for (uint32_t j = 1; j < shape.steps && reader->ok(); ++j) {
      row[j] = ReadAt(reader, base);
      if (shape.stamped) row[shape.steps + j - 1] = static_cast<int64_t>(reader->Varint());
    }
  }
  return reader->ok();
}

bool DecodeSequence(const SequenceCode& code, uint32_t slot, Millis base, ByteReader* reader,
                    BlockStore* blocks, bool* short_of_room) {
  const SequenceShape shape(code);
  SequenceHeader header = {};
  header.epoch = static_cast<uint32_t>(reader->Varint());
  std::vector<Millis> completes;
  std::vector<int64_t> rows;
  if (!DecodeCompletes(code, base, reader, &completes, short_of_room)) return false;
  if (!DecodeRows(code, shape, base, reader, &rows, &header.values)) return false;
  header.value_capacity = header.values;
  const uint64_t count = reader->Varint();
  if (!reader->ok() || count > kMostWaiting) return false;
  header.waiting = header.waiting_capacity = static_cast<uint16_t>(count);
  std::vector<Waiting> waiting(count);
  for (Waiting& one : waiting) {
    one.ended = ReadAt(reader, base);
    one.began = ReadAt(reader, base);
    one.hash = code.same == kNone ? 0 : reader->Fixed64();
  }
  if (!reader->ok() || !reader->AtEnd()) return false;
  void* block = blocks->Make(slot, shape.Bytes(header.values, header.waiting));
  std::memcpy(block, &header, sizeof header);
  const SequenceParts parts(shape, block);
  std::copy(completes.begin(), completes.end(), parts.complete);
  std::copy(rows.begin(), rows.end(), parts.rows);
  std::copy(waiting.begin(), waiting.end(), parts.waiting);
  return true;
}

void EncodeTotal(const TotalBlock& block, std::string* out) {
  PutVarint(out, block.epoch);
  PutVarint(out, block.count);
  PutFixed64(out, block.low);
  PutSigned(out, block.high);
}

// The blocks of a fixed size.
bool DecodeSmall(Storage storage, uint32_t slot, Millis base, ByteReader* reader,
                 BlockStore* blocks) {
  if (storage == Storage::kLastTime) {
    static_cast<Time*>(blocks->Make(slot, sizeof(Time)))->at = ReadAt(reader, base);
    return reader->ok() && reader->AtEnd();
  }
  const auto epoch = static_cast<uint32_t>(reader->Varint());
  if (storage == Storage::kCounter) {
    auto* block = static_cast<CounterBlock*>(blocks->Make(slot, sizeof(CounterBlock)));
    *block = {epoch, static_cast<uint32_t>(reader->Varint())};
  } else if (storage == Storage::kTotal) {
    auto* block = static_cast<TotalBlock*>(blocks->Make(slot, sizeof(TotalBlock)));
    block->epoch = epoch;
    block->count = static_cast<uint32_t>(reader->Varint());
    block->low = reader->Fixed64();
    block->high = reader->Signed();
  } else {
    auto* block = static_cast<NumberBlock*>(blocks->Make(slot, sizeof(NumberBlock)));
    *block = {epoch, 1, reader->Double()};
  }
  return reader->ok() && reader->AtEnd();
}

}  // namespace

void EncodeBlock(const Code& code, uint32_t index, Millis base, const BlockStore& blocks,
                 std::string* out) {
  const SourceCode& source = code.sources[index];
  const uint32_t slot = SlotOf(index);
  const void* block = blocks.Get<void>(slot);
  switch (source.storage) {
    case Storage::kLastTime: PutAt(out, base, blocks.Get<Time>(slot)->at); return;
    case Storage::kTimes: EncodeRing<Time>(source, base, block, out); return;
    case Storage::kAmounts: EncodeRing<Amount>(source, base, block, out); return;
    case Storage::kNumbers: EncodeRing<Number>(source, base, block, out); return;
    case Storage::kLadder: EncodeRing<Climb>(source, base, block, out); return;
    case Storage::kHashes: EncodeRing<Hashed>(source, base, block, out); return;
    case Storage::kRecent: EncodeRing<Seen>(source, base, block, out); return;
    case Storage::kCounter:
      PutVarint(out, blocks.Get<CounterBlock>(slot)->epoch);
      PutVarint(out, blocks.Get<CounterBlock>(slot)->count);
      return;
    case Storage::kTotal: EncodeTotal(*blocks.Get<TotalBlock>(slot), out); return;
    case Storage::kLeast:
    case Storage::kGreatest:
      PutVarint(out, blocks.Get<NumberBlock>(slot)->epoch);
      PutDouble(out, blocks.Get<NumberBlock>(slot)->number);
      return;
    case Storage::kValues: EncodeQueue(source, base, blocks.Get<QueueHeader>(slot), out); return;
    case Storage::kFirst:
    case Storage::kLast:
    case Storage::kProperty: EncodeValue(base, *blocks.Get<ValueBlock>(slot), out); return;
    case Storage::kSequence:
      EncodeSequence(code.sequences[source.sequence], base, block, out);
      return;
  }
}

bool DecodeBlock(const Code& code, uint32_t index, Millis base, std::string_view bytes,
                 BlockStore* blocks, bool* short_of_room) {
  const SourceCode& source = code.sources[index];
  const uint32_t slot = SlotOf(index);
  ByteReader reader(bytes);
  if (blocks->has(slot)) return false;  // twice
  switch (source.storage) {
    case Storage::kTimes:
      return DecodeRing<Time>(source, slot, base, &reader, blocks, short_of_room);
    case Storage::kAmounts:
      return DecodeRing<Amount>(source, slot, base, &reader, blocks, short_of_room);
    case Storage::kNumbers:
      return DecodeRing<Number>(source, slot, base, &reader, blocks, short_of_room);
    case Storage::kLadder:
      return DecodeRing<Climb>(source, slot, base, &reader, blocks, short_of_room);
    case Storage::kHashes:
      return DecodeRing<Hashed>(source, slot, base, &reader, blocks, short_of_room);
    case Storage::kRecent:
      return DecodeRing<Seen>(source, slot, base, &reader, blocks, short_of_room);
    case Storage::kValues: return DecodeQueue(source, slot, base, &reader, blocks, short_of_room);
    case Storage::kFirst:
    case Storage::kLast:
    case Storage::kProperty: return DecodeValue(slot, base, &reader, blocks);
    case Storage::kSequence:
      return DecodeSequence(code.sequences[source.sequence], slot, base, &reader, blocks,
                            short_of_room);
    default: return DecodeSmall(source.storage, slot, base, &reader, blocks);
  }
}

}  // namespace vinkki::rules
