// Which atoms an index can find when they turn true.
#include <algorithm>

#include "rules/compiler.h"

namespace vinkki::rules {
namespace {

bool IsText(Fact fact) {
  switch (fact) {
    case Fact::kPageUrl:
    case Fact::kPagePath:
    case Fact::kPageType:
    case Fact::kPageTitle:
    case Fact::kSessionReferrer:
    case Fact::kSessionEntry:
    case Fact::kSessionCampaign:
    case Fact::kSessionDevice:
    case Fact::kSessionLanguage:
    case Fact::kIdentity:
    case Fact::kConsent: return true;
    default: return false;
  }
}

Rate RateOfText(Fact fact) {
  switch (fact) {
    case Fact::kPageType: return Rate::kTextOfFact;
    case Fact::kPageUrl:
    case Fact::kPagePath:
    case Fact::kPageTitle: return Rate::kUnusualText;
    default: return Rate::kSessionText;
  }
}

// Numbers that events move and time does not.
bool IsStepwise(Fact fact) {
  switch (fact) {
    case Fact::kSessionPages:
    case Fact::kVisits:
    case Fact::kPurchases:
    case Fact::kCartValue:
    case Fact::kCartItems: return true;
    default: return false;
  }
}

Fact FactOf(const Node& node) {
  return node.op == Op::kFact ? static_cast<Fact>(node.a) : Fact::kCount;
}

bool IsLiteral(const Node& node) { return node.op <= Op::kBool; }

}  // namespace

Sides SidesOf(const Code& code, const Atom& atom) {
  const Node* a = &code.nodes[atom.a];
  const Node* b = &code.nodes[atom.b];
  if (IsLiteral(*a)) return {b, a, Turned(atom.compare)};
  return {a, b, atom.compare};
}

// Of events that come all the time.
bool Compiler::IsFrequent(const Events& events) {
  static constexpr std::string_view kFrequent[] = {
      "page_view", "view_item", "view_item_list", "active", "click",
      "scroll",    "hidden",    "visible",        "vitals", "page_leave"};
  if (events.any) return true;
  return std::any_of(events.names.begin(), events.names.end(), [](const std::string& name) {
    return std::find(std::begin(kFrequent), std::end(kFrequent), name) != std::end(kFrequent);
  });
}

bool Compiler::TextEdge(const Node& fact, std::vector<std::string> texts, Edge* edge) const {
  const bool event_name = fact.op == Op::kEventName;
  if (!event_name && !IsText(FactOf(fact))) return false;
  edge->kind = event_name ? Edge::Kind::kEventName : Edge::Kind::kFactText;
  edge->fact = FactOf(fact);
  edge->texts = std::move(texts);
  edge->rate = event_name ? Rate::kEventName : RateOfText(edge->fact);
  return true;
}

bool Compiler::CompareEdge(const Atom& atom, Edge* edge) const {
  const auto [a, b, compare] = SidesOf(*code_, atom);
  if (compare == Compare::kEqual && b->op == Op::kText) {
    return TextEdge(*a, {code_->texts[b->a]}, edge);
  }
  edge->kind = Edge::Kind::kFactNumber;
  edge->rate = Rate::kNumberOfFact;
  edge->fact = FactOf(*a);
  edge->number = b->number;
  edge->strict = compare == Compare::kGreater;
  // 0 is where they begin: only what is above it needs an event to be true.
  return b->op == Op::kNumber && IsStepwise(edge->fact) &&
         ((compare == Compare::kGreaterEqual && b->number > 0) ||
          (compare == Compare::kGreater && b->number >= 0));
}

// dwell compared with a duration: found when it is about to be crossed.
bool Compiler::DwellEdge(const Atom& atom, Edge* edge) const {
  const auto [a, b, compare] = SidesOf(*code_, atom);
  if (FactOf(*a) != Fact::kDwell || b->op != Op::kDuration || b->number < 0 ||
      compare == Compare::kEqual) {
    return false;
  }
  edge->kind = Edge::Kind::kDwell;
  edge->rate = Rate::kTimed;
  edge->fact = Fact::kDwell;
  edge->number = b->number;
  edge->above = compare == Compare::kGreater || compare == Compare::kGreaterEqual;
  return true;
}

bool Compiler::InEdge(const Atom& atom, Edge* edge) const {
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < atom.k; ++i) {
    const Node& item = code_->nodes[code_->lists[atom.b + i]];
    if (item.op != Op::kText) return false;
    texts.push_back(code_->texts[item.a]);
  }
  return TextEdge(code_->nodes[atom.a], std::move(texts), edge);
}

bool Compiler::PrefixEdge(const Atom& atom, Edge* edge) const {
  const Node& fact = code_->nodes[atom.a];
  const Node& text = code_->nodes[atom.b];
  if (text.op != Op::kText || !IsText(FactOf(fact))) return false;
  edge->kind = Edge::Kind::kFactPrefix;
  edge->fact = FactOf(fact);
  edge->texts = {code_->texts[text.a]};
  edge->rate = RateOfText(edge->fact);
  return true;
}

bool Compiler::FindEdge(const Atom& atom, Edge* edge) {
  switch (atom.kind) {
    case AtomKind::kStartsWith: return PrefixEdge(atom, edge);
    case AtomKind::kCompare: return DwellEdge(atom, edge) || CompareEdge(atom, edge);
    case AtomKind::kIn: return InEdge(atom, edge);
    case AtomKind::kAtLeast: {
      const CallFact& call = code_->calls[atom.a];
      const bool sliding = call.window.kind == Window::Kind::kDuration;
      edge->kind = Edge::Kind::kAtLeast;
      edge->source = call.source;
      edge->k = atom.k;
      edge->length = sliding ? call.window.length : kNever;
      edge->rate = atom.k > 1 && !frequent_calls_[atom.a] ? Rate::kRareCount : Rate::kCount;
      // One more than needed is kept, so that the index sees what was true before.
      SourceCode& source = code_->sources[call.source];
      if (sliding) source.keep = std::max(source.keep, std::min(atom.k + 1, 1'025u));
      if (OfValues(call.function)) edge->forgets = ForgetEdge(call.source);
      return true;
    }
    default: return false;
  }
}

uint32_t Compiler::ForgetEdge(uint32_t source) {
  Edge edge;
  edge.kind = Edge::Kind::kForgets;
  edge.rate = Rate::kSessionText;  // of no weight beside what else turns it
  edge.source = source;
  return Once("forgets " + std::to_string(source), &edges_, std::move(edge));
}

// The edge of an atom; kNone: no index finds it.
uint32_t Compiler::EdgeOf(uint32_t atom) {
  const auto known = edge_of_atom_.find(atom);
  if (known != edge_of_atom_.end()) return known->second;
  Edge edge;
  uint32_t index = kNone;
  if (FindEdge(code_->atoms[atom], &edge)) {
    index = static_cast<uint32_t>(edges_.size());
    edges_.push_back(std::move(edge));
  }
  edge_of_atom_.emplace(atom, index);
  return index;
}

bool Compiler::IsOneAtom(uint32_t test) const {
  if (test >= kNo) return false;
  const Branch& branch = code_->branches[test];
  return branch.yes == kYes && branch.no == kNo;
}

// event.name == "x" together with a comparison of one of the event's properties; kNone: it is none.
uint32_t Compiler::EventEdge(uint32_t name_edge, uint32_t property_test) {
  if (!IsOneAtom(property_test)) return kNone;
  const Atom& atom = code_->atoms[code_->branches[property_test].atom];
  if (atom.kind != AtomKind::kCompare) return kNone;
  const auto [a, b, compare] = SidesOf(*code_, atom);
  if (a->op != Op::kEventProp) return kNone;
  Edge edge = edges_[name_edge];
  edge.kind = Edge::Kind::kEventProperty;
  edge.property = a->a;
  edge.is_text = b->op == Op::kText && compare == Compare::kEqual;
  if (edge.is_text) edge.value = code_->texts[b->a];
  edge.number = b->number;
  edge.strict = compare == Compare::kGreater;
  const bool number =
      b->op == Op::kNumber && (compare == Compare::kGreater || compare == Compare::kGreaterEqual);
  if (!number && !edge.is_text) return kNone;
  const std::string key =
      "event edge " + std::to_string(name_edge) + " " + std::to_string(property_test);
  return Once(key, &edges_, std::move(edge));
}

}  // namespace vinkki::rules
