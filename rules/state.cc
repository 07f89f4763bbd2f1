#include "rules/state.h"

#include <algorithm>
#include <cstring>

#include "rules/moment.h"

namespace vinkki::rules {

void* BlockStore::Make(uint32_t slot, size_t bytes) {
  const auto words = static_cast<uint32_t>(RoundUp8(bytes) / 8);
  if (words <= At(slot).words) return Get<void>(slot);
  if (used_ + words > capacity_) {
    constexpr uint32_t kFirstWords = 72;  // what the first pages leave
    const uint32_t live = used_ - holes_ + words;
    Move(std::max(kFirstWords, live + (holes_ > live / 4 ? 0 : live / 8) + 4));
  }
  const Slot old = At(slot);
  uint64_t* to = memory_.get() + used_;
  std::memcpy(to, memory_.get() + old.offset, size_t{old.words} * 8);
  std::memset(to + old.words, 0, size_t{words - old.words} * 8);
  Put(slot, {used_, words});
  used_ += words;
  holes_ += old.words;
  return to;
}

void BlockStore::Put(uint32_t slot, Slot to) {
  if (to.offset <= UINT16_MAX && to.words < kWide) {
    narrow_[slot] = {static_cast<uint16_t>(to.offset), static_cast<uint16_t>(to.words)};
    return;
  }
  if (!wide_) wide_ = std::make_unique<Slot[]>(slots_);
  wide_[slot] = to;
  narrow_[slot] = {0, kWide};
}

// Into a memory of this capacity, without holes.
void BlockStore::Move(size_t capacity) {
  auto memory = std::make_unique<uint64_t[]>(capacity);
  uint32_t used = 0;
  for (uint32_t i = 0; i < slots_; ++i) {
    const Slot slot = At(i);
    if (slot.words == 0) continue;
    std::memcpy(memory.get() + used, memory_.get() + slot.offset, size_t{slot.words} * 8);
    Put(i, {used, slot.words});
    used += slot.words;
  }
  memory_ = std::move(memory);
  capacity_ = static_cast<uint32_t>(capacity);
  used_ = used;
  holes_ = 0;
}

void BlockStore::Drop(uint32_t slot) {
  holes_ += At(slot).words;
  Put(slot, {});
}

void BlockStore::Clear() {
  for (uint32_t i = 0; i < slots_; ++i) Put(i, {});
  used_ = holes_ = 0;
}

State::State(const Code& code_in, std::string_view site_in, std::string_view visitor_in)
    : code(&code_in), blocks(kTextSlots + code_in.sources.size()), watches(code_in) {
  who.reserve(site_in.size() + 1 + visitor_in.size());
  who.append(site_in).append("\n").append(visitor_in);
  for (uint32_t i = 1; i < code->sites.size(); ++i) {
    if (code->sites[i].site == site_in) site_rules = i;
  }
}

std::string_view State::text(Text which) const {
  const auto slot = static_cast<uint32_t>(which);
  if (!blocks.has(slot)) return {};
  const auto* block = blocks.Get<TextBlock>(slot);
  if (block->size == kMissingText) return {};
  return {block->text(), block->size};
}

std::string_view State::path() const {
  const std::string_view url = text(Text::kPageUrl);
  if (!url.data()) return {};
  const auto* block = blocks.Get<TextBlock>(static_cast<uint32_t>(Text::kPageUrl));
  if (block->path_size == 0) return "/";
  if (block->path_size == kFarPath) return PathOf(url);
  return url.substr(block->path_begin, block->path_size);
}

namespace {

void NotePath(std::string_view url, TextBlock* block) {
  const std::string_view path = PathOf(url);
  const bool inside = path.data() >= url.data() && path.data() < url.data() + url.size();
  block->path_begin = 0;
  block->path_size = inside ? kFarPath : 0;
  if (!inside || url.size() >= kFarPath) return;
  block->path_begin = static_cast<uint16_t>(path.data() - url.data());
  block->path_size = static_cast<uint16_t>(path.size());
}

}  // namespace

void State::SetText(Text which, std::string_view value) {
  const auto slot = static_cast<uint32_t>(which);
  auto* block = static_cast<TextBlock*>(blocks.Make(slot, sizeof(TextBlock) + value.size()));
  block->size = static_cast<uint32_t>(value.size());
  if (!value.empty()) std::memcpy(block->text(), value.data(), value.size());
  if (which == Text::kPageUrl) NotePath(value, block);
}

void State::DropText(Text which) {
  const auto slot = static_cast<uint32_t>(which);
  if (blocks.has(slot)) blocks.Get<TextBlock>(slot)->size = kMissingText;
}

uint32_t Watches::Watched(const RuleCode& rule) const {
  if (!Away(rule)) return 0;
  uint32_t i = 1;
  while (!Has(watched(), SlotOf(rule, i))) ++i;
  return i;
}

void Watches::Forget(const RuleCode& rule) {
  if (Holds(rule)) {
    for (uint32_t i = 0; i < rule.conjuncts; ++i) SetHeld(SlotOf(rule, i), false);
  } else if (const uint32_t old = Watched(rule); old > 0) {
    SetWatched(SlotOf(rule, old), false);
  }
}

void Watches::Hold(const RuleCode& rule) {
  Forget(rule);
  for (uint32_t i = 0; i < rule.conjuncts; ++i) SetHeld(SlotOf(rule, i), true);
  SetWatched(SlotOf(rule, 0), true);
}

void Watches::Watch(const RuleCode& rule, uint32_t conjunct) {
  Forget(rule);
  SetWatched(SlotOf(rule, 0), conjunct > 0);
  if (conjunct > 0) SetWatched(SlotOf(rule, conjunct), true);
}

const Run* State::FindRun(uint32_t rule) const {
  const auto at = std::lower_bound(runs.begin(), runs.end(), rule,
                                   [](const Run& run, uint32_t r) { return run.rule < r; });
  return at != runs.end() && at->rule == rule ? &*at : nullptr;
}

Offers* State::OffersOf(uint64_t hash, bool make) {
  for (Offers& one : offers) {
    if (one.hash == hash) return &one;
  }
  if (!make) return nullptr;
  offers.push_back({});
  offers.back().hash = hash;
  return &offers.back();
}

}  // namespace vinkki::rules
