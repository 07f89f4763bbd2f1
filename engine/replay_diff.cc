#include "engine/replay_diff.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/hash.h"
#include "engine/visit_course.h"

namespace vinkki::engine {
namespace {

constexpr size_t kLookAt = 64;  // firings of one visitor that may be the partner of one

bool MakesOffer(std::span<const rules::Decision> decisions) {
  return std::any_of(decisions.begin(), decisions.end(),
                     [](const rules::Decision& d) { return d.reason == rules::Reason::kNone; });
}

bool IsOffer(const Verdict& verdict) {
  return verdict.made && verdict.reason == rules::Reason::kNone;
}

template <typename Firings>
bool AnyOffer(const Firings& firings) {
  return std::any_of(firings.begin(), firings.end(),
                     [](const auto& firing) { return IsOffer(firing.verdict); });
}

}  // namespace

DiffCounts::DiffCounts(const rules::Program& mine, const rules::Program& other)
    : mine_(mine), other_(other) {
  std::unordered_map<std::string, uint32_t> by_name;
  for (const rules::RuleInfo& rule : mine.rules()) {
    by_name[rule.name] = static_cast<uint32_t>(pairs_.size());
    pair_of_mine_.push_back(static_cast<uint32_t>(pairs_.size()));
    pairs_.emplace_back().diff.rule = rule.name;
    pairs_.back().diff.kind = RuleDiff::Kind::kAdded;
  }
  for (const rules::RuleInfo& rule : other.rules()) {
    const auto [at, removed] = by_name.try_emplace(rule.name, pairs_.size());
    pair_of_other_.push_back(at->second);
    if (removed) {
      pairs_.emplace_back().diff.rule = rule.name;
      pairs_.back().diff.kind = RuleDiff::Kind::kRemoved;
      continue;
    }
    const bool same = mine.rules()[at->second].version == rule.version;
    pairs_[at->second].diff.kind = same ? RuleDiff::Kind::kSame : RuleDiff::Kind::kChanged;
  }
}

void DiffCounts::Add(const ReplayedVisitor& mine, std::span<const rules::Decision> other) {
  if (mine.decisions.empty() && other.empty()) return;
  hash_ = Hash64(mine.who);
  const bool had = MakesOffer(other);
  const bool has = MakesOffer(mine.decisions);
  gained_ += has && !had ? 1 : 0;
  lost_ += had && !has ? 1 : 0;
  touched_.clear();
  Take(mine_, mine.decisions, true);
  Take(other_, other, false);
  for (const uint32_t i : touched_) Compare(mine, &pairs_[i]);
}

void DiffCounts::Take(const rules::Program& program, std::span<const rules::Decision> decisions,
                      bool is_mine) {
  for (const rules::Decision& d : decisions) {
    const uint32_t i = (is_mine ? pair_of_mine_ : pair_of_other_)[d.rule];
    Pair& pair = pairs_[i];
    if (pair.mine.empty() && pair.other.empty()) touched_.push_back(i);
    const bool bot =
        d.reason == rules::Reason::kNone && program.rules()[d.rule].OffersBot(d.to_bot);
    (is_mine ? pair.mine : pair.other).push_back({d.at, {true, d.reason, bot}});
  }
}

void DiffCounts::Compare(const ReplayedVisitor& visitor, Pair* pair) {
  const bool has = AnyOffer(pair->mine);
  const bool had = AnyOffer(pair->other);
  pair->diff.visitors_gained += has && !had ? 1 : 0;
  pair->diff.visitors_lost += had && !has ? 1 : 0;
  PairByMoment(visitor, pair);
  PairNearby(visitor, true, pair);
  PairNearby(visitor, false, pair);
  for (const Firing& mine : pair->mine) {
    ++pair->diff.only_mine;
    ++pair->diff.changes[{Verdict(), mine.verdict}];
    Note(visitor, mine.at, mine.verdict, {}, &pair->only_mine);
  }
  for (const Firing& other : pair->other) {
    ++pair->diff.only_other;
    ++pair->diff.changes[{other.verdict, Verdict()}];
    Note(visitor, other.at, {}, other.verdict, &pair->only_other);
  }
  pair->mine.clear();
  pair->other.clear();
}

// Takes those of the same moment out, in order.
void DiffCounts::PairByMoment(const ReplayedVisitor& visitor, Pair* pair) {
  std::vector<Firing> mine, other;
  mine.swap(pair->mine);
  other.swap(pair->other);
  size_t j = 0;
  for (const Firing& firing : mine) {
    while (j < other.size() && other[j].at < firing.at) pair->other.push_back(other[j++]);
    if (j == other.size() || other[j].at != firing.at) {
      pair->mine.push_back(firing);
      continue;
    }
    const Verdict before = other[j++].verdict;
    if (before == firing.verdict) {
      ++pair->diff.same;
      continue;
    }
    ++pair->diff.changed;
    ++pair->diff.changes[{before, firing.verdict}];
    Note(visitor, firing.at, firing.verdict, before, &pair->changed);
  }
  pair->other.insert(pair->other.end(), other.begin() + static_cast<ptrdiff_t>(j), other.end());
}

// Takes those out that have a partner nearby, in order: with the same outcome, or with any.
void DiffCounts::PairNearby(const ReplayedVisitor& visitor, bool same_outcome, Pair* pair) {
  std::vector<Firing> rest;
  std::vector<Firing>& other = pair->other;
  size_t from = 0;
  for (const Firing& mine : pair->mine) {
    const auto gone = [&](const Firing& f) {
      return !f.verdict.made || f.at <= mine.at - kSessionGap;
    };
    const auto fits = [&](const Firing& f) {
      return f.verdict.made && (!same_outcome || f.verdict == mine.verdict);
    };
    while (from < other.size() && gone(other[from])) ++from;
    const size_t end = std::min(other.size(), from + kLookAt);
    size_t partner = from;
    while (partner < end && !fits(other[partner])) ++partner;
    if (partner == end || other[partner].at >= mine.at + kSessionGap) {
      rest.push_back(mine);
      continue;
    }
    CountMoved(visitor, mine, other[partner], pair);
    other[partner].verdict.made = false;  // taken
  }
  pair->mine = std::move(rest);
  std::erase_if(other, [](const Firing& f) { return !f.verdict.made; });
}

void DiffCounts::CountMoved(const ReplayedVisitor& visitor, const Firing& mine, const Firing& other,
                            Pair* pair) {
  if (mine.verdict == other.verdict) {
    ++pair->diff.moved;
    Note(visitor, mine.at, mine.verdict, other.verdict, &pair->moved, other.at);
    return;
  }
  ++pair->diff.changed;
  ++pair->diff.changes[{other.verdict, mine.verdict}];
  Note(visitor, mine.at, mine.verdict, other.verdict, &pair->changed, other.at);
}

void DiffCounts::Note(const ReplayedVisitor& visitor, Millis at, Verdict mine, Verdict other,
                      FewExamples* examples, std::optional<Millis> other_at) const {
  if (!examples->Wants(hash_)) return;
  Example example = MakeExample(visitor.who, visitor.events, at);
  example.mine = mine;
  example.other = other;
  example.other_at = other_at;
  examples->Keep(hash_, std::move(example));
}

void DiffCounts::Merge(const DiffCounts& other) {
  gained_ += other.gained_;
  lost_ += other.lost_;
  for (size_t i = 0; i < pairs_.size(); ++i) {
    RuleDiff& to = pairs_[i].diff;
    const RuleDiff& from = other.pairs_[i].diff;
    to.same += from.same;
    to.changed += from.changed;
    to.moved += from.moved;
    to.only_mine += from.only_mine;
    to.only_other += from.only_other;
    to.visitors_gained += from.visitors_gained;
    to.visitors_lost += from.visitors_lost;
    for (const auto& [what, n] : from.changes) to.changes[what] += n;
    pairs_[i].changed.Merge(other.pairs_[i].changed);
    pairs_[i].only_mine.Merge(other.pairs_[i].only_mine);
    pairs_[i].only_other.Merge(other.pairs_[i].only_other);
    pairs_[i].moved.Merge(other.pairs_[i].moved);
  }
}

// One of each kind first, then the others, so that the first few show what there is.
void DiffCounts::TakeExamples(Pair* pair) {
  std::vector<std::vector<Example>> kinds;
  for (FewExamples* some : {&pair->only_mine, &pair->only_other, &pair->changed, &pair->moved}) {
    kinds.push_back(some->Take());
  }
  for (size_t i = 0, more = 1; more > 0; ++i) {
    more = 0;
    for (std::vector<Example>& kind : kinds) {
      if (i >= kind.size()) continue;
      pair->diff.examples.push_back(std::move(kind[i]));
      ++more;
    }
  }
}

ReplayDiff DiffCounts::Finish(const ReplayReport& mine, ReplayReport other) {
  ReplayDiff out;
  out.same_sets = mine_.version() == other_.version();
  out.visitors_gained = gained_;
  out.visitors_lost = lost_;
  for (size_t i = 0; i < mine.rules.size(); ++i) {
    pairs_[pair_of_mine_[i]].diff.offers_mine = mine.rules[i].offers;
  }
  for (size_t i = 0; i < other.rules.size(); ++i) {
    pairs_[pair_of_other_[i]].diff.offers_other = other.rules[i].offers;
  }
  for (Pair& pair : pairs_) {
    RuleDiff& diff = pair.diff;
    TakeExamples(&pair);
    out.same += diff.same;
    out.changed += diff.changed;
    out.moved += diff.moved;
    out.only_mine += diff.only_mine;
    out.only_other += diff.only_other;
    out.rules.push_back(std::move(diff));
  }
  out.other = std::move(other);
  return out;
}

}  // namespace vinkki::engine
