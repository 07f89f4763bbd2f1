#include "rules/decide.h"

#include <cmath>

#include "base/hash.h"

namespace vinkki::rules {
namespace {

constexpr Millis kDay = 86'400'000;

bool InHours(const Code& code, const RuleCode& rule, Millis at) {
  if (!rule.has_hours) return true;
  const Zone& zone = code.zones[rule.zone];
  const Millis now = zone.TimeOfDay(at);
  int64_t day = zone.Day(at);
  const Millis to = rule.to % kDay == 0 ? kDay : rule.to;
  const Millis from = rule.from % kDay;
  if (from < to) {
    if (now < from || now >= to) return false;
  } else if (now < to) {
    --day;  // over midnight: it began yesterday
  } else if (now < from) {
    return false;
  }
  return (rule.days >> Zone::Weekday(day) & 1) != 0;
}

const Offers* Find(const State& state, uint64_t hash) {
  return const_cast<State&>(state).OffersOf(hash, false);
}

bool OverLimit(const Limits& limits, const State& state, uint64_t hash, int64_t day) {
  if (!limits.per_session && !limits.per_day && !limits.per_visitor) return false;
  const Offers* offers = Find(state, hash);
  const uint32_t total = offers ? offers->total : 0;
  const uint32_t in_session =
      offers && offers->session == state.profile.visits ? offers->in_session : 0;
  const uint32_t in_day = offers && offers->day == day ? offers->in_day : 0;
  return (limits.per_session && in_session >= *limits.per_session) ||
         (limits.per_day && in_day >= *limits.per_day) ||
         (limits.per_visitor && total >= *limits.per_visitor);
}

Limits Reached(const Limits& limits, const State& state, uint64_t hash, int64_t day) {
  Limits reached;
  for (const auto limit : {&Limits::per_session, &Limits::per_day, &Limits::per_visitor}) {
    Limits alone;
    alone.*limit = limits.*limit;
    if (OverLimit(alone, state, hash, day)) reached.*limit = limits.*limit;
  }
  return reached;
}

bool Cooling(const Limits& limits, const State& state, uint64_t hash, Millis at) {
  if (!limits.cooldown) return false;
  const Offers* offers = Find(state, hash);
  return offers && at - offers->last_at < *limits.cooldown;
}

bool Declined(const Limits& limits, const State& state, Millis at) {
  return limits.after_decline && state.profile.declined_at != kNoTime &&
         at - state.profile.declined_at < *limits.after_decline;
}

bool Engaged(const State& state, Millis at) {
  const Profile& profile = state.profile;
  const bool open = profile.offer_until != kNoTime && at < profile.offer_until;
  return open || (profile.conversation && state.InSession(at));
}

// rules.md 22. The texts are short: no allocation for most.
bool HeldOut(const RuleCode& rule, const State& state) {
  if (rule.holdout <= 0) return false;
  const std::string text = rule.name + "\n" + state.who;
  const auto digest = Sha256(text);
  uint64_t share = 0;
  for (int i = 0; i < 8; ++i) share = share << 8 | digest[static_cast<size_t>(i)];
  // Exact: a long double holds 64 bits.
  return static_cast<long double>(share) < std::ldexp(static_cast<long double>(rule.holdout), 64);
}

int64_t UtcDay(Millis at) { return at / kDay - (at % kDay < 0 ? 1 : 0); }

int64_t DayOf(const Code& code, const RuleCode& rule, Millis at) {
  return rule.has_hours ? code.zones[rule.zone].Day(at) : UtcDay(at);
}

// Each of the three for the rule and for its file together.
bool ByLimit(const Moment& moment, const RuleCode& rule) {
  const FileCode& file = moment.code.files[rule.file];
  return OverLimit(rule.limits, moment.state, rule.offer_hash,
                   DayOf(moment.code, rule, moment.at)) ||
         OverLimit(file.limits, moment.state, file.offer_hash, UtcDay(moment.at));
}

bool ByCooldown(const Moment& moment, const RuleCode& rule) {
  const FileCode& file = moment.code.files[rule.file];
  return Cooling(rule.limits, moment.state, rule.offer_hash, moment.at) ||
         Cooling(file.limits, moment.state, file.offer_hash, moment.at);
}

bool ByDecline(const Moment& moment, const RuleCode& rule) {
  return Declined(rule.limits, moment.state, moment.at) ||
         Declined(moment.code.files[rule.file].limits, moment.state, moment.at);
}

bool AudienceFits(const Moment& moment, const RuleCode& rule) {
  if (rule.audience == kNone) return true;
  Moment copy = moment;
  return Test(&copy, rule.audience);
}

void Count(uint64_t hash, int64_t day, Millis at, State* state) {
  Offers* offers = state->OffersOf(hash, true);
  offers->last_at = at;
  ++offers->total;
  if (offers->session != state->profile.visits) offers->in_session = 0;
  offers->session = state->profile.visits;
  ++offers->in_session;
  if (offers->day != day) offers->in_day = 0;
  offers->day = static_cast<int32_t>(day);
  ++offers->in_day;
}

void Record(const Code& code, const RuleCode& rule, Millis at, State* state) {
  const FileCode& file = code.files[rule.file];
  Count(rule.offer_hash, DayOf(code, rule, at), at, state);
  Count(file.offer_hash, UtcDay(at), at, state);
  state->profile.offered_at = at;
  state->profile.offer_until = at + rule.expires;
}

constexpr uint16_t Bit(Reason reason, bool is_set) {
  return static_cast<uint16_t>(is_set ? 1u << static_cast<unsigned>(reason) : 0u);
}

// Those that may silence any rule of the visitor at this moment.
uint16_t ReasonsOfVisitor(const Context& context, const Moment& moment) {
  return static_cast<uint16_t>(
      Bit(Reason::kStale, !context.replay) | Bit(Reason::kBot, context.bot) |
      Bit(Reason::kConsent, moment.state.profile.consent == ConsentFact::kOff) |
      Bit(Reason::kEngaged, Engaged(moment.state, moment.at)) |
      Bit(Reason::kCapacity, context.has_capacity != nullptr));
}

// Only what may silence the rule is looked at.
Reason FirstReason(const Context& context, const Moment& moment, uint32_t index,
                   uint16_t of_visitor) {
  for (uint32_t left = of_visitor | moment.code.rules[index].reasons; left != 0; left &= left - 1) {
    const auto reason = static_cast<Reason>(__builtin_ctz(left));
    if (IsSilenced(reason, context, moment, index)) return reason;
  }
  return Reason::kNone;
}

}  // namespace

std::string_view ReasonName(Reason reason) {
  static constexpr std::string_view kNames[] = {
      "",         "shadow",   "stale",   "bot",     "consent",  "hours",    "limit",
      "cooldown", "declined", "engaged", "holdout", "audience", "capacity", "priority"};
  return kNames[static_cast<size_t>(reason)];
}

bool IsSilenced(Reason reason, const Context& context, const Moment& moment, uint32_t index) {
  const RuleCode& rule = moment.code.rules[index];
  switch (reason) {
    case Reason::kShadow: return rule.mode == Mode::kShadow;
    case Reason::kStale: return !context.replay && context.now - moment.at > rule.fresh;
    case Reason::kBot: return context.bot;
    case Reason::kConsent: return moment.state.profile.consent == ConsentFact::kOff;
    case Reason::kHours: return !InHours(moment.code, rule, moment.at);
    case Reason::kLimit: return ByLimit(moment, rule);
    case Reason::kCooldown: return ByCooldown(moment, rule);
    case Reason::kDeclined: return ByDecline(moment, rule);
    case Reason::kEngaged: return Engaged(moment.state, moment.at);
    case Reason::kHoldout: return !context.ignore_holdout && HeldOut(rule, moment.state);
    case Reason::kAudience: return !AudienceFits(moment, rule);
    case Reason::kCapacity:
      return context.has_capacity && *context.has_capacity && !(*context.has_capacity)(index);
    case Reason::kNone:
    case Reason::kPriority: break;
  }
  return false;
}

uint16_t OwnReasons(const RuleCode& rule, const FileCode& file) {
  const auto either = [&](auto has) { return has(rule.limits) || has(file.limits); };
  const bool counted =
      either([](const Limits& l) { return l.per_session || l.per_day || l.per_visitor; });
  return static_cast<uint16_t>(
      Bit(Reason::kShadow, rule.mode == Mode::kShadow) | Bit(Reason::kHours, rule.has_hours) |
      Bit(Reason::kLimit, counted) |
      Bit(Reason::kCooldown, either([](const Limits& l) { return l.cooldown.has_value(); })) |
      Bit(Reason::kDeclined, either([](const Limits& l) { return l.after_decline.has_value(); })) |
      Bit(Reason::kHoldout, rule.holdout > 0) | Bit(Reason::kAudience, rule.audience != kNone));
}

Reason ReasonToBeSilent(const Context& context, const Moment& moment, uint32_t index) {
  return FirstReason(context, moment, index, ReasonsOfVisitor(context, moment));
}

void Decide(const Context& context, const Moment& moment, const std::vector<uint32_t>& firings,
            State* state, Effects* effects) {
  const size_t first = effects->decisions.size();
  const uint16_t of_visitor = ReasonsOfVisitor(context, moment);
  size_t best = SIZE_MAX;
  for (const uint32_t index : firings) {
    const RuleCode& rule = moment.code.rules[index];
    Decision decision{moment.at, index, FirstReason(context, moment, index, of_visitor), false};
    if (rule.otherwise_bot &&
        (decision.reason == Reason::kAudience || decision.reason == Reason::kCapacity)) {
      decision.reason = Reason::kNone;
      decision.to_bot = true;
    }
    effects->decisions.push_back(decision);
    if (decision.reason != Reason::kNone) continue;
    if (best == SIZE_MAX ||
        rule.priority > moment.code.rules[effects->decisions[best].rule].priority) {
      best = effects->decisions.size() - 1;
    }
  }
  for (size_t i = first; i < effects->decisions.size(); ++i) {
    Decision& decision = effects->decisions[i];
    if (i == best || decision.reason != Reason::kNone) continue;
    decision.reason = Reason::kPriority;
    decision.to_bot = false;
  }
  if (best != SIZE_MAX) {
    Record(moment.code, moment.code.rules[effects->decisions[best].rule], moment.at, state);
  }
}

LimitsReached ReachedLimits(const Moment& moment, uint32_t rule) {
  const RuleCode& code = moment.code.rules[rule];
  const FileCode& file = moment.code.files[code.file];
  return {Reached(code.limits, moment.state, code.offer_hash, DayOf(moment.code, code, moment.at)),
          Reached(file.limits, moment.state, file.offer_hash, UtcDay(moment.at))};
}

}  // namespace vinkki::rules
