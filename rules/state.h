// A visitor's state under one program: the profile (what every visitor has), the blocks (what the
// rules' sources remember of them, only those that were touched), the runs (rules that hold or that
// a timer may change) and the offers made. Owned by one shard, or one replay thread; a state is
// used with the program it was made for only (step.h).
//
// Invariants: runs are sorted by rule; `deadline` is the least of wakes; nothing here changes
// by time alone, so a session has ended when SessionEnd() has passed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
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

// Blocks by slot, in one piece of memory. Pointers are valid until the next Make.
class BlockStore {
 public:
  explicit BlockStore(size_t slots) : slots_(slots) {}

  bool has(uint32_t slot) const { return slots_[slot].words != 0; }
  size_t bytes(uint32_t slot) const { return size_t{slots_[slot].words} * 8; }
  template <typename T>
  T* Get(uint32_t slot) {
    return reinterpret_cast<T*>(memory_.get() + slots_[slot].offset);
  }
  template <typename T>
  const T* Get(uint32_t slot) const {
    return reinterpret_cast<const T*>(memory_.get() + slots_[slot].offset);
  }
  // A block of at least `bytes` (above 0); what the slot's old one held is at its front, the rest
  // is zero.
  void* Make(uint32_t slot, size_t bytes);
  void Drop(uint32_t slot);
  void Clear();

  size_t slots() const { return slots_.size(); }
  size_t MemorySize() const { return slots_.capacity() * sizeof(Slot) + capacity_ * 8; }

 private:
  struct Slot {
    uint32_t offset = 0;  // in words of 8 bytes
    uint32_t words = 0;   // 0: no block
  };
  void Move(size_t capacity);

  std::vector<Slot> slots_;
  std::unique_ptr<uint64_t[]> memory_;
  uint32_t capacity_ = 0;  // words
  uint32_t used_ = 0;      // words, with the holes that dropped blocks left
  uint32_t holes_ = 0;
};

// A rule that holds, or that does not but watches another conjunct than its first, or time. Rules
// without a run wait for their first conjunct.
struct Run {
  Millis risen_at = 0;
  uint32_t rule = 0;
  uint16_t watch = 0;  // the conjunct that is false, when it does not hold
  bool holds = false;
  bool fired = false;
};

// What is left to do for a state that another program wrote.
struct Migration {
  std::vector<uint32_t> stale;       // sources that are to be rebuilt from the stored events
  std::vector<uint64_t> kept_rules;  // bits: the rules that it followed before, as they are now
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

  Millis SessionEnd() const { return profile.last_at + kSessionGap; }
  bool InSession(Millis at) const { return profile.visits > 0 && at < SessionEnd(); }

  // A text of the profile; data() is null where it is missing.
  std::string_view text(Text which) const;
  void SetText(Text which, std::string_view value);
  void DropText(Text which);

  const Run* FindRun(uint32_t rule) const;
  Offers* OffersOf(uint64_t hash, bool make);

  const Code* code;
  std::string site;
  std::string visitor;
  uint32_t site_rules = 0;  // index into Code::sites
  Millis clock = 0;         // the time of the last instant, or what Advance moved it to
  Millis deadline = kNever;
  bool deadline_moved = false;  // it may be too early: SettleDeadline (runs.h)
  bool evaluate_all = false;    // the runs are not complete: the next instant looks at all rules
  Profile profile;
  BlockStore blocks;
  std::vector<Run> runs;
  std::vector<Millis> wakes;      // of each run: when time alone may change it, or its `for` is due
  std::vector<uint64_t> holding;  // bits of the rules whose run holds
  std::vector<uint64_t> waiting;  // of those that have a run and do not hold, by WatchKind
  std::vector<Offers> offers;
  std::unique_ptr<Migration> migration;  // null: the program that runs wrote this state
};

inline uint32_t SlotOf(uint32_t source) { return kTextSlots + source; }

}  // namespace vinkki::rules
