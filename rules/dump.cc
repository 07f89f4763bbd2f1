// A program as text, for golden tests (tests/rules/golden_test.cc) and for the curious: what is
// remembered, the conditions and what they share, the rules, and what an event can change. It says
// what a program means, not how its arrays are laid out.
//
//   s0   a source: what is remembered of some events    c0   a function that reads one
//   q0   a sequence over a window, that reads one       b0   a condition, and where it leads
//   rule.1 ... a rule's first, second ... conjunct, in the order in which it waits for them
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "base/text.h"
#include "rules/code.h"
#include "rules/facts.h"
#include "rules/program.h"
#include "rules/step.h"

namespace vinkki::rules {
namespace {

std::string Number(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", number);
  char shorter[32];
  std::snprintf(shorter, sizeof shorter, "%.15g", number);
  return std::strtod(shorter, nullptr) == number ? shorter : text;
}

std::string To(uint32_t branch) {
  if (branch == kYes) return "yes";
  if (branch == kNo) return "no";
  return "b" + std::to_string(branch);
}

std::string_view Sign(Compare compare) {
  static constexpr std::string_view kSigns[] = {"==", "!=", "<", "<=", ">", ">="};
  return kSigns[static_cast<size_t>(compare)];
}

std::string_view StorageName(Storage storage) {
  static constexpr std::string_view kNames[] = {
      "last time", "times",  "counter", "amounts", "total", "numbers",  "least",    "greatest",
      "recent",    "hashes", "values",  "first",   "last",  "property", "sequence", "ladder"};
  return kNames[static_cast<size_t>(storage)];
}

template <typename F>
void ForEach(BitSet set, F&& f) {
  for (const BitWord& word : set) {
    for (uint64_t bits = word.bits; bits != 0; bits &= bits - 1) {
      f(word.word * 64 + static_cast<uint32_t>(__builtin_ctzll(bits)));
    }
  }
}

class Dumper {
 public:
  explicit Dumper(const Code& code) : code_(code) {}

  std::string Run() {
    Sources();
    Readers();
    Branches();
    Rules();
    Plans();
    Touches();
    return std::move(out_);
  }

 private:
  void Head(const std::string& text) { out_ += (out_.empty() ? "" : "\n") + text + "\n"; }
  void Line(const std::string& line) { out_ += "  " + line + "\n"; }
  std::string Name(uint32_t property) const { return code_.properties.Name(property); }

  std::string NodeText(uint32_t index) const {
    const Node& node = code_.nodes[index];
    switch (node.op) {
      case Op::kNumber: return Number(node.number);
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

  static std::string AbsencesText(const SequenceCode& sequence) {
    std::string out;
    for (const Millis length : sequence.absences) {
      out += (out.empty() ? ", absent for " : " ") + FormatDuration(length);
    }
    return out;
  }

  void Sources() {
    Head("remembered");
    for (size_t i = 0; i < code_.sources.size(); ++i) {
      const SourceCode& source = code_.sources[i];
      std::string line = "s" + std::to_string(i) + " " + source.definition + ": " +
                         std::string(StorageName(source.storage));
      if (source.keep > 0) line += ", keep " + std::to_string(source.keep);
      if (source.sequence != kNone) line += AbsencesText(code_.sequences[source.sequence]);
      if (source.longest > 0) line += ", longest " + FormatDuration(source.longest);
      Line(line);
    }
  }

  std::string RungText(const CallFact& call) const {
    const bool ladder = code_.sources[call.source].ladder != kNone;
    return ladder ? " above rung " + std::to_string(call.rung) : "";
  }

  void Readers() {
    Head("read as");
    for (size_t i = 0; i < code_.calls.size(); ++i) {
      const CallFact& call = code_.calls[i];
      Line("c" + std::to_string(i) + " " + call.text + " of s" + std::to_string(call.source) +
           RungText(call) + ", bound " + std::to_string(call.bound));
    }
    for (size_t i = 0; i < code_.sequence_facts.size(); ++i) {
      const SequenceFact& fact = code_.sequence_facts[i];
      Line("q" + std::to_string(i) + " " + fact.text + " of s" +
           std::to_string(code_.sequences[fact.sequence].source));
    }
  }

  void Branches() {
    Head("conditions");
    for (size_t i = 0; i < code_.branches.size(); ++i) {
      const Branch& branch = code_.branches[i];
      std::string line = "b" + std::to_string(i) + " " + AtomText(code_.atoms[branch.atom]);
      if (branch.yes != kYes || branch.no != kNo) {
        line += " ? " + To(branch.yes) + " : " + To(branch.no);
      }
      Line(line);
    }
  }

  static std::string LimitsText(const Limits& limits) {
    std::string out;
    const auto add = [&out](const char* name, const std::string& value) {
      out += (out.empty() ? "" : " ") + std::string(name) + " " + value;
    };
    if (limits.per_session) add("per_session", std::to_string(*limits.per_session));
    if (limits.per_day) add("per_day", std::to_string(*limits.per_day));
    if (limits.per_visitor) add("per_visitor", std::to_string(*limits.per_visitor));
    if (limits.cooldown) add("cooldown", FormatDuration(*limits.cooldown));
    if (limits.after_decline) add("after_decline", FormatDuration(*limits.after_decline));
    return out;
  }

  std::string RuleText(uint32_t index) const {
    const RuleCode& rule = code_.rules[index];
    const RuleWhen& when = code_.whens[index];
    if (rule.mode == Mode::kOff) return rule.name + ": off";
    std::string out = rule.name + ": when " + To(rule.when) + ", waits for";
    for (uint32_t j = 0; j < when.conjuncts; ++j) {
      out += (j == 0 ? " " : ", then ") + To(code_.conjuncts[when.first + j].test);
    }
    if (rule.hold > 0) out += "; for " + FormatDuration(rule.hold);
    if (rule.audience != kNone) out += "; audience " + To(rule.audience);
    if (rule.otherwise_bot) out += "; otherwise bot";
    if (!rule.limits.empty()) out += "; limits " + LimitsText(rule.limits);
    if (rule.has_hours) {
      out += "; hours " + FormatDuration(rule.from) + " to " + FormatDuration(rule.to) + " days " +
             std::to_string(rule.days);
    }
    if (rule.holdout > 0) out += "; holdout " + Number(rule.holdout);
    if (rule.priority != 0) out += "; priority " + std::to_string(rule.priority);
    if (rule.mode == Mode::kShadow) out += "; shadow";
    if (rule.fresh != RuleCode().fresh) out += "; fresh " + FormatDuration(rule.fresh);
    if (rule.expires != RuleCode().expires) out += "; expires " + FormatDuration(rule.expires);
    return out;
  }

  void Rules() {
    Head("rules");
    for (uint32_t rule = 0; rule < code_.rules.size(); ++rule) Line(RuleText(rule));
    for (const FileCode& file : code_.files) {
      if (!file.limits.empty()) Line("the file: limits " + LimitsText(file.limits));
      for (const std::string& site : file.sites) Line("the file: site " + site);
    }
    if (code_.from_the_start.empty()) return;
    std::string line = "looked at from a visitor's first event on:";
    for (const uint32_t rule : code_.from_the_start) line += " " + code_.rules[rule].name;
    Line(line);
  }

  static std::string RoleText(const Role& role) {
    switch (role.kind) {
      case Role::Kind::kStep: return "step " + std::to_string(role.step + 1);
      case Role::Kind::kGuard: return "not before step " + std::to_string(role.step + 1);
      case Role::Kind::kAbsence: break;
    }
    return "not at the end";
  }

  // A stream of a plan: when an event passes it.
  std::string If(const StreamUse& use) const {
    const uint32_t where = code_.streams[use.stream].where;
    return where == kYes ? "" : " if " + To(where);
  }

  // The streams of a plan in order, each with when an event passes it.
  std::map<uint32_t, std::pair<StreamUse, std::string>> StreamsOf(const EventPlan& plan) const {
    std::map<uint32_t, std::pair<StreamUse, std::string>> out;
    for (const StreamUse& use : plan.streams) out[use.stream] = {use, ""};
    for (const WhereIndex& index : plan.wheres) {
      for (uint32_t i = 0; i < index.texts.size(); ++i) {
        for (const StreamUse& use : index.streams[i]) {
          auto& [known, text] = out[use.stream];
          text += text.empty() ? " for " + Name(index.property) : " or";
          text += " \"" + index.texts.Name(i) + "\"";
          known = use;
        }
      }
    }
    for (auto& [stream, one] : out) {
      if (one.first.test) one.second += If(one.first);
    }
    return out;
  }

  std::string PlanText(const EventPlan& plan) const {
    std::string out;
    const auto add = [&out](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
    std::map<uint32_t, std::vector<std::string>> roles;  // of each sequence
    for (const auto& [stream, one] : StreamsOf(plan)) {
      const auto& [use, passes] = one;
      for (const uint32_t source : code_.streams[stream].sources) {
        add("s" + std::to_string(source) + passes);
      }
      for (uint32_t i = use.sequences_begin; i < use.sequences_end; ++i) {
        const SequenceUse& one = plan.sequences[i];
        for (uint32_t r = one.roles_begin; r < one.roles_end; ++r) {
          roles[one.sequence].push_back("s" + std::to_string(one.source) + " " +
                                        RoleText(plan.roles[r]) + passes);
        }
      }
    }
    for (const auto& [sequence, texts] : roles) {
      for (const std::string& text : texts) add(text);
    }
    return out;
  }

  // Those that are taken in like any other are left out.
  void Plans() {
    Head("what takes an event in");
    const std::string any = PlanText(code_.plans[0]);
    if (!any.empty()) Line("any other: " + any);
    for (size_t i = 1; i < code_.plans.size(); ++i) {
      const std::string one = PlanText(code_.plans[i]);
      if (one != any) Line(code_.plans[i].name + ": " + (one.empty() ? "nothing" : one));
    }
  }

  // ---- what can change, and which rules are looked at then ----

  void AddText(const std::string& before, const TextIndex& index) {
    for (size_t i = 0; i < index.touches.size(); ++i) {
      for (const uint32_t touch : index.touches[i]) {
        edge_[touch] += (edge_[touch].empty() ? before + " is" : "") + " \"" +
                        index.texts.Name(static_cast<uint32_t>(i)) + "\"";
      }
    }
    for (size_t i = 0; i < index.touches_of_prefix.size(); ++i) {
      for (const uint32_t touch : index.touches_of_prefix[i]) {
        edge_[touch] =
            before + " starts with \"" + index.prefixes.Name(static_cast<uint32_t>(i)) + "\"";
      }
    }
  }

  void AddNumbers(const std::string& before, const NumberIndex& index) {
    for (const NumberEntry& entry : index) {
      edge_[entry.touch] = before + (entry.strict ? " > " : " >= ") + Number(entry.number);
    }
  }

  void AddDwell() {
    for (const NumberEntry& entry : code_.numbers_of_fact[static_cast<size_t>(Fact::kDwell)]) {
      edge_[entry.touch] = "dwell nears " + FormatDuration(static_cast<Millis>(entry.number));
    }
  }

  void NameLadder(size_t s, const Ladder& ladder) {
    for (const Ladder::Group& group : ladder.groups) {
      for (uint32_t i = group.begin; i < group.end; ++i) {
        const Ladder::Edge& edge = ladder.edges[i];
        edge_[edge.touch] = "s" + std::to_string(s) + " above rung " + std::to_string(edge.rung) +
                            " at least " + std::to_string(group.k) + " in " +
                            FormatDuration(edge.length);
      }
    }
  }

  void NameEdges() {
    for (size_t s = 0; s < code_.sources.size(); ++s) {
      const uint32_t ladder = code_.sources[s].ladder;
      if (ladder != kNone) NameLadder(s, code_.ladders[ladder]);
    }
    for (size_t s = 0; s < code_.thresholds.size(); ++s) {
      const ThresholdIndex& index = code_.thresholds[s];
      for (const Threshold& group : index.groups) {
        for (uint32_t i = group.begin; i < group.end; ++i) {
          const ThresholdEntry& entry = index.entries[i];
          edge_[entry.touch] = "s" + std::to_string(s) + " at least " + std::to_string(group.k);
          if (entry.length != kNever) edge_[entry.touch] += " in " + FormatDuration(entry.length);
        }
      }
      if (index.forgets != kNone) edge_[index.forgets] = "s" + std::to_string(s) + " forgets";
    }
    for (size_t f = 0; f < code_.texts_of_fact.size(); ++f) {
      AddText(std::string(Facts()[f].name), code_.texts_of_fact[f]);
      AddNumbers(std::string(Facts()[f].name), code_.numbers_of_fact[f]);
    }
    AddDwell();
    for (const EventPlan& plan : code_.plans) {
      for (const uint32_t touch : plan.edges) edge_[touch] += " event " + plan.name;
      for (const EventFilter& filter : plan.filters) {
        AddNumbers("event " + plan.name + "." + Name(filter.property), filter.at_least);
        AddText("event " + plan.name + "." + Name(filter.property), filter.equal);
      }
    }
  }

  std::string TouchText(uint32_t touch) {
    static constexpr std::string_view kGroups[] = {
        "page",   "page window", "session begins", "session pages", "session texts",
        "visits", "purchases",   "identity",       "consent",       "cart",
        "idle",   "idle begins", "dwell",          "potential",     "event"};
    static_assert(std::size(kGroups) == static_cast<size_t>(Group::kCount));
    if (touch < code_.sources.size()) return "s" + std::to_string(touch);
    if (touch < code_.edges_begin) return std::string(kGroups[touch - code_.sources.size()]);
    const std::string& edge = edge_[touch];
    return edge.empty() ? "edge " + std::to_string(touch - code_.edges_begin)
                        : edge.substr(edge[0] == ' ' ? 1 : 0);
  }

  void AddRules(const std::string& what, const std::set<uint32_t>& rules, std::string* line) const {
    if (!rules.empty()) *line += (line->empty() ? " " : "; ") + what;
    for (const uint32_t rule : rules) *line += " " + code_.rules[rule].name;
  }

  void Touches() {
    Head("what can change, the conjuncts it may turn true, the rules it may end or fires");
    NameEdges();
    for (uint32_t touch = 0; touch < code_.together_begin; ++touch) {
      const TouchRules& rules = code_.touches[touch];
      std::string woken;
      const auto add = [&](uint32_t slot) {
        const auto& [rule, place, condition, next] = code_.slots[slot];
        woken += " " + code_.rules[rule].name + "." + std::to_string(place + 1);
      };
      ForEach(code_.FirstOf(rules), add);
      ForEach(code_.WatchedOf(rules), add);
      std::set<uint32_t> ends;
      ForEach(code_.FallsOf(rules), [&](uint32_t slot) { ends.insert(code_.slots[slot].rule); });
      AddRules("ends", ends, &woken);
      const auto fires = code_.FiresOf(rules);
      AddRules("fires", {fires.begin(), fires.end()}, &woken);
      if (!woken.empty()) Line(TouchText(touch) + ":" + woken);
    }
  }

  const Code& code_;
  std::string out_;
  std::map<uint32_t, std::string> edge_;  // touch -> the condition that may just have turned true
};

}  // namespace

std::string Program::Dump() const { return Dumper(*code_).Run(); }

}  // namespace vinkki::rules
