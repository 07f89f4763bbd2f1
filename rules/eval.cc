#include <algorithm>
#include <cmath>

#include "rules/moment.h"

namespace vinkki::rules {
namespace {

using Kind = Operand::Kind;

bool Whole(double n) { return std::abs(n) < 4503599627370496.0 && n == std::trunc(n); }

// When a - b, now d and moving by s each ms, changes its answer to `d op 0`: in how many whole ms;
// 0: never. Requires s != 0.
double Turn(Compare compare, double d, double s) {
  switch (compare) {
    case Compare::kEqual:
    case Compare::kNotEqual: {
      if (d == 0) return 1;
      const double n = -d / s;
      return n > 0 && n == std::trunc(n) ? n : 0;
    }
    case Compare::kLess:
    case Compare::kGreaterEqual:
      if (s > 0) return d < 0 ? std::ceil(-d / s) : 0;
      return d >= 0 ? std::floor(d / -s) + 1 : 0;
    case Compare::kLessEqual:
    case Compare::kGreater:
      if (s > 0) return d <= 0 ? std::floor(-d / s) + 1 : 0;
      return d > 0 ? std::ceil(d / -s) : 0;
  }
  return 0;
}

// The next moment at which the comparison may turn. Exact for whole numbers of ms; for others a
// little early, and every ms around the crossing, so that the values themselves decide.
void Wake(Moment* moment, Compare compare, double d, double s, Millis stops_at) {
  if (s == 0 || !std::isfinite(d)) return;
  double wait;
  if (Whole(d) && Whole(s)) {
    wait = Turn(compare, d, s);
  } else {
    const double crossing = -d / s;
    wait = crossing < -3 ? 0 : std::fmax(1, std::floor(crossing) - 2);
  }
  if (!(wait >= 1 && wait < 1e15)) return;
  const Millis turn = moment->at + static_cast<Millis>(wait);
  if (turn <= stops_at) moment->Until(turn);
}

bool SameKind(const Operand& a, const Operand& b) {
  if (a.kind == b.kind) return true;
  return a.numeric() && b.numeric() && (a.kind == Kind::kNumber ? a.property : b.property);
}

bool HoldsUnordered(Compare compare, const Operand& a, const Operand& b) {
  bool equal = false;
  if (a.kind == b.kind && a.kind == Kind::kText) equal = a.text == b.text;
  if (a.kind == b.kind && a.kind == Kind::kBool) equal = a.boolean == b.boolean;
  if (compare == Compare::kEqual) return equal;
  return compare == Compare::kNotEqual && !equal;
}

// What is too large for a double is missing.
Operand OrMissing(const Operand& o) { return std::isfinite(o.number) ? o : Operand(); }

Operand Sum(const Operand& a, const Operand& b, double sign) {
  if (a.kind != b.kind || !a.numeric()) return {};
  return OrMissing({a.kind, false, false, a.number + sign * b.number, a.slope + sign * b.slope});
}

Operand Product(const Operand& a, const Operand& b) {
  if (!a.numeric() || !b.numeric()) return {};
  if (a.kind == Kind::kDuration && b.kind == Kind::kDuration) return {};
  const bool duration = a.kind == Kind::kDuration || b.kind == Kind::kDuration;
  return OrMissing({duration ? Kind::kDuration : Kind::kNumber, false, false, a.number * b.number,
                    a.slope * b.number + a.number * b.slope});
}

Operand Quotient(const Operand& a, const Operand& b) {
  if (!a.numeric() || !b.numeric() || b.number == 0) return {};
  if (a.kind == Kind::kNumber && b.kind == Kind::kDuration) return {};
  const bool duration = a.kind == Kind::kDuration && b.kind == Kind::kNumber;
  return OrMissing({duration ? Kind::kDuration : Kind::kNumber, false, false, a.number / b.number,
                    a.slope / b.number});
}

Operand EventName(const Moment& moment) {
  if (!moment.event) return {};
  return Operand::Of(moment.event->event().name);
}

Operand Property(const Moment& moment, uint32_t property) {
  if (!moment.event) return {};
  return Operand::Of(moment.event->Get(property));
}

Operand VisitorProperty(const Moment& moment, uint32_t source) {
  const uint32_t slot = SlotOf(source);
  if (!moment.state.blocks.has(slot)) return {};
  return ReadValueBlock(*moment.state.blocks.Get<ValueBlock>(slot));
}

Operand Arithmetic(Moment* moment, const Node& node) {
  const Operand a = Evaluate(moment, node.a);
  moment->Until(a.stops_at);
  if (node.op == Op::kNegate) {
    if (!a.numeric()) return {};
    return {a.kind, false, false, -a.number, -a.slope};
  }
  const Operand b = Evaluate(moment, node.b);
  moment->Until(b.stops_at);
  switch (node.op) {
    case Op::kAdd: return Sum(a, b, 1);
    case Op::kSubtract: return Sum(a, b, -1);
    case Op::kMultiply: return Product(a, b);
    default: return Quotient(a, b);
  }
}

bool TestText(Moment* moment, const Atom& atom) {
  const Operand a = Evaluate(moment, atom.a);
  const Operand b = Evaluate(moment, atom.b);
  if (a.kind != Kind::kText || b.kind != Kind::kText) return false;
  return atom.kind == AtomKind::kContains ? a.text.find(b.text) != std::string_view::npos
                                          : a.text.starts_with(b.text);
}

bool TestIn(Moment* moment, const Atom& atom) {
  const Operand a = Evaluate(moment, atom.a);
  for (uint32_t i = 0; i < atom.k; ++i) {
    const uint32_t item = moment->code.lists[atom.b + i];
    if (Holds(moment, Compare::kEqual, a, Evaluate(moment, item))) return true;
  }
  return false;
}

}  // namespace

Operand Operand::Of(const Value& value) {
  Operand out;
  switch (value.kind) {
    case Value::Kind::kMissing: break;
    case Value::Kind::kBool: out = Of(value.boolean); break;
    case Value::Kind::kNumber: out = Of(value.number); break;
    case Value::Kind::kText: out = Of(value.text); break;
  }
  out.property = true;
  return out;
}

bool Holds(Moment* moment, Compare compare, Operand a, Operand b) {
  if (a.missing() || b.missing()) return compare == Compare::kNotEqual;
  if (!a.numeric() || !b.numeric()) return HoldsUnordered(compare, a, b);
  if (!SameKind(a, b)) return compare == Compare::kNotEqual;
  // What stops growing before they meet never does; unless the other goes on.
  const Millis stops_at = std::min(a.stops_at, b.stops_at);
  if (stops_at != kNever && a.slope != 0 && b.slope != 0) moment->Until(stops_at);
  if (a.slope != b.slope) Wake(moment, compare, a.number - b.number, a.slope - b.slope, stops_at);
  return Answer(compare, a.number, b.number);
}

Operand Evaluate(Moment* moment, uint32_t index) {
  const Node& node = moment->code.nodes[index];
  switch (node.op) {
    case Op::kNumber: return Operand::Of(node.number);
    case Op::kDuration: return Operand::Duration(node.number, 0);
    case Op::kText: return Operand::Of(std::string_view(moment->code.texts[node.a]));
    case Op::kBool: return Operand::Of(node.a != 0);
    case Op::kFact: return ReadFact(moment, static_cast<Fact>(node.a));
    case Op::kVisitorProperty: return VisitorProperty(*moment, node.a);
    case Op::kEventName: return EventName(*moment);
    case Op::kEventProp:
    case Op::kWhereProp: return Property(*moment, node.a);
    case Op::kCall: return ReadCall(moment, moment->code.calls[node.a]);
    case Op::kTest: return Operand::Of(Test(moment, node.a));
    default: return Arithmetic(moment, node);
  }
}

namespace {

bool TestShortcut(Moment* moment, const Atom& atom) {
  if (atom.shortcut == Shortcut::kNumber) {
    return Answer(atom.compare, ReadNumber(moment->state.profile, atom.fact), atom.number);
  }
  const std::string_view text = ReadText(moment, atom.fact);
  const std::string_view literal = moment->code.texts[atom.text];
  if (!text.data()) return false;
  return atom.shortcut == Shortcut::kTextBegins ? text.starts_with(literal) : text == literal;
}

bool TestOne(Moment* moment, const Atom& atom) {
  const Code& code = moment->code;
  if (atom.shortcut != Shortcut::kNone) return TestShortcut(moment, atom);
  switch (atom.kind) {
    case AtomKind::kAtLeast: return ReadAtLeast(moment, code.calls[atom.a], atom.k);
    case AtomKind::kCompare:
      return Holds(moment, atom.compare, Evaluate(moment, atom.a), Evaluate(moment, atom.b));
    case AtomKind::kTrue: {
      const Operand value = Evaluate(moment, atom.a);
      return value.kind == Kind::kBool && value.boolean;
    }
    case AtomKind::kExists: return !Evaluate(moment, atom.a).missing();
    case AtomKind::kStartsWith:
    case AtomKind::kContains: return TestText(moment, atom);
    case AtomKind::kMatches: {
      const Operand value = Evaluate(moment, atom.a);
      return value.kind == Kind::kText && code.regexes[atom.b].Find(value.text);
    }
    case AtomKind::kIn: return TestIn(moment, atom);
    case AtomKind::kSequence: return ReadSequence(moment, code.sequence_facts[atom.a]);
  }
  return false;
}

}  // namespace

bool TestAtom(Moment* moment, const Atom& atom) {
  const Millis before = moment->gone_at;
  moment->gone_at = kNever;
  const bool holds = TestOne(moment, atom);
  if (holds) moment->Until(moment->gone_at);
  moment->gone_at = before;
  return holds;
}

bool Test(Moment* moment, uint32_t at) {
  while (at < kNo) {
    const Branch& branch = moment->code.branches[at];
    at = TestAtom(moment, moment->code.atoms[branch.atom]) ? branch.yes : branch.no;
  }
  return at == kYes;
}

}  // namespace vinkki::rules
