#include "engine/replay_counts.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/hash.h"

namespace vinkki::engine {
namespace {

constexpr Millis kQuarter = 15 * 60'000;
constexpr size_t kManyMoments = 131'072;  // slots: 3.7 years of quarters of an hour
constexpr size_t kManyDurations = 65'536;
constexpr size_t kMostNames = 1024;

// Whether the offer becomes a conversation; the more visitors accept, the more of the same do.
bool IsAccepted(double share, uint64_t who_hash, uint64_t rule_hash, Millis at) {
  if (share >= 1) return true;
  const uint64_t dice = Mix64(who_hash ^ Mix64(rule_hash ^ static_cast<uint64_t>(at)));
  return static_cast<double>(dice) * 0x1p-64 < share;
}

// Seldom the same for two usual names of events.
size_t GuessOf(std::string_view name) {
  if (name.empty()) return 0;
  const auto letter = [&](size_t i) { return static_cast<unsigned char>(name[i]); };
  return name.size() + letter(0) * 29 + letter(name.size() / 2) * 23 + letter(name.size() - 1) * 11;
}

}  // namespace

ReplayCounts::RuleCounts::RuleCounts()
    : firings(kQuarter, kManyMoments),
      offers(kQuarter, kManyMoments),
      conversations(1, kManyMoments),
      leaving(1, kManyDurations),
      buying(1, kManyDurations) {}

ReplayCounts::ReplayCounts(const rules::Program& program, const ReportOptions& options)
    : program_(program),
      options_(options),
      rules_(program.rules().size()),
      examples_(program.rules().size()),
      session_starts_(kQuarter, kManyMoments) {
  for (size_t i = 0; i < rules_.size(); ++i) {
    rules_[i].name_hash = Hash64(program.rules()[i].name);
  }
}

void ReplayCounts::Add(const ReplayedVisitor& visitor) {
  ++serial_;
  who_hash_ = Hash64(visitor.who);
  course_.Read(visitor.events, visitor.from, &session_starts_);
  if (course_.events() == 0 && visitor.decisions.empty()) return;
  CountNames(visitor);
  const Millis first = std::max(visitor.events.front().at,
                                visitor.from.value_or(std::numeric_limits<Millis>::min()));
  const Millis last = std::max(first, visitor.events.back().at);
  first_at_ = visitors_ == 0 ? first : std::min(first_at_, first);
  last_at_ = visitors_ == 0 ? last : std::max(last_at_, last);
  ++visitors_;
  events_ += course_.events();
  sessions_ += course_.visits();
  purchases_ += course_.purchases();
  bool reached = false;
  for (const rules::Decision& decision : visitor.decisions) {
    AddDecision(visitor, decision);
    reached |= decision.reason == rules::Reason::kNone;
  }
  reached_visitors_ += reached ? 1 : 0;
}

void ReplayCounts::CountNames(const ReplayedVisitor& visitor) {
  for (const EventView& event : visitor.events) {
    if (visitor.from && event.at < *visitor.from) continue;
    Name*& likely = likely_names_[GuessOf(event.name) % likely_names_.size()];
    if (likely == nullptr || likely->name != event.name) likely = FindName(event.name);
    if (likely != nullptr) ++likely->count;
  }
}

ReplayCounts::Name* ReplayCounts::FindName(std::string_view name) {
  const uint64_t hash = Hash64(name);
  if (names_.size() >= 2 * kMostNames) CutNames();
  if (hash > names_up_to_) return nullptr;
  Name& found = names_[hash];
  if (found.count == 0) found.name = name;
  return &found;
}

void ReplayCounts::CutNames() {
  likely_names_ = {};
  if (names_.size() <= kMostNames) return;
  std::vector<uint64_t> hashes;
  for (const auto& [hash, name] : names_) hashes.push_back(hash);
  std::nth_element(hashes.begin(), hashes.begin() + kMostNames - 1, hashes.end());
  names_up_to_ = hashes[kMostNames - 1];
  std::erase_if(names_, [&](const auto& name) { return name.first > names_up_to_; });
}

void ReplayCounts::AddDecision(const ReplayedVisitor& visitor, const rules::Decision& decision) {
  const bool offer = decision.reason == rules::Reason::kNone;
  const TimeAhead ahead = offer ? course_.After(decision.at) : TimeAhead();
  RuleExamples& examples = examples_[decision.rule];
  if (offer) {
    KeepExample(visitor, decision, ahead, &examples.offers);
  } else if (examples.offers.empty()) {
    KeepExample(visitor, decision, ahead, &examples.silences);
  }
  firings_.push_back(
      {decision.at, ahead, serial_, who_hash_, decision.rule, decision.reason, decision.to_bot});
  if (firings_.size() == kFirings) CountFirings();
}

void ReplayCounts::KeepExample(const ReplayedVisitor& visitor, const rules::Decision& decision,
                               const TimeAhead& ahead, FewExamples* examples) {
  if (!examples->Wants(who_hash_)) return;
  Example example = MakeExample(visitor.who, visitor.events, decision.at);
  const bool bot = decision.reason == rules::Reason::kNone &&
                   program_.rules()[decision.rule].OffersBot(decision.to_bot);
  example.mine = {true, decision.reason, bot};
  example.leaving = ahead.leaving;
  example.buying = ahead.buying;
  examples->Keep(who_hash_, std::move(example));
}

// Rule by rule, those of one in the order in which they came.
void ReplayCounts::CountFirings() {
  std::vector<uint32_t> ends(rules_.size() + 1);  // first: how many of the rules before
  for (const Firing& firing : firings_) ++ends[firing.rule + 1];
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  std::vector<uint32_t> order(firings_.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[ends[firings_[i].rule]++] = i;
  for (const uint32_t i : order) CountFiring(firings_[i]);
  firings_.clear();
}

void ReplayCounts::CountFiring(const Firing& firing) {
  RuleCounts& rule = rules_[firing.rule];
  last_moment_ = std::max(last_moment_, firing.at);
  ++decisions_;
  ++rule.by_reason[static_cast<size_t>(firing.reason)];
  rule.firings.Add(firing.at);
  if (firing.reason != rules::Reason::kNone) return;
  const bool bot = program_.rules()[firing.rule].OffersBot(firing.to_bot);
  rule.bot_offers += bot ? 1 : 0;
  rule.offers.Add(firing.at);
  if (!bot && IsAccepted(options_.accept, firing.who_hash, rule.name_hash, firing.at)) {
    rule.conversations.Add(firing.at);
  }
  if (firing.ahead.leaving) rule.leaving.Add(*firing.ahead.leaving);
  if (firing.ahead.buying) rule.buying.Add(*firing.ahead.buying);
  rule.after_leaving += firing.ahead.leaving ? 0 : 1;
  rule.bought_in_visit += firing.ahead.bought_in_visit ? 1 : 0;
  rule.visitors += rule.last_visitor == firing.visitor ? 0 : 1;
  rule.last_visitor = firing.visitor;
}

void ReplayCounts::Merge(ReplayCounts* more) {
  more->CountFirings();
  const ReplayCounts& other = *more;
  if (other.visitors_ > 0) {
    first_at_ = visitors_ == 0 ? other.first_at_ : std::min(first_at_, other.first_at_);
    last_at_ = visitors_ == 0 ? other.last_at_ : std::max(last_at_, other.last_at_);
  }
  last_moment_ = std::max(last_moment_, other.last_moment_);
  visitors_ += other.visitors_;
  events_ += other.events_;
  duplicates_ += other.duplicates_;
  sessions_ += other.sessions_;
  purchases_ += other.purchases_;
  decisions_ += other.decisions_;
  reached_visitors_ += other.reached_visitors_;
  broken_rows_ += other.broken_rows_;
  session_starts_.Merge(other.session_starts_);
  for (const auto& [hash, name] : other.names_) {
    names_[hash].name = name.name;
    names_[hash].count += name.count;
  }
  names_up_to_ = std::min(names_up_to_, other.names_up_to_);
  std::erase_if(names_, [&](const auto& name) { return name.first > names_up_to_; });
  CutNames();
  for (size_t i = 0; i < rules_.size(); ++i) {
    rules_[i].Merge(other.rules_[i]);
    examples_[i].offers.Merge(other.examples_[i].offers);
    examples_[i].silences.Merge(other.examples_[i].silences);
  }
}

void ReplayCounts::RuleCounts::Merge(const RuleCounts& other) {
  for (size_t i = 0; i < by_reason.size(); ++i) by_reason[i] += other.by_reason[i];
  bot_offers += other.bot_offers;
  visitors += other.visitors;
  after_leaving += other.after_leaving;
  bought_in_visit += other.bought_in_visit;
  firings.Merge(other.firings);
  offers.Merge(other.offers);
  conversations.Merge(other.conversations);
  leaving.Merge(other.leaving);
  buying.Merge(other.buying);
}

}  // namespace vinkki::engine
