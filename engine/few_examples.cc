#include "engine/few_examples.h"

#include <algorithm>
#include <cstdio>
#include <tuple>

#include "engine/keys.h"
#include "engine/visit_course.h"

namespace vinkki::engine {
namespace {

constexpr size_t kBefore = 5;
constexpr size_t kAfter = 3;
constexpr size_t kLongest = 80;  // bytes of what an event was about

// What the event was about, in a word: the first of these properties that it has.
std::string WhatOf(const EventView& event) {
  for (const std::string_view key :
       {"item_name", "item_id", "search_term", "field", "type", "url", "value"}) {
    const Value value = event.Get(key);
    if (value.is_text() && !value.text.empty()) {
      size_t most = std::min(value.text.size(), kLongest);
      while (most < value.text.size() && (value.text[most] & 0xC0) == 0x80) --most;
      return std::string(value.text.substr(0, most)) + (most < value.text.size() ? "..." : "");
    }
    if (value.is_number()) {
      char text[32];
      std::snprintf(text, sizeof text, "%.10g", value.number);
      return text;
    }
  }
  return {};
}

}  // namespace

void FewExamples::Keep(uint64_t hash, Example example) {
  kept_.push_back({hash, std::move(example)});
  std::sort(kept_.begin(), kept_.end(), [](const Kept& a, const Kept& b) {
    return std::tie(a.hash, a.example.site, a.example.visitor) <
           std::tie(b.hash, b.example.site, b.example.visitor);
  });
  if (kept_.size() > kMost) kept_.pop_back();
  most_hash_ = kept_.back().hash;
}

void FewExamples::Merge(const FewExamples& other) {
  for (const Kept& kept : other.kept_) Keep(kept.hash, kept.example);
}

std::vector<Example> FewExamples::Take() {
  std::vector<Example> out;
  for (Kept& kept : kept_) out.push_back(std::move(kept.example));
  kept_.clear();
  return out;
}

Example MakeExample(std::string_view who, std::span<const EventView> events, Millis at) {
  Example out;
  out.site = SiteOf(who);
  out.visitor = VisitorOf(who);
  out.at = at;
  const auto after = std::upper_bound(events.begin(), events.end(), at,
                                      [](Millis t, const EventView& e) { return t < e.at; });
  const size_t middle = static_cast<size_t>(after - events.begin());
  const size_t end = std::min(events.size(), middle + kAfter);
  for (size_t i = middle - std::min(middle, kBefore); i < end; ++i) {
    const EventView& event = events[i];
    if (event.at <= at - kSessionGap || event.at >= at + kSessionGap) continue;
    out.around.push_back({event.at, std::string(event.name), WhatOf(event)});
  }
  return out;
}

}  // namespace vinkki::engine
