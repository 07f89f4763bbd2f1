// The fields of a batch's envelope and of a line: their names, types and what each may hold. What
// decode.cc reads, this judges; nothing here knows JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "collector/decode.h"
#include "collector/reject.h"

namespace vinkki::collector {

inline constexpr double kMaxWhole = 9007199254740991.0;  // 2^53 - 1, the largest that JSON carries
inline constexpr size_t kMaxIdText = 128;                // of a server's visitor or event id
inline constexpr Millis kLastMoment = 253402300799999;   // of a line: the end of year 9999

// That a line's event can have happened at: from 1970 on. What is kept of times has no sign.
inline bool IsMoment(Millis at) { return at >= 0 && at <= kLastMoment; }

enum class FieldType : uint8_t { kNumber, kText, kArray, kObject };

struct FieldRule {
  std::string_view name;
  FieldType type;
};

enum BeaconField : size_t { kV, kS, kI, kT, kN, kB, kSent, kM, kE, kBeaconFields };
inline constexpr FieldRule kBeacon[] = {
    {"v", FieldType::kNumber},    {"s", FieldType::kText},   {"i", FieldType::kText},
    {"t", FieldType::kText},      {"n", FieldType::kNumber}, {"b", FieldType::kText},
    {"sent", FieldType::kNumber}, {"m", FieldType::kText},   {"e", FieldType::kArray}};

// `at` may be a text too; only at, visitor and name are needed.
enum LineField : size_t { kSite, kVisitor, kAt, kName, kProps, kId, kVia, kLineFields };
inline constexpr FieldRule kLine[] = {{"site", FieldType::kText},    {"visitor", FieldType::kText},
                                      {"at", FieldType::kNumber},    {"name", FieldType::kText},
                                      {"props", FieldType::kObject}, {"id", FieldType::kText},
                                      {"via", FieldType::kText}};

static_assert(std::size(kBeacon) == kBeaconFields && std::size(kLine) == kLineFields);

// N when the key is none of them.
template <size_t N>
size_t FindField(const FieldRule (&fields)[N], std::string_view key) {
  size_t i = 0;
  while (i < N && fields[i].name != key) ++i;
  return i;
}

// Which fields were seen, and what is wrong with the first wrong one.
struct FieldCheck {
  uint32_t seen = 0;
  Problem problem;

  bool Saw(size_t field) const { return (seen & (1u << field)) != 0; }
  void See(size_t field, std::string_view name);
  void Fail(Reason reason, std::string_view field, std::string_view what);
};

void TakeNumber(BeaconField field, double n, Envelope* out, FieldCheck* check);
void TakeText(BeaconField field, std::string_view text, Envelope* out, FieldCheck* check);
// Fails on the first field that is missing.
void CheckBeaconComplete(FieldCheck* check);

void TakeLineTime(double n, FieldCheck* check, LineEvent* out);
void TakeLineText(LineField field, std::string_view text, FieldCheck* check, LineEvent* out);
void CheckLineComplete(FieldCheck* check);

// 1 to 128 bytes without control characters.
bool IsIdText(std::string_view text);
// The beginning of a text, in quotes, as details show it: UTF-8 if the text is.
std::string Quoted(std::string_view text);

}  // namespace vinkki::collector
