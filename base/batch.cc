#include "base/batch.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/prop_bytes.h"

namespace vinkki {

using namespace prop_bytes;

namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kNotBeforeOffset = 1 + 1 + 8;

Value ReadValue(ByteReader* r) {
  switch (r->Byte()) {
    case kFalse: return Value::Of(false);
    case kTrue: return Value::Of(true);
    case kDouble: return Value::Of(r->Double());
    case kText: return Value::Of(r->Text());
    case kWhole: return Value::Of(static_cast<double>(r->Signed()));
    default: return Value::Missing();
  }
}

std::string_view ReadKey(const WordList* words, ByteReader* r) {
  return words == nullptr ? r->Text() : words->Read(r);
}

void SkipValue(ByteReader* r) {
  switch (r->Byte()) {
    case kDouble: r->Fixed64(); return;
    case kText: r->Text(); return;
    case kWhole: r->Varint(); return;
    default: return;
  }
}

}  // namespace

PropReader::PropReader(ByteReader* from, const WordList* words) : reader_(*from), words_(words) {
  left_ = reader_.Varint();
  *from = reader_;
  for (uint64_t i = 0; i < left_ && from->ok(); ++i) {
    ReadKey(words, from);
    SkipValue(from);
  }
}

bool PropReader::Next(std::string_view* key, Value* value) {
  if (left_ == 0 || !reader_.ok()) return false;
  --left_;
  *key = ReadKey(words_, &reader_);
  *value = ReadValue(&reader_);
  return reader_.ok();
}

Value EventView::Own(std::string_view key) const {
  PropReader reader = props_;
  std::string_view k;
  for (Value v; reader.Next(&k, &v);) {
    if (k == key) return v;
  }
  return Value::Missing();
}

Value EventView::Get(std::string_view key) const {
  const Value own = Own(key);
  if (!own.missing() || item_count_ == 0) return own;
  ByteReader items = items_;
  PropReader reader(&items, props_.words_);
  std::string_view k;
  for (Value v; reader.Next(&k, &v);) {
    if (k == key) return v;
  }
  return Value::Missing();
}

BatchReader::BatchReader(std::string_view bytes) : reader_(bytes) {
  bad_version_ = reader_.Byte() != kVersion;
  const uint8_t flags = reader_.Byte();
  header_.consent = static_cast<Consent>(flags & 3);
  header_.via_server = (flags & 4) != 0;
  header_.history = (flags & 8) != 0;
  header_.received = static_cast<Millis>(reader_.Fixed64());
  header_.not_before = static_cast<Millis>(reader_.Fixed64());
  header_.load = reader_.Fixed64();
  header_.number = reader_.Varint();
  header_.count = reader_.Varint();
}

bool BatchReader::Next(EventView* event) {
  if (bad_version_ || !reader_.ok() || read_ == header_.count) return false;
  ByteReader r(reader_.Text());
  ++read_;
  if (!reader_.ok()) return false;
  event->at = header_.received + r.Signed();
  if (event->at < header_.not_before) event->at = header_.not_before;
  event->name = r.Text();
  const uint8_t flags = r.Byte();
  event->via_server = header_.via_server || (flags & 1) != 0;
  event->id = (flags & 2) != 0 ? r.Text() : std::string_view();
  event->props_ = PropReader(&r);
  event->item_count_ = r.Varint();
  event->items_ = r;
  if (!r.ok()) reader_ = r;  // the whole batch is suspect
  return r.ok();
}

Status BatchReader::status() const {
  if (bad_version_) return Status::Corrupt("batch: unknown version; written by a newer Vinkki?");
  if (!reader_.ok() || read_ != header_.count) return Status::Corrupt("batch: broken bytes");
  return Status::Ok();
}

void SetNotBefore(std::string* buffer, size_t bytes_offset, Millis not_before) {
  assert(buffer->size() >= bytes_offset + kNotBeforeOffset + 8);
  std::memcpy(buffer->data() + bytes_offset + kNotBeforeOffset, &not_before, 8);
}

char* BatchWriter::Room(size_t n) {
  constexpr size_t kFirst = 4096;
  if (buffer_.size() - size_ < n) buffer_.resize(std::max(kFirst, (size_ + n) * 2));
  return buffer_.data() + size_;
}

size_t BatchWriter::OpenCount() {
  Room(kPaddedVarint);
  size_ += kPaddedVarint;
  return size_ - kPaddedVarint;
}

void BatchWriter::Begin(std::string_view site, std::string_view visitor,
                        const BatchHeader& header) {
  size_ = 0;
  site_size_ = static_cast<uint32_t>(site.size());
  visitor_size_ = static_cast<uint32_t>(visitor.size());
  char* at = Room(site.size() + visitor.size() + 3 + 3 * 8 + kMostVarint);
  at = CopyShort(at, site);
  *at++ = '\0';
  at = CopyShort(at, visitor);
  *at++ = kVersion;
  *at++ = static_cast<char>(static_cast<uint8_t>(header.consent) | (header.via_server ? 4 : 0) |
                            (header.history ? 8 : 0));
  at = Fixed64(at, static_cast<uint64_t>(header.received));
  at = Fixed64(at, static_cast<uint64_t>(header.not_before));
  at = Fixed64(at, header.load);
  Wrote(Varint(at, header.number));
  count_at_ = OpenCount();
  count_ = 0;
}

void BatchWriter::BeginEvent(Millis delta, std::string_view name, bool via_server,
                             std::string_view id) {
  event_at_ = OpenCount();
  char* at = Room(name.size() + id.size() + 3 * kMostVarint + 1);
  at = Text(Varint(at, ZigZag(delta)), name);
  *at++ = static_cast<char>((via_server ? 1 : 0) | (id.empty() ? 0 : 2));
  if (!id.empty()) at = Text(at, id);
  Wrote(at);
  props_at_ = OpenCount();
  props_ = 0;
  items_ = 0;
  items_at_ = 0;
}

void BatchWriter::Prop(std::string_view key, const Value& value) {
  if (value.missing()) return;
  ++props_;
  Wrote(PutProp(Room(MostOfProp(key, value)), key, value));
}

void BatchWriter::BeginItem() {
  PatchCount(props_at_, props_);
  if (items_at_ == 0) items_at_ = OpenCount();
  ++items_;
  props_at_ = OpenCount();
  props_ = 0;
}

void BatchWriter::EndEvent() {
  PatchCount(props_at_, props_);
  if (items_at_ == 0) {
    *Room(1) = '\0';
    ++size_;
  } else {
    PatchCount(items_at_, items_);
  }
  PatchCount(event_at_, size_ - event_at_ - kPaddedVarint);
  ++count_;
}

void BatchWriter::CancelEvent() { size_ = event_at_; }

Batch BatchWriter::Finish() {
  PatchCount(count_at_, count_);
  return {std::string(buffer_.data(), size_), site_size_, visitor_size_};
}

void BatchWriter::PatchCount(size_t at, uint64_t n) {
  assert(n < (1u << 21));
  PutPadded(buffer_.data() + at, n);
}

}  // namespace vinkki
