// Events that stand one after the other without a batch around them, in memory only: each as short
// as may be, and read without walking through its properties.
//
//   event  = head:fixed64 name:word [id:text] [counts] *prop [counts *item]
//   head   = time << 16 | size << 8 | count << 4 | flags    ; size and count of the properties
//   flags  : bit 0 via server, 1 an id, 2 counts of the properties (head has no room), 3 items
//   counts = count:fixed32 size:fixed32                     ; size: bytes of all
//   item   = nprops:varint *prop
//   prop   = key:word value                                 ; value: base/batch.h
//
// word: base/word_list.h, which the writer fills and the reader needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/batch.h"
#include "base/bytes.h"
#include "base/status.h"
#include "base/word_list.h"

namespace vinkki {

// Writes events front to back: BeginEvent, Prop*, for each item BeginItem Prop*, EndEvent. Its
// buffer is kept.
class EventListWriter {
 public:
  // `words` outlives it.
  explicit EventListWriter(WordList* words) : words_(words) {}
  void Clear() { size_ = 0; }
  // Requires a time that is not negative, of less than 49 bits.
  void BeginEvent(Millis at, std::string_view name, bool via_server, std::string_view id);
  void Prop(std::string_view key, const Value& value);
  void BeginItem();
  void EndEvent();
  size_t size() const { return size_; }
  // Valid until the next call. An event that is ended is complete.
  std::string_view written() const { return {buffer_.data(), size_}; }

 private:
  char* Room(size_t n) {  // at least n bytes at the end
    if (buffer_.size() - size_ < n) Grow(n);
    return buffer_.data() + size_;
  }
  void Grow(size_t n);
  void Wrote(const char* end) { size_ = static_cast<size_t>(end - buffer_.data()); }
  char* PutWord(char* to, std::string_view word);
  void PutCounts(size_t at, uint64_t count);
  void EndProps();
  void EndEventProps();

  WordList* const words_;
  std::vector<char> buffer_;  // the first size_ bytes are written
  size_t size_ = 0;
  uint64_t head_ = 0;
  size_t event_at_ = 0;
  size_t props_at_ = 0;  // of the event
  size_t items_at_ = 0;  // 0: none
  size_t item_at_ = 0;   // the last one
  uint64_t props_ = 0;   // of the event or of the last item
  uint64_t items_ = 0;
};

// Reads `count` of them, written with these words, which outlive it. After Next() returned false,
// status() says whether it was the end or broken bytes.
class EventListReader {
 public:
  EventListReader(std::string_view events, uint64_t count, const WordList* words)
      : reader_(events), left_(count), words_(words) {}
  bool Next(EventView* event);
  Status status() const;

 private:
  ByteReader reader_;
  uint64_t left_;
  const WordList* words_;
};

}  // namespace vinkki
