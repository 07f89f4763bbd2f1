// The stored form of everything: one RocksDB, one column family for each kind of thing. This file
// owns the keys and the values that are not owned by base/batch.h (batches) and engine/visitor.h
// (states).
//
//   family       key                                               value
//   batches      day:big32 who received:big64 sequence:big64       batch (base/batch.h, as
//   accepted) states       site NUL visitor                                  visitor
//   (engine/visitor.h) timers       deadline:big64 who                                1:u8 outbox
//   sink NUL sequence:big64                           outbox-row decisions    day:big32 who
//   at:big64 sequence:big64             decision-row quarantine   sequence:big64 reject-row meta
//   name                                              1:u8 text
//
//   who          = site NUL visitor NUL           ; neither holds a NUL
//   day          = received / 86,400,000          ; UTC; of a decision: at / 86,400,000
//   big64 of a time has its sign bit flipped, so that times before 1970 sort first
//   sequence     = opening:24 bits count:40 bits  ; grows over restarts: `opening` counts how often
//                                                 ; the store was opened (meta "opening")
//   outbox-row   = 1:u8 type:text id:text site:text visitor:text at:signed expires:signed
//                  payload:text
//   decision-row = 1:u8 rule:text version:text reason:u8 to_bot:u8
//   reject-row   = 1:u8 at:signed site:text code:text detail:text bytes:text
//
// Every value starts with a version byte. A reader that meets another one says kCorrupt: a newer
// Vinkki raises meta "schema", and an older one does not open such a folder at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "engine/ingest.h"
#include "engine/outbox.h"

namespace vinkki::engine {

inline constexpr uint32_t kSchema = 1;
inline constexpr Millis kDay = 86'400'000;

// Floor of the division, so that moments before 1970 have days too (clamped to day 0).
uint32_t DayOf(Millis at);

struct BatchKey {
  uint32_t day = 0;
  std::string_view site, visitor;
  Millis received = 0;
  uint64_t sequence = 0;
};
void EncodeBatchKey(const BatchKey& key, std::string* out);  // clears `out` first
Result<BatchKey> DecodeBatchKey(std::string_view bytes);     // views into `bytes`
// day:big32 site NUL visitor NUL: where a visitor's rows of a day begin. `who` is site NUL visitor.
void EncodeDayPrefix(uint32_t day, std::string_view who, std::string* out);

struct TimerKey {
  Millis deadline = 0;
  std::string_view who;  // site NUL visitor
};
void EncodeTimerKey(const TimerKey& key, std::string* out);
Result<TimerKey> DecodeTimerKey(std::string_view bytes);

void EncodeOutboxKey(std::string_view sink, uint64_t sequence, std::string* out);
Result<uint64_t> DecodeOutboxKey(std::string_view sink, std::string_view bytes);
void EncodeOutboxRow(const OutboxRow& row, std::string* out);
Result<OutboxRow> DecodeOutboxRow(std::string_view bytes);

struct DecisionRow {
  std::string site, visitor;  // in the key
  Millis at = 0;              // in the key
  std::string rule, version;
  uint8_t reason = 0;  // rules::Reason
  bool to_bot = false;
};
void EncodeDecisionKey(const DecisionRow& row, uint64_t sequence, std::string* out);
void EncodeDecisionRow(const DecisionRow& row, std::string* out);
Result<DecisionRow> DecodeDecision(std::string_view key, std::string_view value);

void EncodeSequenceKey(uint64_t sequence, std::string* out);
Result<uint64_t> DecodeSequenceKey(std::string_view bytes);
void EncodeReject(const Reject& reject, std::string* out);
Result<Reject> DecodeReject(std::string_view bytes);

// Smallest key above every key that starts with `prefix`; empty: there is none.
std::string PrefixEnd(std::string_view prefix);

// site NUL visitor -> the two; requires a NUL.
std::string_view SiteOf(std::string_view who);
std::string_view VisitorOf(std::string_view who);

}  // namespace vinkki::engine
