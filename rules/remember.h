// From an event to what a state remembers of it. Notes which sources and groups changed; Step looks
// at their rules.
#pragma once

#include <string>
#include <vector>

#include "rules/moment.h"
#include "rules/sequence.h"

namespace vinkki::rules {

// Rules to look at: a set with its members in the order of their numbers.
class RuleSetBits {
 public:
  void Begin(size_t rules) { words_.assign((rules + 63) / 64, 0); }
  void Add(const std::vector<uint32_t>& rules) {
    for (const uint32_t r : rules) words_[r / 64] |= uint64_t{1} << (r % 64);
  }
  void AddOne(uint32_t rule) { words_[rule / 64] |= uint64_t{1} << (rule % 64); }
  void AddAll(const std::vector<uint64_t>& mask) { words_ = mask; }
  // f(rule) for each that is in the mask too.
  template <typename F>
  void ForEach(const std::vector<uint64_t>& mask, F&& f) const {
    for (size_t i = 0; i < words_.size(); ++i) {
      for (uint64_t word = words_[i] & mask[i]; word != 0; word &= word - 1) {
        f(static_cast<uint32_t>(i * 64 + static_cast<size_t>(__builtin_ctzll(word))));
      }
    }
  }

 private:
  std::vector<uint64_t> words_;
};

// What one call of Step needs besides the state; reused, one for each thread.
struct Workspace {
  EventProperties properties;
  std::vector<uint8_t> passed;  // of the plan's streams: whether the event passed it
  Matched matched;
  RuleSetBits touched;
  std::vector<uint32_t> due;    // rules that a timer is for
  std::vector<uint32_t> firings;
  std::vector<uint32_t> candidates;
  std::string text;
};
Workspace& ThreadWorkspace();

// The profile: sessions, pages, cart, consent, engagement (rules.md, Facts).
void UpdateProfile(const Code& code, const EventPlan& plan, Workspace* work, State* state);
// The sources: windows and sequences. After UpdateProfile.
void UpdateSources(const Code& code, const EventPlan& plan, Workspace* work, State* state);

// One event into one source; whether anything may have changed. remember_sources.cc
bool UpdateSource(const Code& code, uint32_t source, EventProperties* event, State* state);

void SetProperty(const Code& code, uint32_t source, const Value& value, State* state);

uint64_t HashOf(const Value& value);

}  // namespace vinkki::rules
