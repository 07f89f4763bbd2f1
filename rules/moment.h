// One look at a visitor's state at one time: the values of facts and expressions, the truth of
// conditions, and until when they stay while nothing happens. Reading changes nothing.
#pragma once

#include <bit>
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include "base/batch.h"
#include "base/value.h"
#include "rules/code.h"
#include "rules/state.h"

namespace vinkki::rules {

// The properties of the event that is being applied, each looked for once however many ask.
class EventProperties {
 public:
  void Begin(const Code& code, const EventView& event) {
    event_ = &event;
    code_ = &code;
    if (seen_.size() < code.properties.size()) {
      seen_.resize(code.properties.size());
      values_.resize(code.properties.size());
    }
    ++generation_;
  }
  const Value& Get(uint32_t property) {
    if (seen_[property] != generation_) {
      seen_[property] = generation_;
      values_[property] = event_->Get(code_->properties.Name(property));
    }
    return values_[property];
  }
  const EventView& event() const { return *event_; }

 private:
  const EventView* event_ = nullptr;
  const Code* code_ = nullptr;
  uint64_t generation_ = 0;
  std::vector<uint64_t> seen_;
  std::vector<Value> values_;
};

// A value at a time, and how it moves: number + slope * (ms from now), exact until Moment::until.
struct Operand {
  enum class Kind : uint8_t { kMissing, kBool, kNumber, kDuration, kText };

  Kind kind = Kind::kMissing;
  bool property = false;  // a number that is a property may be compared with a duration, as ms
  bool boolean = false;
  double number = 0;
  double slope = 0;
  std::string_view text = {};
  Millis stops_at = kNever;  // the slope is 0 from then on

  static Operand Of(bool b) { return {Kind::kBool, false, b, 0, 0}; }
  static Operand Of(double n) { return {Kind::kNumber, false, false, n, 0}; }
  static Operand Of(std::string_view t) { return {Kind::kText, false, false, 0, 0, t}; }
  static Operand Duration(double ms, double slope) {
    return {Kind::kDuration, false, false, ms, slope};
  }
  static Operand Of(const Value& value);  // a property
  bool missing() const { return kind == Kind::kMissing; }
  bool numeric() const { return kind == Kind::kNumber || kind == Kind::kDuration; }
};

struct Moment {
  const Code& code;
  const State& state;
  EventProperties* event = nullptr;  // null: event.* is missing
  Millis at = 0;
  double potential = std::numeric_limits<double>::quiet_NaN();
  Millis until = kNever;    // what was read since this was set stays until then
  Millis gone_at = kNever;  // some of it will be missing from then on: what is false stays false

  void Until(Millis when) {
    if (when < until) until = when;
  }
};

// The truth of a condition, by its first branch (or kYes, kNo).
bool Test(Moment* moment, uint32_t first);
bool TestAtom(Moment* moment, const Atom& atom);
// The value of a node.
Operand Evaluate(Moment* moment, uint32_t node);
// a `compare` b (rules.md 7), with the moment at which that turns.
bool Holds(Moment* moment, Compare compare, Operand a, Operand b);

std::string_view NameOf(Identity identity);
std::string_view NameOf(ConsentFact consent);  // "" when it is missing
Operand ReadFact(Moment* moment, Fact fact);
// Of cart.value, cart.items, visitor.visits and visitor.purchases, which are never missing.
double ReadNumber(const Profile& profile, Fact fact);
inline bool IsPlainNumber(Fact fact) {
  return fact == Fact::kCartValue || fact == Fact::kCartItems || fact == Fact::kVisits ||
         fact == Fact::kPurchases;
}
// Of those that page_views set: page.url to session.language. data() is null where it is missing.
std::string_view ReadText(Moment* moment, Fact fact);
inline bool IsPageText(Fact fact) {
  return fact <= Fact::kPageTitle ||
         (fact >= Fact::kSessionReferrer && fact <= Fact::kSessionLanguage);
}
Operand ReadCall(Moment* moment, const CallFact& call);
// call >= k, for count, distinct and repeats.
bool ReadAtLeast(Moment* moment, const CallFact& call, uint32_t k);
bool ReadSequence(Moment* moment, const SequenceFact& fact);
Operand ReadValueBlock(const ValueBlock& block);

// Numbers rounded to millionths and back (rules.md 8). kTooLarge: beyond 9 x 10^12, or no number.
inline constexpr int64_t kTooLarge = INT64_MIN;
int64_t Millionths(double number);
double FromMillionths(__int128 millionths);

// The path of an address: without scheme, host, query and fragment; "/" when there is none.
std::string_view PathOf(std::string_view url);
// The first utm_campaign of an address, decoded into `out`; false where there is none or it is
// empty.
bool CampaignOf(std::string_view url, std::string* out);

}  // namespace vinkki::rules
