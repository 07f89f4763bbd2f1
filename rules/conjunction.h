// What the comparisons of one `and` leave open for each fact: whether they can be true together,
// and for how long at most. For hints only; where nothing is known, everything is possible.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "rules/ast.h"
#include "rules/constant.h"

namespace vinkki::rules {

// A function of the page_views of a page: there is one, its own.
bool IsOfOnePage(const Expr& fact);

// Whether a sequence within a page asks for a page_view behind its first event: that is another
// page.
bool LeavesItsPage(const Sequence& sequence);

// Whether `fact` compared with a number or a duration is true whatever the visitor does: nothing
// counts less than 0. Requires IsCompare(kind).
bool AlwaysHolds(ExprKind kind, const Expr& fact, double goal);

// The expression behind a let's name, and behind that one's; any other is itself.
const Expr& Inlined(const Expr& expr, const File& file);

// The parts of an `and`, its lets put in; anything else is one part.
void Conjuncts(const Expr& expr, const File& file, std::vector<const Expr*>* out);

// The part that makes a condition impossible; null when none was found.
const Expr* Impossible(const Expr& condition, const File& file);

// What a text must be, or must not: equal to another, begin with it, or contain it.
struct Demand {
  ExprKind kind;  // kEqual, kStartsWith, kContains
  std::string text;
  bool denied = false;

  bool Meets(const std::string& word) const;
  // Whether no text meets both. Of a fact that is missing, all that is denied is true.
  bool Excludes(const Demand& other) const;
};

// What one fact may still be. Durations are in ms.
struct Allowed {
  double low;
  double high;
  bool low_open = false;  // low itself is out
  bool high_open = false;
  bool whole = false;  // counts: nothing lies between 3 and 4
  bool grows = false;  // with the clock, until something puts it back to 0 or takes it away
  std::optional<std::set<std::string>> texts;
  std::vector<Demand> demands;

  Allowed();
  void AtLeast(double value, bool open);
  void AtMost(double value, bool open);
  void OneOf(std::set<std::string> words);
  bool Empty() const;
};

// A file that outlives it, checked and without errors.
class Conjunction {
 public:
  explicit Conjunction(const File& file) : file_(file) {}

  // False when the part cannot be true together with those before it.
  bool Add(const Expr& part);

  // The shortest time for which a fact that grows lies between its bounds, and that fact as
  // written.
  struct Passage {
    Millis length = 0;
    std::string fact;
  };
  std::optional<Passage> ShortestPassage() const;

 private:
  bool AddComparison(ExprKind kind, const Expr& fact, const Constant& goal);
  bool AddWords(const Expr& part);
  bool AddDemand(const Expr& part);
  bool AddSaid(const Expr& part);
  Allowed* Of(const Expr& fact);

  const File& file_;
  std::unordered_map<std::string, Allowed> allowed_;
  std::unordered_map<std::string, std::string> written_;  // of those that grow
  std::set<std::string> said_;
  std::set<std::string> denied_;
};

}  // namespace vinkki::rules
