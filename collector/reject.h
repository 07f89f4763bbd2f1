// Every way in which this room refuses input, with its stable code, its HTTP status and what the
// sender can do about it. A code never changes its meaning; docs/wire.md, Refusals,
// has them for the sender.
//
// A reason of an event or a line refuses that one only (the rest of its batch is kept) and appears
// in the places of a 422 or in the answer to POST /v1/events; all others refuse the whole request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vinkki::collector {

enum class Reason : uint8_t {
  kNone,
  // The connection and the request.
  kBadRequest,
  kHeaderTooLarge,
  kBodyTooLarge,
  kRequestTimeout,
  kTooManyConnections,
  kNotFound,
  kMethodNotAllowed,
  kUnsupportedType,
  kUnsupportedEncoding,
  kBadGzip,
  kUnauthorized,
  kWrongOrigin,
  kUnknownSite,
  kNoVisitor,
  kPrivacySignal,
  kVisitorQuota,
  kAddressQuota,
  kOverloaded,
  kUnavailable,
  // The body as a whole.
  kEmptyBody,
  kBadJson,
  kBadUtf8,
  kTooDeep,
  kBadShape,
  kBadVersion,
  kMissingField,
  kBadField,
  kDuplicateField,
  kBadVisitor,
  kNoEvents,
  kEventsRefused,
  // One event.
  kEventShape,
  kEventName,
  kEventTime,
  kTooOld,
  kConsentOff,
  kTooManyEvents,
  kTooManyProps,
  kTooManyItems,
  kPropName,
  kDuplicateProp,
  kTextTooLong,
  // One line of POST /v1/events or of a file.
  kLineTooLong,
  kWrongSite,
  kBadId,
  kCount
};

struct ReasonInfo {
  std::string_view code;
  int status;
  std::string_view title;
  std::string_view advice;  // what to do
};

// Requires reason < kCount.
const ReasonInfo& Info(Reason reason);

// Why something was refused, and what exactly was found. kNone: it was not.
struct Problem {
  Reason reason = Reason::kNone;
  std::string detail;
  int64_t retry_after = 1;  // seconds, told with 429 and 503

  explicit operator bool() const { return reason != Reason::kNone; }
  int status() const { return Info(reason).status; }
};

}  // namespace vinkki::collector
