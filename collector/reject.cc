#include "collector/reject.h"

#include <array>
#include <cassert>

namespace vinkki::collector {
namespace {

constexpr std::array<ReasonInfo, static_cast<size_t>(Reason::kCount)> kReasons = {{
    {"none", 204, "Accepted", ""},
    {"bad_request", 400, "Not HTTP/1.1 as RFC 9112 has it", "Correct the client or the proxy."},
    {"header_too_large", 431, "Header too large", "Send fewer or shorter header fields."},
    {"body_too_large", 413, "Body too large", "Split it into several requests."},
    {"request_timeout", 408, "The request took too long", "Send it again, faster."},
    {"too_many_connections", 503, "Too many connections", "Try again later."},
    {"not_found", 404, "No such page", "See docs/openapi.yaml for what there is."},
    {"method_not_allowed", 405, "Wrong method", "Use a method of the Allow header."},
    {"unsupported_type", 415, "Unsupported content type",
     "Send text/plain to /v1/e and application/x-ndjson to /v1/events."},
    {"unsupported_encoding", 415, "Unsupported content encoding",
     "Send it plain; /v1/events takes gzip too."},
    {"bad_gzip", 400, "Broken gzip", "Compress the body again."},
    {"unauthorized", 401, "The site's secret is missing or wrong",
     "Send Authorization: Bearer <secret>."},
    {"wrong_origin", 403, "This origin is not one of the site's",
     "Add the origin to the site in the configuration."},
    {"unknown_site", 403, "No such site", "Correct data-site or add the site."},
    {"no_visitor", 403, "No visitor in the request",
     "Send events first (that sets the cookie), or the page's id as i."},
    {"privacy_signal", 403, "The browser asks not to be tracked",
     "Use mode cookieless when GPC or DNT is set."},
    {"visitor_quota", 429, "Too many events of one visitor",
     "Send it again after Retry-After seconds, or raise limits.visitor_rate."},
    {"address_quota", 429, "Too many events from one address",
     "Send it again after Retry-After seconds, or raise limits.address_rate; behind a proxy, "
     "name it in trusted_proxies."},
    {"overloaded", 503, "The queue is full", "Send it again after Retry-After seconds."},
    {"unavailable", 503, "The store takes no writes now",
     "Send it again after Retry-After seconds."},
    {"empty_body", 400, "Empty body", "Send a batch of events."},
    {"bad_json", 400, "Not JSON", "Correct the sender; nothing of the body was kept."},
    {"bad_utf8", 400, "Not UTF-8", "Encode the body as UTF-8; nothing of it was kept."},
    {"too_deep", 400, "Nested too deep", "Send flat properties."},
    {"bad_shape", 400, "Not an object", "Send an object, see docs/wire.md."},
    {"bad_version", 400, "Unknown version", "Send \"v\":1, or update the server first."},
    {"missing_field", 400, "A field is missing", "docs/wire.md has the fields."},
    {"bad_field", 400, "A field has a wrong type or value", "docs/wire.md has the fields."},
    {"duplicate_field", 400, "A field stands twice", "Send each field once."},
    {"bad_visitor", 400, "Not an id of a visitor",
     "Page ids are 16 to 64 of A-Z a-z 0-9 _ -; server ids 1 to 128 bytes, no control characters."},
    {"no_events", 422, "No events", "Send at least one event."},
    {"events_refused", 422, "Every event was refused", "See the places in errors."},
    {"event_shape", 422, "Not an event", "An event is [name, offset, props]."},
    {"event_name", 422, "Not an event's name",
     "Use 1 to 64 characters without control characters."},
    {"event_time", 422, "Not an event's time",
     "Send milliseconds (before sent, in a beacon), or RFC 3339 in a line."},
    {"too_old", 422, "Older than the accepted lateness",
     "Send it to /v1/events as history, or raise the lateness."},
    {"consent_off", 422, "Consent is off", "Send nothing but the withdrawal."},
    {"too_many_events", 422, "More than 400 events in a batch", "Split the batch."},
    {"too_many_props", 422, "More than 64 properties", "Send what rules need."},
    {"too_many_items", 422, "More than 200 items", "Send the first 200."},
    {"prop_name", 422, "Not a property's name", "Use 1 to 64 bytes without control characters."},
    {"duplicate_prop", 422, "A property stands twice", "Send each property once."},
    {"text_too_long", 422, "A text of more than 2,048 bytes", "Shorten it."},
    {"line_too_long", 422, "A line of more than 256 KiB", "Shorten the event."},
    {"wrong_site", 422, "The secret is another site's", "Use the secret of the line's site."},
    {"bad_id", 422, "Not an event's id", "Use 1 to 128 bytes without control characters."},
}};

}  // namespace

const ReasonInfo& Info(Reason reason) {
  assert(reason < Reason::kCount);
  return kReasons[static_cast<size_t>(reason)];
}

}  // namespace vinkki::collector
