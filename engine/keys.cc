#include "engine/keys.h"

#include "base/bytes.h"

namespace vinkki::engine {
namespace {

constexpr char kValueVersion = 1;
constexpr uint64_t kSignBit = uint64_t{1} << 63;

void PutTime(std::string* out, Millis at) { PutBig64(out, static_cast<uint64_t>(at) ^ kSignBit); }
Millis ReadTime(ByteReader* r) { return static_cast<Millis>(r->Big64() ^ kSignBit); }

// Text up to the next NUL, which is taken too. False: there is none.
bool ReadNulText(ByteReader* r, std::string_view* out) {
  const std::string_view rest(r->position(), r->left());
  const size_t n = rest.find('\0');
  if (n == std::string_view::npos) return false;
  *out = r->Bytes(n);
  r->Byte();
  return true;
}

Status Broken(const char* what) {
  return Status::Corrupt(std::string(what) + ": broken bytes in the store; restore a backup");
}

}  // namespace

uint32_t DayOf(Millis at) { return at < 0 ? 0 : static_cast<uint32_t>(at / kDay); }

void EncodeBatchKey(const BatchKey& key, std::string* out) {
  out->clear();
  PutBig32(out, key.day);
  out->append(key.site).push_back('\0');
  out->append(key.visitor).push_back('\0');
  PutTime(out, key.received);
  PutBig64(out, key.sequence);
}

Result<BatchKey> DecodeBatchKey(std::string_view bytes) {
  ByteReader r(bytes);
  BatchKey key;
  key.day = r.Big32();
  if (!r.ok() || !ReadNulText(&r, &key.site) || !ReadNulText(&r, &key.visitor)) {
    return Broken("batch key");
  }
  key.received = ReadTime(&r);
  key.sequence = r.Big64();
  if (!r.ok() || !r.AtEnd()) return Broken("batch key");
  return key;
}

void EncodeDayPrefix(uint32_t day, std::string_view who, std::string* out) {
  out->clear();
  PutBig32(out, day);
  out->append(who).push_back('\0');
}

void EncodeTimerKey(const TimerKey& key, std::string* out) {
  out->clear();
  PutTime(out, key.deadline);
  out->append(key.who).push_back('\0');
}

Result<TimerKey> DecodeTimerKey(std::string_view bytes) {
  ByteReader r(bytes);
  TimerKey key;
  key.deadline = ReadTime(&r);
  if (!r.ok() || r.left() < 2 || bytes.back() != '\0') return Broken("timer key");
  key.who = r.Bytes(r.left() - 1);
  if (key.who.find('\0') == std::string_view::npos) return Broken("timer key");
  return key;
}

void EncodeOutboxKey(std::string_view sink, uint64_t sequence, std::string* out) {
  out->assign(sink).push_back('\0');
  PutBig64(out, sequence);
}

Result<uint64_t> DecodeOutboxKey(std::string_view sink, std::string_view bytes) {
  if (bytes.size() != sink.size() + 9 || !bytes.starts_with(sink)) return Broken("outbox key");
  ByteReader r(bytes.substr(sink.size() + 1));
  return r.Big64();
}

void EncodeOutboxRow(const OutboxRow& row, std::string* out) {
  out->assign(1, kValueVersion);
  for (const std::string* text : {&row.type, &row.id, &row.site, &row.visitor}) PutText(out, *text);
  PutSigned(out, row.at);
  PutSigned(out, row.expires);
  PutText(out, row.payload);
}

Result<OutboxRow> DecodeOutboxRow(std::string_view bytes) {
  ByteReader r(bytes);
  if (r.Byte() != kValueVersion) return Broken("outbox row");
  OutboxRow row;
  for (std::string* text : {&row.type, &row.id, &row.site, &row.visitor}) *text = r.Text();
  row.at = r.Signed();
  row.expires = r.Signed();
  row.payload = r.Text();
  if (!r.ok() || !r.AtEnd()) return Broken("outbox row");
  return row;
}

void EncodeDecisionKey(const DecisionRow& row, uint64_t sequence, std::string* out) {
  EncodeBatchKey({DayOf(row.at), row.site, row.visitor, row.at, sequence}, out);
}

void EncodeDecisionRow(const DecisionRow& row, std::string* out) {
  out->assign(1, kValueVersion);
  PutText(out, row.rule);
  PutText(out, row.version);
  out->push_back(static_cast<char>(row.reason));
  out->push_back(row.to_bot ? 1 : 0);
}

Result<DecisionRow> DecodeDecision(std::string_view key, std::string_view value) {
  const Result<BatchKey> place = DecodeBatchKey(key);
  ByteReader r(value);
  if (!place.ok() || r.Byte() != kValueVersion) return Broken("decision row");
  DecisionRow row;
  row.site = place.value().site;
  row.visitor = place.value().visitor;
  row.at = place.value().received;
  row.rule = r.Text();
  row.version = r.Text();
  row.reason = r.Byte();
  row.to_bot = r.Byte() != 0;
  if (!r.ok() || !r.AtEnd()) return Broken("decision row");
  return row;
}

void EncodeSequenceKey(uint64_t sequence, std::string* out) {
  out->clear();
  PutBig64(out, sequence);
}

Result<uint64_t> DecodeSequenceKey(std::string_view bytes) {
  if (bytes.size() != 8) return Broken("sequence key");
  return ByteReader(bytes).Big64();
}

void EncodeReject(const Reject& reject, std::string* out) {
  out->assign(1, kValueVersion);
  PutSigned(out, reject.at);
  for (const std::string* text : {&reject.site, &reject.code, &reject.detail, &reject.bytes}) {
    PutText(out, *text);
  }
}

Result<Reject> DecodeReject(std::string_view bytes) {
  ByteReader r(bytes);
  if (r.Byte() != kValueVersion) return Broken("quarantine row");
  Reject reject;
  reject.at = r.Signed();
  for (std::string* text : {&reject.site, &reject.code, &reject.detail, &reject.bytes}) {
    *text = r.Text();
  }
  if (!r.ok() || !r.AtEnd()) return Broken("quarantine row");
  return reject;
}

std::string PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

std::string_view SiteOf(std::string_view who) { return who.substr(0, who.find('\0')); }
std::string_view VisitorOf(std::string_view who) { return who.substr(who.find('\0') + 1); }

}  // namespace vinkki::engine
