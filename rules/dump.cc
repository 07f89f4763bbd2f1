// A program as text, for golden tests and for the curious.
#include <string>

#include "base/text.h"
#include "rules/code.h"
#include "rules/facts.h"
#include "rules/program.h"

namespace vinkki::rules {
namespace {

std::string To(uint32_t branch) {
  if (branch == kYes) return "yes";
  if (branch == kNo) return "no";
  return "b" + std::to_string(branch);
}

std::string_view Sign(Compare compare) {
  static constexpr std::string_view kSigns[] = {"==", "!=", "<", "<=", ">", ">="};
  return kSigns[static_cast<size_t>(compare)];
}

class Dumper {
 public:
  explicit Dumper(const Code& code) : code_(code) {}

  std::string Run() {
    Sources();
    Branches();
    Rules();
    Plans();
    return std::move(out_);
  }

 private:
  std::string Name(uint32_t property) const { return code_.properties.Name(property); }

  std::string NodeText(uint32_t index) const {
    const Node& node = code_.nodes[index];
    switch (node.op) {
      case Op::kNumber: return std::to_string(node.number);
      case Op::kDuration: return FormatDuration(static_cast<Millis>(node.number));
      case Op::kText: return "\"" + code_.texts[node.a] + "\"";
      case Op::kBool: return node.a ? "true" : "false";
      case Op::kFact: return std::string(Facts()[node.a].name);
      case Op::kVisitorProperty: return "s" + std::to_string(node.a);
      case Op::kEventName: return "event.name";
      case Op::kEventProp: return "event." + Name(node.a);
      case Op::kWhereProp: return Name(node.a);
      case Op::kCall: return "c" + std::to_string(node.a);
      case Op::kTest: return "test(" + To(node.a) + ")";
      case Op::kNegate: return "-" + NodeText(node.a);
      default: break;
    }
    static constexpr std::string_view kSigns[] = {" + ", " - ", " * ", " / "};
    const auto sign = static_cast<size_t>(node.op) - static_cast<size_t>(Op::kAdd);
    return "(" + NodeText(node.a) + std::string(kSigns[sign]) + NodeText(node.b) + ")";
  }

  std::string AtomText(const Atom& atom) const {
    switch (atom.kind) {
      case AtomKind::kAtLeast:
        return "c" + std::to_string(atom.a) + " at least " + std::to_string(atom.k);
      case AtomKind::kCompare:
        return NodeText(atom.a) + " " + std::string(Sign(atom.compare)) + " " + NodeText(atom.b);
      case AtomKind::kTrue: return NodeText(atom.a);
      case AtomKind::kExists: return "exists " + NodeText(atom.a);
      case AtomKind::kContains: return NodeText(atom.a) + " contains " + NodeText(atom.b);
      case AtomKind::kStartsWith: return NodeText(atom.a) + " starts_with " + NodeText(atom.b);
      case AtomKind::kMatches: return NodeText(atom.a) + " matches r" + std::to_string(atom.b);
      case AtomKind::kSequence: return "q" + std::to_string(atom.a);
      case AtomKind::kIn: break;
    }
    std::string out = NodeText(atom.a) + " in";
    for (uint32_t i = 0; i < atom.k; ++i) out += " " + NodeText(code_.lists[atom.b + i]);
    return out;
  }

  void Line(const std::string& line) { out_ += line + "\n"; }

  template <typename List>
  std::string Numbers(const List& list, const char* prefix) const {
    std::string out;
    for (const auto n : list) out += " " + std::string(prefix) + std::to_string(n);
    return out;
  }

  // What a touch makes Step look at.
  std::string Woken(uint32_t touch) const {
    const TouchRules& rules = code_.touches[touch];
    std::string out;
    if (!rules.first.empty()) out += " first" + Numbers(rules.first, "rule ");
    for (const Members& watched : rules.watched) {
      if (!watched.list.empty()) out += " watched" + Numbers(watched.list, "rule ");
    }
    if (!rules.falls.list.empty()) out += " falls" + Numbers(rules.falls.list, "rule ");
    return out.empty() ? out : " ->" + out;
  }

  void Sources() {
    for (size_t i = 0; i < code_.sources.size(); ++i) {
      const SourceCode& source = code_.sources[i];
      std::string line = "s" + std::to_string(i) + " " + source.definition;
      if (source.keep > 0) line += ", keep " + std::to_string(source.keep);
      if (source.longest > 0) line += ", longest " + FormatDuration(source.longest);
      Line(line + Woken(static_cast<uint32_t>(i)));
    }
    for (size_t i = 0; i < code_.calls.size(); ++i) {
      const CallFact& call = code_.calls[i];
      Line("c" + std::to_string(i) + " " + call.text + " of s" + std::to_string(call.source) +
           ", bound " + std::to_string(call.bound));
    }
    for (size_t i = 0; i < code_.sequence_facts.size(); ++i) {
      const SequenceFact& fact = code_.sequence_facts[i];
      Line("q" + std::to_string(i) + " " + fact.text + " of s" +
           std::to_string(code_.sequences[fact.sequence].source));
    }
  }

  void Branches() {
    for (size_t i = 0; i < code_.branches.size(); ++i) {
      const Branch& branch = code_.branches[i];
      Line("b" + std::to_string(i) + " " + AtomText(code_.atoms[branch.atom]) + " ? " +
           To(branch.yes) + " : " + To(branch.no));
    }
  }

  void Rules() {
    for (size_t i = 0; i < code_.rules.size(); ++i) {
      const RuleCode& rule = code_.rules[i];
      std::string line = "rule " + std::to_string(i) + " " + rule.name + ": when " + To(rule.when);
      for (uint32_t j = 0; j < rule.conjuncts; ++j) {
        line += (j == 0 ? " watches " : ", ") + To(code_.conjuncts[rule.first_conjunct + j]);
      }
      if (rule.hold > 0) line += ", for " + FormatDuration(rule.hold);
      if (rule.audience != kNone) line += ", audience " + To(rule.audience);
      Line(line);
    }
    static constexpr std::string_view kGroups[] = {
        "page",   "page window", "session begin", "session pages", "session texts",
        "visits", "purchases",   "identity",      "consent",       "cart",
        "idle",   "idle begins", "dwell",         "potential",     "event"};
    for (size_t i = 0; i < std::size(kGroups); ++i) {
      const std::string woken = Woken(code_.TouchOf(static_cast<Group>(i)));
      if (!woken.empty()) Line(std::string(kGroups[i]) + woken);
    }
    for (uint32_t i = code_.edges_begin; i < code_.touches.size(); ++i) {
      Line("e" + std::to_string(i - code_.edges_begin) + Woken(i));
    }
    if (!code_.from_the_start.empty()) {
      Line("from the start:" + Numbers(code_.from_the_start, "rule "));
    }
  }

  void Plans() {
    for (size_t i = 0; i < code_.plans.size(); ++i) {
      const EventPlan& plan = code_.plans[i];
      if (plan.streams.empty()) continue;
      std::string line = i == 0 ? "any other event:" : "event " + plan.name + ":";
      for (const uint32_t s : plan.streams) {
        const Stream& stream = code_.streams[s];
        if (stream.where != kYes) line += " [" + To(stream.where) + "]";
        line += Numbers(stream.sources, "s");
      }
      for (const SequenceUse& use : plan.sequences) {
        line += " s" + std::to_string(code_.sequences[use.sequence].source);
      }
      Line(line);
    }
  }

  const Code& code_;
  std::string out_;
};

}  // namespace

std::string Program::Dump() const { return Dumper(*code_).Run(); }

}  // namespace vinkki::rules
