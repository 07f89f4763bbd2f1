#include "base/event_list.h"

#include <algorithm>
#include <cassert>

#include "base/prop_bytes.h"

namespace vinkki {

using namespace prop_bytes;

namespace {

enum Flag : uint8_t { kViaServer = 1, kHasId = 2, kHasProps = 4, kHasItems = 8 };
constexpr int kFlagBits = 8;
constexpr size_t kCounts = 8;  // a count and a size

}  // namespace

void EventListWriter::Grow(size_t n) {
  constexpr size_t kFirst = 4096;
  buffer_.resize(std::max(kFirst, (size_ + n) * 2));
}

void EventListWriter::BeginEvent(Millis at, std::string_view name, bool via_server,
                                 std::string_view id) {
  event_at_ = size_;
  items_at_ = 0;
  props_ = items_ = 0;
  char* to = Room(8 + name.size() + id.size() + 2 * kMostVarint + kCounts);
  const uint64_t flags = (via_server ? kViaServer : 0) | (id.empty() ? 0 : kHasId);
  to = Text(Fixed64(to, static_cast<uint64_t>(at) << kFlagBits | flags), name);
  if (!id.empty()) to = Text(to, id);
  Wrote(to);
  props_at_ = size_;
  size_ += kCounts;
}

void EventListWriter::Prop(std::string_view key, const Value& value) {
  if (value.missing()) return;
  ++props_;
  Wrote(PutProp(Room(MostOfProp(key, value)), key, value));
}

// Of what was written behind the place for them.
void EventListWriter::PutCounts(size_t at, uint64_t count) {
  const uint64_t size = size_ - at - kCounts;
  assert(count < (1ull << 32) && size < (1ull << 32));
  Fixed64(buffer_.data() + at, size << 32 | count);
}

void EventListWriter::EndProps() {
  if (items_at_ != 0) {
    PutPadded(buffer_.data() + item_at_, props_);
  } else if (props_ == 0) {
    size_ = props_at_;
  } else {
    buffer_[event_at_] |= kHasProps;
    PutCounts(props_at_, props_);
  }
}

void EventListWriter::BeginItem() {
  EndProps();
  Room(kCounts + kPaddedVarint);
  if (items_at_ == 0) {
    buffer_[event_at_] |= kHasItems;
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
}

bool EventListReader::Next(EventView* event) {
  if (left_ == 0 || !reader_.ok()) return false;
  const uint64_t head = reader_.Fixed64();
  event->at = static_cast<Millis>(head) >> kFlagBits;
  event->name = reader_.Text();
  event->via_server = (head & kViaServer) != 0;
  event->id = (head & kHasId) != 0 ? reader_.Text() : std::string_view();
  event->props_ = {};
  event->items_ = ByteReader({});
  event->item_count_ = 0;
  if ((head & kHasProps) != 0) {
    const uint64_t count = reader_.Fixed32();
    event->props_ = PropReader(reader_.Bytes(reader_.Fixed32()), count);
  }
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
