#include "engine/visitor.h"

#include <algorithm>

#include "base/bytes.h"

namespace vinkki::engine {
namespace {

constexpr char kVersion = 1;
enum Flag : uint8_t { kRebuild = 1, kLoadsLetGo = 2, kHasIds = 4 };

// The lowest n bits.
uint64_t Ones(uint64_t n) { return n >= 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1; }

Status Broken() { return Status::Corrupt("visitor state: broken bytes in the store"); }

void ReadLoads(ByteReader* r, Visitor* visitor) {
  const uint64_t n = r->Varint();
  for (uint64_t i = 0; i < n && r->ok(); ++i) {
    PageLoad load;
    load.load = r->Fixed64();
    load.highest = r->Varint();
    load.missing = r->Varint();
    load.last_at = r->Signed();
    visitor->loads.push_back(load);
  }
}

void ReadDays(ByteReader* r, Visitor* visitor) {
  const uint64_t n = r->Varint();
  uint32_t day = 0;
  for (uint64_t i = 0; i < n && r->ok(); ++i) {
    day += static_cast<uint32_t>(r->Varint());
    visitor->days.push_back(day);
  }
}

}  // namespace

void PageLoad::Take(uint64_t number) {
  if (number > highest) {
    const uint64_t step = number - highest;  // the numbers between have not come
    missing = step >= 64 ? 0 : missing << step;
    missing |= Ones(step - 1);
    highest = number;
  } else if (highest - number <= 64 && number < highest) {
    missing &= ~(uint64_t{1} << (highest - number - 1));
  }
}

Seen Visitor::Look(uint64_t load, uint64_t number) const {
  for (auto it = loads.rbegin(); it != loads.rend(); ++it) {
    if (it->load != load) continue;
    if (number > it->highest) return Seen::kNew;
    const uint64_t back = it->highest - number;
    if (back == 0) return Seen::kDuplicate;
    if (back > 64) return Seen::kAskRows;
    return (it->missing >> (back - 1) & 1) != 0 ? Seen::kNew : Seen::kDuplicate;
  }
  return loads_let_go ? Seen::kAskRows : Seen::kNew;
}

PageLoad* Visitor::FindLoad(uint64_t load) {
  for (auto it = loads.rbegin(); it != loads.rend(); ++it) {
    if (it->load == load) return &*it;
  }
  return nullptr;
}

PageLoad* Visitor::AddLoad(const PageLoad& load) {
  if (loads.size() == kPageLoads) {
    loads.erase(loads.begin());
    loads_let_go = true;
  }
  loads.push_back(load);
  return &loads.back();
}

void Visitor::AddDay(uint32_t day) {
  if (!days.empty() && days.back() == day) return;
  const auto at = std::lower_bound(days.begin(), days.end(), day);
  if (at != days.end() && *at == day) return;
  days.insert(at, day);
  if (days.size() > kDays) days.erase(days.begin());
}

Millis Visitor::Frontier() const { return std::max(rules::LastEventAt(*state), advanced_to); }

size_t Visitor::Size() const {
  return sizeof(Visitor) + who.capacity() + loads.capacity() * sizeof(PageLoad) +
         days.capacity() * sizeof(uint32_t) + ids.size() * 24 + ids.bucket_count() * 8 +
         rules::StateSize(*state);
}

void EncodeVisitor(const Visitor& visitor, std::string* out) {
  out->assign(1, kVersion);
  out->push_back(static_cast<char>((visitor.rebuild ? kRebuild : 0) |
                                   (visitor.loads_let_go ? kLoadsLetGo : 0) |
                                   (visitor.has_ids ? kHasIds : 0)));
  PutVarint(out, visitor.events);
  PutVarint(out, visitor.sequence);
  PutFixed64(out, static_cast<uint64_t>(visitor.timer_at));
  PutSigned(out, visitor.advanced_to);
  PutVarint(out, visitor.loads.size());
  for (const PageLoad& load : visitor.loads) {
    PutFixed64(out, load.load);
    PutVarint(out, load.highest);
    PutVarint(out, load.missing);
    PutSigned(out, load.last_at);
  }
  PutVarint(out, visitor.days.size());
  uint32_t before = 0;
  for (const uint32_t day : visitor.days) {
    PutVarint(out, day - before);
    before = day;
  }
  thread_local std::string rules_state;  // keeps its capacity
  rules_state.clear();
  rules::EncodeState(*visitor.state, &rules_state);
  out->append(rules_state);
}

Status DecodeVisitor(std::string_view bytes, Visitor* visitor, std::string_view* rules_state) {
  ByteReader r(bytes);
  if (r.Byte() != kVersion) return Broken();
  const uint8_t flags = r.Byte();
  visitor->rebuild = (flags & kRebuild) != 0;
  visitor->loads_let_go = (flags & kLoadsLetGo) != 0;
  visitor->has_ids = (flags & kHasIds) != 0;
  visitor->events = r.Varint();
  visitor->sequence = r.Varint();
  visitor->timer_at = static_cast<Millis>(r.Fixed64());
  visitor->advanced_to = r.Signed();
  visitor->loads.clear();
  visitor->days.clear();
  ReadLoads(&r, visitor);
  ReadDays(&r, visitor);
  if (!r.ok() || visitor->loads.size() > kPageLoads || visitor->days.size() > kDays) {
    return Broken();
  }
  *rules_state = {r.position(), r.left()};
  return Status::Ok();
}

}  // namespace vinkki::engine
