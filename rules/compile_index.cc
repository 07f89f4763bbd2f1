// Which rules to look at when something was touched, and the indexes that find edges (code.h).
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

void Add(const std::string& text, uint32_t touch, TextIndex* index) {
  const uint32_t number = index->texts.Add(text);
  index->touches.resize(index->texts.size());
  index->touches[number].push_back(touch);
}

void AddPrefix(const std::string& prefix, uint32_t touch, TextIndex* index) {
  const uint32_t number = index->prefixes.Add(prefix);
  index->touches_of_prefix.resize(index->prefixes.size());
  index->touches_of_prefix[number].push_back(touch);
  auto& lengths = index->prefix_lengths;
  if (std::find(lengths.begin(), lengths.end(), prefix.size()) == lengths.end()) {
    lengths.push_back(prefix.size());
  }
}

bool Before(const NumberEntry& a, const NumberEntry& b) {
  return a.number != b.number ? a.number < b.number : a.strict < b.strict;
}

EventFilter* FilterOf(uint32_t property, EventPlan* plan) {
  for (EventFilter& filter : plan->filters) {
    if (filter.property == property) return &filter;
  }
  plan->filters.push_back({});
  plan->filters.back().property = property;
  return &plan->filters.back();
}

}  // namespace

uint32_t Compiler::NumberOf(const TouchRef& touch) const {
  switch (touch.kind) {
    case TouchRef::Kind::kSource: return touch.index;
    case TouchRef::Kind::kGroup: return code_->TouchOf(static_cast<Group>(touch.index));
    case TouchRef::Kind::kEdge: break;
  }
  return code_->edges_begin + touch.index;
}

// The plans are there: whoever compares event.name with a text has its name among them.
void Compiler::IndexEvent(const Edge& edge, uint32_t touch) {
  for (const std::string& name : edge.texts) {
    EventPlan& plan = code_->plans[code_->event_names.Find(name) + 1];
    if (edge.kind == Edge::Kind::kEventName) {
      plan.edges.push_back(touch);
    } else if (edge.is_text) {
      Add(edge.value, touch, &FilterOf(edge.property, &plan)->equal);
    } else {
      FilterOf(edge.property, &plan)->at_least.push_back({edge.number, edge.strict, touch});
    }
  }
}

void Compiler::IndexEdge(const Edge& edge, uint32_t touch) {
  const auto fact = static_cast<size_t>(edge.fact);
  switch (edge.kind) {
    case Edge::Kind::kAtLeast: return;  // IndexThresholds
    case Edge::Kind::kFactText:
      for (const std::string& text : edge.texts) Add(text, touch, &code_->texts_of_fact[fact]);
      return;
    case Edge::Kind::kFactPrefix:
      for (const std::string& text : edge.texts) {
        AddPrefix(text, touch, &code_->texts_of_fact[fact]);
      }
      return;
    case Edge::Kind::kFactNumber:
      code_->numbers_of_fact[fact].push_back({edge.number, edge.strict, touch});
      return;
    case Edge::Kind::kEventName:
    case Edge::Kind::kEventProperty: IndexEvent(edge, touch); return;
  }
}

void Compiler::IndexThresholds() {
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < edges_.size(); ++i) {
    if (edges_[i].kind == Edge::Kind::kAtLeast) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
    const Edge& x = edges_[a];
    const Edge& y = edges_[b];
    return std::tie(x.source, x.k, x.length) < std::tie(y.source, y.k, y.length);
  });
  for (const uint32_t i : order) {
    const Edge& edge = edges_[i];
    ThresholdIndex& index = code_->thresholds[edge.source];
    const auto end = static_cast<uint32_t>(index.entries.size());
    if (index.groups.empty() || index.groups.back().k != edge.k) {
      index.groups.push_back({edge.k, end, end});
    }
    index.entries.push_back({edge.length, code_->edges_begin + i});
    ++index.groups.back().end;
  }
}

void Compiler::IndexEdges() {
  for (uint32_t i = 0; i < edges_.size(); ++i) IndexEdge(edges_[i], code_->edges_begin + i);
  IndexThresholds();
  for (NumberIndex& index : code_->numbers_of_fact) std::sort(index.begin(), index.end(), Before);
  for (EventPlan& plan : code_->plans) {
    for (EventFilter& filter : plan.filters) {
      std::sort(filter.at_least.begin(), filter.at_least.end(), Before);
    }
  }
}

// An edge that only an event being applied can be at.
bool Compiler::IsOfEvent(const TouchRef& touch) const {
  if (touch.kind != TouchRef::Kind::kEdge) return false;
  const Edge::Kind kind = edges_[touch.index].kind;
  return kind == Edge::Kind::kEventName || kind == Edge::Kind::kEventProperty;
}

void Compiler::IndexRule(uint32_t rule) {
  if (parts_[rule].empty()) return;  // off
  for (size_t i = 0; i < parts_[rule].size(); ++i) {
    const Turns& turns = parts_[rule][i];
    for (const TouchRef& touch : turns.falls) Add(rule, &code_->touches[NumberOf(touch)].falls);
    for (const TouchRef& touch : turns.rises) {
      TouchRules& rules = code_->touches[NumberOf(touch)];
      if (i == 0) rules.first.push_back(rule);
      Add(rule, &rules.watched[WatchKind(static_cast<uint32_t>(i))]);
      const bool event = touch.kind == TouchRef::Kind::kGroup &&
                         touch.index == static_cast<uint32_t>(Group::kEvent);
      if (event || IsOfEvent(touch)) code_->rules[rule].uses_event = code_->event_matters = true;
    }
  }
  const std::set<TouchRef>& first = parts_[rule].front().rises;
  code_->rules[rule].begins_with_event =
      !first.empty() && std::all_of(first.begin(), first.end(),
                                    [this](const TouchRef& touch) { return IsOfEvent(touch); });
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
  parts_.resize(code_->rules.size());
  code_->edges_begin = code_->TouchOf(Group::kCount);
  code_->touches.resize(code_->edges_begin + edges_.size());
  code_->thresholds.resize(code_->sources.size());
  code_->texts_of_fact.resize(static_cast<size_t>(Fact::kCount));
  code_->numbers_of_fact.resize(static_cast<size_t>(Fact::kCount));
  IndexEdges();
  for (uint32_t rule = 0; rule < code_->rules.size(); ++rule) IndexRule(rule);
  for (TouchRules& touch : code_->touches) {
    for (Members& members : touch.watched) MakeBits(code_->rules.size(), &members);
    MakeBits(code_->rules.size(), &touch.falls);
  }
  FindFromTheStart();
}

}  // namespace vinkki::rules
