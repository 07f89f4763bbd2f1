#include "collector/fields.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "collector/identity.h"

namespace vinkki::collector {
namespace {

bool IsWhole(double n, double low, double high) {
  return n >= low && n <= high && n == std::trunc(n);
}

Consent TakeMode(std::string_view text, FieldCheck* check) {
  if (text == "full") return Consent::kFull;
  if (text == "cookieless") return Consent::kCookieless;
  if (text != "off") check->Fail(Reason::kBadField, "m", "is not full, cookieless or off");
  return Consent::kOff;
}

}  // namespace

void FieldCheck::Fail(Reason reason, std::string_view field, std::string_view what) {
  if (problem) return;
  problem.reason = reason;
  problem.detail.append("\"").append(field).append("\" ").append(what);
}

void FieldCheck::See(size_t field, std::string_view name) {
  if (Saw(field)) Fail(Reason::kDuplicateField, name, "stands twice");
  seen |= 1u << field;
}

void TakeNumber(BeaconField field, double n, Envelope* out, FieldCheck* check) {
  if (field == kV && n != 1) {
    check->Fail(Reason::kBadVersion, "v", "is not 1");
  } else if (field == kN) {
    if (!IsWhole(n, 1, kMaxWhole)) {
      check->Fail(Reason::kBadField, "n", "is not a whole number from 1");
      return;
    }
    out->number = static_cast<uint64_t>(n);
  } else if (field == kSent) {
    if (!(n >= 0 && n <= kMaxWhole)) {
      check->Fail(Reason::kBadField, "sent", "is not milliseconds since 1970");
      return;
    }
    out->sent = static_cast<Millis>(n);
  }
}

void TakeText(BeaconField field, std::string_view text, Envelope* out, FieldCheck* check) {
  if (field == kS) {
    out->site = text;
  } else if (field == kI) {
    out->page_id = text;
  } else if (field == kM) {
    out->mode = TakeMode(text, check);
  } else {
    if (!IsToken(text, 1, 32)) {
      check->Fail(Reason::kBadField, kBeacon[field].name, "is not 1 to 32 of A-Z a-z 0-9 _ -");
    }
    (field == kT ? out->tab : out->load) = text;
  }
}

void CheckBeaconComplete(FieldCheck* check) {
  for (size_t i = 0; i < kBeaconFields; ++i) {
    if (!check->Saw(i)) check->Fail(Reason::kMissingField, kBeacon[i].name, "is missing");
  }
}

void TakeLineTime(double n, FieldCheck* check, LineEvent* out) {
  if (!(n >= 0 && n <= static_cast<double>(kLastMoment))) {
    check->Fail(Reason::kEventTime, "at", "is out of range");
    return;
  }
  out->at = static_cast<Millis>(n);
}

void TakeLineText(LineField field, std::string_view text, FieldCheck* check, LineEvent* out) {
  const bool plain = IsIdText(text);
  switch (field) {
    case kSite: out->site = text; return;
    case kVisitor:
      if (!plain) check->Fail(Reason::kBadVisitor, "visitor", Quoted(text));
      out->visitor = text;
      return;
    case kAt: {
      const auto at = ParseRfc3339(text);
      if (!at) {
        check->Fail(Reason::kEventTime, "at", Quoted(text) + " is not RFC 3339");
      } else if (!IsMoment(*at)) {
        check->Fail(Reason::kEventTime, "at", "is out of range");
      }
      out->at = at.value_or(0);
      return;
    }
    case kName:
      if (!IsEventName(text)) check->Fail(Reason::kEventName, "name", Quoted(text));
      out->name = text;
      return;
    case kId:
      if (!plain) check->Fail(Reason::kBadId, "id", Quoted(text));
      out->id = text;
      return;
    default: out->via_server = text == "server";
  }
}

void CheckLineComplete(FieldCheck* check) {
  for (LineField needed : {kVisitor, kAt, kName}) {
    if (!check->Saw(needed)) check->Fail(Reason::kMissingField, kLine[needed].name, "is missing");
  }
}

bool IsIdText(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdText && !HasControl(text);
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text.substr(0, 40)) out.push_back(static_cast<unsigned char>(c) < 0x20 ? '?' : c);
  if (text.size() > 40) {
    // A cut must not leave half of a character behind.
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80) out.pop_back();
    if (!out.empty() && static_cast<unsigned char>(out.back()) >= 0xC0) out.pop_back();
    out += "...";
  }
  return out += '"';
}

bool IsEventName(std::string_view name) {
  if (name.empty() || HasControl(name)) return false;
  const auto chars = std::count_if(name.begin(), name.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  });
  return static_cast<size_t>(chars) <= kMaxNameChars;
}

void EventProps::Clear() {
  props.clear();
  item_props.clear();
  item_ends.clear();
}

}  // namespace vinkki::collector
