// Instants, rises, firings and decisions (rules.md 1-3, 16-22). Facts are in oracle_facts.cc,
// expressions in oracle_eval.cc, sequences in oracle_sequence.cc.
#include "tests/rules/oracle.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <optional>

#include "base/hash.h"

namespace vinkki::rules::oracle {
namespace {

constexpr Millis kDay = 86'400'000;
constexpr Millis kSessionGap = 30 * 60 * 1000;

bool MentionsEvent(const File& file, const Expr& e) {
  if (e.kind == ExprKind::kEventProp || e.kind == ExprKind::kEventName) return true;
  if (e.kind == ExprKind::kLet) return MentionsEvent(file, *file.lets[e.let].expr);
  for (const ExprPtr& arg : e.args) {
    if (MentionsEvent(file, *arg)) return true;
  }
  return false;
}

void CollectDurations(const Expr& e, std::set<Millis>* out) {
  if (e.kind == ExprKind::kDuration) out->insert(e.duration);
  if (e.kind == ExprKind::kNumber) out->insert(static_cast<Millis>(std::min(1e12, e.number)));
  for (const ExprPtr& arg : e.args) CollectDurations(*arg, out);
  if (e.call && e.call->window.kind == Window::Kind::kDuration) out->insert(e.call->window.length);
  if (!e.sequence) return;
  if (e.sequence->within.kind == Window::Kind::kDuration) out->insert(e.sequence->within.length);
  for (const Step& s : e.sequence->steps) {
    if (s.absence) out->insert(*s.absence);
  }
}

// The milliseconds at which time is looked at. When nothing happens, a fact changes its slope only
// at an anchor: an event, 5 s after one (dwell stands still), or 30 min after one (a session ends).
// Between anchors every fact is a straight line, and what a line crosses is a constant of the
// rules, or the start of something: so a change comes at most the sum of some constants after an
// anchor. The generator keeps its constants small, so that all their sums are below `dense`; a
// constant above that is an anchor of its own, after each anchor. Every millisecond of `dense`
// after each anchor is looked at, and a few before it. Whatever this leaves out shows up as a
// disagreement with Step, because Step does not know of anchors.
std::set<Millis> Instants(const World& world) {
  std::set<Millis> big{5000, kSessionGap};
  for (const File& file : world.set->files) {
    std::set<Millis> constants;
    for (const Let& let : file.lets) CollectDurations(*let.expr, &constants);
    for (const Rule& rule : file.rules) {
      CollectDurations(*rule.when, &constants);
      constants.insert(rule.hold);
    }
    for (Millis c : constants) {
      if (c > world.dense) big.insert(c);
    }
  }
  std::set<Millis> anchors;
  for (const Event& e : world.events) {
    anchors.insert(e.at);
    anchors.insert(std::max(e.at, e.arrives));

    for (Millis a : big) {
      anchors.insert(e.at + a);
      for (Millis b : big) anchors.insert(e.at + a + b);
    }
    // dwell, held against another growing fact, meets it after a whole number of its gaps.
    for (Millis k = 1; world.meetings && k <= 12; ++k) anchors.insert(e.at + k * 5000);
  }
  std::vector<Millis> out;
  Millis first = world.events.front().at;
  for (const Event& e : world.events) first = std::min(first, e.at);

  for (Millis anchor : anchors) {
    for (Millis t = anchor - 3; t <= anchor + world.dense; ++t) {
      if (t > first && t <= world.end) out.push_back(t);
    }
  }
  std::sort(out.begin(), out.end());
  return std::set<Millis>(out.begin(), out.end());
}

struct OfferMade {
  uint32_t rule;
  const Rule* source;
  const File* file;
  Millis at;
  // The number of its session, for the limits of its rule and of its file.
  uint64_t session;
  uint64_t file_session;
  size_t arrived;  // events that had arrived before it was made
};

struct RuleRun {
  uint32_t index;
  const File* file;
  const Rule* rule;
  bool mentions_event;
  bool value = false;    // 16: before the first event everything is false
  bool waiting = false;  // risen, and not yet fired
  Millis risen = 0;
};

struct LocalTime {
  Millis of_day;
  int weekday;  // 0 = Monday
  Millis day;   // days since 1970, of the local date
};

// The C library's own zones, so that no code is shared with the engine's.
LocalTime Local(Millis at, const std::string& zone) {
  setenv("TZ", zone.c_str(), 1);
  tzset();
  const Millis seconds = at >= 0 ? at / 1000 : -((-at + 999) / 1000);
  const time_t t = static_cast<time_t>(seconds);
  tm local{};
  localtime_r(&t, &local);
  const Millis ms = at - seconds * 1000;
  const Millis of_day = ((local.tm_hour * 60 + local.tm_min) * 60 + local.tm_sec) * 1000 + ms;
  tm date{};
  date.tm_year = local.tm_year;
  date.tm_mon = local.tm_mon;
  date.tm_mday = local.tm_mday;
  return {of_day, (local.tm_wday + 6) % 7, timegm(&date) / 86400};
}

// 21
bool WithinHours(const Hours& hours, Millis at) {
  const LocalTime now = Local(at, hours.zone);
  const auto on = [&](int weekday) { return ((hours.days >> weekday) & 1) != 0; };
  const Millis from = hours.from % kDay;
  const Millis to = hours.to % kDay;
  if (from < to) return on(now.weekday) && from <= now.of_day && now.of_day < to;
  if (now.of_day >= from) return on(now.weekday);
  return now.of_day < to && on((now.weekday + 6) % 7);
}

// 22
bool InHoldout(const World& world, const Rule& rule) {
  const auto hash = Sha256(rule.name + "\n" + world.site + "\n" + world.visitor);
  long double share = 0;
  for (int i = 0; i < 8; ++i) share = share * 256 + hash[i];
  return share / 18446744073709551616.0L < static_cast<long double>(rule.holdout);
}

class Life {
 public:
  explicit Life(const World& world) : world_(world), known_(world) {
    known_.events.clear();

    uint32_t index = 0;
    for (const File& file : world.set->files) {
      const bool here = file.sites.empty() || std::find(file.sites.begin(), file.sites.end(),
                                                        world.site) != file.sites.end();
      for (const Rule& rule : file.rules) {
        const uint32_t i = index++;
        if (!here || rule.mode == Mode::kOff) continue;
        runs_.push_back({i, &file, &rule, MentionsEvent(file, *rule.when)});
      }
    }
  }

  // 1: the timers of a time come before its events; each event is an instant, and then once more
  // without event.* (3). An event that comes late is put in its place, and the rules are looked at
  // when it came (24).
  std::vector<Decision> Live() {
    if (world_.events.empty()) return {};
    pending_ = Instants(world_);
    while (true) {
      const bool more = arrived_ < world_.events.size() && NextAt() <= world_.end;
      const bool timer_first = !pending_.empty() && (!more || *pending_.begin() <= NextAt());
      if (timer_first) {
        const Millis t = *pending_.begin();
        pending_.erase(pending_.begin());
        if (arrived_ > 0) Instant(Now(t, false), Kind::kTimer);
        continue;
      }
      if (!more) break;
      Arrive();
    }
    return std::move(decisions_);
  }

 private:
  enum class Kind { kTimer, kEvent, kAfterEvent };

  Millis NextAt() const {
    const Event& e = world_.events[arrived_];
    return e.late() ? e.arrives : e.at;
  }

  Moment Now(Millis t, bool with_event) const {
    return Moment(known_, known_.events.size(), t, with_event);
  }

  void Arrive() {
    const Millis t = NextAt();
    const uint64_t before = Now(t, false).SessionNumber();
    const Millis before_start = before == 0 ? 0 : Now(t, false).SessionStartsAt();
    const Event& e = world_.events[arrived_++];

    auto place = known_.events.end();
    while (place != known_.events.begin() && (place - 1)->at > e.at) --place;
    number_.insert(number_.begin() + (place - known_.events.begin()), arrived_ - 1);
    known_.events.insert(place, e);
    known_.ended.clear();
    known_.looks.clear();
    if (e.late()) {
      KeepSessionOffers(before, before_start);
      Instant(Now(t, false), Kind::kTimer);
    } else {
      Instant(Now(t, true), Kind::kEvent);
      Instant(Now(t, false), Kind::kAfterEvent);
    }
  }

  // 24, 20: a late event can give the session that runs another number or beginning; what was
  // offered
  // in it still counts. Of two sessions that turn out to be one, only the later one's offers do.
  void KeepSessionOffers(uint64_t before, Millis before_start) {
    const Moment now = Now(0, false);
    const uint64_t number = now.SessionNumber();
    if (number == before && now.SessionStartsAt() == before_start) return;
    const Millis start = now.SessionStartsAt();
    const std::vector<OfferMade> was = offers_;
    for (OfferMade& o : offers_) {
      const OfferMade *last = nullptr, *last_of_file = nullptr;
      for (const OfferMade& other : was) {
        if (other.rule == o.rule) last = &other;
        if (other.file == o.file) last_of_file = &other;
      }
      o.session = last->at >= start && last->session == o.session ? number : 0;
      const bool counted = last_of_file->file_session == o.file_session;
      o.file_session = last_of_file->at >= start && counted ? number : 0;
    }
  }

  void Instant(const Moment& moment, Kind kind) {
    std::vector<const RuleRun*> firing;
    for (RuleRun& run : runs_) {
      if (kind == Kind::kAfterEvent && !run.mentions_event) continue;
      const bool value = moment.Holds(*run.file, *run.rule->when);
      if (value && !run.value) {
        run.risen = moment.now();
        run.waiting = true;
        if (run.risen + run.rule->hold <= world_.end && run.rule->hold > 0) {
          pending_.insert(run.risen + run.rule->hold);
        }
      }
      run.value = value;
      if (!value) run.waiting = false;
      // 16: a `for` is due by a timer only: a fall by an event of that time comes too late.
      const bool due = run.rule->hold == 0 ||
                       (kind == Kind::kTimer && moment.now() >= run.risen + run.rule->hold);
      if (!run.waiting || !due) continue;
      run.waiting = false;
      firing.push_back(&run);
    }
    Decide(moment, firing);
  }

  // 17
  void Decide(const Moment& moment, const std::vector<const RuleRun*>& firing) {
    std::vector<Decision> made;
    int best = -1;
    const Rule* best_rule = nullptr;
    for (const RuleRun* run : firing) {
      Decision d{moment.now(), run->index, Silence(moment, *run), false};
      const bool to_bot = run->rule->otherwise_bot &&
                          (d.reason == Reason::kAudience || d.reason == Reason::kCapacity);
      if (to_bot) {  // 19
        d.reason = Reason::kNone;
        d.to_bot = true;
      }
      made.push_back(d);
      if (d.reason != Reason::kNone) continue;
      if (best < 0 || run->rule->priority > best_rule->priority) {
        best = static_cast<int>(made.size()) - 1;
        best_rule = run->rule;
      }
    }
    for (int i = 0; i < static_cast<int>(made.size()); ++i) {
      if (made[i].reason == Reason::kNone && i != best) {
        made[i].reason = Reason::kPriority;
        made[i].to_bot = false;
      }
      decisions_.push_back(made[i]);
    }
    if (best < 0) return;
    const RuleRun& run = *firing[best];
    offers_.push_back({run.index, run.rule, run.file, moment.now(), moment.SessionNumber(),
                       moment.SessionNumber(), arrived_});
  }

  // 17, 18: the first reason that applies. Nothing is stale on virtual time.
  Reason Silence(const Moment& moment, const RuleRun& run) const {
    const Rule& rule = *run.rule;
    const Millis now = moment.now();
    const std::string zone = rule.hours ? rule.hours->zone : "UTC";
    const auto own = [&](const OfferMade& o) { return o.rule == run.index; };
    const auto files = [&](const OfferMade& o) { return o.file == run.file; };
    const Limits& fl = run.file->limits;
    if (rule.mode == Mode::kShadow) return Reason::kShadow;
    if (world_.bot) return Reason::kBot;
    const Datum consent = moment.Fact("visitor.consent");
    if (consent.is_text() && consent.text == "off") return Reason::kConsent;
    if (rule.hours && !WithinHours(*rule.hours, now)) return Reason::kHours;
    if (OverLimit(rule.limits, own, &OfferMade::session, zone, moment) ||
        OverLimit(fl, files, &OfferMade::file_session, "UTC", moment)) {
      return Reason::kLimit;
    }
    if (Cooling(rule.limits, own, now) || Cooling(fl, files, now)) return Reason::kCooldown;
    if (Declined(rule.limits, moment) || Declined(fl, moment)) return Reason::kDeclined;
    if (OfferOpen(moment) || moment.ConversationRuns()) return Reason::kEngaged;
    if (!world_.ignore_holdout && InHoldout(world_, rule)) return Reason::kHoldout;
    if (rule.audience && !moment.Holds(*run.file, *rule.audience)) return Reason::kAudience;
    if (world_.without_capacity.count(run.index) > 0) return Reason::kCapacity;
    return Reason::kNone;
  }

  // 20
  template <typename Which>
  bool OverLimit(const Limits& limits, Which which, uint64_t OfferMade::*session_of,
                 const std::string& zone, const Moment& moment) const {
    uint32_t session = 0, day = 0, visitor = 0;
    for (const OfferMade& o : offers_) {
      if (!which(o)) continue;
      ++visitor;
      if (o.*session_of == moment.SessionNumber()) ++session;
      if (Local(o.at, zone).day == Local(moment.now(), zone).day) ++day;
    }
    return (limits.per_session && session >= *limits.per_session) ||
           (limits.per_day && day >= *limits.per_day) ||
           (limits.per_visitor && visitor >= *limits.per_visitor);
  }

  template <typename Which>
  bool Cooling(const Limits& limits, Which which, Millis now) const {
    if (!limits.cooldown) return false;
    for (const OfferMade& o : offers_) {
      if (which(o) && now - o.at < *limits.cooldown) return true;
    }
    return false;
  }

  bool Declined(const Limits& limits, const Moment& moment) const {
    if (!limits.after_decline) return false;
    for (size_t i = 0; i < moment.applied(); ++i) {
      const Event& e = known_.events[i];
      if (e.name == "offer_declined" && moment.now() - e.at < *limits.after_decline) return true;
    }
    return false;
  }

  // 18: made less than its `expires` ago, and no offer event but offer_shown was applied after it.
  bool OfferOpen(const Moment& moment) const {
    for (const OfferMade& o : offers_) {
      bool open = moment.now() - o.at < o.source->offer.expires;
      for (size_t i = 0; i < moment.applied(); ++i) {
        const Event& e = known_.events[i];
        const bool after = number_[i] >= o.arrived && (!e.late() || e.at > o.at);
        if (after && IsOfferEvent(e.name) && e.name != "offer_shown") open = false;
      }
      if (open) return true;
    }
    return false;
  }

  static bool IsOfferEvent(const std::string& name) {
    static const std::set<std::string> kNames{"offer_shown",     "offer_accepted", "offer_declined",
                                              "offer_dismissed", "offer_ignored",  "offer_expired",
                                              "offer_opened",    "offer_failed"};
    return kNames.count(name) > 0;
  }

  const World& world_;
  World known_;                 // with the events that have arrived, by time
  std::vector<size_t> number_;  // of each known event: how many arrived before it
  size_t arrived_ = 0;
  std::vector<RuleRun> runs_;
  std::set<Millis> pending_;
  std::vector<OfferMade> offers_;
  std::vector<Decision> decisions_;
};

}  // namespace

std::vector<Decision> Run(const World& world) { return Life(world).Live(); }

}  // namespace vinkki::rules::oracle
