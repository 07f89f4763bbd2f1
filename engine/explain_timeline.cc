#include "engine/explain_timeline.h"

#include <algorithm>

#include "engine/trigger.h"
#include "rules/words.h"

namespace vinkki::engine {
namespace {

using Kind = TimelineEntry::Kind;

constexpr size_t kMostEntries = 2'000;
constexpr size_t kMostWhat = 4;      // of one entry
constexpr size_t kLongestWhat = 80;  // bytes

std::string_view TextOf(const EventView& event, std::string_view key) {
  const Value value = event.Own(key);
  return value.is_text() ? value.text : std::string_view();
}

// Not in the middle of a character.
std::string Cut(std::string_view text) {
  if (text.size() <= kLongestWhat) return std::string(text);
  size_t end = kLongestWhat;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

// Without the host: "/demo/checkout.html?step=2".
std::string_view Address(std::string_view url) {
  const size_t host = url.find("://");
  if (host == std::string_view::npos) return url;
  const size_t path = url.find('/', host + 3);
  return path == std::string_view::npos ? std::string_view("/") : url.substr(path);
}

// The first property, as "key value".
std::string FirstProp(const EventView& event) {
  PropReader props = event.props();
  std::string_view key;
  Value value;
  if (!props.Next(&key, &value)) return "";
  std::string out(key);
  switch (value.kind) {
    case Value::Kind::kText: return out + " " + std::string(value.text);
    case Value::Kind::kNumber: return out + " " + rules::SpokenNumber(value.number);
    case Value::Kind::kBool: return out + (value.boolean ? " true" : " false");
    case Value::Kind::kMissing: break;
  }
  return out;
}

// What an event was about, in a few words.
std::string Summary(const EventView& event) {
  if (event.name == "page_view") {
    const std::string_view type = TextOf(event, "type");
    const std::string_view url = Address(TextOf(event, "url"));
    return std::string(type) + (type.empty() || url.empty() ? "" : " ") + std::string(url);
  }
  std::string out(WhatOf(event));
  if (const Value value = event.Own("value"); value.is_number()) {
    out += (out.empty() ? "" : ", ") + rules::SpokenNumber(value.number);
    const std::string_view currency = TextOf(event, "currency");
    if (!currency.empty()) out += " " + std::string(currency);
  }
  return out.empty() ? FirstProp(event) : out;
}

}  // namespace

Timeline::Timeline(const rules::Program& program, const std::vector<EventView>& events,
                   std::string_view site, std::string_view visitor)
    : program_(program),
      events_(events),
      site_(site),
      visitor_(visitor),
      state_(rules::NewState(program, site, visitor)) {
  context_.replay = true;
}

void Timeline::Apply(size_t index) {
  const EventView& event = events_[index];
  Advance(event.at);
  if (const Value currency = event.Get("currency"); currency.is_text()) currency_ = currency.text;
  rules::Apply(program_, context_, event, state_.get(), &effects_);
  const uint64_t visits = rules::TakeSnapshot(*state_).visits;
  if (visits != visits_) {
    TimelineEntry visit;
    visit.kind = Kind::kVisit;
    visit.at = visit.until = event.at;
    visit.times = visits_ = visits;
    entries_.push_back(std::move(visit));
    broken_ = true;
  }
  AddEvent(event);
  NoteDecisions();
  NoteRules(event.at);
}

// Turn by turn, so that each is seen at its own time.
void Timeline::Advance(Millis to) {
  for (;;) {
    const Millis turn = rules::NextTurn(*state_);
    if (turn > to) break;
    rules::Advance(program_, context_, turn, state_.get(), &effects_);
    NoteDecisions();
    NoteRules(turn);
  }
  rules::Advance(program_, context_, to, state_.get(), &effects_);
}

void Timeline::AddEvent(const EventView& event) {
  std::string what = Cut(Summary(event));
  TimelineEntry* last = entries_.empty() ? nullptr : &entries_.back();
  if (!broken_ && last != nullptr && last->kind == Kind::kEvent && last->name == event.name) {
    ++last->times;
    last->until = event.at;
    const bool known = std::find(last->what.begin(), last->what.end(), what) != last->what.end();
    if (!what.empty() && !known && last->what.size() < kMostWhat) {
      last->what.push_back(std::move(what));
    }
    return;
  }
  TimelineEntry entry;
  entry.at = entry.until = event.at;
  entry.name = event.name;
  if (!what.empty()) entry.what.push_back(std::move(what));
  entries_.push_back(std::move(entry));
  broken_ = false;
}

void Timeline::NoteDecisions() {
  for (const rules::Decision& decision : effects_.decisions) {
    TimelineEntry entry;
    entry.kind = Kind::kDecision;
    entry.at = entry.until = decision.at;
    entry.name = program_.rules()[decision.rule].name;
    entry.reason = decision.reason;
    entry.to_bot = decision.to_bot;
    entry.why = rules::WhyFired(program_, *state_, decision.rule, decision.at, currency_).text;
    entries_.push_back(std::move(entry));
    decisions_.push_back(decision);
    broken_ = true;
  }
  effects_.Clear();
}

// Rules that wait for their `for`: when they begin to hold, and when they cease before its end.
void Timeline::NoteRules(Millis at) {
  std::map<uint32_t, rules::Pending> now;
  for (const rules::Pending& pending : rules::PendingOf(*state_)) {
    if (pending.holds && (!pending.fired || holding_.count(pending.rule) > 0)) {
      now.emplace(pending.rule, pending);
    }
  }
  const auto add = [&](uint32_t rule, bool holds) {
    TimelineEntry entry;
    entry.kind = Kind::kRule;
    entry.at = entry.until = at;
    entry.name = program_.rules()[rule].name;
    entry.holds = holds;
    entries_.push_back(std::move(entry));
    broken_ = true;
  };
  for (const auto& [rule, pending] : now) {
    const auto before = holding_.find(rule);
    if (before == holding_.end() || before->second.risen_at != pending.risen_at) add(rule, true);
  }
  for (const auto& [rule, pending] : holding_) {
    if (now.count(rule) == 0 && !pending.fired) add(rule, false);
  }
  holding_ = std::move(now);
}

void Timeline::Compare(const std::vector<DecisionRow>& recorded, Millis until) {
  std::vector<bool> used(recorded.size());
  for (TimelineEntry& entry : entries_) {
    if (entry.kind != Kind::kDecision) continue;
    entry.live = "none";
    for (size_t i = 0; i < recorded.size(); ++i) {
      const DecisionRow& row = recorded[i];
      if (used[i] || row.at != entry.at || row.rule != entry.name) continue;
      used[i] = true;
      const auto reason = static_cast<rules::Reason>(row.reason);
      const bool same = reason == entry.reason && row.to_bot == entry.to_bot;
      entry.live = same                             ? "same"
                   : reason == rules::Reason::kNone ? "offer"
                                                    : std::string(rules::ReasonName(reason));
      break;
    }
  }
  for (size_t i = 0; i < recorded.size(); ++i) {
    if (used[i] || recorded[i].at > until) continue;
    TimelineEntry entry;
    entry.kind = Kind::kLive;
    entry.at = entry.until = recorded[i].at;
    entry.name = recorded[i].rule;
    entry.reason = static_cast<rules::Reason>(recorded[i].reason);
    entry.to_bot = recorded[i].to_bot;
    entries_.push_back(std::move(entry));
  }
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
}

std::vector<TimelineEntry> Timeline::Finish(uint64_t* cut) {
  *cut = entries_.size() > kMostEntries ? entries_.size() - kMostEntries : 0;
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(*cut));
  return std::move(entries_);
}

}  // namespace vinkki::engine
