// Which rules to look at when something was touched, and the indexes of first conjuncts (code.h).
#include <algorithm>

#include "rules/compiler.h"
#include "rules/moment.h"

namespace vinkki::rules {
namespace {

constexpr size_t kMostListed = 16;  // more members are bits as well

void Add(uint32_t rule, Members* members) {
  if (members->list.empty() || members->list.back() != rule) members->list.push_back(rule);
}

void MakeBits(size_t rules, Members* members) {
  if (members->list.size() <= kMostListed) return;
  members->bits.assign((rules + 63) / 64, 0);
  for (const uint32_t rule : members->list) members->bits[rule / 64] |= uint64_t{1} << (rule % 64);
}

void Add(const std::string& text, uint32_t rule, TextIndex* index) {
  const uint32_t number = index->texts.Add(text);
  index->rules.resize(index->texts.size());
  index->rules[number].push_back(rule);
}

bool Before(const NumberEntry& a, const NumberEntry& b) {
  return a.number != b.number ? a.number < b.number : a.strict < b.strict;
}

EventFilter* FilterOf(uint32_t property, EventRules* rules) {
  for (EventFilter& filter : rules->filters) {
    if (filter.property == property) return &filter;
  }
  rules->filters.push_back({});
  rules->filters.back().property = property;
  return &rules->filters.back();
}

}  // namespace

// The plan is there: whoever compares event.name with a text has its name among the plans.
void Compiler::IndexEvent(const Guard& guard, uint32_t rule) {
  EventRules& rules = code_->plans[code_->event_names.Find(guard.text) + 1].rules;
  if (guard.property == kNone) {
    rules.all.push_back(rule);
    return;
  }
  EventFilter* filter = FilterOf(guard.property, &rules);
  if (guard.property_is_text) {
    Add(guard.property_text, rule, &filter->equal);
  } else {
    filter->at_least.push_back({guard.number, guard.strict, rule});
  }
}

void Compiler::IndexGuard(const Guard& guard, uint32_t rule) {
  switch (guard.kind) {
    case Guard::Kind::kAtLeast: {
      const CallFact& call = code_->calls[guard.call];
      ThresholdIndex& index = code_->thresholds[call.source];
      auto at = std::lower_bound(index.groups.begin(), index.groups.end(), guard.k,
                                 [](const Threshold& t, uint32_t k) { return t.k < k; });
      if (at == index.groups.end() || at->k != guard.k) at = index.groups.insert(at, {guard.k, 0, 0});
      const bool sliding = call.window.kind == Window::Kind::kDuration;
      // Grouped by SortIndexes; until then an entry's place says nothing, so its k comes along.
      pending_.push_back({call.source, guard.k, {sliding ? call.window.length : kNever, rule}});
      return;
    }
    case Guard::Kind::kFactText:
      Add(guard.text, rule, &code_->texts_of_fact[static_cast<size_t>(guard.fact)]);
      return;
    case Guard::Kind::kFactNumber:
      code_->numbers_of_fact[static_cast<size_t>(guard.fact)].push_back(
          {guard.number, guard.strict, rule});
      return;
    case Guard::Kind::kEvent: IndexEvent(guard, rule); return;
  }
}

void Compiler::IndexRule(uint32_t rule) {
  const RuleCode& code = code_->rules[rule];
  for (uint32_t i = 0; i < code.conjuncts; ++i) {
    const Turns turns = TurnsOf(*code_, code_->conjuncts[code.first_conjunct + i]);
    for (const uint32_t touch : turns.falls) Add(rule, &code_->touches[touch].falls);
    for (const uint32_t touch : turns.rises) {
      if (i > 0) {
        Add(rule, &code_->touches[touch].later);
      } else if (guards_[rule].empty()) {
        code_->touches[touch].first.push_back(rule);
      }
    }
  }
  for (const Guard& guard : guards_[rule]) IndexGuard(guard, rule);
}

void Compiler::SortIndexes() {
  std::stable_sort(pending_.begin(), pending_.end(), [](const Pending& a, const Pending& b) {
    if (a.source != b.source) return a.source < b.source;
    return a.k != b.k ? a.k < b.k : a.entry.length < b.entry.length;
  });
  for (const Pending& pending : pending_) {
    ThresholdIndex& index = code_->thresholds[pending.source];
    for (Threshold& group : index.groups) {
      if (group.k != pending.k) continue;
      if (group.begin == group.end) group.begin = static_cast<uint32_t>(index.entries.size());
      index.entries.push_back(pending.entry);
      group.end = static_cast<uint32_t>(index.entries.size());
    }
  }
  for (NumberIndex& index : code_->numbers_of_fact) std::sort(index.begin(), index.end(), Before);
  for (EventPlan& plan : code_->plans) {
    for (EventFilter& filter : plan.rules.filters) {
      std::sort(filter.at_least.begin(), filter.at_least.end(), Before);
    }
  }
  for (TouchRules& touch : code_->touches) {
    MakeBits(code_->rules.size(), &touch.later);
    MakeBits(code_->rules.size(), &touch.falls);
  }
}

// Rules whose first conjunct is true, or waits for time, of a visitor of whom nothing is known.
void Compiler::FindFromTheStart() {
  const State nobody(*code_, "", "");
  for (uint32_t rule = 0; rule < code_->rules.size(); ++rule) {
    const RuleCode& code = code_->rules[rule];
    if (code.conjuncts == 0) continue;
    Moment moment{*code_, nobody, nullptr, 0};
    if (Test(&moment, code_->conjuncts[code.first_conjunct]) || moment.until != kNever) {
      code_->from_the_start.push_back(rule);
    }
  }
}

void Compiler::BuildIndex() {
  guards_.resize(code_->rules.size());
  code_->touches.resize(code_->sources.size() + static_cast<size_t>(Group::kCount));
  code_->thresholds.resize(code_->sources.size());
  code_->texts_of_fact.resize(static_cast<size_t>(Fact::kCount));
  code_->numbers_of_fact.resize(static_cast<size_t>(Fact::kCount));
  for (uint32_t rule = 0; rule < code_->rules.size(); ++rule) {
    IndexRule(rule);
    const Turns turns = TurnsOf(*code_, code_->rules[rule].when);
    const uint32_t event = code_->TouchOf(Group::kEvent);
    code_->rules[rule].uses_event =
        std::binary_search(turns.rises.begin(), turns.rises.end(), event);
  }
  SortIndexes();
  FindFromTheStart();
}

}  // namespace vinkki::rules
