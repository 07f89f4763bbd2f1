#include "rules/state.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "rules/moment.h"

namespace vinkki::rules {

void* BlockStore::Make(uint32_t slot, size_t bytes) {
  const auto words = static_cast<uint32_t>(RoundUp8(bytes) / 8);
  Slot block = At(slot);
  if (words <= block.words) return Get<void>(slot);
  const uint32_t more = words - block.words;
  Reserve(used_ + more);
  if (block.words == 0) {
    block.offset = used_;
    order_.push_back(slot);
  }
  const uint32_t end = block.offset + block.words;
  if (end < used_) Shift(end, static_cast<int32_t>(more));
  std::memset(memory_.get() + end, 0, size_t{more} * 8);
  used_ += more;
  Put(slot, {block.offset, words});
  return memory_.get() + block.offset;
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

void BlockStore::Reserve(uint32_t words) {
  if (words <= capacity_) return;
  constexpr uint32_t kFirstWords = 72;  // what the first pages leave
  capacity_ = std::max(kFirstWords, words + words / 8 + 4);
  auto memory = std::make_unique_for_overwrite<uint64_t[]>(capacity_);
  if (used_ > 0) std::memcpy(memory.get(), memory_.get(), size_t{used_} * 8);
  memory_ = std::move(memory);
}

void BlockStore::Shift(uint32_t from, int32_t words) {
  uint64_t* tail = memory_.get() + from;
  std::memmove(tail + words, tail, size_t{used_ - from} * 8);
  for (size_t i = order_.size(); i > 0; --i) {
    const uint32_t slot = order_[i - 1];
    const Slot block = At(slot);
    if (block.offset < from) return;
    Put(slot, {block.offset + static_cast<uint32_t>(words), block.words});
  }
}

void BlockStore::Drop(uint32_t slot) {
  const Slot block = At(slot);
  if (block.words == 0) return;
  Put(slot, {});
  std::erase(order_, slot);
  Shift(block.offset + block.words, -static_cast<int32_t>(block.words));
  used_ -= block.words;
}

void BlockStore::Copy(uint32_t slot, const BlockStore& from) {
  Drop(slot);
  if (!from.has(slot)) return;
  const size_t bytes = from.bytes(slot);
  std::memcpy(Make(slot, bytes), from.Get<void>(slot), bytes);
}

void BlockStore::CopyAll(const BlockStore& from) {
  for (const uint32_t slot : from.order_) Copy(slot, from);
}

void BlockStore::Clear() {
  for (const uint32_t slot : order_) Put(slot, {});
  order_.clear();
  used_ = 0;
}

State::State(const Code& code_in, std::string_view site_in, std::string_view visitor_in)
    : code(&code_in), blocks(kTextSlots + code_in.sources.size()), watches(code_in) {
  SetVisitor(site_in, visitor_in);
}

void State::SetVisitor(std::string_view site, std::string_view visitor) {
  who.clear();
  who.reserve(site.size() + 1 + visitor.size());
  who.append(site).append("\n").append(visitor);
  site_rules = 0;
  for (uint32_t i = 1; i < code->sites.size(); ++i) {
    if (code->sites[i].site == site) site_rules = i;
  }
}

void State::Renew(std::string_view site, std::string_view visitor) {
  SetVisitor(site, visitor);
  clock = 0;
  deadline = quiet_end = kNever;
  deadline_moved = evaluate_all = false;
  profile = Profile();
  blocks.Clear();
  runs.clear();
  watches.Clear();
  offers.clear();
  migration.reset();
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

void NotePath(std::string_view url, std::string_view path, TextBlock* block) {
  const bool inside = path.data() >= url.data() && path.data() < url.data() + url.size();
  block->path_begin = 0;
  block->path_size = inside ? kFarPath : 0;
  if (!inside || url.size() >= kFarPath) return;
  block->path_begin = static_cast<uint16_t>(path.data() - url.data());
  block->path_size = static_cast<uint16_t>(path.size());
}

TextBlock* Store(Text which, std::string_view text, BlockStore* blocks) {
  const auto slot = static_cast<uint32_t>(which);
  auto* block = static_cast<TextBlock*>(blocks->Make(slot, sizeof(TextBlock) + text.size()));
  block->size = static_cast<uint32_t>(text.size());
  if (!text.empty()) std::memcpy(block->text(), text.data(), text.size());
  return block;
}

}  // namespace

void State::SetText(Text which, std::string_view value) {
  if (which == Text::kPageUrl) return SetUrl(value, PathOf(value));
  Store(which, value, &blocks);
}

void State::SetUrl(std::string_view url, std::string_view path) {
  NotePath(url, path, Store(Text::kPageUrl, url, &blocks));
}

void State::DropText(Text which) {
  const auto slot = static_cast<uint32_t>(which);
  if (blocks.has(slot)) blocks.Get<TextBlock>(slot)->size = kMissingText;
}

void Watches::Clear() {
  std::fill_n(bits_.get(), MemorySize() / 8, 0);
  std::copy(code_->false_at_first.begin(), code_->false_at_first.end(), conditions());
  held_words_ = watched_words_ = 0;
}

uint32_t Watches::Watched(const RuleWhen& rule) const {
  if (!Away(rule) || Holds(rule)) return 0;
  uint32_t i = 1;
  while (!Has(watched(), SlotOf(rule, i))) ++i;
  return i;
}

void Watches::Hold(const RuleWhen& rule, uint32_t from) {
  if (from > 0) SetWatched(SlotOf(rule, from), false);
  for (uint32_t i = 0; i < rule.conjuncts; ++i) SetHeld(SlotOf(rule, i), true);
  SetWatched(SlotOf(rule, 0), true);
}

void Watches::Watch(const RuleWhen& rule, uint32_t conjunct) {
  for (uint32_t i = 0; i < rule.conjuncts; ++i) SetHeld(SlotOf(rule, i), false);
  SetWatched(SlotOf(rule, 0), conjunct > 0);
  if (conjunct > 0) SetWatched(SlotOf(rule, conjunct), true);
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
