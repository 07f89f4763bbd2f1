// What a visitor's sources remember, each in one block of a BlockStore (state.h). A block begins
// with its header; what follows depends on the storage of its source (code.h):
//
//   kLastTime            time:i64
//   kCounter             CounterBlock
//   kTotal               TotalBlock
//   kLeast kGreatest     NumberBlock
//   kTimes               ShortRingHeader Time*   capacity entries, a ring, oldest first
//   kAmounts             ShortRingHeader Amount*
//   kNumbers             ShortRingHeader Number*
//   kLadder              ShortRingHeader Climb*    what some rung needs, and some that none does
//   kHashes              RingHeader Hashed*
//   kRecent              RingHeader Seen*          no ring: by last time, the latest at the end
//   kFirst kLast kProperty   ValueBlock text
//   kValues              QueueHeader entry*        see value_queue.cc
//   kSequence            SequenceHeader ...        see sequence.cc
//   a text of the profile    TextBlock text
//
// `epoch` says to which session or page a block belongs; of another one, it counts as empty.
#pragma once

#include <cstdint>
#include <type_traits>

#include "base/clock.h"

namespace vinkki::rules {

struct CounterBlock {
  uint32_t epoch;
  uint32_t count;
};

struct TotalBlock {
  uint32_t epoch;
  uint32_t count;
  uint64_t low;  // of the sum in millionths, 128 bits
  int64_t high;

  __int128 sum() const { return (static_cast<__int128>(high) << 64) | low; }
  void set_sum(__int128 sum) {
    low = static_cast<uint64_t>(sum);
    high = static_cast<int64_t>(sum >> 64);
  }
};

struct NumberBlock {
  uint32_t epoch;
  uint32_t present;
  double number;
};

struct ShortRingHeader {
  uint16_t capacity;
  uint16_t size;
  uint16_t head;  // index of the oldest
  uint16_t spare;
};

struct RingHeader : ShortRingHeader {
  uint32_t epoch;
  uint32_t total;  // events so far; kRecent numbers them by it
};

struct Time {
  Millis at;
};
struct Amount {
  Millis at;
  int64_t millionths;
};
struct Number {
  Millis at;
  double number;
};
struct Climb {
  Millis at;
  uint32_t reached;  // rungs that the event is above, from 1 on
  uint32_t spare;
};
struct Hashed {
  Millis at;
  uint64_t hash;
};
struct Seen {
  Millis at;
  uint64_t hash;
  uint32_t ordinal;  // RingHeader::total when it came last
  uint32_t spare;
};

struct ValueBlock {
  uint32_t epoch;
  uint16_t kind;  // Value::Kind
  uint16_t boolean;
  uint32_t size;  // of the text that follows
  uint32_t spare;
  Millis at;
  double number;

  const char* text() const { return reinterpret_cast<const char*>(this + 1); }
  char* text() { return reinterpret_cast<char*>(this + 1); }
};

struct TextBlock {
  uint32_t size;        // kMissingText: there is none
  uint16_t path_begin;  // of an address: its path, so that it is found once
  uint16_t path_size;   // 0: it is "/"; kFarPath: it does not fit in here

  const char* text() const { return reinterpret_cast<const char*>(this + 1); }
  char* text() { return reinterpret_cast<char*>(this + 1); }
};

inline constexpr uint16_t kFarPath = 0xffff;

struct QueueHeader {
  uint32_t capacity;  // bytes that follow
  uint32_t begin;     // of the oldest entry
  uint32_t end;       // of the latest
  uint32_t count;
};

struct SequenceHeader {
  uint32_t epoch;
  uint16_t values;  // followed; 1 without `same`
  uint16_t value_capacity;
  uint16_t waiting;  // matches that wait for an absence
  uint16_t waiting_capacity;
  uint32_t spare;
};

// A match of which the longest absence has not been waited out.
struct Waiting {
  Millis ended;
  Millis began;
  uint64_t hash;  // of the value of `same`
};

inline constexpr Millis kNoTime = INT64_MIN;
// No stored moment lies farther from 1970 than this (300,000 years): differences never overflow.
inline constexpr Millis kFarthest = 10'000'000'000'000'000;

constexpr size_t RoundUp8(size_t n) { return (n + 7) & ~size_t{7}; }

// A ring of T behind its header.
template <typename T>
class Ring {
 public:
  // Only windows that are durations have rings of these: no epoch, and nobody asks for the total.
  static constexpr bool kShort = std::is_same_v<T, Time> || std::is_same_v<T, Amount> ||
                                 std::is_same_v<T, Number> || std::is_same_v<T, Climb>;
  using Header = std::conditional_t<kShort, ShortRingHeader, RingHeader>;

  explicit Ring(void* block) : header_(static_cast<Header*>(block)) {}
  explicit Ring(const void* block)
      : header_(const_cast<Header*>(static_cast<const Header*>(block))) {}

  static size_t Bytes(size_t capacity) { return sizeof(Header) + capacity * sizeof(T); }
  Header& header() const { return *header_; }
  uint32_t epoch() const {
    if constexpr (kShort)
      return 0;
    else
      return header_->epoch;
  }
  uint32_t total() const {
    if constexpr (kShort)
      return 0;
    else
      return header_->total;
  }
  void Mark(uint32_t epoch, uint32_t total) const {
    if constexpr (!kShort) {
      header_->epoch = epoch;
      header_->total = total;
    }
  }
  uint32_t size() const { return header_->size; }
  bool full() const { return header_->size == header_->capacity; }

  // 0 is the oldest.
  T& At(uint32_t i) const {
    uint32_t at = header_->head + i;
    if (at >= header_->capacity) at -= header_->capacity;
    return entries()[at];
  }
  // 0 is the latest.
  T& Latest(uint32_t i) const { return At(header_->size - 1 - i); }

  void PopOldest() const {
    header_->head =
        static_cast<uint16_t>(header_->head + 1 == header_->capacity ? 0 : header_->head + 1);
    --header_->size;
  }
  void Push(const T& entry) const {  // requires !full()
    ++header_->size;
    Latest(0) = entry;
  }
  void Clear() const { header_->head = header_->size = 0; }
  T* entries() const { return reinterpret_cast<T*>(header_ + 1); }

 private:
  Header* header_;
};

}  // namespace vinkki::rules
