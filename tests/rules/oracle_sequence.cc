// Sequences (rules.md 10-15): a search for events that match the steps, over all choices.
#include <algorithm>

#include "tests/rules/oracle.h"

namespace vinkki::rules::oracle {
namespace {

constexpr size_t kWaitingMatches = 16;
constexpr size_t kFollowedValues = 16;

// What stands before one event of a match: `a 3x` is three of these.
struct Link {
  const Step* step;
  std::vector<const Step*> forbidden;  // not c, between the link before and this one
};

}  // namespace

class SequenceSearch {
 public:
  SequenceSearch(const Moment& moment, const File& file, const Sequence& s)
      : m_(moment), file_(file), s_(s) {
    std::vector<const Step*> forbidden;
    for (const Step& step : s.steps) {
      if (step.negated && step.absence) {
        absence_ = &step;
      } else if (step.negated) {
        forbidden.push_back(&step);
      } else {
        for (uint32_t i = 0; i < step.times; ++i) {
          links_.push_back({&step, i == 0 ? forbidden : std::vector<const Step*>{}});
        }
        forbidden.clear();
      }
    }
    in_window_.assign(m_.applied(), false);
    for (size_t i : m_.InWindow(s.within)) in_window_[i] = true;
    if (!s.same.empty()) FollowValues();
  }

  // 11: where any choice of events that match the steps in order, all in the window, ends.
  std::set<size_t> Ends() {
    std::set<size_t> ends;
    for (size_t first = 0; first < m_.applied(); ++first) {
      if (in_window_[first]) {
        const std::set<size_t> e = EndsFrom(first);
        ends.insert(e.begin(), e.end());
      }
    }
    return ends;
  }

  // Whether it holds, given where matches end. 14: some match of the steps before the absence ended
  // at b, b + D <= t, no c after b at a time before b + D.
  bool Holds(const std::set<size_t>& ends) {
    if (absence_ == nullptr) return !ends.empty();
    for (size_t b : ends) {
      const Millis due = m_.event(b).at + *absence_->absence;
      if (due > m_.now() || Broken(b, due) || LetGo(b)) continue;
      return true;
    }
    return false;
  }

 private:
  bool Broken(size_t b, Millis due) const {
    for (size_t i = b + 1; i < m_.applied(); ++i) {
      if (m_.event(i).at >= due) break;
      if (Match(*absence_, i) && SameValue(b, i)) return true;
    }
    return false;
  }

  // 10: an absence keeps the 16 latest matches that wait, those that end at one event being one.
  // Goes through the events and keeps that list; was b pushed out of it?
  bool LetGo(size_t b) {
    if (m_.applied() - b <= kWaitingMatches) return false;  // too few came after it
    std::vector<size_t> waiting;  // the events that matches ended at, the latest at the end
    for (size_t i = 0; i < m_.applied(); ++i) {
      std::erase_if(waiting, [&](size_t w) {
        const bool waited = m_.event(w).at + *absence_->absence <= m_.event(i).at;
        return waited || (Match(*absence_, i) && SameValue(w, i));
      });
      if (!EndedAt(i)) continue;
      if (waiting.size() == kWaitingMatches) {
        if (waiting.front() == b) return true;
        waiting.erase(waiting.begin());
      }
      waiting.push_back(i);
    }
    return false;
  }

  // Whether some match ended at event i, as it was seen then.
  bool EndedAt(size_t i) const {
    const auto known = m_.world_.ended.find({&s_, i});
    if (known != m_.world_.ended.end()) return known->second;
    const Moment then(m_.world_, i + 1, m_.event(i).at, false);
    return m_.world_.ended[{&s_, i}] = SequenceSearch(then, file_, s_).EndsAt(i);
  }

  bool EndsAt(size_t last) {
    for (size_t first = 0; first <= last; ++first) {
      if (in_window_[first] && EndsFrom(first).count(last) > 0) return true;
    }
    return false;
  }

  // 10: `same` follows the 16 values seen last. A value begins to be followed with an event of the
  // first step, and is seen with every event that a step or a `not` matches. Gives each event the
  // number of the following that it belongs to; 0 when its value is not followed.
  void FollowValues() {
    std::vector<std::pair<size_t, size_t>> followed;  // (an event with the value, number), by seen
    size_t numbers = 0, before = 0;
    following_.assign(m_.applied(), 0);
    for (size_t i = 0; i < m_.applied(); ++i) {
      if (m_.event(i).Get(s_.same).missing() || !IsPart(i)) continue;
      const size_t epoch = EpochOf(i);
      if (epoch != before) followed.clear();
      before = epoch;
      const auto at = std::find_if(followed.begin(), followed.end(),
                                   [&](const auto& f) { return SameValue(f.first, i); });
      if (at != followed.end()) {
        std::rotate(at, at + 1, followed.end());
      } else if (Match(*links_[0].step, i)) {
        if (followed.size() == kFollowedValues) followed.erase(followed.begin());
        followed.push_back({i, ++numbers});
      } else {
        continue;
      }
      following_[i] = followed.back().second;
    }
  }

  bool IsPart(size_t i) const {
    return std::any_of(s_.steps.begin(), s_.steps.end(),
                       [&](const Step& step) { return Match(step, i); });
  }

  // Which session or page event i belongs to, where those are the window.
  size_t EpochOf(size_t i) const {
    const Moment then(m_.world_, i + 1, m_.event(i).at, false);
    if (s_.within.kind == Window::Kind::kSession) return then.SessionNumber();
    const auto page = then.InWindow({Window::Kind::kPage, 0});
    if (s_.within.kind == Window::Kind::kPage) return page.empty() ? 0 : page.front() + 1;
    return 0;
  }

  // The last events of all matches that begin with event `first`.
  std::set<size_t> EndsFrom(size_t first) {
    if (!CanBe(first, first, *links_[0].step)) return {};
    std::set<size_t> at{first};  // where a match of the links so far can stand
    for (size_t link = 1; link < links_.size(); ++link) {
      std::set<size_t> next;
      for (size_t from : at) {
        for (size_t i = from + 1; i < m_.applied(); ++i) {
          if (Follows(first, from, i, links_[link])) next.insert(i);
        }
      }
      at = std::move(next);
    }
    return at;
  }

  bool Follows(size_t first, size_t from, size_t i, const Link& link) const {
    if (!CanBe(first, i, *link.step)) return false;
    if (link.step->next && IsBackground(m_.event(i).name)) return false;
    for (size_t k = from + 1; k < i; ++k) {
      // 12: the very next event, background events passed over.
      if (link.step->next && !IsBackground(m_.event(k).name)) return false;
      // 13 and 15: no such event between, with `same` none of that value.
      for (const Step* c : link.forbidden) {
        if (Match(*c, k) && SameValue(first, k)) return false;
      }
    }
    return true;
  }

  bool CanBe(size_t first, size_t i, const Step& step) const {
    if (!in_window_[i] || !Match(step, i)) return false;
    if (s_.same.empty()) return true;
    if (m_.event(i).Get(s_.same).missing() || !SameValue(first, i)) return false;  // 15
    return following_[i] == following_[first];
  }

  bool Match(const Step& step, size_t i) const { return m_.Matches(file_, step.events, i); }

  bool SameValue(size_t a, size_t b) const {
    if (s_.same.empty()) return true;
    const Datum x = m_.event(a).Get(s_.same), y = m_.event(b).Get(s_.same);
    return !x.missing() && x.kind == y.kind && x.boolean == y.boolean && x.number == y.number &&
           x.text == y.text;
  }

  const Moment& m_;
  const File& file_;
  const Sequence& s_;
  std::vector<Link> links_;
  const Step* absence_ = nullptr;
  std::vector<bool> in_window_;
  std::vector<size_t> following_;  // of each event
};

bool Moment::SequenceHolds(const File& file, const Sequence& s) const {
  World::LastLook& look = world_.looks[&s];
  std::vector<size_t> in_window = InWindow(s.within);
  if (look.applied != applied_ || look.in_window != in_window) {
    look = {applied_, std::move(in_window), SequenceSearch(*this, file, s).Ends()};
  }
  return !look.ends.empty() && SequenceSearch(*this, file, s).Holds(look.ends);
}

}  // namespace vinkki::rules::oracle
