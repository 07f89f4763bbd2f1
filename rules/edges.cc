// The edges that an event crosses: atoms between what was true before and what is true now, found
// in sorted lists. May find one too many, never one too few.
#include <algorithm>

#include "rules/facts.h"
#include "rules/remember.h"
#include "rules/search.h"

namespace vinkki::rules {
namespace {

// Those from the first to the last have just been crossed.
template <typename Entry>
void TouchRow(const std::vector<Entry>& entries, size_t first, size_t end, Workspace* work) {
  if (first >= end) return;
  for (size_t i = (first / kTouchesTogether + 1) * kTouchesTogether; i < end;
       i += kTouchesTogether) {
    work->Touch(entries[i - 1].upto);
  }
  work->Touch(entries[end - 1].upto);
}

// Those of a group that are true with the k-th latest event at `now`, and were not when it was at
// `before` (kNoTime: there was none).
void TouchBetween(const ThresholdIndex& index, const Threshold& group, Millis at, Millis now,
                  Millis before, Workspace* work) {
  const ThresholdEntry* entries = index.entries.data();
  // Mostly all of them are true since long, or none.
  if (entries[group.begin].length <= at - now) return;
  if (before != kNoTime && entries[group.end - 1].length > at - before) return;
  const auto longer_than = [&](Millis age) {
    return group.begin + CountFirst(entries + group.begin, group.end - group.begin,
                                    [age](const auto& one) { return one.length > age; });
  };
  const size_t first = before == kNoTime ? group.begin : longer_than(at - before);
  TouchRow(index.entries, first, longer_than(at - now), work);
}

void TouchByTimes(const ThresholdIndex& index, const Ring<Time>& ring, Millis at, Workspace* work) {
  for (const Threshold& group : index.groups) {
    if (group.k > ring.size()) return;
    const Millis before = group.k < ring.size() ? ring.Latest(group.k).at : kNoTime;
    TouchBetween(index, group, at, ring.Latest(group.k - 1).at, before, work);
  }
}

// A value whose last event was not among the latest before this one may not have counted: no reader
// of distinct or repeats sees fewer of them than kBound (rules.md 10).
void TouchByValues(const ThresholdIndex& index, const Ring<Seen>& ring, Millis at,
                   Workspace* work) {
  if (ring.total() > kBound && index.forgets != kNone) work->Touch(index.forgets);
  for (const Threshold& group : index.groups) {
    if (group.k > ring.size()) return;
    const bool counted =
        group.k < ring.size() && ring.total() - ring.Latest(group.k).ordinal <= kBound;
    const Millis before = counted ? ring.Latest(group.k).at : kNoTime;
    TouchBetween(index, group, at, ring.Latest(group.k - 1).at, before, work);
  }
}

// The value that just came is the one whose repeats have grown.
void TouchByRepeats(const ThresholdIndex& index, const Ring<Hashed>& ring, Millis at,
                    Workspace* work) {
  if (ring.size() >= kBound && index.forgets != kNone) work->Touch(index.forgets);
  auto group = index.groups.begin();
  uint32_t same = 0;
  for (uint32_t i = 0; i < ring.size() && group != index.groups.end(); ++i) {
    if (ring.Latest(i).hash != ring.Latest(0).hash || ++same < group->k) continue;
    TouchBetween(index, *group, at, ring.Latest(i).at, kNoTime, work);
    ++group;
  }
}

void TouchByCount(const ThresholdIndex& index, uint32_t count, Workspace* work) {
  const auto group = std::lower_bound(index.groups.begin(), index.groups.end(), count,
                                      [](const Threshold& t, uint32_t k) { return t.k < k; });
  if (group == index.groups.end() || group->k != count) return;
  TouchRow(index.entries, group->begin, group->end, work);
}

// Those of a ladder that are true of exactly what was looked at so far, and so were not before the
// latest of it came: their windows begin from `newer` to `older` ago.
void TouchLadder(const Ladder& ladder, const Highest& highest, Millis newer, Millis older,
                 Workspace* work) {
  for (const Ladder::Group& group : ladder.groups) {
    // The rungs that exactly k of those are above.
    const uint32_t above = highest.Of(group.k);
    const uint32_t from = highest.Of(group.k + 1);
    if (above == 0) return;
    if (from == above) continue;
    const Ladder::Edge* edges = ladder.edges.data();
    const auto below = [&](uint32_t rung) {
      return group.begin + CountFirst(edges + group.begin, group.end - group.begin,
                                      [rung](const auto& edge) { return edge.rung < rung; });
    };
    const size_t end = below(above);
    if (ladder.lengths.front() > newer) {  // no window is too short; longer ones see no less
      TouchRow(ladder.edges, below(from), end, work);
      continue;
    }
    for (size_t i = below(from); i < end; ++i) {
      if (edges[i].length > newer && edges[i].length <= older) work->Touch(edges[i].touch);
    }
  }
}

// The latest entry is the one that just came: only the rungs that it is above have changed.
void TouchByLadder(const Ladder& ladder, const Ring<Climb>& ring, Millis at, Workspace* work) {
  if (ladder.groups.empty()) return;
  const uint32_t reached = ring.Latest(0).reached;
  const uint32_t enough = ladder.groups.back().k + 1;
  Highest highest(enough);
  auto length = ladder.lengths.begin();
  Millis newer = 0;
  for (uint32_t i = 0; i < ring.size(); ++i) {
    const Climb& one = ring.Latest(i);
    const Millis age = at - one.at;
    if (*length <= age) {  // some windows begin after it
      TouchLadder(ladder, highest, newer, age, work);
      length = std::upper_bound(length, ladder.lengths.end(), age);
      if (length == ladder.lengths.end()) return;
      newer = age;
    }
    highest.Add(std::min(one.reached, reached));
    if (highest.Of(enough) == reached) return;  // all are true since long
  }
  TouchLadder(ladder, highest, newer, kNever, work);
}

bool Holds(const NumberEntry& entry, double value) {
  return (value > entry.number) | (!entry.strict & (value == entry.number));
}

// How many of them hold: the first ones.
size_t HoldingOf(const NumberIndex& index, double value) {
  return CountFirst(index.data(), index.size(),
                    [value](const NumberEntry& entry) { return Holds(entry, value); });
}

}  // namespace

void TouchEdgesOfSource(const Code& code, uint32_t source, Millis at, const State& state,
                        Workspace* work) {
  const uint32_t ladder = code.sources[source].ladder;
  if (ladder != kNone) {
    const Ring<Climb> ring(state.blocks.Get<void>(SlotOf(source)));
    return TouchByLadder(code.ladders[ladder], ring, at, work);
  }
  const ThresholdIndex& index = code.thresholds[source];
  if (index.groups.empty()) return;
  const uint32_t slot = SlotOf(source);
  const void* block = state.blocks.Get<void>(slot);
  switch (code.sources[source].storage) {
    case Storage::kTimes: TouchByTimes(index, Ring<Time>(block), at, work); return;
    case Storage::kRecent: TouchByValues(index, Ring<Seen>(block), at, work); return;
    case Storage::kHashes: TouchByRepeats(index, Ring<Hashed>(block), at, work); return;
    case Storage::kCounter:
      TouchByCount(index, state.blocks.Get<CounterBlock>(slot)->count, work);
      return;
    default: return;
  }
}

void TouchEdgesOfText(const Code& code, Fact fact, std::string_view before, std::string_view after,
                      Workspace* work) {
  const TextIndex& index = code.texts_of_fact[static_cast<size_t>(fact)];
  if (index.empty() || (before.data() && before == after)) return;
  const uint32_t number = index.texts.Find(after);
  if (number != NameTable::kUnknown) {
    for (const uint32_t touch : index.touches[number]) work->Touch(touch);
  }
  for (const TextIndex::Length& one : index.prefix_lengths) {
    if (one.length > after.size()) continue;
    const std::string_view prefix = after.substr(0, one.length);
    if ((one.last_bytes & TextIndex::LastByte(prefix)) == 0) continue;
    if (before.data() && before.starts_with(prefix)) continue;
    const uint32_t known = index.prefixes.Find(prefix);
    if (known == NameTable::kUnknown) continue;
    for (const uint32_t touch : index.touches_of_prefix[known]) work->Touch(touch);
  }
}

void TouchEdgesOfNumber(const Code& code, Fact fact, double before, double after, Workspace* work) {
  const NumberIndex& index = code.numbers_of_fact[static_cast<size_t>(fact)];
  if (index.empty() || after <= before || !Holds(index.front(), after)) return;
  const size_t first = HoldingOf(index, before);
  if (first == index.size() || !Holds(index[first], after)) return;
  TouchRow(index, first, HoldingOf(index, after), work);
}

void TouchEdgesOfDwell(const Code& code, Millis dwell, Millis most, Workspace* work) {
  const NumberIndex& index = code.numbers_of_fact[static_cast<size_t>(Fact::kDwell)];
  // Mostly it is not that long yet.
  if (index.empty() || static_cast<double>(most) < index.front().number) return;
  const auto from = static_cast<double>(dwell);
  const auto to = static_cast<double>(most);
  size_t i = CountFirst(index.data(), index.size(),
                        [from](const NumberEntry& entry) { return entry.number < from; });
  for (; i < index.size() && index[i].number <= to; ++i) work->Touch(index[i].touch);
}

void TouchEdgesOfEvent(const EventPlan& plan, Workspace* work) {
  for (const uint32_t touch : plan.edges) work->Touch(touch);
  for (const EventFilter& filter : plan.filters) {
    const Value value = work->properties.Get(filter.property);
    if (value.is_number()) {
      TouchRow(filter.at_least, 0, HoldingOf(filter.at_least, value.number), work);
    } else if (value.is_text()) {
      const uint32_t number = filter.equal.texts.Find(value.text);
      if (number == NameTable::kUnknown) continue;
      for (const uint32_t touch : filter.equal.touches[number]) work->Touch(touch);
    }
  }
}

}  // namespace vinkki::rules
