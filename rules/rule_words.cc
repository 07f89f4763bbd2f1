#include "rules/rule_words.h"

#include <algorithm>
#include <cmath>

#include "rules/words.h"

namespace vinkki::rules {
namespace {

using Kind = ClauseShape::Kind;
using Subject = ClauseShape::Subject;

// Signals of somebody who does not get on: after them a `for` is time without progress.
bool IsTrouble(const ClauseShape& shape) {
  for (const std::string_view word : {"error", "rage", "dead", "failed", "restless", "given up"}) {
    if (shape.many.find(word) != std::string::npos) return true;
  }
  return false;
}

// A view of the clauses as the tree that they are.
class Tree {
 public:
  Tree(const RuleCode& rule, const std::vector<ClauseReading>& clauses)
      : rule_(rule), clauses_(clauses) {}

  size_t size() const { return clauses_.size(); }
  const ClauseReading& at(size_t i) const { return clauses_[i]; }
  Kind kind(size_t i) const { return clauses_[i].shape->kind; }
  // One past the clause and all below it.
  size_t End(size_t i) const {
    size_t end = i + 1;
    while (end < size() && rule_.clauses[end].depth > rule_.clauses[i].depth) ++end;
    return end;
  }
  // f(child) for each clause right below.
  template <typename F>
  void ForEachChild(size_t i, F&& f) const {
    for (size_t child = i + 1; child < End(i); child = End(child)) f(child);
  }
  bool IsLeaf(size_t i) const { return End(i) == i + 1; }
  // The name of a let that stands for something without words: the name says it best.
  bool IsPlainName(size_t i) const {
    return kind(i) == Kind::kName && End(i) == i + 2 && kind(i + 1) == Kind::kOther;
  }
  std::string NameOf(size_t i) const {
    std::string name = clauses_[i].shape->name;
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
  }

 private:
  const RuleCode& rule_;
  const std::vector<ClauseReading>& clauses_;
};

// ---- why it holds ----

class Telling {
 public:
  Telling(const Tree& tree, std::string_view currency) : tree_(tree), currency_(currency) {}

  // Says clause i, of which is known that it is `so`. `sure`: nothing but `and` stands above it.
  void Say(size_t i, bool so, bool sure) {
    const Kind kind = tree_.kind(i);
    if (kind == Kind::kEvent && so && sure) return SayLeaf(i);  // it is over by now
    if (tree_.at(i).holds != so) return;
    if (so && tree_.IsPlainName(i)) return AddBehaviour(tree_.NameOf(i), 0);
    if (kind == Kind::kNot) so = !so;
    if (tree_.IsLeaf(i)) {
      return so ? SayLeaf(i) : SayNegated(i);
    }
    if (kind == Kind::kAny && so && SayPage(i)) return;
    const bool one = kind == Kind::kNot || kind == Kind::kName;
    sure = sure && (one || kind == (so ? Kind::kAll : Kind::kAny));
    tree_.ForEachChild(i, [&](size_t child) { Say(child, so, sure); });
  }

  Why Finish(Millis hold) {
    const std::string hold_text = HoldText(hold);
    std::string& text = why_.text;
    const auto add = [&](const std::string& part) {
      if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
    };
    add(behaviour_);
    if (!behaviour_.empty()) add(hold_text);
    add(context_);
    if (text.empty()) add(page_);
    if (text.empty()) add(presence_);
    if (text.empty()) add(otherwise_);
    if (behaviour_.empty()) add(hold_text);
    return std::move(why_);
  }

 private:
  // Times that have grown through the `for` have it in them: "no sign of life for 35 s".
  std::string HoldText(Millis hold) const {
    if (hold == 0 || (!behaviour_.empty() && grown_ >= hold)) return "";
    const std::string length = Spoken(hold);
    if (behaviour_.empty()) return "for " + length;
    return trouble_ ? "then " + length + " without progress" : "still so " + length + " later";
  }

  void SayLeaf(size_t i, bool so = true) {
    const ClauseReading& clause = tree_.at(i);
    const ClauseShape& shape = *clause.shape;
    AddFact(clause);
    const std::string said = SayClause(clause, currency_);
    if (IsUnknown(clause)) return Add(&otherwise_, said);
    if (IsPresence(shape, so)) return Add(&presence_, said);
    const bool fact = shape.subject == Subject::kFact && shape.name != "idle";
    const bool page = fact && shape.name.starts_with("page.");
    trouble_ = trouble_ || (shape.kind == Kind::kCompare && IsTrouble(shape));
    if (fact) return Add(page ? &page_ : &context_, said);
    const bool grows = clause.value.slope == 1 && IsAbove(shape, so);
    AddBehaviour(said, grows ? static_cast<Millis>(clause.value.number) : 0);
  }

  void AddBehaviour(const std::string& said, Millis grown) {
    if (!said.empty()) grown_ = std::min(grown_, grown);
    Add(&behaviour_, said);
  }

  static bool IsAbove(const ClauseShape& shape, bool so) {
    const bool below = shape.op == ExprKind::kLess || shape.op == ExprKind::kLessEqual;
    const bool above = shape.op == ExprKind::kGreater || shape.op == ExprKind::kGreaterEqual;
    return so ? above : below;
  }
  // That somebody is there (idle < 5s) is why one may ask, not why one does.
  static bool IsPresence(const ClauseShape& shape, bool so) {
    return shape.name == "idle" && IsAbove(shape, !so);
  }

  // What is not known brings nobody here, though `!=` and `not` hold of it.
  static bool IsUnknown(const ClauseReading& clause) {
    return clause.shape->kind == Kind::kCompare && clause.value.missing();
  }

  // Each thing is said once.
  void Add(std::string* part, const std::string& said) {
    if (said.empty() || said_.find("\n" + said + "\n") != std::string::npos) return;
    said_ += said + "\n";
    *part += (part->empty() ? "" : ", ") + said;
  }

  // Where the page alone is enough, it is what counts: whatever else says so too says the same.
  bool SayPage(size_t i) {
    bool said = false;
    tree_.ForEachChild(i, [&](size_t child) {
      const ClauseShape& shape = *tree_.at(child).shape;
      const bool page = tree_.IsLeaf(child) && tree_.at(child).holds &&
                        shape.subject == Subject::kFact && shape.name.starts_with("page.");
      if (!page || said) return;
      said = true;
      SayLeaf(child);
    });
    return said;
  }

  // A count of nothing is worth saying; what else is not, is not while there is more to say.
  void SayNegated(size_t i) {
    const ClauseShape& shape = *tree_.at(i).shape;
    const bool counted = shape.kind == Kind::kCompare &&
                         (shape.subject == Subject::kCount || shape.subject == Subject::kFact);
    if (counted) return SayLeaf(i, false);
    Add(&otherwise_, vinkki::rules::SayNegated(tree_.at(i), currency_));
  }

  void AddFact(const ClauseReading& clause) {
    const Operand& value = clause.value;
    if (value.missing() || clause.shape->key.empty()) return;
    WhyFact fact;
    fact.name = clause.shape->key;
    fact.kind = Value::Kind::kNumber;
    fact.number = value.number;
    if (value.kind == Operand::Kind::kDuration) {
      fact.name += "_seconds";
      fact.number = std::round(value.number / 100) / 10;
    } else if (value.kind == Operand::Kind::kText) {
      fact.kind = Value::Kind::kText;
      fact.text = value.text;
    } else if (value.kind == Operand::Kind::kBool) {
      fact.kind = Value::Kind::kBool;
      fact.boolean = value.boolean;
    }
    AddOnce(std::move(fact), KeyOf(clause.shape->window));
  }

  // The same count over another window goes by that too: form_errors, form_errors_in_10_min.
  void AddOnce(WhyFact fact, const std::string& window) {
    const auto has = [&](const std::string& name) {
      return std::any_of(why_.facts.begin(), why_.facts.end(),
                         [&](const WhyFact& known) { return known.name == name; });
    };
    if (has(fact.name)) fact.name += "_" + window;
    if (!has(fact.name)) why_.facts.push_back(std::move(fact));
  }

  const Tree& tree_;
  const std::string_view currency_;
  std::string behaviour_, context_, page_, presence_;
  std::string otherwise_;  // said where nothing else is
  std::string said_ = "\n";
  bool trouble_ = false;
  Millis grown_ = kNever;  // the shortest of the times in behaviour_; 0: something else is there
  Why why_;
};

// ---- what is missing ----

// Two conditions that are both needed, as one.
Missing Both(Missing a, const Missing& b) {
  a.text += ", and also " + b.text;
  a.before = std::min(a.before, b.before);
  a.at = a.at == kNever || b.at == kNever ? kNever : std::max(a.at, b.at);
  return a;
}

class Lack {
 public:
  Lack(const Tree& tree, std::string_view currency) : tree_(tree), currency_(currency) {}

  // What is missing for clause i to be `want`: all of the parts.
  std::vector<MissingPart> Of(size_t i, bool want) const {
    if (tree_.at(i).holds == want) return {};
    const Kind kind = tree_.kind(i);
    if (tree_.IsLeaf(i)) return {{{SayMissing(tree_.at(i), want, currency_)}}};
    if (tree_.IsPlainName(i)) {
      Missing missing = SayMissing(tree_.at(i + 1), want, currency_);
      missing.text = std::string(want ? "needs \"" : "must not be \"") + tree_.NameOf(i) + "\"" +
                     ": " + tree_.at(i + 1).text;
      return {{{std::move(missing)}}};
    }
    if (kind == Kind::kNot) return Below(i, !want, true);
    if (kind == Kind::kName) return Below(i, want, true);
    return Below(i, want, kind == (want ? Kind::kAll : Kind::kAny));
  }

 private:
  std::vector<MissingPart> Below(size_t i, bool want, bool all) const {
    std::vector<MissingPart> parts;
    MissingPart either;
    tree_.ForEachChild(i, [&](size_t child) {
      std::vector<MissingPart> of_child = Of(child, want);
      if (all) {
        for (MissingPart& part : of_child) parts.push_back(std::move(part));
      } else if (of_child.size() == 1) {
        for (Missing& one : of_child[0].any_of) either.any_of.push_back(std::move(one));
      } else if (!of_child.empty()) {
        Missing both = Either(of_child[0]);
        for (size_t k = 1; k < of_child.size(); ++k) both = Both(both, Either(of_child[k]));
        either.any_of.push_back(std::move(both));
      }
    });
    if (!all && !either.any_of.empty()) parts.push_back(std::move(either));
    return parts;
  }

  // One of several, as one.
  static Missing Either(const MissingPart& part) {
    Missing one = part.any_of[0];
    for (size_t i = 1; i < part.any_of.size(); ++i) one.text += " or " + part.any_of[i].text;
    if (part.any_of.size() > 1) one.before = one.at = kNever;
    return one;
  }

  const Tree& tree_;
  const std::string_view currency_;
};

constexpr int kMostLooks = 128;

// When time alone turns a condition. What may change it at `until` need not turn it: an average
// moves and stays above its bound, a visit ends under a sequence that is false anyway.
Millis TurnsAt(const Moment& at, uint32_t test, bool holds, Millis until) {
  for (int looks = 0; until != kNever && looks < kMostLooks; ++looks) {
    Moment later = at;
    later.at = until;
    if (Test(&later, test) != holds) return until;
    if (later.until <= until) break;
    until = later.until;
  }
  return kNever;
}

// When a number turns into another by time alone: as above, where a look may find it unchanged
// (the oldest of five values leaves, and the most frequent one is as frequent as before).
Millis OtherAt(const Moment& at, uint32_t value, const Operand& now, Millis until) {
  if (now.kind != Operand::Kind::kNumber) return until;
  for (int looks = 0; until != kNever && looks < kMostLooks; ++looks) {
    Moment later = at;
    later.at = until;
    const Operand then = Evaluate(&later, value);
    if (then.kind != Operand::Kind::kNumber || then.number != now.number) return until;
    if (later.until <= until) break;
    until = later.until;
  }
  return until;
}

}  // namespace

std::vector<ClauseReading> ReadClauses(const Moment& at, const RuleCode& rule) {
  std::vector<ClauseReading> out;
  for (const Clause& clause : rule.clauses) {
    ClauseReading reading;
    reading.shape = &clause.shape;
    reading.text = clause.text;
    Moment moment = at;
    reading.holds = Test(&moment, clause.test);
    reading.looked_at = moment.until;
    reading.changes_at = TurnsAt(at, clause.test, reading.holds, moment.until);
    if (clause.value != kNone) {
      Moment again = at;
      reading.value = Evaluate(&again, clause.value);
      reading.value_until = OtherAt(at, clause.value, reading.value, again.until);
      reading.growth = GrowthOf(reading.value, again);
    }
    reading.before_pages = clause.shape.on_page && at.state.profile.page_views == 0;
    if (clause.shape.sequence != kNone) {
      reading.stage = ReadStage(at, at.code.sequence_facts[clause.shape.sequence]);
    }
    out.push_back(std::move(reading));
  }
  return out;
}

Why WhyOf(const RuleCode& rule, const std::vector<ClauseReading>& clauses,
          std::string_view currency) {
  const Tree tree(rule, clauses);
  Telling telling(tree, currency);
  for (size_t i = 0; i < tree.size(); i = tree.End(i)) telling.Say(i, true, true);
  return telling.Finish(rule.hold);
}

std::vector<MissingPart> MissingOf(const RuleCode& rule, const std::vector<ClauseReading>& clauses,
                                   std::string_view currency) {
  const Tree tree(rule, clauses);
  const Lack lack(tree, currency);
  std::vector<MissingPart> parts;
  for (size_t i = 0; i < tree.size(); i = tree.End(i)) {
    for (MissingPart& part : lack.Of(i, true)) parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace vinkki::rules
