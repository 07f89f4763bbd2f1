// Functions over what happened, out of the blocks. Each says until when its value stays: a sliding
// window loses its oldest event at that event's time + its length.
#include <algorithm>
#include <cmath>

#include "rules/moment.h"
#include "rules/value_queue.h"

namespace vinkki::rules {
namespace {

using WindowKind = Window::Kind;

// Whether a block of this epoch counts now, for the windows that are no duration.
bool Current(Moment* moment, WindowKind window, uint32_t epoch) {
  const Profile& profile = moment->state.profile;
  switch (window) {
    case WindowKind::kVisitor: return true;
    case WindowKind::kPage: return epoch == profile.page_views;
    case WindowKind::kSession:
      if (epoch != profile.visits || !moment->state.InSession(moment->at)) return false;
      moment->Until(moment->state.SessionEnd());
      return true;
    case WindowKind::kDuration: break;
  }
  return true;
}

// How many of the latest entries lie in the window; at most `bound`.
template <typename Entries>
uint32_t InWindow(Moment* moment, const Entries& entries, const CallFact& call, uint32_t bound) {
  const uint32_t most = std::min(entries.size(), bound);
  if (call.window.kind != WindowKind::kDuration) {
    return Current(moment, call.window.kind, entries.epoch()) ? most : 0;
  }
  uint32_t n = 0;
  while (n < most && entries.Latest(n).at > moment->at - call.window.length) ++n;
  if (n > 0) moment->Until(entries.Latest(n - 1).at + call.window.length);
  return n;
}

template <typename Entries>
uint32_t InWindow(Moment* moment, const Entries& entries, const CallFact& call) {
  return InWindow(moment, entries, call, call.bound);
}

// How many of the latest that are above the call's rung lie in the window, up to `most`; `since`:
// the time of the oldest of those.
uint32_t CountAbove(const Moment& moment, const Ring<Climb>& ring, const CallFact& call,
                    uint32_t most, Millis* since) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < ring.size() && n < most; ++i) {
    const Climb& one = ring.Latest(i);
    if (one.at <= moment.at - call.window.length) break;
    if (one.reached <= call.rung) continue;
    *since = one.at;
    ++n;
  }
  return n;
}

// Of those beyond `keep` some were dropped: they are not told.
uint32_t CountAbove(Moment* moment, const CallFact& call, const void* block) {
  const uint32_t keep = moment->code.sources[call.source].keep;
  Millis since = kNoTime;
  const uint32_t n = CountAbove(*moment, Ring<Climb>(block), call, keep, &since);
  if (n > 0) moment->Until(since + call.window.length);
  return n;
}

Operand OfNumber(double n) { return Operand::Of(n); }

Operand ReadAmounts(Moment* moment, const CallFact& call, const void* block) {
  const Ring<Amount> ring(block);
  const uint32_t n = InWindow(moment, ring, call);
  __int128 sum = 0;
  for (uint32_t i = 0; i < n; ++i) sum += ring.Latest(i).millionths;
  if (call.function == Function::kSum) return OfNumber(FromMillionths(sum));
  return n == 0 ? Operand() : OfNumber(FromMillionths(sum) / n);
}

Operand ReadTotal(Moment* moment, const CallFact& call, const TotalBlock& block) {
  const bool current = Current(moment, call.window.kind, block.epoch) && block.count > 0;
  if (call.function == Function::kSum) return OfNumber(current ? FromMillionths(block.sum()) : 0);
  return current ? OfNumber(FromMillionths(block.sum()) / block.count) : Operand();
}

Operand ReadNumbers(Moment* moment, const CallFact& call, const void* block) {
  const Ring<Number> ring(block);
  const uint32_t n = InWindow(moment, ring, call);
  if (n == 0) return {};
  double best = ring.Latest(0).number;
  for (uint32_t i = 1; i < n; ++i) {
    const double number = ring.Latest(i).number;
    best = call.function == Function::kMin ? std::min(best, number) : std::max(best, number);
  }
  return OfNumber(best);
}

// Values seen last that are in the window and among the `bound` latest events.
uint32_t CountRecent(Moment* moment, const CallFact& call, const void* block) {
  const Ring<Seen> seen(block);
  const uint32_t total = seen.total();
  const uint32_t n = InWindow(moment, seen, call, 0xffffffff);
  uint32_t in_bound = 0;
  while (in_bound < n && total - seen.Latest(in_bound).ordinal < call.bound) ++in_bound;
  return in_bound;
}

// The most frequent value among the n latest.
uint32_t MostFrequent(const Ring<Hashed>& ring, uint32_t n) {
  uint32_t best = 0;
  for (uint32_t i = 0; i < n; ++i) {
    uint32_t same = 1;
    for (uint32_t j = i + 1; j < n; ++j) same += ring.Latest(j).hash == ring.Latest(i).hash;
    best = std::max(best, same);
  }
  return best;
}

// Of repeats: the latest time from which on some value came k times; kNoTime when none did.
Millis RepeatedSince(const Ring<Hashed>& ring, uint32_t n, uint32_t k) {
  for (uint32_t i = k - 1; i < n; ++i) {
    uint32_t same = 0;
    for (uint32_t j = 0; j <= i; ++j) same += ring.Latest(j).hash == ring.Latest(i).hash;
    if (same >= k) return ring.Latest(i).at;
  }
  return kNoTime;
}

// Whether the window reaches back to `since`, the time of an entry that counts: it does until then.
bool IsSince(Moment* moment, const CallFact& call, uint32_t epoch, Millis since) {
  if (call.window.kind != WindowKind::kDuration) return Current(moment, call.window.kind, epoch);
  if (since <= moment->at - call.window.length) return false;
  moment->Until(since + call.window.length);
  return true;
}

// Whether the k-th latest entry is in the window.
template <typename Entries>
bool HasLatest(Moment* moment, const Entries& entries, const CallFact& call, uint32_t k) {
  return entries.size() >= k && IsSince(moment, call, entries.epoch(), entries.Latest(k - 1).at);
}

Operand ReadLast(Moment* moment, const CallFact& call, const ValueBlock& block) {
  if (call.window.kind == WindowKind::kDuration) {
    if (block.at <= moment->at - call.window.length) return {};
    moment->Until(block.at + call.window.length);
  } else if (!Current(moment, call.window.kind, block.epoch)) {
    return {};
  }
  return ReadValueBlock(block);
}

Operand ReadFirst(Moment* moment, const CallFact& call, const QueueHeader* block) {
  Operand out;
  Millis at = kNoTime;
  if (!FirstInQueue(block, moment->at - call.window.length, &at, &out)) return {};
  moment->Until(at + call.window.length);
  return out;
}

Operand WhenEmpty(Function function) {
  switch (function) {
    case Function::kCount:
    case Function::kSum:
    case Function::kDistinct:
    case Function::kRepeats: return OfNumber(0);
    default: return {};
  }
}

uint32_t CountOf(Moment* moment, const CallFact& call, uint32_t slot) {
  const BlockStore& blocks = moment->state.blocks;
  switch (call.storage) {
    case Storage::kTimes: return InWindow(moment, Ring<Time>(blocks.Get<void>(slot)), call);
    case Storage::kCounter: {
      const auto* block = blocks.Get<CounterBlock>(slot);
      return Current(moment, call.window.kind, block->epoch) ? block->count : 0;
    }
    case Storage::kRecent: return CountRecent(moment, call, blocks.Get<void>(slot));
    case Storage::kLadder: return CountAbove(moment, call, blocks.Get<void>(slot));
    default: {
      const Ring<Hashed> ring(blocks.Get<void>(slot));
      return MostFrequent(ring, InWindow(moment, ring, call));
    }
  }
}

Operand ReadLeast(Moment* moment, const CallFact& call, const NumberBlock& block) {
  if (!Current(moment, call.window.kind, block.epoch)) return {};
  return OfNumber(block.number);
}

}  // namespace

Operand ReadValueBlock(const ValueBlock& block) {
  Value value;
  value.kind = static_cast<Value::Kind>(block.kind);
  value.boolean = block.boolean != 0;
  value.number = block.number;
  if (value.is_text()) value.text = {block.text(), block.size};
  return Operand::Of(value);
}

Operand ReadCall(Moment* moment, const CallFact& call) {
  const BlockStore& blocks = moment->state.blocks;
  const uint32_t slot = SlotOf(call.source);
  if (!blocks.has(slot)) return WhenEmpty(call.function);
  switch (call.storage) {
    case Storage::kLastTime:
      return Operand::Duration(static_cast<double>(moment->at - blocks.Get<Time>(slot)->at), 1);
    case Storage::kAmounts: return ReadAmounts(moment, call, blocks.Get<void>(slot));
    case Storage::kTotal: return ReadTotal(moment, call, *blocks.Get<TotalBlock>(slot));
    case Storage::kNumbers: return ReadNumbers(moment, call, blocks.Get<void>(slot));
    case Storage::kLeast:
    case Storage::kGreatest: return ReadLeast(moment, call, *blocks.Get<NumberBlock>(slot));
    case Storage::kValues: return ReadFirst(moment, call, blocks.Get<QueueHeader>(slot));
    case Storage::kFirst:
    case Storage::kLast: return ReadLast(moment, call, *blocks.Get<ValueBlock>(slot));
    default: return OfNumber(CountOf(moment, call, slot));
  }
}

bool ReadAtLeast(Moment* moment, const CallFact& call, uint32_t k) {
  const uint32_t slot = SlotOf(call.source);
  const BlockStore& blocks = moment->state.blocks;
  if (!blocks.has(slot)) return false;
  const void* block = blocks.Get<void>(slot);
  switch (call.storage) {
    case Storage::kTimes: return HasLatest(moment, Ring<Time>(block), call, k);
    case Storage::kCounter: {
      const auto* counter = static_cast<const CounterBlock*>(block);
      return counter->count >= k && Current(moment, call.window.kind, counter->epoch);
    }
    case Storage::kRecent: {
      const Ring<Seen> seen(block);
      if (seen.size() < k || seen.total() - seen.Latest(k - 1).ordinal >= call.bound) return false;
      return HasLatest(moment, seen, call, k);
    }
    case Storage::kLadder: {
      Millis since = kNoTime;
      if (CountAbove(*moment, Ring<Climb>(block), call, k, &since) < k) return false;
      moment->Until(since + call.window.length);
      return true;
    }
    default: {
      const Ring<Hashed> ring(block);
      const Millis since = RepeatedSince(ring, std::min(ring.size(), call.bound), k);
      return since != kNoTime && IsSince(moment, call, ring.epoch(), since);
    }
  }
}

}  // namespace vinkki::rules
