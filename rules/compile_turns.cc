// What may turn a condition while time stands still. Where an event can move a fact one way only (a
// count grows with its event, a sign of life takes `idle` back to 0), only that way is named.
#include <functional>
#include <set>

#include "rules/compiler.h"

namespace vinkki::rules {
namespace {

using Touches = std::set<TouchRef>;

TouchRef OfSource(uint32_t source) { return {TouchRef::Kind::kSource, source}; }
TouchRef OfGroup(Group group) { return {TouchRef::Kind::kGroup, static_cast<uint32_t>(group)}; }

// What the atoms of some branches look at.
class Walk {
 public:
  Walk(const Code& code, const std::vector<Edge>& edges,
       const std::function<uint32_t(uint32_t)>& edge_of)
      : code_(code), edges_(edges), edge_of_(edge_of) {}

  // A single atom keeps its direction; in a tree of several, anything may turn it either way.
  void Leaf(uint32_t first) {
    if (first >= kNo) return;
    const Branch& branch = code_.branches[first];
    if (branch.yes == kYes && branch.no == kNo) {
      Visit(branch.atom, &turns_.rises, &turns_.falls);
    } else if (branch.yes == kNo && branch.no == kYes) {
      Visit(branch.atom, &turns_.falls, &turns_.rises);
    } else {
      Condition(first);
    }
  }

  Turns Take() { return std::move(turns_); }

 private:
  void Condition(uint32_t first) {
    if (first >= kNo || !branches_.insert(first).second) return;
    const Branch& branch = code_.branches[first];
    Touches both;
    Visit(branch.atom, &both, &both);
    turns_.Add({both, both});
    Condition(branch.yes);
    Condition(branch.no);
  }

  void Add(Group group, Touches* to) const { to->insert(OfGroup(group)); }

  void Visit(uint32_t index, Touches* rises, Touches* falls) {
    const uint32_t edge = edge_of_(index);
    const Atom& atom = code_.atoms[index];
    if (edge == kNone) return Visit(atom, rises, falls);
    const TouchRef touch{TouchRef::Kind::kEdge, edge};
    if (edges_[edge].kind == Edge::Kind::kDwell) {
      // Time alone makes it longer; a new page begins it anew.
      (edges_[edge].above ? rises : falls)->insert(touch);
      return Add(Group::kPage, edges_[edge].above ? falls : rises);
    }
    rises->insert(touch);
    if (atom.kind == AtomKind::kAtLeast) {
      // Its event makes it truer, unless it pushes an older one out of the latest 64; time and a
      // new page take it away.
      if (const uint32_t forgets = edges_[edge].forgets; forgets != kNone) {
        falls->insert({TouchRef::Kind::kEdge, forgets});
      }
      if (code_.calls[atom.a].window.kind == Window::Kind::kPage) Add(Group::kPageWindow, falls);
    } else {
      Values(atom, falls);
    }
  }

  void Visit(const Atom& atom, Touches* rises, Touches* falls) {
    switch (atom.kind) {
      case AtomKind::kSequence: {
        const SequenceFact& fact = code_.sequence_facts[atom.a];
        rises->insert(OfSource(code_.sequences[fact.sequence].source));
        if (fact.within.kind == Window::Kind::kPage) Add(Group::kPageWindow, falls);
        return;
      }
      case AtomKind::kCompare:
        if (Idle(atom, rises, falls)) return;
        break;
      default: break;
    }
    Touches both;
    Values(atom, &both);
    rises->insert(both.begin(), both.end());
    falls->insert(both.begin(), both.end());
  }

  // idle compared with a duration above 0: a sign of life takes it to 0.
  bool Idle(const Atom& atom, Touches* rises, Touches* falls) const {
    const Node& a = code_.nodes[atom.a];
    const Node& b = code_.nodes[atom.b];
    const bool turned = a.op == Op::kDuration;
    const Node& fact = turned ? b : a;
    const Node& limit = turned ? a : b;
    const bool is_idle = fact.op == Op::kFact && fact.a == static_cast<uint32_t>(Fact::kIdle);
    if (!is_idle || limit.op != Op::kDuration || limit.number <= 0) return false;
    if (atom.compare == Compare::kEqual || atom.compare == Compare::kNotEqual) return false;
    const bool above =
        (atom.compare == Compare::kGreater || atom.compare == Compare::kGreaterEqual) != turned;
    Add(Group::kIdleBegins, rises);
    Add(Group::kIdle, above ? falls : rises);
    return true;
  }

  void Values(const Atom& atom, Touches* to) {
    Value(atom.a, to);
    if (atom.kind == AtomKind::kIn) {
      for (uint32_t i = 0; i < atom.k; ++i) Value(code_.lists[atom.b + i], to);
    }
    if (atom.kind == AtomKind::kCompare || atom.kind == AtomKind::kContains ||
        atom.kind == AtomKind::kStartsWith) {
      Value(atom.b, to);
    }
  }

  void Value(uint32_t index, Touches* to) {
    const Node& node = code_.nodes[index];
    switch (node.op) {
      case Op::kFact: Profile(static_cast<Fact>(node.a), to); return;
      case Op::kVisitorProperty: to->insert(OfSource(node.a)); return;
      case Op::kEventName:
      case Op::kEventProp: Add(Group::kEvent, to); return;
      case Op::kCall:
        to->insert(OfSource(code_.calls[node.a].source));
        if (code_.calls[node.a].window.kind == Window::Kind::kPage) Add(Group::kPageWindow, to);
        return;
      case Op::kTest: Nested(node.a, to); return;
      case Op::kNegate: Value(node.a, to); return;
      case Op::kAdd:
      case Op::kSubtract:
      case Op::kMultiply:
      case Op::kDivide:
        Value(node.a, to);
        Value(node.b, to);
        return;
      default: return;
    }
  }

  // A condition used as a value.
  void Nested(uint32_t first, Touches* to) {
    Walk inner(code_, edges_, edge_of_);
    inner.Condition(first);
    to->insert(inner.turns_.rises.begin(), inner.turns_.rises.end());
  }

  void Profile(Fact fact, Touches* to) const {
    switch (fact) {
      case Fact::kPageUrl:
      case Fact::kPagePath:
      case Fact::kPageType:
      case Fact::kPageTitle: Add(Group::kPage, to); return;
      case Fact::kSessionDuration: Add(Group::kSessionBegin, to); return;
      case Fact::kSessionPages:
        Add(Group::kSessionBegin, to);
        Add(Group::kSessionPages, to);
        return;
      case Fact::kSessionReferrer:
      case Fact::kSessionEntry:
      case Fact::kSessionCampaign:
      case Fact::kSessionDevice:
      case Fact::kSessionLanguage:
        Add(Group::kSessionBegin, to);
        Add(Group::kSessionTexts, to);
        return;
      case Fact::kVisits: Add(Group::kVisits, to); return;
      case Fact::kPurchases: Add(Group::kPurchases, to); return;
      case Fact::kIdentity: Add(Group::kIdentity, to); return;
      case Fact::kConsent: Add(Group::kConsent, to); return;
      case Fact::kCartValue:
      case Fact::kCartItems:
      case Fact::kCartAge: Add(Group::kCart, to); return;
      case Fact::kPotential: Add(Group::kPotential, to); return;
      case Fact::kIdle:
        Add(Group::kIdle, to);
        Add(Group::kIdleBegins, to);
        return;
      case Fact::kDwell: Add(Group::kDwell, to); return;
      case Fact::kCount: return;
    }
  }

  const Code& code_;
  const std::vector<Edge>& edges_;
  const std::function<uint32_t(uint32_t)>& edge_of_;
  std::set<uint32_t> branches_;
  Turns turns_;
};

}  // namespace

Turns Compiler::TurnsOf(const Expr& outer, bool positive) {
  const Expr& expr = Inlined(outer);
  if (expr.kind == ExprKind::kNot) return TurnsOf(*expr.args[0], !positive);
  const auto known = turns_.find(&expr);
  Turns turns;
  if (known != turns_.end()) {
    turns = known->second;
  } else {
    if (expr.kind == ExprKind::kAnd || expr.kind == ExprKind::kOr) {
      for (const ExprPtr& arg : expr.args) turns.Add(TurnsOf(*arg, true));
    } else {
      const std::function<uint32_t(uint32_t)> edge_of = [this](uint32_t a) { return EdgeOf(a); };
      Walk walk(*code_, edges_, edge_of);
      walk.Leaf(BranchOf(expr, kYes, kNo));
      turns = walk.Take();
    }
    turns_.emplace(&expr, turns);
  }
  if (!positive) std::swap(turns.rises, turns.falls);
  return turns;
}

}  // namespace vinkki::rules
