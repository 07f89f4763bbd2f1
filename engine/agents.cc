#include "engine/agents.h"

#include <algorithm>
#include <vector>

namespace vinkki::engine {
namespace {

constexpr uint64_t kEnoughPercent = 95;

// The least n such that enough of the conversations found fewer than n others running.
uint64_t EnoughOf(const std::vector<uint64_t>& begun_as_nth, uint64_t conversations) {
  const uint64_t wanted = (conversations * kEnoughPercent + 99) / 100;
  uint64_t seen = 0;
  for (size_t n = 1; n < begun_as_nth.size(); ++n) {
    seen += begun_as_nth[n];
    if (seen >= wanted) return n;
  }
  return 0;
}

}  // namespace

AgentsBusy CountAgents(Tally* beginnings, Millis length, const EachStretch& f) {
  const std::vector<Tally::Slot>& slots = beginnings->slots();
  AgentsBusy out;
  out.conversations = beginnings->total();
  std::vector<uint64_t> begun_as_nth(1);  // [n]: how many conversations made it n at once
  uint64_t busy = 0;
  size_t begins = 0;
  size_t ends = 0;
  while (ends < slots.size()) {
    const Millis next_end = slots[ends].from + length;
    Millis now = next_end;
    if (begins < slots.size()) now = std::min(now, slots[begins].from);
    if (now == next_end) busy -= slots[ends++].count;
    if (begins < slots.size() && slots[begins].from == now) {
      const uint64_t count = slots[begins++].count;
      begun_as_nth.resize(std::max<size_t>(begun_as_nth.size(), busy + count + 1));
      for (uint64_t i = 1; i <= count; ++i) ++begun_as_nth[busy + i];
      busy += count;
    }
    if (busy > out.peak) {
      out.peak = busy;
      out.peak_at = now;
    }
    if (ends == slots.size()) break;
    Millis until = slots[ends].from + length;
    if (begins < slots.size()) until = std::min(until, slots[begins].from);
    if (f && busy > 0) f(now, until, busy);
  }
  out.enough = EnoughOf(begun_as_nth, out.conversations);
  return out;
}

}  // namespace vinkki::engine
