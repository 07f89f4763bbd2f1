// From a checked tree to Code. Everything is made once: the same text in canonical form is the same
// node, atom, branch, stream or source, in whatever rule it stands.
//
//   compile.cc          rules, files, sites; the entry point Compile (program.h)
//   compile_expr.cc     expressions -> nodes, atoms, branches
//   compile_facts.cc    calls and sequences -> streams and sources
//   compile_edges.cc    atoms -> edges: how an index finds that they turn true
//   compile_turns.cc    conditions -> the touches that may turn them
//   compile_conjuncts.cc  `when` -> conjuncts
//   compile_atoms.cc    atoms: shortcuts, and which of them time ends for good
//   compile_ladders.cc  sources that differ in one constant -> one
//   compile_plans.cc    event name -> plan
//   compile_wheres.cc   `where` -> the texts that find it
//   compile_index.cc    touch -> rules; the indexes of edges
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "rules/ast.h"
#include "rules/code.h"
#include "rules/edges.h"
#include "rules/facts.h"
#include "rules/moment.h"

namespace vinkki::rules {

// A comparison with its literal, if one side is one, on the right. compile_edges.cc
struct Sides {
  const Node* a;
  const Node* b;
  Compare compare;
};
Sides SidesOf(const Code& code, const Atom& atom);

// Those that count values: what an event pushes out of the bound may make them less.
inline bool OfValues(Function function) {
  return function == Function::kDistinct || function == Function::kRepeats;
}

class Compiler {
 public:
  std::unique_ptr<Code> Run(const RuleSet& set);

 private:
  // Index of what has this key; `make` adds it to the array when it is new.
  template <typename T>
  uint32_t Once(const std::string& key, std::vector<T>* array, T value) {
    const auto [at, added] = known_.emplace(key, static_cast<uint32_t>(array->size()));
    if (added) array->push_back(std::move(value));
    return at->second;
  }

  // compile.cc
  void AddFile(const File& file);
  void AddRule(const Rule& rule);
  void AddHours(const Rule& rule, RuleCode* code);
  void AddSites(const RuleSet& set);

  // compile_expr.cc. The file gives the lets their meaning.
  const Expr& Inlined(const Expr& expr) const;
  uint32_t BranchOf(const Expr& expr, uint32_t yes, uint32_t no);
  uint32_t BranchOfLet(const Expr& expr, uint32_t yes, uint32_t no);
  // How many events a call sees that counts, in a comparison or a list.
  uint32_t BoundOf(const Expr& expr) const;
  uint32_t BranchOfCompare(const Expr& expr, uint32_t yes, uint32_t no);
  uint32_t BranchOfThreshold(const Expr& call, Compare compare, double k, uint32_t yes,
                             uint32_t no);
  uint32_t AtLeast(const Expr& call, double k, uint32_t bound, uint32_t yes, uint32_t no);
  uint32_t BranchOfAtom(const Atom& atom, uint32_t yes, uint32_t no);
  Atom AtomOf(const Expr& expr);
  Atom InAtom(const Expr& expr);
  uint32_t RegexOf(const std::string& pattern);
  uint32_t NodeOf(const Expr& expr, uint32_t bound = 0);
  uint32_t AddNode(const Node& node);
  uint32_t TextNode(const std::string& text);
  uint32_t FactNode(const Expr& expr);
  uint32_t ArithmeticNode(const Expr& expr);
  size_t SizeOf(const Expr& expr) const;

  // compile_facts.cc
  uint32_t StreamOf(const Events& events);
  void TakeApart(Stream* stream) const;
  uint32_t SourceOf(SourceCode source, const Events& events);
  uint32_t CallOf(const Expr& expr, uint32_t bound, uint32_t keep);
  uint32_t SequenceFactOf(const Expr& expr);
  uint32_t SequenceOf(const Sequence& sequence);
  uint32_t AbsenceOf(Millis length, uint32_t sequence);
  void AddRoles(const Sequence& sequence, uint32_t index);
  uint32_t VisitorProperty(const std::string& name);

  // clauses.cc
  void AddClauses(const Expr& expr, int depth, std::vector<Clause>* out);
  uint32_t ShownNode(const Expr& expr, uint32_t bound);
  // clause_shape.cc
  ClauseShape ShapeOf(const Expr& expr);
  ClauseShape CompareShape(const Expr& expr);
  ClauseShape TextShape(const Expr& expr, ClauseShape::Kind kind);  // exists, contains, in, ...

  // compile_edges.cc
  static bool IsFrequent(const Events& events);
  uint32_t EdgeOf(uint32_t atom);
  uint32_t EventEdge(uint32_t name_edge, uint32_t property_test);
  bool FindEdge(const Atom& atom, Edge* edge);
  uint32_t ForgetEdge(uint32_t source);
  bool CompareEdge(const Atom& atom, Edge* edge) const;
  bool DwellEdge(const Atom& atom, Edge* edge) const;
  bool InEdge(const Atom& atom, Edge* edge) const;
  bool PrefixEdge(const Atom& atom, Edge* edge) const;
  bool TextEdge(const Node& fact, std::vector<std::string> texts, Edge* edge) const;

  // compile_turns.cc
  Turns TurnsOf(const Expr& outer, bool positive);

  // compile_conjuncts.cc
  struct Part {
    uint32_t test = 0;  // first branch
    Turns turns;
    Rate rate = Rate::kUnknown;
  };
  void AddConjuncts(const Rule& rule, RuleWhen* when);
  void Flatten(const Expr& outer, bool positive, std::vector<Part>* parts);
  uint32_t NameEdgeOf(const Part& part) const;
  bool IsOneAtom(uint32_t test) const;  // without `and`, `or`, `not`
  void SharpenEventName(std::vector<Part>* parts);
  Rate RateOf(const Turns& turns, uint32_t test) const;

  // compile_atoms.cc
  void FindShortcuts();
  void FindEnds();

  // compile_ladders.cc
  struct OneRung {
    uint32_t stream = 0;
    uint32_t source = 0;
    Ladder::Rung rung;
  };
  struct Joined {  // what became of a source
    uint32_t into = kNone;
    uint32_t rung = 0;
  };
  struct StreamNames {
    bool any = false;
    std::vector<std::string> names;
  };
  void BuildLadders();
  static bool FitsLadder(const Stream& stream, const SourceCode& source);
  uint32_t StreamOfAll(const StreamNames& names);
  void JoinLadder(const std::string& events, const std::vector<OneRung>& members,
                  std::vector<Joined>* joined);
  void ReadLadders(const std::vector<Joined>& joined);
  void RemoveJoined(const std::vector<Joined>& joined);
  bool HasRole(uint32_t stream) const;
  void IndexLadders();

  // compile_wheres.cc. An event passes a stream only where a property of it is one of these texts.
  struct NeededTexts {
    uint32_t property = kNone;  // kNone: whatever it is, no event passes
    std::set<std::string> texts;
    bool enough = true;  // it is one of them: the event passes
  };
  std::optional<NeededTexts> TextsOf(const Atom& atom) const;
  std::optional<NeededTexts> TextsOf(uint32_t branch, int* budget) const;
  void AddToPlan(StreamUse use, EventPlan* plan) const;

  // compile_plans.cc
  void BuildPlans();
  void BuildPlan(EventPlan plan);
  void BuildUses();
  StreamUse UseOf(uint32_t stream, EventPlan* plan) const;
  void HashLayout();

  // compile_index.cc
  struct Touched {
    std::vector<uint32_t> first;
    std::vector<uint32_t> watched;
    std::vector<uint32_t> falls;
    std::vector<uint32_t> rises;  // conditions
    std::vector<uint32_t> fires;
    bool Matters() const {
      return !(first.empty() && watched.empty() && falls.empty() && rises.empty() && fires.empty());
    }
  };
  void BuildIndex();
  void AddTouch(const Touched& touched);
  uint32_t NumberOf(const TouchRef& touch) const;
  bool IsOfEvent(const TouchRef& touch) const;
  void PlaceConjuncts();
  uint32_t EventConjunctOf(uint32_t rule) const;
  uint32_t FiringEdgeOf(uint32_t rule) const;
  void PlaceConditions();
  void PlaceNext();
  void IndexRule(uint32_t rule);
  void IndexEdges();
  void IndexEdge(const Edge& edge, uint32_t touch);
  void IndexEvent(const Edge& edge, uint32_t touch);
  void IndexThresholds();
  uint32_t Together(uint32_t a, uint32_t b);
  template <typename Entry>
  void JoinRow(size_t begin, size_t end, std::vector<Entry>* entries);
  void JoinTouches();
  void FindFromTheStart();
  void FindFalseAtFirst();

  std::unique_ptr<Code> code_;
  const File* file_ = nullptr;
  const RuleSet* set_ = nullptr;
  std::unordered_map<std::string, uint32_t> known_;
  std::vector<StreamNames> stream_names_;
  std::vector<std::vector<std::pair<uint32_t, Role>>> roles_;  // of each sequence: stream -> role
  std::vector<std::vector<std::pair<uint32_t, Role>>> uses_;   // of each stream: sequence -> role
  std::vector<std::optional<NeededTexts>> needed_;             // of each stream
  std::vector<bool> frequent_calls_;                           // of events that come all the time
  std::vector<Edge> edges_;
  std::map<uint32_t, uint32_t> edge_of_atom_;
  std::map<const Expr*, Turns> turns_;     // of conditions as they stand
  std::vector<std::vector<Turns>> parts_;  // of each rule's conjuncts
  std::vector<Touched> touched_;           // by touch
};

}  // namespace vinkki::rules
