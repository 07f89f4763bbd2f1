// Which rules to look at when something was touched, and the indexes that find edges (code.h).
#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "rules/compiler.h"
#include "rules/moment.h"

namespace vinkki::rules {
namespace {

void AppendSet(std::vector<uint32_t> numbers, std::vector<BitWord>* words) {
  std::sort(numbers.begin(), numbers.end());
  const size_t begin = words->size();
  for (const uint32_t number : numbers) {
    if (words->size() == begin || words->back().word != number / 64) {
      words->push_back({number / 64, 0});
    }
    words->back().bits |= uint64_t{1} << (number % 64);
  }
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
  auto length = std::find_if(lengths.begin(), lengths.end(),
                             [&](const auto& one) { return one.length == prefix.size(); });
  if (length == lengths.end()) length = lengths.insert(length, {prefix.size(), 0});
  length->last_bytes |= TextIndex::LastByte(prefix);
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
      FilterOf(edge.property, &plan)->at_least.push_back({edge.number, edge.strict, touch, 0});
    }
  }
}

void Compiler::IndexEdge(const Edge& edge, uint32_t touch) {
  const auto fact = static_cast<size_t>(edge.fact);
  switch (edge.kind) {
    case Edge::Kind::kAtLeast: return;  // IndexThresholds
    case Edge::Kind::kForgets: code_->thresholds[edge.source].forgets = touch; return;
    case Edge::Kind::kFactText:
      for (const std::string& text : edge.texts) Add(text, touch, &code_->texts_of_fact[fact]);
      return;
    case Edge::Kind::kFactPrefix:
      for (const std::string& text : edge.texts) {
        AddPrefix(text, touch, &code_->texts_of_fact[fact]);
      }
      return;
    case Edge::Kind::kDwell:
    case Edge::Kind::kFactNumber:
      code_->numbers_of_fact[fact].push_back({edge.number, edge.strict, touch, 0});
      return;
    case Edge::Kind::kEventName:
    case Edge::Kind::kEventProperty: IndexEvent(edge, touch); return;
  }
}

void Compiler::IndexThresholds() {
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < edges_.size(); ++i) {
    const bool counts =
        edges_[i].kind == Edge::Kind::kAtLeast && touched_[code_->edges_begin + i].Matters();
    if (counts && code_->sources[edges_[i].source].ladder == kNone) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
    const Edge& x = edges_[a];
    const Edge& y = edges_[b];
    return std::tie(x.source, x.k, y.length) < std::tie(y.source, y.k, x.length);
  });
  for (const uint32_t i : order) {
    const Edge& edge = edges_[i];
    ThresholdIndex& index = code_->thresholds[edge.source];
    const auto end = static_cast<uint32_t>(index.entries.size());
    if (index.groups.empty() || index.groups.back().k != edge.k) {
      index.groups.push_back({edge.k, end, end});
    }
    index.entries.push_back({edge.length, code_->edges_begin + i, 0});
    ++index.groups.back().end;
  }
}

// Those that may turn something.
void Compiler::IndexEdges() {
  for (uint32_t i = 0; i < edges_.size(); ++i) {
    const uint32_t touch = code_->edges_begin + i;
    if (touched_[touch].Matters()) IndexEdge(edges_[i], touch);
  }
  IndexThresholds();
  IndexLadders();
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

// Those with the same test beside each other, and those that look at the same beside those.
void Compiler::PlaceConjuncts() {
  const auto key = [this](uint32_t conjunct) {
    const uint32_t test = code_->conjuncts[conjunct].test;
    if (test >= kNo) return std::tuple{AtomKind::kTrue, kNone, test};
    const Atom& atom = code_->atoms[code_->branches[test].atom];
    return std::tuple{atom.kind, atom.a, test};
  };
  std::vector<uint32_t> order(code_->conjuncts.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  code_->slots.resize(order.size());
  for (uint32_t slot = 0; slot < order.size(); ++slot) code_->conjuncts[order[slot]].slot = slot;
  for (uint32_t rule = 0; rule < code_->rules.size(); ++rule) {
    const RuleWhen& when = code_->whens[rule];
    for (uint32_t i = 0; i < when.conjuncts; ++i) {
      Slot* slot = &code_->slots[code_->conjuncts[when.first + i].slot];
      slot->rule = rule;
      slot->place = i;
    }
  }
}

// The conjunct of a rule that is true only at the instant of an event: the rule fires there or
// never, and nothing ends it. (Of an `or` nothing but the event may turn what is true without it.)
uint32_t Compiler::EventConjunctOf(uint32_t rule) const {
  for (uint32_t i = 0; i < parts_[rule].size(); ++i) {
    if (!IsOneAtom(code_->conjuncts[code_->whens[rule].first + i].test)) continue;
    const std::set<TouchRef>& rises = parts_[rule][i].rises;
    const bool of_event = std::all_of(rises.begin(), rises.end(),
                                      [this](const TouchRef& touch) { return IsOfEvent(touch); });
    if (of_event && !rises.empty()) return i;
  }
  return kNone;
}

// In the order of the slots, so that what one touch may turn stands together. Of two rules, a
// condition on the event's name may wait for edges with different properties: what turns it belongs
// to what it is.
void Compiler::PlaceConditions() {
  std::map<std::pair<uint32_t, std::set<TouchRef>>, uint32_t> known;
  for (const Slot& slot : code_->slots) {
    const uint32_t conjunct = code_->whens[slot.rule].first + slot.place;
    const std::set<TouchRef>& rises = parts_[slot.rule][slot.place].rises;
    const auto number = static_cast<uint32_t>(known.size());
    const auto [at, added] =
        known.emplace(std::pair(code_->conjuncts[conjunct].test, rises), number);
    code_->conjuncts[conjunct].condition = at->second;
    if (!added) continue;
    for (const TouchRef& touch : rises) touched_[NumberOf(touch)].rises.push_back(number);
  }
  code_->false_at_first.assign((known.size() + 63) / 64, 0);
}

// The edge at which a rule is true, and nowhere else: its conditions are the event's name alone, or
// the name with the one property that the edge is about. kNone: there is none, or a `for` keeps it
// from firing.
uint32_t Compiler::FiringEdgeOf(uint32_t rule) const {
  const RuleWhen& when = code_->whens[rule];
  if (when.event_conjunct != 0 || when.hold > 0 || parts_[rule].size() > 2) return kNone;
  const std::set<TouchRef>& rises = parts_[rule].front().rises;
  if (rises.size() != 1) return kNone;
  const Edge::Kind kind = edges_[rises.begin()->index].kind;
  const bool both = kind == Edge::Kind::kEventProperty;
  if (parts_[rule].size() != (both ? 2 : 1)) return kNone;
  if (both && parts_[rule].back().rises != rises) return kNone;
  return NumberOf(*rises.begin());
}

void Compiler::IndexRule(uint32_t rule) {
  if (parts_[rule].empty()) return;  // off
  RuleWhen* when = &code_->whens[rule];
  when->event_conjunct = EventConjunctOf(rule);
  if (const uint32_t edge = FiringEdgeOf(rule); edge != kNone) {
    touched_[edge].fires.push_back(rule);
    return;
  }
  const auto of_event = [this](const TouchRef& touch) {
    return IsOfEvent(touch) || (touch.kind == TouchRef::Kind::kGroup &&
                                touch.index == static_cast<uint32_t>(Group::kEvent));
  };
  for (size_t i = 0; i < parts_[rule].size(); ++i) {
    const Turns& turns = parts_[rule][i];
    const uint32_t slot = code_->conjuncts[when->first + i].slot;
    for (const TouchRef& touch : turns.rises) {
      Touched& touched = touched_[NumberOf(touch)];
      (i == 0 ? touched.first : touched.watched).push_back(slot);
      if (of_event(touch) && when->event_conjunct == kNone) code_->event_matters = true;
    }
    if (when->event_conjunct != kNone) continue;
    for (const TouchRef& touch : turns.falls) touched_[NumberOf(touch)].falls.push_back(slot);
  }
}

// Of rules whose first conjunct is not about the event alone, and is one that time does not turn:
// so they have no run.
void Compiler::PlaceNext() {
  for (uint32_t rule = 0; rule < code_->rules.size(); ++rule) {
    const RuleWhen& when = code_->whens[rule];
    if (when.conjuncts < 2 || when.event_conjunct == 0) continue;
    const Conjunct& first = code_->conjuncts[when.first];
    const Conjunct& next = code_->conjuncts[when.first + 1];
    if (RateOf(parts_[rule].front(), first.test) > Rate::kTextOfFact) continue;
    if (!IsOneAtom(first.test)) continue;
    Slot* slot = &code_->slots[first.slot];
    slot->next_condition = next.condition;
    slot->next_slot = next.slot;
  }
}

// Rules whose first conjunct is true, or waits for time, of a visitor of whom nothing is known.
void Compiler::FindFromTheStart() {
  const State nobody(*code_, "", "");
  for (uint32_t rule = 0; rule < code_->rules.size(); ++rule) {
    const RuleWhen& when = code_->whens[rule];
    if (when.conjuncts == 0) continue;
    Moment moment{*code_, nobody, nullptr, 0};
    if (Test(&moment, code_->conjuncts[when.first].test) || moment.until != kNever) {
      code_->from_the_start.push_back(rule);
    }
  }
}

// A touch that stands for both.
uint32_t Compiler::Together(uint32_t a, uint32_t b) {
  const auto join = [](const std::vector<uint32_t>& from, std::vector<uint32_t>* to) {
    to->insert(to->end(), from.begin(), from.end());
  };
  Touched both = touched_[a];
  const Touched& other = touched_[b];
  join(other.first, &both.first);
  join(other.watched, &both.watched);
  join(other.falls, &both.falls);
  join(other.rises, &both.rises);
  join(other.fires, &both.fires);
  touched_.push_back(std::move(both));
  return static_cast<uint32_t>(touched_.size() - 1);
}

template <typename Entry>
void Compiler::JoinRow(size_t begin, size_t end, std::vector<Entry>* entries) {
  for (size_t i = begin; i < end; ++i) {
    Entry& entry = (*entries)[i];
    const bool alone = i == begin || i % kTouchesTogether == 0;
    entry.upto = alone ? entry.touch : Together(entry.touch, (*entries)[i - 1].upto);
  }
}

void Compiler::JoinTouches() {
  code_->together_begin = static_cast<uint32_t>(touched_.size());
  for (ThresholdIndex& index : code_->thresholds) {
    for (const Threshold& group : index.groups) JoinRow(group.begin, group.end, &index.entries);
  }
  for (Ladder& ladder : code_->ladders) {
    for (const Ladder::Group& group : ladder.groups) {
      JoinRow(group.begin, group.end, &ladder.edges);
    }
  }
  for (NumberIndex& index : code_->numbers_of_fact) JoinRow(0, index.size(), &index);
  for (EventPlan& plan : code_->plans) {
    for (EventFilter& filter : plan.filters) {
      JoinRow(0, filter.at_least.size(), &filter.at_least);
    }
  }
}

void Compiler::FindFalseAtFirst() {
  const State nobody(*code_, "", "");
  for (const Conjunct& conjunct : code_->conjuncts) {
    Moment moment{*code_, nobody, nullptr, 0};
    if (Test(&moment, conjunct.test) || moment.until != kNever) continue;
    const uint32_t condition = conjunct.condition;
    code_->false_at_first[condition / 64] |= uint64_t{1} << (condition % 64);
  }
}

void Compiler::AddTouch(const Touched& touched) {
  std::vector<BitWord>& words = code_->touch_words;
  const auto append = [&words](const std::vector<uint32_t>& set) {
    AppendSet(set, &words);
    return static_cast<uint32_t>(words.size());
  };
  TouchRules rules;
  rules.begin = static_cast<uint32_t>(words.size());
  rules.watched = append(touched.first);
  rules.falls = append(touched.watched);
  rules.rises = append(touched.falls);
  rules.end = append(touched.rises);
  if (rules.rises != rules.end) {
    rules.first_rises = words[rules.rises];
    words.erase(words.begin() + rules.rises);
    --rules.end;
  }
  rules.fires_begin = static_cast<uint32_t>(code_->touch_fires.size());
  code_->touch_fires.insert(code_->touch_fires.end(), touched.fires.begin(), touched.fires.end());
  rules.fires_end = static_cast<uint32_t>(code_->touch_fires.size());
  for (const BitWord& word : code_->WatchedOf(rules)) {
    rules.watched_words |= uint64_t{1} << (word.word % 64);
  }
  for (const BitWord& word : code_->FallsOf(rules)) {
    rules.falls_words |= uint64_t{1} << (word.word % 64);
  }
  const size_t touch = code_->touches.size();
  code_->touches.push_back(rules);
  code_->touches_matter.resize(touch / 64 + 1);
  code_->touches_matter[touch / 64] |= uint64_t{touched.Matters()} << (touch % 64);
}

void Compiler::BuildIndex() {
  parts_.resize(code_->rules.size());
  code_->edges_begin = code_->TouchOf(Group::kCount);
  touched_.resize(code_->edges_begin + edges_.size());
  code_->thresholds.resize(code_->sources.size());
  code_->texts_of_fact.resize(static_cast<size_t>(Fact::kCount));
  code_->numbers_of_fact.resize(static_cast<size_t>(Fact::kCount));
  PlaceConjuncts();
  PlaceConditions();
  for (uint32_t rule = 0; rule < code_->rules.size(); ++rule) IndexRule(rule);
  IndexEdges();
  JoinTouches();
  PlaceNext();
  for (const Touched& touched : touched_) AddTouch(touched);
  FindShortcuts();
  FindEnds();
  FindFromTheStart();
  FindFalseAtFirst();
}

}  // namespace vinkki::rules
