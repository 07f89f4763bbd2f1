// Warnings about words that rules name and that the checker cannot know for sure: an event that is
// called almost like a known one, a path without its slash, percentages without their sign.
#include <algorithm>
#include <set>
#include <string>

#include "rules/check.h"
#include "rules/conjunction.h"
#include "rules/facts.h"
#include "rules/moment.h"
#include "rules/nearest.h"
#include "rules/print.h"

namespace vinkki::rules {
namespace {

class WordHints {
 public:
  WordHints(const File& file, Report* report) : file_(file), report_(report) {}

  void Visit(const Expr& expr) {
    if (expr.call) VisitEvents(expr.call->events);
    if (expr.sequence) {
      for (const Step& step : expr.sequence->steps) VisitEvents(step.events);
    }
    VisitBareWord(expr);
    for (const ExprPtr& arg : expr.args) Visit(*arg);
    if (expr.args.size() < 2) return;
    const Expr& fact = Inlined(*expr.args[0], file_);
    for (size_t i = 1; i < expr.args.size(); ++i) VisitWord(expr, fact, *expr.args[i]);
  }

 private:
  // where item_brand == Halti: a bare name is a property, and there is hardly a second one meant.
  // Where one is, exists(old_brand) beside the comparison says so.
  void VisitBareWord(const Expr& expr) {
    const bool of_text = expr.kind == ExprKind::kEqual || expr.kind == ExprKind::kNotEqual ||
                         expr.kind == ExprKind::kContains || expr.kind == ExprKind::kStartsWith;
    if (!of_text || expr.args[0]->kind != ExprKind::kWhereProp) return;
    const Expr& word = *expr.args[1];
    if (word.kind != ExprKind::kWhereProp || existing_.contains(word.text)) return;
    report_->Warning(word.place, LengthOf(word),
                     "'" + word.text +
                         "' is a property of the event here; if it is meant as text, put it in "
                         "quotes: \"" +
                         word.text + "\"; if not, say so: exists(" + word.text + ") and ...");
  }

  void AddExisting(const Expr& where) {
    const bool named =
        where.kind == ExprKind::kExists && where.args[0]->kind == ExprKind::kWhereProp;
    if (named) existing_.insert(where.args[0]->text);
    for (const ExprPtr& arg : where.args) AddExisting(*arg);
  }

  void VisitEvents(const Events& events) {
    existing_.clear();
    if (events.where) {
      AddExisting(*events.where);
      Visit(*events.where);
    }
    for (const std::string& name : events.names) {
      // Of several names only the place of the first is known.
      const bool alone = events.names.size() == 1;
      VisitName(name, events.place, alone ? static_cast<uint32_t>(name.size()) : 1);
    }
  }

  void VisitName(const std::string& name, Place place, uint32_t length) {
    const std::string hint = HintForEvent(name);
    if (!hint.empty()) report_->Warning(place, length, hint);
  }

  void VisitWord(const Expr& at, const Expr& fact, const Expr& word) {
    const Expr& text = Inlined(word, file_);
    if (text.kind != ExprKind::kText) return;
    const bool equal =
        at.kind == ExprKind::kEqual || at.kind == ExprKind::kNotEqual || at.kind == ExprKind::kIn;
    if (fact.kind == ExprKind::kEventName && equal)
      VisitName(text.text, word.place, LengthOf(word));
    const bool path =
        fact.kind == ExprKind::kFact && (fact.text == "page.path" || fact.text == "session.entry");
    if (!path || !(equal || at.kind == ExprKind::kStartsWith)) return;
    const std::string meant = PathIn(text.text);
    if (text.text.empty() || meant == text.text) return;
    report_->Warning(word.place, LengthOf(word),
                     fact.text +
                         (text.text[0] == '/' ? " has no query and no fragment: write \""
                                              : " begins with '/': write \"") +
                         meant + "\"");
  }

  // What a path can be of what somebody wrote for one: "cart", "https://s.fi/cart", "/cart?x=1".
  static std::string PathIn(const std::string& written) {
    if (written.find("://") != std::string::npos) return std::string(PathOf(written));
    const std::string path = written.substr(0, written.find_first_of("?#"));
    return path.starts_with('/') ? path : "/" + path;
  }

  const File& file_;
  Report* report_;
  std::set<std::string> existing_;  // properties that the `where` asks for by exists(...)
};

}  // namespace

// Any name is an event, so only a slip of the hand is worth a word.
std::string HintForEvent(const std::string& name) {
  const auto& known = KnownEvents();
  if (std::find(known.begin(), known.end(), name) != known.end()) return "";
  const std::string_view nearest = Nearest(name, known, name.size() < 8 ? 1 : 2);
  if (nearest.empty()) return "";
  return "'" + name + "' is no event of the page script or of GA4; did you mean '" +
         std::string(nearest) + "'?";
}

void HintsForWords(const File& file, Report* report) {
  WordHints hints(file, report);
  for (const Let& let : file.lets) hints.Visit(*let.expr);
  for (const Rule& rule : file.rules) {
    report->InRule(rule.name);
    hints.Visit(*rule.when);
    if (rule.audience) hints.Visit(*rule.audience);
  }
  report->InRule("");
}

}  // namespace vinkki::rules
