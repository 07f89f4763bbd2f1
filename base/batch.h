// A batch: what one visitor sent in one request, in the bytes in which it is also stored. The
// collector writes these bytes once (BatchWriter); the shard reads them in place (BatchReader) and
// stores them as they are. Nothing else copies an event.
//
//   buffer   = site NUL visitor  bytes                 ; the key, then the stored row's value
//   bytes    = version:u8 flags:u8 received:fixed64 not_before:fixed64 load:fixed64
//              number:varint count:varint *event
//   event    = size:varint                             ; bytes that follow in this event
//              delta:signed name:text eflags:u8 [id:text]
//              nprops:varint *prop nitems:varint *item
//   item     = nprops:varint *prop
//   prop     = key:text value
//   value    = 0:u8 (false) | 1:u8 (true) | 2:u8 double | 3:u8 text | 4:u8 signed (whole number)
//
// version 1. flags: bits 0-1 consent mode (Consent), bit 2: came from a server, bit 3: history.
// load: hash of tab and page load (0: from a server, deduplicated by event id). An event's time is
// received + delta, but never before not_before, which the shard sets, in place, so that the events
// of one page load stay in order although the network's delay varies.
// eflags: bit 0 via server, bit 1 has an id.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/value.h"
#include "base/word_list.h"

namespace vinkki {

enum class Consent : uint8_t { kOff = 0, kCookieless = 1, kFull = 2 };

// Reads "prop" lists. Copyable and cheap; valid while the batch's bytes are.
class PropReader {
 public:
  PropReader() : reader_({}) {}
  // Consumes one list from `from`. With `words`, keys are words of theirs (base/event_list.h).
  explicit PropReader(ByteReader* from, const WordList* words = nullptr);
  PropReader(std::string_view props, uint64_t count, const WordList* words)
      : reader_(props), left_(count), words_(words) {}

  // The next property, false at the end.
  bool Next(std::string_view* key, Value* value);
  uint64_t count() const { return left_; }

 private:
  friend class EventView;
  ByteReader reader_;
  uint64_t left_ = 0;
  const WordList* words_ = nullptr;
};

// One event, in place.
class EventView {
 public:
  Millis at = 0;
  std::string_view name;
  std::string_view id;  // empty: none
  bool via_server = false;

  // The event's own property, or missing.
  Value Own(std::string_view key) const;
  // rules.md 6: the event's own property or, where it has none, that of the first of its items.
  Value Get(std::string_view key) const;

  PropReader props() const { return props_; }
  uint64_t item_count() const { return item_count_; }
  // f(PropReader) for each item, in order.
  template <typename F>
  void ForEachItem(F&& f) const {
    ByteReader reader = items_;
    for (uint64_t i = 0; i < item_count_; ++i) f(PropReader(&reader, props_.words_));
  }

 private:
  friend class BatchReader;
  friend class EventListReader;
  PropReader props_;
  ByteReader items_{{}};
  uint64_t item_count_ = 0;
};

struct BatchHeader {
  Consent consent = Consent::kOff;
  bool via_server = false;
  bool history = false;  // older than the accepted lateness: counts, never offers
  Millis received = 0;
  Millis not_before = 0;
  uint64_t load = 0;
  uint64_t number = 0;
  uint64_t count = 0;
};

// Reads the stored bytes. After Next() returned false, status() says whether it was the end or
// corrupt bytes.
class BatchReader {
 public:
  explicit BatchReader(std::string_view bytes);
  const BatchHeader& header() const { return header_; }
  bool Next(EventView* event);
  Status status() const;

 private:
  ByteReader reader_;
  BatchHeader header_;
  uint64_t read_ = 0;
  bool bad_version_ = false;
};

// Sets not_before in a batch's bytes.
void SetNotBefore(std::string* buffer, size_t bytes_offset, Millis not_before);

// The batch on its way: one allocation.
struct Batch {
  std::string buffer;
  uint32_t site_size = 0;
  uint32_t visitor_size = 0;

  std::string_view site() const { return {buffer.data(), site_size}; }
  std::string_view visitor() const { return {buffer.data() + site_size + 1, visitor_size}; }
  // site NUL visitor: the key of the visitor everywhere.
  std::string_view key() const { return {buffer.data(), bytes_offset()}; }
  size_t bytes_offset() const { return site_size + 1 + visitor_size; }
  std::string_view bytes() const { return std::string_view(buffer).substr(bytes_offset()); }
};

// Writes a batch front to back: Begin, then for each event BeginEvent, Prop*, [BeginItems, for each
// item BeginItem Prop*], EndEvent; then Finish. An event can be taken back with CancelEvent.
// Counts are patched afterwards, so they are padded varints of fixed width (3 bytes).
//
// Written into a buffer that is kept from batch to batch and copied by Finish, once, into a string
// of the right size: a string that grows with each property cost as much as the JSON it came from.
class BatchWriter {
 public:
  // site and visitor hold no NUL.
  void Begin(std::string_view site, std::string_view visitor, const BatchHeader& header);
  void BeginEvent(Millis delta, std::string_view name, bool via_server, std::string_view id = {});
  void Prop(std::string_view key, const Value& value);  // of the event, or of the current item
  void BeginItem();
  void EndEvent();
  void CancelEvent();
  uint64_t count() const { return count_; }
  size_t size() const { return size_; }
  // What is written so far; valid until the next call. An event that is ended is complete.
  std::string_view written() const { return {buffer_.data(), size_}; }
  Batch Finish();

 private:
  char* Room(size_t n);  // at least n bytes at the end
  void Wrote(const char* end) { size_ = static_cast<size_t>(end - buffer_.data()); }
  size_t OpenCount();  // where a count will be patched in
  void PatchCount(size_t at, uint64_t n);

  std::vector<char> buffer_;  // the first size_ bytes are written
  size_t size_ = 0;
  uint32_t site_size_ = 0;
  uint32_t visitor_size_ = 0;
  size_t count_at_ = 0;
  size_t event_at_ = 0;
  size_t props_at_ = 0;
  size_t items_at_ = 0;
  uint64_t count_ = 0;
  uint64_t props_ = 0;
  uint64_t items_ = 0;
};

}  // namespace vinkki
