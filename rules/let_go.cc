#include "rules/let_go.h"

#include <algorithm>

namespace vinkki::rules {
namespace {

thread_local LetGoCounts counts = {};
thread_local LetGoListener* listener = nullptr;

}  // namespace

std::string_view LetGoName(LetGo kind) {
  static constexpr std::string_view kNames[] = {"events", "values", "same", "waiting"};
  return kNames[static_cast<size_t>(kind)];
}

void NoteLetGo(uint32_t slot, LetGo kind) {
  ++counts[static_cast<size_t>(kind)];
  if (listener == nullptr) return;
  auto& entries = listener->entries_;
  const auto at = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
    return entry.slot == slot && entry.kind == kind;
  });
  if (at != entries.end()) {
    ++at->times;
  } else {
    entries.push_back({slot, kind, 1});
  }
}

LetGoCounts TakeLetGo() {
  const LetGoCounts taken = counts;
  counts = {};
  return taken;
}

LetGoListener::LetGoListener() : before_(listener) { listener = this; }
LetGoListener::~LetGoListener() { listener = before_; }

}  // namespace vinkki::rules
