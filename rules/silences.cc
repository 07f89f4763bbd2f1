#include "rules/silences.h"

#include <algorithm>

#include "rules/decide.h"
#include "rules/moment.h"
#include "rules/words.h"

namespace vinkki::rules {
namespace {

constexpr Millis kMinute = 60'000;
constexpr Millis kLookAhead = 8 * 86'400'000LL;  // hours come back within a week

struct Asked {
  const Program& program;
  const Context& context;
  const Moment& moment;
  uint32_t rule;

  const RuleCode& code() const { return moment.code.rules[rule]; }
  const FileCode& file() const { return moment.code.files[code().file]; }
  const Profile& profile() const { return moment.state.profile; }
  const Offers* offers(uint64_t hash) const {
    return const_cast<State&>(moment.state).OffersOf(hash, false);
  }
  bool SilencedAt(Reason reason, Millis at) const {
    Moment then = moment;
    then.at = at;
    return IsSilenced(reason, context, then, rule);
  }
};

// The first of some moments at which the reason does not apply any more.
Millis Over(const Asked& asked, Reason reason, std::vector<Millis> moments) {
  std::sort(moments.begin(), moments.end());
  for (const Millis at : moments) {
    if (at > asked.moment.at && at != kNever && !asked.SilencedAt(reason, at)) return at;
  }
  return kNever;
}

// Hours and days begin at whole minutes. Hours of less than five minutes may be overlooked.
Millis OverByTheClock(const Asked& asked, Reason reason) {
  constexpr Millis kStep = 5 * kMinute;
  const Millis first = asked.moment.at - asked.moment.at % kStep + kStep;
  for (Millis at = first; at < first + kLookAhead; at += kStep) {
    if (asked.SilencedAt(reason, at)) continue;
    Millis over = at;
    while (over - kMinute > asked.moment.at && !asked.SilencedAt(reason, over - kMinute)) {
      over -= kMinute;
    }
    return over;
  }
  return kNever;
}

Millis LimitOver(const Asked& asked) {
  const bool by_day = asked.code().limits.per_day || asked.file().limits.per_day;
  return by_day ? OverByTheClock(asked, Reason::kLimit) : kNever;
}

std::string Ago(Millis then, Millis now) {
  return now - then < 1'000 ? "just now" : Spoken(now - then) + " ago";
}

void AddLimit(const std::optional<uint32_t>& limit, std::string_view per, std::string* out) {
  if (!limit) return;
  *out += (out->empty() ? "" : ", ") + std::to_string(*limit) + std::string(per);
}

std::string LimitText(const Asked& asked) {
  std::string limits;
  const auto add = [&](const Limits& of, const std::string& whose) {
    AddLimit(of.per_session, " per visit" + whose, &limits);
    AddLimit(of.per_day, " per day" + whose, &limits);
    AddLimit(of.per_visitor, " per visitor" + whose, &limits);
  };
  const LimitsReached reached = ReachedLimits(asked.moment, asked.rule);
  add(reached.rule, "");
  add(reached.file, " for its file");
  return "its limit is reached (" + limits + ")";
}

Silence OfCooldown(const Asked& asked) {
  Silence silence;
  std::vector<Millis> ends;
  const auto look = [&](const Limits& limits, uint64_t hash, const char* whose) {
    const Offers* offers = asked.offers(hash);
    if (!limits.cooldown || !offers) return;
    const Millis end = offers->last_at + *limits.cooldown;
    if (end <= asked.moment.at) return;
    ends.push_back(end);
    silence.text += (silence.text.empty() ? "" : "; ") + std::string(whose) + " offered " +
                    Ago(offers->last_at, asked.moment.at) + ", the cooldown is " +
                    Spoken(*limits.cooldown);
  };
  look(asked.code().limits, asked.code().offer_hash, "it");
  look(asked.file().limits, asked.file().offer_hash, "a rule of its file");
  silence.until = Over(asked, Reason::kCooldown, std::move(ends));
  return silence;
}

Silence OfDecline(const Asked& asked) {
  const Millis declined = asked.profile().declined_at;
  std::vector<Millis> ends;
  for (const Limits* limits : {&asked.code().limits, &asked.file().limits}) {
    if (limits->after_decline) ends.push_back(declined + *limits->after_decline);
  }
  Silence silence;
  silence.text = "the visitor declined an offer " + Ago(declined, asked.moment.at);
  silence.until = Over(asked, Reason::kDeclined, std::move(ends));
  return silence;
}

Silence OfEngaged(const Asked& asked) {
  const Profile& profile = asked.profile();
  const bool open = profile.offer_until != kNoTime && asked.moment.at < profile.offer_until;
  Silence silence;
  silence.text = open ? "an offer is open, made " + Ago(profile.offered_at, asked.moment.at)
                      : "a conversation is running";
  std::vector<Millis> ends;
  if (open) ends.push_back(profile.offer_until);
  if (profile.conversation) ends.push_back(asked.moment.state.SessionEnd());
  silence.until = Over(asked, Reason::kEngaged, std::move(ends));
  return silence;
}

std::string AudienceText(const Asked& asked) {
  const RuleInfo& info = asked.program.rules()[asked.rule];
  std::string text = "not in its audience (" + info.audience + ")";
  const bool asks = info.audience.find("potential") != std::string::npos;
  if (asks && std::isnan(asked.moment.potential)) text += "; there is no potential yet";
  return text + (asked.code().otherwise_bot ? "; the bot is offered instead" : "");
}

Silence Plain(std::string text) { return {Reason::kNone, std::move(text), kNever}; }

Silence Of(Reason reason, const Asked& asked) {
  switch (reason) {
    case Reason::kShadow: return Plain("in shadow mode: recorded, never shown");
    case Reason::kStale: return Plain("its moment has passed");
    case Reason::kBot: return Plain("the visitor is a robot");
    case Reason::kConsent: return Plain("the visitor withdrew consent");
    case Reason::kHours: return {reason, "outside its hours", OverByTheClock(asked, reason)};
    case Reason::kLimit: return {reason, LimitText(asked), LimitOver(asked)};
    case Reason::kCooldown: return OfCooldown(asked);
    case Reason::kDeclined: return OfDecline(asked);
    case Reason::kEngaged: return OfEngaged(asked);
    case Reason::kHoldout:
      return Plain("the visitor is in its control group (" + SpokenShare(asked.code().holdout) +
                   " of all), for good");
    case Reason::kAudience: return Plain(AudienceText(asked));
    case Reason::kCapacity: return Plain("nobody is free in its queue");
    case Reason::kNone:
    case Reason::kPriority: break;
  }
  return {};
}

}  // namespace

std::vector<Silence> SilencesAt(const Program& program, const Context& context, const State& state,
                                uint32_t rule, Millis at) {
  const Moment moment{program.code(), state, nullptr, at, context.potential};
  const Asked asked{program, context, moment, rule};
  std::vector<Silence> all;
  for (Reason reason = Reason::kShadow; reason < Reason::kPriority;
       reason = static_cast<Reason>(static_cast<uint8_t>(reason) + 1)) {
    if (!IsSilenced(reason, context, moment, rule)) continue;
    all.push_back(Of(reason, asked));
    all.back().reason = reason;
  }
  return all;
}

}  // namespace vinkki::rules
