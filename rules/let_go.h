// What the bounds of a visitor's memory let go (rules.md, Exact meaning, 10): noted where it
// happens, on a path that is seldom taken, and counted for each thread. A shard adds the counts to
// its metrics; explain listens for what was let go of one visitor.
//
// Bounds that lose nothing are not noted: `count(e, 2m) >= 3` needs the last three times and no
// more.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vinkki::rules {

enum class LetGo : uint8_t {
  kEvents,   // of a window: all but the latest 64 (or k + 1) that match
  kValues,   // different values: all but those seen last
  kSame,     // a value that a sequence with `same` followed
  kWaiting,  // a match that waited for its absence
  kKinds
};
std::string_view LetGoName(LetGo kind);  // "events", "values", "same", "waiting"

using LetGoCounts = std::array<uint64_t, static_cast<size_t>(LetGo::kKinds)>;

// `slot`: of the source, in the visitor's block store (SlotOf).
void NoteLetGo(uint32_t slot, LetGo kind);

// What this thread noted since the last call.
LetGoCounts TakeLetGo();

// While it lives, what its thread notes is kept by slot too.
class LetGoListener {
 public:
  struct Entry {
    uint32_t slot;
    LetGo kind;
    uint64_t times;
  };
  LetGoListener();
  ~LetGoListener();
  LetGoListener(const LetGoListener&) = delete;
  LetGoListener& operator=(const LetGoListener&) = delete;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  friend void NoteLetGo(uint32_t slot, LetGo kind);
  std::vector<Entry> entries_;
  LetGoListener* const before_;
};

}  // namespace vinkki::rules
