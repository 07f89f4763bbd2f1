// From a checked tree to Code. Everything is made once: the same text in canonical form is the same
// node, atom, branch, stream or source, in whatever rule it stands.
//
//   compile.cc          rules, files, sites; the entry point Compile (program.h)
//   compile_expr.cc     expressions -> nodes, atoms, branches
//   compile_facts.cc    calls and sequences -> streams and sources
//   compile_guards.cc   `when` -> conjuncts, the first of them as an index can find it
//   compile_plans.cc    event name -> plan
//   compile_index.cc    touch -> rules; the indexes of first conjuncts
//   compile_turns.cc    what may turn a condition
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "rules/ast.h"
#include "rules/code.h"
#include "rules/guards.h"

namespace vinkki::rules {

class Compiler {
 public:
  std::unique_ptr<Code> Run(const RuleSet& set);

 private:
  // Index of what has this key; `make` adds it to the array when it is new.
  template <typename T>
  uint32_t Once(const std::string& key, std::vector<T>* array, T value) {
    const auto [at, added] =
        known_.emplace(key, static_cast<uint32_t>(array->size()));
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
  uint32_t BranchOfCompare(const Expr& expr, uint32_t yes, uint32_t no);
  uint32_t BranchOfThreshold(const Expr& call, Compare compare, double k, uint32_t yes,
                             uint32_t no);
  uint32_t AtLeast(const Expr& call, double k, uint32_t bound, uint32_t yes, uint32_t no);
  uint32_t BranchOfAtom(const Atom& atom, uint32_t yes, uint32_t no);
  Atom AtomOf(const Expr& expr);
  Atom InAtom(const Expr& expr);
  uint32_t NodeOf(const Expr& expr, uint32_t bound = 0);
  uint32_t AddNode(const Node& node);
  uint32_t TextNode(const std::string& text);
  uint32_t FactNode(const Expr& expr);
  uint32_t ArithmeticNode(const Expr& expr);
  size_t SizeOf(const Expr& expr) const;

  // compile_facts.cc
  uint32_t StreamOf(const Events& events);
  uint32_t SourceOf(SourceCode source, const Events& events);
  uint32_t CallOf(const Expr& expr, uint32_t bound, uint32_t keep);
  uint32_t SequenceFactOf(const Expr& expr);
  uint32_t SequenceOf(const Sequence& sequence);
  void AddRoles(const Sequence& sequence, uint32_t index);
  uint32_t VisitorProperty(const std::string& name);

  // clauses.cc
  void AddClauses(const Expr& expr, int depth, std::vector<Clause>* out);
  uint32_t ShownNode(const Expr& expr);

  // compile_guards.cc
  struct Part {
    const Expr* expr = nullptr;
    bool positive = true;
    Guards guards;
    int rate = 0;
  };
  void AddConjuncts(const Rule& rule, RuleCode* code);
  void Flatten(const Expr& outer, bool positive, std::vector<Part>* parts);
  void SharpenEventGuard(std::vector<Part>* parts);
  int RateOf(const Expr& outer, bool positive, const Guards& guards) const;
  bool GuardsOf(const Expr& outer, bool positive, Guards* guards);
  bool CompareGuard(const Expr& expr, bool positive, Guard* guard);
  bool CountGuard(const Expr& call, ExprKind kind, double number, bool positive, Guard* guard);
  static bool IsFrequent(const Events& events);
  bool InGuards(const Expr& expr, Guards* guards);

  // compile_plans.cc
  void BuildPlans();
  void BuildPlan(EventPlan plan);
  void HashLayout();

  // compile_index.cc
  void BuildIndex();
  void IndexRule(uint32_t rule);
  void IndexGuard(const Guard& guard, uint32_t rule);
  void IndexEvent(const Guard& guard, uint32_t rule);
  void SortIndexes();
  void FindFromTheStart();

  struct StreamNames {
    bool any = false;
    std::vector<std::string> names;
  };

  std::unique_ptr<Code> code_;
  const File* file_ = nullptr;
  std::unordered_map<std::string, uint32_t> known_;
  std::vector<StreamNames> stream_names_;
  std::vector<std::vector<std::pair<uint32_t, Role>>> roles_;  // of each sequence: stream -> role
  std::vector<bool> frequent_calls_;  // of events that come all the time
  std::vector<Guards> guards_;        // of each rule's first conjunct
  struct Pending {
    uint32_t source;
    uint32_t k;
    ThresholdEntry entry;
  };
  std::vector<Pending> pending_;
};

// Touches that may make a condition true when it is false, or nearer in time; and the other way.
// May name more than needed, never less. Sorted.
struct Turns {
  std::vector<uint32_t> rises;
  std::vector<uint32_t> falls;
};
Turns TurnsOf(const Code& code, uint32_t first_branch);

}  // namespace vinkki::rules
