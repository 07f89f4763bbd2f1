// A visitor's state under one program: the profile (what every visitor has), the blocks (what the
// rules' sources remember of them, only those that were touched), the runs (rules that hold or that
// a timer may change), what the others watch, and the offers made. Owned by one shard, or one
// replay thread; a state is used with the program it was made for only (step.h).
//
// Invariants: runs are sorted by rule; `deadline` is the least wake of a run that is not quiet, and
// no quiet one has a wake before `quiet_end`; nothing here changes by time alone, so a session has
// ended when SessionEnd() has passed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/blocks.h"
#include "rules/code.h"
#include "rules/step.h"

namespace vinkki::rules {

inline constexpr Millis kSessionGap = 30 * 60'000;

// Texts of the profile: the first slots of the block store.
enum class Text : uint32_t {
  kPageUrl,
  kPageTitle,
  kPageType,
  kReferrer,
  kDevice,
  kLanguage,
  kEntry,
  kCampaign,
  kCount
};
inline constexpr uint32_t kMissingText = 0xffffffff;  // TextBlock::size
inline constexpr uint32_t kTextSlots = static_cast<uint32_t>(Text::kCount);

enum class Identity : uint8_t { kAnonymous, kKnown, kStrong };
enum class ConsentFact : uint8_t { kMissing, kOff, kCookieless, kFull };

struct Profile {
  uint64_t events = 0;
  Millis first_at = 0;
  Millis last_at = 0;
  Millis session_at = 0;
  uint32_t visits = 0;        // also the epoch of the window `session`
  uint32_t pages = 0;         // of the session
  uint32_t page_views = 0;    // of all; also the epoch of the window `page`
  uint32_t foreground = 0;    // events that are not background, for `next`
  Millis sign_at = kNoTime;   // the last sign of life
  Millis dwell_at = kNoTime;  // the last on this page; kNoTime: no page yet
  Millis dwell_sum = 0;       // up to dwell_at

  uint32_t purchases = 0;
  bool has_transaction = false;  // the last purchase had a transaction_id
  bool has_entry = false;        // a page_view of this session had a url
  Identity identity = Identity::kAnonymous;
  ConsentFact consent = ConsentFact::kMissing;
  uint64_t transaction = 0;  // its hash

  int64_t cart_high = 0;  // value in millionths, 128 bits
  uint64_t cart_low = 0;
  double cart_pieces = 0;
  Millis cart_at = kNoTime;  // since it is not empty; kNoTime: empty

  Millis declined_at = kNoTime;
  Millis offered_at = kNoTime;   // the open offer: made then
  Millis offer_until = kNoTime;  // kNoTime: none is open
  bool conversation = false;     // one began in this session and has not ended

  __int128 cart_value() const { return (static_cast<__int128>(cart_high) << 64) | cart_low; }
  void set_cart_value(__int128 v) {
    cart_low = static_cast<uint64_t>(v);
    cart_high = static_cast<int64_t>(v >> 64);
  }
};

// Blocks by slot, in one piece of memory without holes: a block that grows moves those behind it.
// Pointers are valid until the next Make.
class BlockStore {
 public:
  explicit BlockStore(size_t slots)
      : narrow_(std::make_unique<Narrow[]>(slots)), slots_(static_cast<uint32_t>(slots)) {}

  bool has(uint32_t slot) const { return At(slot).words != 0; }
  size_t bytes(uint32_t slot) const { return size_t{At(slot).words} * 8; }
  template <typename T>
  T* Get(uint32_t slot) {
    return reinterpret_cast<T*>(memory_.get() + At(slot).offset);
  }
  template <typename T>
  const T* Get(uint32_t slot) const {
    return reinterpret_cast<const T*>(memory_.get() + At(slot).offset);
  }
  // A block of at least `bytes` (above 0); what the slot's old one held is at its front, the rest
  // is zero.
  void* Make(uint32_t slot, size_t bytes);
  // The slot's block of another store with as many slots; none, if that has none.
  void Copy(uint32_t slot, const BlockStore& from);
  void CopyAll(const BlockStore& from);
  void Drop(uint32_t slot);
  void Clear();

  size_t slots() const { return slots_; }
  // Bytes of the table of slots, of the blocks, and of their order.
  size_t TableSize() const { return slots_ * (sizeof(Narrow) + (wide_ ? sizeof(Slot) : 0)); }
  size_t MemorySize() const { return size_t{capacity_} * 8; }
  size_t OrderSize() const { return order_.capacity() * sizeof(uint32_t); }

 private:
  struct Slot {
    uint32_t offset = 0;  // in words of 8 bytes
    uint32_t words = 0;   // 0: no block
  };
  // Enough for the first half of a megabyte, beyond which few visitors come.
  struct Narrow {
    uint16_t offset = 0;
    uint16_t words = 0;  // kWide: it stands in wide_
  };
  static constexpr uint16_t kWide = 0xffff;
  Slot At(uint32_t slot) const {
    const Narrow narrow = narrow_[slot];
    if (narrow.words == kWide) [[unlikely]]
      return wide_[slot];
    return {narrow.offset, narrow.words};
  }
  void Put(uint32_t slot, Slot to);
  void Reserve(uint32_t words);
  // What begins at `from` or behind begins so many words later.
  void Shift(uint32_t from, int32_t words);

  std::unique_ptr<Narrow[]> narrow_;
  std::unique_ptr<Slot[]> wide_;  // null until one is needed
  std::unique_ptr<uint64_t[]> memory_;
  std::vector<uint32_t> order_;  // the slots that have a block, as the blocks lie in memory
  uint32_t slots_;
  uint32_t capacity_ = 0;  // words
  uint32_t used_ = 0;      // words
};

// A rule that holds, or that does not but that time alone may turn. One that neither holds nor
// wakes is over: it stays until its place is needed, mostly by the same rule.
struct Run {
  Millis risen_at = 0;
  Millis wake = kNever;  // when time alone may change it, or its `for` is due
  uint32_t rule = 0;
  bool holds : 1 = false;
  bool fired : 1 = false;
  bool quiet : 1 = false;  // it has fired, and nobody has to be woken for its end (runs.h)
  uint16_t watched = 0;    // if it does not hold: the conjunct that it watches

  bool over() const { return !holds && wake == kNever; }
};

// What is left to do for a state that another program wrote.
struct Migration {
  std::vector<uint32_t> stale;       // sources that are to be rebuilt from the stored events
  std::vector<uint64_t> kept_rules;  // bits: the rules that it followed before, as they are now
};

// What each rule is about: it holds, or it watches one conjunct that is false, its first unless it
// is away. Two bits for each conjunct, by Code::slots:
//   held     all conjuncts of a rule that holds
//   watched  the conjunct that a rule watches; of a rule's first one, the contrary: the rule is
//   away
// One for each condition (Code::conditions): it is known to be false until it is touched. And one
// for each rule: it has a run that is not over.
class Watches {
 public:
  explicit Watches(const Code& code)
      : code_(&code),
        words_(static_cast<uint32_t>((code.conjuncts.size() + 63) / 64)),
        bits_(std::make_unique_for_overwrite<uint64_t[]>(MemorySize() / 8)) {
    Clear();
  }
  // As of a visitor of whom nothing is known.
  void Clear();

  const uint64_t* held() const { return bits_.get(); }
  const uint64_t* watched() const { return bits_.get() + words_; }
  // Words that are not 0, modulo 64.
  uint64_t held_words() const { return held_words_; }
  uint64_t watched_words() const { return watched_words_; }
  bool Holds(const RuleWhen& rule) const { return Has(held(), SlotOf(rule, 0)); }
  // Whether it holds, or watches another conjunct than its first.
  bool Away(const RuleWhen& rule) const { return Has(watched(), SlotOf(rule, 0)); }
  // The conjunct, counted from the rule's first, that it watches; 0 where it holds.
  uint32_t Watched(const RuleWhen& rule) const;

  // Of one that does not hold and watches `from`.
  void Hold(const RuleWhen& rule, uint32_t from);
  // Of a rule that does not hold and watches `from`.
  void Move(const RuleWhen& rule, uint32_t from, uint32_t to) {
    if (from == to) return;
    if (from > 0) SetWatched(SlotOf(rule, from), false);
    if (to > 0) SetWatched(SlotOf(rule, to), true);
    if (from == 0 || to == 0) SetWatched(SlotOf(rule, 0), to > 0);
  }
  // From a rule's first conjunct, by its slot, to the one after it, without a look at the rule.
  void Pass(uint32_t first, uint32_t next) {
    SetWatched(next, true);
    SetWatched(first, true);
  }
  // Of one that held.
  void Watch(const RuleWhen& rule, uint32_t conjunct);

  const uint64_t* known_false() const { return conditions(); }
  bool HasRun(uint32_t rule) const { return Has(runs(), rule); }
  void NoteRun(uint32_t rule, bool has) {
    uint64_t& word = runs()[rule / 64];
    word = (word & ~(uint64_t{1} << (rule % 64))) | uint64_t{has} << (rule % 64);
  }
  bool IsFalse(uint32_t condition) const { return Has(conditions(), condition); }
  void NoteFalse(uint32_t condition) {
    conditions()[condition / 64] |= uint64_t{1} << (condition % 64);
  }
  // They may have become true.
  void Doubt(const BitWord& word) { conditions()[word.word] &= ~word.bits; }
  void Doubt(BitSet set) {
    for (const BitWord& word : set) Doubt(word);
  }
  void DoubtAll() { std::fill_n(conditions(), code_->false_at_first.size(), 0); }
  size_t MemorySize() const {
    return 8 *
           (2 * size_t{words_} + code_->false_at_first.size() + (code_->rules.size() + 63) / 64);
  }

 private:
  uint32_t SlotOf(const RuleWhen& rule, uint32_t conjunct) const {
    return code_->conjuncts[rule.first + conjunct].slot;
  }
  static bool Has(const uint64_t* bits, uint32_t i) { return (bits[i / 64] >> (i % 64) & 1) != 0; }
  void Set(size_t from, uint64_t* set, uint32_t i, bool value) {
    const uint64_t bit = uint64_t{1} << (i % 64);
    const uint64_t place = uint64_t{1} << (i / 64 % 64);
    uint64_t& word = bits_[from + i / 64];
    word = value ? word | bit : word & ~bit;
    if (word != 0) {
      *set |= place;
    } else if (words_ <= 64) {  // else another word may stand at this place
      *set &= ~place;
    }
  }
  void SetHeld(uint32_t i, bool value) { Set(0, &held_words_, i, value); }
  void SetWatched(uint32_t i, bool value) { Set(words_, &watched_words_, i, value); }
  uint64_t* conditions() const { return bits_.get() + 2 * size_t{words_}; }
  uint64_t* runs() const { return conditions() + code_->false_at_first.size(); }

  const Code* code_;
  uint32_t words_;
  uint64_t held_words_ = 0;
  uint64_t watched_words_ = 0;
  std::unique_ptr<uint64_t[]> bits_;
};

// What a rule, or a file, offered.
struct Offers {
  uint64_t hash = 0;
  Millis last_at = 0;
  uint32_t total = 0;
  uint32_t session = 0;  // Profile::visits at the time
  uint32_t in_session = 0;
  int32_t day = 0;  // days since 1970 in the rule's zone
  uint32_t in_day = 0;
};

class State {
 public:
  State(const Code& code, std::string_view site, std::string_view visitor);
  // As new, of another visitor, in the memory that it has.
  void Renew(std::string_view site, std::string_view visitor);

  Millis SessionEnd() const { return profile.last_at + kSessionGap; }
  bool InSession(Millis at) const { return profile.visits > 0 && at < SessionEnd(); }

  // A text of the profile; data() is null where it is missing.
  std::string_view text(Text which) const;
  // The path of the page's address; data() is null where it is missing.
  std::string_view path() const;
  void SetText(Text which, std::string_view value);
  void SetUrl(std::string_view url, std::string_view path);  // path: PathOf(url)
  void DropText(Text which);

  // Null where it is over. runs.cc
  const Run* FindRun(uint32_t rule) const;
  Run* FindRun(uint32_t rule) { return const_cast<Run*>(std::as_const(*this).FindRun(rule)); }
  Offers* OffersOf(uint64_t hash, bool make);

  const Code* code;
  std::string who;          // site LF visitor
  uint32_t site_rules = 0;  // index into Code::sites
  Millis clock = 0;         // the time of the last instant, or what Advance moved it to
  Millis deadline = kNever;
  bool deadline_moved = false;  // it may be too early: SettleDeadline (runs.h)
  Millis quiet_end = kNever;    // no quiet run ends before; it may be too early
  bool evaluate_all = false;    // the runs are not complete: the next instant looks at all rules
  Profile profile;
  BlockStore blocks;
  std::vector<Run> runs;
  Watches watches;
  std::vector<Offers> offers;
  std::unique_ptr<Migration> migration;  // null: the program that runs wrote this state

 private:
  void SetVisitor(std::string_view site, std::string_view visitor);
};

inline uint32_t SlotOf(uint32_t source) { return kTextSlots + source; }

}  // namespace vinkki::rules
