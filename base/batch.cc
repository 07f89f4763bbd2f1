#include "base/batch.h"

#include <cassert>
#include <cmath>
#include <cstring>

namespace vinkki {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kNotBeforeOffset = 1 + 1 + 8;
constexpr size_t kPaddedVarint = 3;  // holds up to 2^21 - 1

enum Tag : uint8_t { kFalse = 0, kTrue = 1, kDouble = 2, kText = 3, kWhole = 4 };

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

// -0.0 and anything with a fraction keep their bits as a double.
bool IsWhole(double n) {
  return std::abs(n) < 4503599627370496.0 && n == std::trunc(n) && !(n == 0 && std::signbit(n));
}

}  // namespace

PropReader::PropReader(ByteReader* from) : reader_(*from) {
  left_ = reader_.Varint();
  *from = reader_;
  for (uint64_t i = 0; i < left_ && from->ok(); ++i) {
    from->Text();
    ReadValue(from);
  }
}

bool PropReader::Next(std::string_view* key, Value* value) {
  if (left_ == 0 || !reader_.ok()) return false;
  --left_;
  *key = reader_.Text();
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
  PropReader reader(&items);
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

void BatchWriter::Begin(std::string_view site, std::string_view visitor,
                        const BatchHeader& header) {
  batch_ = Batch();
  batch_.site_size = static_cast<uint32_t>(site.size());
  batch_.visitor_size = static_cast<uint32_t>(visitor.size());
  std::string* out = &batch_.buffer;
  out->append(site);
  out->push_back('\0');
  out->append(visitor);
  out->push_back(kVersion);
  out->push_back(static_cast<char>(static_cast<uint8_t>(header.consent) |
                                   (header.via_server ? 4 : 0) | (header.history ? 8 : 0)));
  PutFixed64(out, static_cast<uint64_t>(header.received));
  PutFixed64(out, static_cast<uint64_t>(header.not_before));
  PutFixed64(out, header.load);
  PutVarint(out, header.number);
  count_at_ = out->size();
  out->append(kPaddedVarint, '\0');
  count_ = 0;
}

void BatchWriter::BeginEvent(Millis delta, std::string_view name, bool via_server,
                             std::string_view id) {
  std::string* out = &batch_.buffer;
  event_at_ = out->size();
  out->append(kPaddedVarint, '\0');
  PutSigned(out, delta);
  PutText(out, name);
  out->push_back(static_cast<char>((via_server ? 1 : 0) | (id.empty() ? 0 : 2)));
  if (!id.empty()) PutText(out, id);
  props_at_ = out->size();
  out->append(kPaddedVarint, '\0');
  props_ = 0;
  items_ = 0;
  items_at_ = 0;
}

void BatchWriter::Prop(std::string_view key, const Value& value) {
  if (value.missing()) return;
  std::string* out = &batch_.buffer;
  ++props_;
  PutText(out, key);
  switch (value.kind) {
    case Value::Kind::kBool: out->push_back(value.boolean ? kTrue : kFalse); break;
    case Value::Kind::kText:
      out->push_back(kText);
      PutText(out, value.text);
      break;
    default:
      if (IsWhole(value.number)) {
        out->push_back(kWhole);
        PutSigned(out, static_cast<int64_t>(value.number));
      } else {
        out->push_back(kDouble);
        PutDouble(out, value.number);
      }
  }
}

void BatchWriter::BeginItem() {
  PatchCount(props_at_, props_);
  std::string* out = &batch_.buffer;
  if (items_at_ == 0) {
    items_at_ = out->size();
    out->append(kPaddedVarint, '\0');
  }
  ++items_;
  props_at_ = out->size();
  out->append(kPaddedVarint, '\0');
  props_ = 0;
}

void BatchWriter::EndEvent() {
  PatchCount(props_at_, props_);
  if (items_at_ == 0) {
    batch_.buffer.push_back('\0');
  } else {
    PatchCount(items_at_, items_);
  }
  PatchCount(event_at_, batch_.buffer.size() - event_at_ - kPaddedVarint);
  ++count_;
}

void BatchWriter::CancelEvent() { batch_.buffer.resize(event_at_); }

Batch BatchWriter::Finish() {
  PatchCount(count_at_, count_);
  return std::move(batch_);
}

void BatchWriter::PatchCount(size_t at, uint64_t n) {
  assert(n < (1u << 21));
  char* p = batch_.buffer.data() + at;
  p[0] = static_cast<char>((n & 0x7f) | 0x80);
  p[1] = static_cast<char>(((n >> 7) & 0x7f) | 0x80);
  p[2] = static_cast<char>((n >> 14) & 0x7f);
}

}  // namespace vinkki
