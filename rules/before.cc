#include "rules/before.h"

#include <algorithm>
#include <type_traits>

#include "rules/cart.h"
#include "rules/remember.h"

namespace vinkki::rules {
namespace {

uint32_t Rest(uint32_t all, uint32_t counted) { return all > counted ? all - counted : 0; }

bool MovesCart(BuiltIn what) {
  switch (what) {
    case BuiltIn::kAddToCart:
    case BuiltIn::kRemoveFromCart:
    case BuiltIn::kViewCart:
    case BuiltIn::kBeginCheckout:
    case BuiltIn::kPurchase: return true;
    default: return false;
  }
}

Profile CartAfter(const Code& code, std::span<const EventView> stored, Profile cart) {
  for (const EventView& event : stored) {
    const BuiltIn what = code.PlanOf(event.name).built_in;
    if (MovesCart(what)) UpdateCart(what, event, &cart);
  }
  return cart;
}

// A cart with which the stored events lead to the one of now. What they take out of a cart that has
// less is nothing; so from one that has plenty it is seen what they add and take in all.
void FillCart(const Code& code, std::span<const EventView> stored, const Profile& now,
              Profile* before) {
  constexpr __int128 kPlenty = __int128{1} << 80;
  constexpr double kManyPieces = 1 << 30;
  const Profile near = CartAfter(code, stored, *before);
  Profile plenty = *before;
  plenty.set_cart_value(kPlenty);
  plenty.cart_pieces = kManyPieces;
  const Profile far = CartAfter(code, stored, plenty);
  if (near.cart_value() == far.cart_value()) return;  // a purchase or a look at it: all is said
  if (now.cart_value() > near.cart_value()) {
    before->set_cart_value(now.cart_value() - (far.cart_value() - kPlenty));
  }
  if (now.cart_pieces > near.cart_pieces) {
    before->cart_pieces = now.cart_pieces - (far.cart_pieces - kManyPieces);
  }
  const bool empty = before->cart_value() == 0 && before->cart_pieces == 0;
  if (!empty) before->cart_at = std::min(now.cart_at, stored.empty() ? kNever : stored.front().at);
}

// The session is none: the first stored event begins one.
void FillProfile(const Profile& now, const Profile& counted, Profile* before) {
  before->events = now.events - std::min(now.events, counted.events);
  before->first_at = now.first_at;
  before->visits = Rest(now.visits, counted.visits);
  before->page_views = Rest(now.page_views, counted.page_views);
  before->foreground = Rest(now.foreground, counted.foreground);
  before->purchases = Rest(now.purchases, counted.purchases);
  if (counted.purchases == 0) {
    before->has_transaction = now.has_transaction;
    before->transaction = now.transaction;
  }
  if (counted.sign_at == kNoTime) before->sign_at = now.sign_at;
  before->identity = now.identity;
  before->consent = now.consent;
  before->declined_at = now.declined_at;
}

// What a ring held when the first stored event came.
template <typename T>
void FillRing(Millis first, uint32_t slot, const BlockStore& now, BlockStore* before) {
  before->Copy(slot, now);
  const Ring<T> ring(before->Get<void>(slot));
  while (ring.size() > 0 && ring.Latest(0).at >= first) --ring.header().size;
  if constexpr (std::is_same_v<T, Seen>) {
    ring.header().total = ring.size() > 0 ? ring.Latest(0).ordinal : 0;
  }
}

void FillCounter(uint32_t slot, const BlockStore& counted, BlockStore* before) {
  if (!counted.has(slot)) return;
  auto* block = before->Get<CounterBlock>(slot);
  block->count = Rest(block->count, counted.Get<CounterBlock>(slot)->count);
}

void FillTotal(uint32_t slot, const BlockStore& counted, BlockStore* before) {
  if (!counted.has(slot)) return;
  const auto* known = counted.Get<TotalBlock>(slot);
  auto* block = before->Get<TotalBlock>(slot);
  block->set_sum(block->sum() - known->sum());
  block->count = Rest(block->count, known->count);
}

void FillSource(const SourceCode& source, uint32_t slot, Millis first, const BlockStore& now,
                const BlockStore& counted, BlockStore* before) {
  const bool lasts =
      source.window == Window::Kind::kVisitor || source.window == Window::Kind::kDuration;
  if (!lasts || !now.has(slot)) return;  // of a session or a page: those of before are over
  switch (source.storage) {
    case Storage::kTimes: return FillRing<Time>(first, slot, now, before);
    case Storage::kLadder: return FillRing<Climb>(first, slot, now, before);
    case Storage::kAmounts: return FillRing<Amount>(first, slot, now, before);
    case Storage::kNumbers: return FillRing<Number>(first, slot, now, before);
    case Storage::kHashes: return FillRing<Hashed>(first, slot, now, before);
    case Storage::kRecent: return FillRing<Seen>(first, slot, now, before);
    case Storage::kCounter: before->Copy(slot, now); return FillCounter(slot, counted, before);
    case Storage::kTotal: before->Copy(slot, now); return FillTotal(slot, counted, before);
    case Storage::kLastTime:
    case Storage::kLeast:
    case Storage::kGreatest:
    case Storage::kFirst:
    case Storage::kLast:
    case Storage::kProperty: before->Copy(slot, now); return;
    case Storage::kValues:
    case Storage::kSequence: return;
  }
}

}  // namespace

bool FillBefore(const Code& code, std::span<const EventView> stored, const State& now,
                State* before) {
  State counted(code, {}, {});
  Workspace& work = ThreadWorkspace();
  for (const EventView& event : stored) Remember(code, event, &work, &counted);
  if (counted.profile.events >= now.profile.events) return false;
  FillProfile(now.profile, counted.profile, &before->profile);
  FillCart(code, stored, now.profile, &before->profile);
  if (counted.profile.page_views == 0) {
    for (const Text text : {Text::kPageUrl, Text::kPageTitle, Text::kPageType}) {
      before->blocks.Copy(static_cast<uint32_t>(text), now.blocks);
    }
  }
  const Millis first = stored.empty() ? kNever : stored.front().at;
  for (uint32_t i = 0; i < code.sources.size(); ++i) {
    FillSource(code.sources[i], SlotOf(i), first, now.blocks, counted.blocks, &before->blocks);
  }
  return true;
}

}  // namespace vinkki::rules
