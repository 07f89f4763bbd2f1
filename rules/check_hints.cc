// Warnings and notes about rules that are right as they stand, but hardly meant so.
#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/text.h"
#include "rules/check.h"
#include "rules/conjunction.h"
#include "rules/constant.h"
#include "rules/facts.h"
#include "rules/print.h"

namespace vinkki::rules {
namespace {

// A comparison of event.x is true for an instant only (Exact meaning, 3).
bool IsOfEvent(const Expr& expr, const File& file) {
  const Expr& at = Inlined(expr, file);
  switch (at.kind) {
    case ExprKind::kEventName:
    case ExprKind::kEventProp: return true;
    case ExprKind::kNot:
    case ExprKind::kOr:
    case ExprKind::kNotEqual:
    case ExprKind::kCall:
    case ExprKind::kSequence: return false;
    default: break;
  }
  // A comparison of comparisons may well be true while event.x is missing.
  return std::any_of(at.args.begin(), at.args.end(), [&](const ExprPtr& arg) {
    return arg->type != Type::kBool && IsOfEvent(*arg, file);
  });
}

// since(e) < 10s is a window of 10 s too.
Millis RecentNeeded(const Expr& part, const File& file) {
  const bool falling = part.kind == ExprKind::kLess || part.kind == ExprKind::kLessEqual;
  if (!falling || part.args.size() != 2) return 0;
  const Expr& fact = Inlined(*part.args[0], file);
  const Expr& literal = Inlined(*part.args[1], file);
  const bool since = fact.kind == ExprKind::kCall && fact.call->function == Function::kSince;
  return since && literal.kind == ExprKind::kDuration ? literal.duration : 0;
}

// The sliding window without whose events this comparison is false; 0 when there is none.
Millis WindowNeeded(const Expr& part, const File& file) {
  if (part.kind == ExprKind::kOr) {  // of several conditions the longest
    Millis longest = 0;
    for (const ExprPtr& arg : part.args) {
      const Millis one = WindowNeeded(Inlined(*arg, file), file);
      if (one == 0) return 0;
      longest = std::max(longest, one);
    }
    return longest;
  }
  if (part.kind == ExprKind::kSequence) {
    const Window& within = part.sequence->within;
    return within.kind == Window::Kind::kDuration ? within.length : 0;
  }
  if (const Millis recent = RecentNeeded(part, file)) return recent;
  const bool rising = part.kind == ExprKind::kGreater || part.kind == ExprKind::kGreaterEqual ||
                      part.kind == ExprKind::kEqual;
  if (!rising || part.args.size() != 2) return 0;
  const Expr& fact = Inlined(*part.args[0], file);
  const Expr& literal = Inlined(*part.args[1], file);
  if (fact.kind != ExprKind::kCall || literal.kind != ExprKind::kNumber) return 0;
  // Of nothing these are 0, the others missing.
  const Function function = fact.call->function;
  const bool has_zero = function == Function::kCount || function == Function::kSum ||
                        function == Function::kDistinct || function == Function::kRepeats;
  const bool zero_passes = part.kind == ExprKind::kGreater ? literal.number < 0
                           : part.kind == ExprKind::kEqual ? literal.number == 0
                                                           : literal.number <= 0;
  const Window& window = fact.call->window;
  if (function == Function::kSince || (has_zero && zero_passes)) return 0;
  return window.kind == Window::Kind::kDuration ? window.length : 0;
}

// idle >= 5s and idle < 8s lasts for 3 s at most.
bool HintForPassage(const Rule& rule, const std::vector<const Expr*>& parts, const File& file,
                    Report* report) {
  Conjunction conjunction(file);
  for (const Expr* part : parts) conjunction.Add(*part);
  const auto passage = conjunction.ShortestPassage();
  if (!passage || passage->length > rule.hold) return false;
  report->Warning(rule.when->place, LengthOf(*rule.when),
                  "this can never fire: " + passage->fact + " is within these bounds for " +
                      FormatDuration(passage->length) + ", and `for` wants " +
                      FormatDuration(rule.hold));
  return true;
}

void HintForHold(const Rule& rule, const File& file, Report* report) {
  std::vector<const Expr*> parts;
  Conjuncts(*rule.when, file, &parts);
  if (HintForPassage(rule, parts, file, report)) return;
  for (const Expr* part : parts) {
    if (IsOfEvent(*part, file)) {
      report->Warning(rule.when->place, LengthOf(*rule.when),
                      "this can never fire: event.* is there for an instant only, and `for` wants "
                      "the condition to last");
      return;
    }
    const Millis window = WindowNeeded(*part, file);
    if (window == 0 || window > rule.hold) continue;
    report->Warning(rule.when->place, LengthOf(*rule.when),
                    "`for` " + FormatDuration(rule.hold) + " outlasts the window of " +
                        FormatDuration(window) + " in " + Source(*part) +
                        ": it fires only while such events keep coming");
    return;
  }
}

// A part that says nothing: count(a, 1m) >= 0 and idle > 5s.
void HintForParts(const Rule& rule, const File& file, Report* report) {
  std::vector<const Expr*> parts;
  Conjuncts(*rule.when, file, &parts);
  for (const Expr* part : parts) {
    if (part->kind == ExprKind::kBool || TruthOf(*part, file) != true) continue;
    report->Warning(part->place, LengthOf(*part),
                    Source(*part) + " is always true: the rule says the same without it");
  }
}

// potential >= 35, count(page_view, page) >= 2
std::string HintForPart(const Expr& part, const File& file) {
  if (DividesByZero(part, file)) return "; a division by zero has no value";
  if (part.kind == ExprKind::kSequence && LeavesItsPage(*part.sequence)) {
    return "; each page_view begins a page of its own: take a time or the session as the window";
  }
  if (part.args.size() != 2) return "";
  const Expr& fact = Inlined(*part.args[0], file);
  const Expr& literal = Inlined(*part.args[1], file);
  const bool share = fact.kind == ExprKind::kFact && fact.text == "potential" &&
                     literal.kind == ExprKind::kNumber && !literal.percent && literal.number > 1 &&
                     literal.number <= 100;
  if (share) return "; potential is from 0 to 1: write " + Source(literal) + "%";
  const bool pages = IsOfOnePage(fact) || IsOfOnePage(literal);
  return pages ? "; a page is seen from its page_view on: count over a time, or the session" : "";
}

void HintForAudience(const Rule& rule, const File& file, Report* report) {
  std::string why;
  if (const Expr* part = Impossible(*rule.audience, file)) {
    why = Source(*part) + " cannot be true here" + HintForPart(*part, file);
  }
  std::vector<const Expr*> parts;
  Conjuncts(*rule.when, file, &parts);
  Conjunction both(file);
  for (const Expr* part : parts) both.Add(*part);
  parts.clear();
  Conjuncts(*rule.audience, file, &parts);
  for (const Expr* part : parts) {
    if (why.empty() && !both.Add(*part)) why = Source(*part) + " cannot be true where `when` is";
  }
  if (why.empty() && rule.hold > 0) {
    const bool passed = std::any_of(parts.begin(), parts.end(),
                                    [&](const Expr* part) { return IsOfEvent(*part, file); });
    if (passed) why = "event.* is there for an instant only, and `for` has let it pass";
  }
  if (why.empty()) return;
  report->Warning(rule.audience->place, LengthOf(*rule.audience),
                  "nobody is in this audience: " + why);
}

// The bounds of Exact meaning 10, where a function reaches them.
void NoteBound(const Call& call, const Expr& at, bool literal, Report* report) {
  const bool sliding = call.window.kind == Window::Kind::kDuration;
  const bool values = call.function == Function::kDistinct || call.function == Function::kRepeats;
  const bool counts = values || call.function == Function::kCount;
  if (call.function == Function::kLast || call.function == Function::kSince) return;
  if (counts && literal) return;
  if (!sliding && !values) return;
  report->Note(at.place, LengthOf(at),
               std::string(RowOf(call.function).name) +
                   (sliding ? " over a sliding window sees the " : " sees the ") +
                   std::to_string(kBound) +
                   (sliding ? " latest events that match" : " latest different values"));
}

bool ComparesWithNumber(const Expr& expr, size_t arg, const File& file) {
  const bool compares = expr.kind >= ExprKind::kEqual && expr.kind <= ExprKind::kGreaterEqual;
  if (!compares || expr.args.size() != 2) return false;
  return Inlined(*expr.args[1 - arg], file).kind == ExprKind::kNumber;
}

void NoteBounds(const Expr& expr, bool literal, const File& file, Report* report) {
  if (expr.kind == ExprKind::kCall) NoteBound(*expr.call, expr, literal, report);
  for (size_t i = 0; i < expr.args.size(); ++i) {
    NoteBounds(*expr.args[i], ComparesWithNumber(expr, i, file), file, report);
  }
}

// What decides whether two rules make their offers at the same moments.
std::string ChoiceKey(const Rule& rule, const File& file) {
  return Canonical(*rule.when, file) + "\n" + FormatDuration(rule.hold);
}

bool IsUnhindered(const Rule& rule, const File& file) {
  return rule.mode == Mode::kLive && !rule.audience && rule.limits.empty() && !rule.hours &&
         rule.holdout == 0 && file.limits.empty() && file.sites.empty();
}

// Whether `winner` is silenced for nothing that leaves `loser` its offer: decided late, or nobody
// free in its own queue.
bool Shadows(const Rule& winner, const Rule& loser) {
  const bool same_capacity = winner.offer.queue == loser.offer.queue && !loser.otherwise_bot;
  return winner.fresh >= loser.fresh && (winner.otherwise_bot || same_capacity);
}

}  // namespace

void HintsForRule(const Rule& rule, const File& file, Report* report) {
  if (rule.mode == Mode::kOff) return;
  report->InRule(rule.name);
  NoteBounds(*rule.when, false, file, report);
  if (rule.audience) NoteBounds(*rule.audience, false, file, report);
  if (const Expr* part = Impossible(*rule.when, file)) {
    report->Warning(rule.when->place, LengthOf(*rule.when),
                    "this can never fire: " + Source(*part) + " cannot be true here" +
                        HintForPart(*part, file));
  } else if (TruthOf(*rule.when, file) == true) {
    report->Warning(rule.when->place, LengthOf(*rule.when),
                    "this is always true: it fires once for each visitor, " +
                        (rule.hold > 0 ? FormatDuration(rule.hold) + " after" : "at") +
                        std::string(" the first event, and never again"));
  } else {
    HintForParts(rule, file, report);
    if (rule.hold > 0) HintForHold(rule, file, report);
  }
  if (rule.audience) HintForAudience(rule, file, report);
  report->InRule("");
}

void HintsForLets(const File& file, Report* report) {
  for (const Let& let : file.lets) {
    if (let.expr->kind == ExprKind::kCall) continue;  // what it is compared with stands elsewhere
    NoteBounds(*let.expr, false, file, report);
  }
}

void HintsForChoice(const RuleSet& set, std::vector<Report>* reports) {
  struct Candidate {
    const Rule* rule;
    size_t order;
  };
  std::unordered_map<std::string, Candidate> best;
  size_t order = 0;
  // The one that wins among those with the same `when`: highest priority, then the first.
  for (const File& file : set.files) {
    for (const Rule& rule : file.rules) {
      ++order;
      if (!IsUnhindered(rule, file)) continue;
      const auto [at, is_new] = best.emplace(ChoiceKey(rule, file), Candidate{&rule, order});
      if (!is_new && rule.priority > at->second.rule->priority) at->second = {&rule, order};
    }
  }
  order = 0;
  for (size_t i = 0; i < set.files.size() && !best.empty(); ++i) {
    for (const Rule& rule : set.files[i].rules) {
      ++order;
      const auto found = best.find(ChoiceKey(rule, set.files[i]));
      if (rule.mode != Mode::kLive || found == best.end()) continue;
      const Candidate& winner = found->second;
      const bool loses = rule.priority < winner.rule->priority ||
                         (rule.priority == winner.rule->priority && order > winner.order);
      if (!loses || !Shadows(*winner.rule, rule)) continue;
      Report& report = (*reports)[i];
      report.InRule(rule.name);
      report.Warning(rule.place, static_cast<uint32_t>(rule.name.size()),
                     "this always loses against '" + winner.rule->name +
                         "', which has the same `when` and `for` and comes first");
      report.InRule("");
    }
  }
}

}  // namespace vinkki::rules
