// Warnings about words that rules name and that the checker cannot know for sure: an event that is
// called almost like a known one, a path without its slash, text without its quotes.
#include <algorithm>
#include <set>
#include <string>

#include "base/text.h"
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
    if (expr.call) VisitFactOf(*expr.call);
    if (expr.kind == ExprKind::kEventProp) VisitEventProp(expr);
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
  // distinct(page.path, 10m) is about events named "page".
  void VisitFactOf(const Call& call) {
    if (call.events.any || call.events.names.size() != 1 || call.property.empty()) return;
    const std::string fact = call.events.names[0] + "." + call.property;
    if (!FindFact(fact)) return;
    report_->Warning(call.events.place, static_cast<uint32_t>(call.events.names[0].size()),
                     "this is about events named '" + call.events.names[0] + "' and not the fact " +
                         fact +
                         ", whose past nobody keeps; name the events that change it, as in " +
                         "distinct(page_view.url, 10m) or last(add_to_cart.value, session)");
  }

  // event.purchase
  void VisitEventProp(const Expr& expr) {
    const auto& known = KnownEvents();
    if (std::find(known.begin(), known.end(), expr.text) == known.end()) return;
    report_->Warning(expr.place, LengthOf(expr),
                     "this is a property called '" + expr.text +
                         "'; whether the event is one is asked by event.name == \"" + expr.text +
                         "\", and whether there was one by count(" + expr.text + ", session) >= 1");
  }

  // where item_brand == Halti: a bare name is a property, and there is hardly a second one meant.
  // Where one is, exists(old_brand) beside the comparison says so.
  void VisitBareWord(const Expr& expr) {
    const bool of_text = expr.kind == ExprKind::kEqual || expr.kind == ExprKind::kNotEqual ||
                         expr.kind == ExprKind::kContains || expr.kind == ExprKind::kStartsWith ||
                         expr.kind == ExprKind::kIn;
    if (!of_text || expr.args[0]->kind != ExprKind::kWhereProp) return;
    for (size_t i = 1; i < expr.args.size(); ++i) VisitBareWordIn(*expr.args[i]);
  }
  void VisitBareWordIn(const Expr& word) {
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
    if (!path || text.text.empty() || at.kind == ExprKind::kMatches) return;
    const std::string hint = HintForPath(text.text, equal, at.kind == ExprKind::kContains);
    if (!hint.empty()) report_->Warning(word.place, LengthOf(word), fact.text + hint);
  }

  // Of a path that is to be equal to what was written, or to contain it, or begin with it.
  static std::string HintForPath(const std::string& written, bool equal, bool contain) {
    const std::string meant = PathIn(written);
    const std::string coded = Coded(contain ? written : meant);
    if (contain && written.find('?') != std::string::npos) return " has no query: page.url has it";
    if (!contain && meant != written) {
      return (written[0] == '/' ? " has no query and no fragment: write \""
                                : " begins with '/': write \"") +
             coded + "\"";
    }
    if (coded != written) return " has such characters as %..: write \"" + coded + "\"";
    if (equal && written.ends_with('*')) {
      return " is compared letter by letter: write starts_with \"" +
             written.substr(0, written.size() - 1) + "\"";
    }
    return "";
  }

  // As browsers write it.
  static std::string Coded(const std::string& path) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string coded;
    for (const char c : path) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte > ' ' && byte < 0x80) {
        coded += c;
      } else {
        coded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
      }
    }
    return coded;
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

// What a single name most likely means that stands for nothing.
std::string ExprChecker::HintForName(const std::string& name) const {
  const std::string group = name + ".";
  std::vector<std::string_view> names;
  for (const FactRow& row : Facts()) names.push_back(row.name);
  for (const Let& let : file_->lets) names.push_back(let.name);
  const auto among = [&](const std::vector<std::string_view>& list) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  if (among(KnownEvents())) {
    return "; it is an event: write count(" + name + ", session) >= 1, or \"" + name +
           "\" for its name";
  }
  if (FindFunction(name) || name == "exists" || name == "sequence") {
    return "; the function is written " + name + "(...)";
  }
  for (const FactRow& row : Facts()) {
    if (row.name.starts_with(group)) {
      return "; write " + std::string(row.name) + " or another of its facts, or \"" + name +
             "\" if it is meant as text";
    }
  }
  for (const std::string_view of : {"page.", "cart.", "session.", "visitor."}) {  // url, value
    if (FindFact(std::string(of) + name)) return "; did you mean '" + std::string(of) + name + "'?";
  }
  if (Lower(name) == "true" || Lower(name) == "false") return "; write " + Lower(name);
  if (std::string near = DidYouMean(name, names); !near.empty()) return near;
  if (among({"null", "undefined", "none", "nil"})) {
    return "; whether something is known is asked by exists(...)";
  }
  if (among({"time", "hour", "day", "weekday", "date", "now", "today"})) {
    return "; days and times of day are said by the rule: hours: { days: mon-fri, from: 08:00 }";
  }
  return "; if it is meant as text, put it in quotes: \"" + name + "\"";
}

void HintsForWords(const File& file, Report* report) {
  WordHints hints(file, report);
  ForEachCondition(file, report, [&](const Expr& condition) { hints.Visit(condition); });
}

}  // namespace vinkki::rules
