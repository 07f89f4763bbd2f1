// What is known of a test before any event: a shortcut to its answer, and whether time ends it for
// good.
#include "rules/compiler.h"
#include "rules/moment.h"

namespace vinkki::rules {
namespace {

// Longer with time, until an event puts it back.
bool Grows(const Code& code, const Node& node) {
  if (node.op == Op::kCall) return code.calls[node.a].function == Function::kSince;
  if (node.op != Op::kFact) return false;
  switch (static_cast<Fact>(node.a)) {
    case Fact::kSessionDuration:
    case Fact::kCartAge:
    case Fact::kIdle:
    case Fact::kDwell: return true;
    default: return false;
  }
}

// since(x) < 30s. (Where it is calculated it may end within a millisecond: a look must tell.)
bool IsShorter(const Code& code, const Atom& atom) {
  const auto [a, b, compare] = SidesOf(code, atom);
  return (compare == Compare::kLess || compare == Compare::kLessEqual) && b->op == Op::kDuration &&
         Grows(code, *a);
}

// Counts in a window only fall with time, what grows only leaves its bound behind, and texts of a
// session are gone with it. A match that waits for something to be absent may come at any time.
bool EndsForGood(const Code& code, const Atom& atom) {
  switch (atom.kind) {
    case AtomKind::kAtLeast: return true;
    case AtomKind::kSequence:
      return !code.sequences[code.sequence_facts[atom.a].sequence].ends_in_absence();
    case AtomKind::kStartsWith: return atom.shortcut == Shortcut::kTextBegins;
    case AtomKind::kCompare:
      return atom.shortcut == Shortcut::kTextIs ||
             (atom.shortcut == Shortcut::kNone && IsShorter(code, atom));
    default: return false;
  }
}

}  // namespace

// After all that reads an atom's nodes.
void Compiler::FindShortcuts() {
  for (Atom& atom : code_->atoms) {
    const bool begins = atom.kind == AtomKind::kStartsWith;
    if (!begins && atom.kind != AtomKind::kCompare) continue;
    const Node& a = code_->nodes[atom.a];
    const Node& b = code_->nodes[atom.b];
    if (a.op != Op::kFact) continue;
    const auto fact = static_cast<Fact>(a.a);
    if (b.op == Op::kText && IsPageText(fact) && (begins || atom.compare == Compare::kEqual)) {
      atom.shortcut = begins ? Shortcut::kTextBegins : Shortcut::kTextIs;
      atom.text = b.a;
    } else if (b.op == Op::kNumber && !begins && IsPlainNumber(fact)) {
      atom.shortcut = Shortcut::kNumber;
      atom.number = b.number;
    } else {
      continue;
    }
    atom.fact = fact;
  }
}

// After FindShortcuts.
void Compiler::FindEnds() {
  for (Conjunct& conjunct : code_->conjuncts) {
    conjunct.ends_for_good =
        conjunct.atom != kNone && EndsForGood(*code_, code_->atoms[conjunct.atom]);
  }
}

}  // namespace vinkki::rules
