// Sequences (rules.md 11-15). A match needs no more than the time at which it began: of two that
// stand at the same step the later one is in every window that the other is in. So a sequence
// remembers one time for each step: the latest begin of a partial match that ends there and may
// still go on. With `same`, one row of such times for each value. Matches that wait for an absence
// are kept with the times at which they began and ended, until the longest absence that somebody
// asks for is over.
//
//   block = SequenceHeader complete* row* Waiting*
//                                    value_capacity rows, waiting_capacity matches
//   complete = began:i64    for each length of an absence, one where there is none: the latest
//   begin
//                           of a complete match; kNoTime: none
//   row   = hash:u64 (of the value of `same`, else 0)
//           ready:i64 for each step but the last; kNoTime: no match stands there
//           stamp:u64 for each step but the last, only where some step has `next`: the number of
//           foreground events when it came to stand there
#pragma once

#include <span>

#include "rules/moment.h"

namespace vinkki::rules {

inline constexpr uint16_t kMostValues = 16;
inline constexpr uint16_t kMostWaiting = 16;

struct SequenceShape {
  explicit SequenceShape(const SequenceCode& code);
  uint32_t steps;
  bool stamped;
  size_t row_words;  // of 8 bytes
  size_t completes;
  size_t Bytes(uint32_t rows, uint32_t waiting) const {
    return sizeof(SequenceHeader) + (completes + rows * row_words) * 8 + waiting * sizeof(Waiting);
  }
};

// A sequence's block, taken apart. Valid until the store makes a block.
struct SequenceParts {
  SequenceParts(const SequenceShape& shape, void* block);
  SequenceHeader* header;
  Millis* complete;
  int64_t* rows;
  Waiting* waiting;
};

// What an event is to a sequence. `epoch` is that of the sequence's window; `value` the hash of the
// value of `same`; `foreground` the number of foreground events with this one, `background` whether
// it is none of them.
struct SequenceEvent {
  std::span<const Role> roles;  // in order; one may come twice
  bool begins = false;          // it may be the first step
  bool absence = false;         // it is what must not come at the end
  bool background = false;
  Millis at = 0;
  uint32_t epoch = 0;
  uint64_t value = 0;
  uint64_t foreground = 0;
};
// Applies an event. Returns whether the sequence may have come true by it, or will by time.
bool UpdateSequence(const SequenceCode& code, uint32_t slot, const SequenceEvent& event,
                    BlockStore* blocks);

// Adds what the stored events say (`from`) to what is remembered under fewer lengths of the
// absence.
void MergeSequence(const SequenceCode& code, uint32_t slot, const BlockStore& from, BlockStore* to);

// How far a sequence has come, for people.
struct SequenceStage {
  uint32_t done = 0;       // steps of the match that has come farthest
  Millis before = kNever;  // the rest has to come before it
  Millis due = kNever;     // all steps are done: its absence is over then
};
SequenceStage ReadStage(const Moment& moment, const SequenceFact& fact);

}  // namespace vinkki::rules
