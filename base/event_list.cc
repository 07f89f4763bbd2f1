#include "base/event_list.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/prop_bytes.h"

namespace vinkki {

using namespace prop_bytes;

namespace {

enum Flag : uint8_t { kViaServer = 1, kHasId = 2, kHasCounts = 4, kHasItems = 8 };
constexpr int kCountShift = 4, kSizeShift = 8, kTimeShift = 16;
constexpr uint64_t kMostCount = 15, kMostSize = 255;  // that a head can tell
constexpr size_t kCounts = 8;                         // a count and a size

}  // namespace

void EventListWriter::Grow(size_t n) {
  constexpr size_t kFirst = 4096;
  buffer_.resize(std::max(kFirst, (size_ + n) * 2));
}

char* EventListWriter::PutWord(char* to, std::string_view word) {
  const uint8_t number = words_->NumberOf(word);
  *to++ = static_cast<char>(number);
  return number == WordList::kSpelledOut ? Text(to, word) : to;
}

void EventListWriter::BeginEvent(Millis at, std::string_view name, bool via_server,
                                 std::string_view id) {
  assert(at >= 0 && at >> (64 - kTimeShift) == 0);
  event_at_ = size_;
  items_at_ = 0;
  props_ = items_ = 0;
  head_ = static_cast<uint64_t>(at) << kTimeShift | (via_server ? kViaServer : 0) |
          (id.empty() ? 0 : kHasId);
  char* to = Room(sizeof head_ + name.size() + id.size() + 2 * kMostVarint + 1);
  to = PutWord(to + sizeof head_, name);
  if (!id.empty()) to = Text(to, id);
  Wrote(to);
  props_at_ = size_;
}

void EventListWriter::Prop(std::string_view key, const Value& value) {
  if (value.missing()) return;
  ++props_;
  Wrote(PutValue(PutWord(Room(MostOfProp(key, value)), key), value));
}

// Of what was written behind the place for them.
void EventListWriter::PutCounts(size_t at, uint64_t count) {
  const uint64_t size = size_ - at - kCounts;
  assert(count < (1ull << 32) && size < (1ull << 32));
  Fixed64(buffer_.data() + at, size << 32 | count);
}

void EventListWriter::EndProps() {
  if (items_at_ == 0) return EndEventProps();
  PutPadded(buffer_.data() + item_at_, props_);
}

void EventListWriter::EndEventProps() {
  const size_t bytes = size_ - props_at_;
  if (props_ <= kMostCount && bytes <= kMostSize) {
    head_ |= bytes << kSizeShift | props_ << kCountShift;
    return;
  }
  Room(kCounts);
  char* const props = buffer_.data() + props_at_;
  std::memmove(props + kCounts, props, bytes);
  size_ += kCounts;
  PutCounts(props_at_, props_);
  head_ |= kHasCounts;
}

void EventListWriter::BeginItem() {
  EndProps();
  Room(kCounts + kPaddedVarint);
  if (items_at_ == 0) {
    head_ |= kHasItems;
    items_at_ = size_;
    size_ += kCounts;
  }
  item_at_ = size_;
  size_ += kPaddedVarint;
  ++items_;
  props_ = 0;
}

void EventListWriter::EndEvent() {
  EndProps();
  if (items_at_ != 0) PutCounts(items_at_, items_);
  Fixed64(buffer_.data() + event_at_, head_);
}

bool EventListReader::Next(EventView* event) {
  if (left_ == 0 || !reader_.ok()) return false;
  const uint64_t head = reader_.Fixed64();
  event->at = static_cast<Millis>(head >> kTimeShift);
  event->name = words_->Read(&reader_);
  event->via_server = (head & kViaServer) != 0;
  event->id = (head & kHasId) != 0 ? reader_.Text() : std::string_view();
  uint64_t count = head >> kCountShift & kMostCount;
  uint64_t size = head >> kSizeShift & kMostSize;
  if ((head & kHasCounts) != 0) {
    count = reader_.Fixed32();
    size = reader_.Fixed32();
  }
  event->props_ = PropReader(reader_.Bytes(size), count, words_);
  event->items_ = ByteReader({});
  event->item_count_ = 0;
  if ((head & kHasItems) != 0) {
    event->item_count_ = reader_.Fixed32();
    event->items_ = ByteReader(reader_.Bytes(reader_.Fixed32()));
  }
  if (!reader_.ok()) return false;
  --left_;
  return true;
}

Status EventListReader::status() const {
  if (left_ > 0) return Status::Corrupt("list of events: broken bytes");
  return Status::Ok();
}

}  // namespace vinkki
