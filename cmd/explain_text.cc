#include "cmd/explain_text.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "rules/words.h"

namespace vinkki::cmd {
namespace {

using engine::Explanation;
using engine::RuleExplanation;
using engine::TimelineEntry;
using Kind = TimelineEntry::Kind;
using rules::Spoken;

constexpr size_t kNamesInLine = 24;
constexpr size_t kMostLines = 60;  // of a visit's timeline; the first and the last are shown
constexpr size_t kFirstLines = 15;

// strftime's format, by the clock on the wall of the zone.
std::string Local(const rules::Zone& zone, Millis at, const char* format) {
  const std::time_t wall =
      static_cast<std::time_t>(zone.Day(at) * 86'400 + zone.TimeOfDay(at) / 1'000);
  std::tm parts{};
  gmtime_r(&wall, &parts);
  char buffer[80];
  return std::string(buffer, std::strftime(buffer, sizeof buffer, format, &parts));
}

// For a place without these characters.
std::string Plain(std::string text) {
  static constexpr std::pair<std::string_view, std::string_view> kInstead[] = {
      {"●", "*"}, {"◔", ">"}, {"○", "-"},   {"✓", "x"},
      {"·", " "}, {"×", "x"}, {"…", "..."}, {"–", "-"}};
  for (const auto& [sign, instead] : kInstead) {
    for (size_t at = 0; (at = text.find(sign, at)) != std::string::npos; at += instead.size()) {
      text.replace(at, sign.size(), instead);
    }
  }
  return text;
}

// What a rule's outcome is in words.
std::string_view ReasonText(rules::Reason reason) {
  switch (reason) {
    case rules::Reason::kNone: return "offer";
    case rules::Reason::kShadow: return "shadow mode: recorded, not shown";
    case rules::Reason::kStale: return "the moment had passed";
    case rules::Reason::kBot: return "a robot";
    case rules::Reason::kConsent: return "no consent";
    case rules::Reason::kHours: return "outside its hours";
    case rules::Reason::kLimit: return "its limit is reached";
    case rules::Reason::kCooldown: return "offered not long ago";
    case rules::Reason::kDeclined: return "declined not long ago";
    case rules::Reason::kEngaged: return "an offer is open or a conversation runs";
    case rules::Reason::kHoldout: return "in its control group";
    case rules::Reason::kAudience: return "not in its audience";
    case rules::Reason::kCapacity: return "nobody is free";
    case rules::Reason::kPriority: return "another rule went first";
  }
  return "";
}

// Events that only say that somebody is there.
bool IsBackground(const TimelineEntry& entry) {
  static constexpr std::string_view kNames[] = {"active", "vitals", "hidden", "visible",
                                                "page_leave"};
  return entry.kind == Kind::kEvent &&
         std::find(std::begin(kNames), std::end(kNames), entry.name) != std::end(kNames);
}

class Page {
 public:
  Page(const Explanation& e, const ExplainText& how) : e_(e), how_(how) {}

  std::string Write() {
    Head();
    Story();
    Rules();
    Timers();
    LetGo();
    Notes();
    return std::move(out_);
  }

 private:
  std::string In(Style style, std::string_view text) const {
    return Styled(how_.terminal, style, text);
  }
  std::string Local(Millis at, const char* format) const {
    return cmd::Local(how_.zone, at, format);
  }

  void Line(std::string_view text = {}) { out_.append(text).push_back('\n'); }
  void Title(std::string_view text) {
    Line();
    Line(In(Style::kStrong, text));
  }

  // Text in lines of the page's width, the first with `first` before it, the others indented.
  void Wrapped(std::string_view first, size_t indent, std::string_view text, Style ink) {
    Terminal terminal = how_.terminal;
    terminal.width = std::max(terminal.width, indent + 20);
    Line(std::string(first) + In(ink, cmd::Wrapped(terminal, text, indent)));
  }

  void Head() {
    const rules::Snapshot& s = e_.snapshot;
    Line(In(Style::kStrong, "Visitor " + Clean(e_.visitor)) +
         (e_.site.empty() ? "" : " at " + Clean(e_.site)));
    const Millis since = e_.at - e_.last_at;
    Line("as of " + Local(e_.at, "%a %-e %b %Y %H:%M:%S ") + how_.zone_name + ", " +
         (since == 0 ? "at the last event" : Spoken(since) + " after the last event"));
    std::string about = std::to_string(e_.events) + (e_.events == 1 ? " event" : " events") +
                        ", visit " + std::to_string(s.visits) + (s.in_session ? "" : " (over)");
    if (s.purchases > 0) {
      about += ", " + std::to_string(s.purchases) + (s.purchases == 1 ? " purchase" : " purchases");
    }
    about += ", " + s.identity;
    if (!e_.consent.empty()) about += ", consent " + e_.consent;
    if (!s.device.empty()) about += ", " + Clean(s.device);
    if (!s.language.empty()) about += ", " + Clean(s.language);
    Line(about);
    std::string now = "cart " + (s.cart_value == 0 && s.cart_pieces == 0
                                     ? std::string("empty")
                                     : rules::SpokenNumber(s.cart_value) +
                                           (e_.currency.empty() ? "" : " " + Clean(e_.currency)));
    if (!s.page_type.empty() || !s.page_url.empty()) {
      now += ", on page " + Clean(s.page_type.empty() ? s.page_url : s.page_type);
    }
    Line(now);
  }

  // ---- the timeline ----

  // Earlier visits are one line each.
  void Story() {
    const auto& all = e_.timeline;
    Title("What happened" + std::string(DaysDiffer() ? "" : Local(e_.last_at, " on %a %-e %b")));
    if (e_.timeline_cut > 0) {
      Line(In(Style::kFaint,
              "  " + std::to_string(e_.timeline_cut) + " earlier entries are left out"));
    }
    size_t begin = 0;
    while (begin < all.size()) {
      size_t end = begin + 1;
      while (end < all.size() && all[end].kind != Kind::kVisit) ++end;
      if (end < all.size() && !how_.all) {
        VisitInShort(begin, end);
      } else {
        VisitInFull(begin, end);
      }
      begin = end;
    }
    const Millis since = e_.at - e_.last_at;
    if (since > 0 && e_.snapshot.in_session) {
      Line(In(Style::kFaint, Moment(e_.at, all.empty() ? e_.at : all.back().at) +
                                 "  … nothing since, for " + Spoken(since)));
    }
  }

  bool DaysDiffer() const {
    return Local(e_.timeline.empty() ? e_.at : e_.timeline.front().at, "%F") !=
           Local(e_.last_at, "%F");
  }

  void VisitInShort(size_t begin, size_t end) {
    uint64_t events = 0, pages = 0, offers = 0;
    bool bought = false;
    for (size_t i = begin; i < end; ++i) {
      const TimelineEntry& entry = e_.timeline[i];
      if (entry.kind == Kind::kEvent) events += entry.times;
      if (entry.kind == Kind::kEvent && entry.name == "page_view") pages += entry.times;
      if (entry.kind == Kind::kEvent && entry.name == "purchase") bought = true;
      if (entry.kind == Kind::kDecision && entry.reason == rules::Reason::kNone) ++offers;
    }
    const auto count = [](uint64_t n, const char* what) {
      return ", " + std::to_string(n) + " " + what + (n == 1 ? "" : "s");
    };
    const TimelineEntry& first = e_.timeline[begin];
    Line("  " + In(Style::kFaint,
                   Local(first.at, "%a %e %b %H:%M") + "–" +
                       Local(e_.timeline[end - 1].until, "%H:%M") + "  visit " +
                       std::to_string(first.times) + count(events, "event") + count(pages, "page") +
                       (offers > 0 ? count(offers, "offer") : "") + (bought ? ", bought" : "")));
  }

  void VisitInFull(size_t begin, size_t end) {
    const bool named = e_.timeline[begin].kind == Kind::kVisit && e_.timeline[begin].times > 1;
    std::string day = named || !DaysDiffer() ? Local(e_.timeline[begin].at, "%F") : "";
    if (named) {
      Line("  " + In(Style::kFaint, Local(e_.timeline[begin].at, "%a %e %b") + "  visit " +
                                        std::to_string(e_.timeline[begin].times)));
    }
    const size_t lines = end - begin;
    Millis before = e_.timeline[begin].at;
    for (size_t i = begin; i < end; ++i) {
      if (!how_.all && lines > kMostLines && i == begin + kFirstLines) {
        const size_t cut = lines - kMostLines;
        Line(In(Style::kFaint, "            … " + std::to_string(cut) +
                                   " lines are left out here; --all shows them"));
        i += cut;
        before = e_.timeline[i].at;
      }
      size_t last = i;
      while (IsBackground(e_.timeline[i]) && last + 1 < end &&
             IsBackground(e_.timeline[last + 1])) {
        ++last;
      }
      SayDay(e_.timeline[i].at, &day);
      if (last > i) {
        Background(i, last, before);
      } else {
        Entry(e_.timeline[i], before);
      }
      before = e_.timeline[last].until;
      i = last;
    }
  }

  // A visit over midnight says so where the day changes.
  void SayDay(Millis at, std::string* day) {
    const std::string now = Local(at, "%F");
    if (now != *day) Line("  " + In(Style::kFaint, Local(at, "%a %e %b")));
    *day = now;
  }

  static std::string Ago(Millis ms) { return ms < 1'000 ? "just now" : Spoken(ms) + " ago"; }

  // "  14:03:07   +12 s"
  std::string Moment(Millis at, Millis before) const {
    const Millis gap = at - before;
    // From a second on, the difference of the two clocks as they are shown.
    const Millis seen = at / 1'000 * 1'000 - before / 1'000 * 1'000;
    const std::string after = gap < 100 ? "" : "+" + Spoken(gap >= 1'000 ? seen : gap);
    return "  " + Local(at, "%H:%M:%S") + "  " +
           std::string(11 - std::min<size_t>(11, after.size()), ' ') + after;
  }

  void Background(size_t from, size_t to, Millis before) {
    std::string names;
    for (size_t i = from; i <= to; ++i) {
      const TimelineEntry& entry = e_.timeline[i];
      names += (names.empty() ? "" : ", ") + Clean(entry.name) +
               (entry.times > 1 ? " ×" + std::to_string(entry.times) : "");
    }
    Line(In(Style::kFaint, Moment(e_.timeline[from].at, before) + "  " + names));
  }

  void Entry(const TimelineEntry& entry, Millis before) {
    const std::string moment = In(Style::kFaint, Moment(entry.at, before)) + "  ";
    switch (entry.kind) {
      case Kind::kVisit: return;
      case Kind::kEvent: return Event(entry, moment);
      case Kind::kRule:
        return Line(moment + In(Style::kAgents, entry.holds ? "◔ " : "○ ") + entry.name +
                    In(Style::kFaint, entry.holds ? " holds" : " no longer holds"));
      case Kind::kDecision:
      case Kind::kLive: return Decision(entry, moment);
    }
  }

  void Event(const TimelineEntry& entry, const std::string& moment) {
    std::string name = Clean(entry.name);
    if (entry.times > 1) name += " ×" + std::to_string(entry.times);
    std::string what;
    for (const std::string& one : entry.what) what += (what.empty() ? "" : "; ") + Clean(one);
    if (entry.times > 1 && entry.until - entry.at >= 1'000) {
      what += (what.empty() ? "" : "  ") + std::string("(until ") + Local(entry.until, "%H:%M:%S") +
              ")";
    }
    const Style ink = IsBackground(entry) ? Style::kFaint : Style::kPlain;
    std::string line = In(ink, what.empty() ? name : PadRight(name, kNamesInLine) + " ");
    Wrapped(moment + line, 25 + kNamesInLine + 1, what, Style::kFaint);
  }

  void Decision(const TimelineEntry& entry, const std::string& moment) {
    const bool offer = entry.reason == rules::Reason::kNone;
    std::string outcome = offer ? entry.to_bot ? "offer of the bot" : "offer"
                                : "silent: " + std::string(ReasonText(entry.reason));
    if (entry.kind == Kind::kLive) {
      return Line(moment + In(Style::kAgents, "! ") + entry.name +
                  In(Style::kFaint, " was then: ") + outcome);
    }
    Line(moment + (offer ? In(Style::kGood, "● ") : In(Style::kBad, "● ")) +
         In(Style::kStrong, entry.name) + "  " + In(offer ? Style::kGood : Style::kBad, outcome));
    if (!entry.why.empty()) Wrapped(std::string(27, ' '), 27, Clean(entry.why), Style::kFaint);
    if (!entry.live.empty() && entry.live != "same") {
      Line(std::string(27, ' ') + In(Style::kAgents, "when it happened: " + entry.live));
    }
  }

  // ---- the rules ----

  // Those that matter most first: waiting, holding, then by how little is missing.
  void Rules() {
    std::vector<const RuleExplanation*> rules;
    for (const RuleExplanation& rule : e_.rules) rules.push_back(&rule);
    const auto rank = [](const RuleExplanation* rule) -> size_t {
      if (rule->view.when) return rule->view.fires_at != rules::kNever ? 0 : 1;
      return 2 + rule->view.missing.size();
    };
    std::stable_sort(rules.begin(), rules.end(),
                     [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
    Title("The rules at that moment");
    for (const RuleExplanation* rule : rules) Rule(*rule);
  }

  std::string StateOf(const RuleExplanation& rule) const {
    const rules::RuleView& view = rule.view;
    if (!view.when) return "does not hold";
    std::string state =
        view.risen_at == rules::kNever ? "holds" : "true for " + Spoken(e_.at - view.risen_at);
    if (view.fires_at != rules::kNever)
      return state + ", fires in " + Spoken(view.fires_at - e_.at);
    return view.fired ? state + ", has fired; fires again only after it was false" : state;
  }

  void Rule(const RuleExplanation& rule) {
    const rules::RuleInfo& info = e_.program->rules()[rule.view.rule];
    const bool waits = rule.view.fires_at != rules::kNever;
    const Style ink = waits ? Style::kAgents : rule.view.when ? Style::kGood : Style::kPlain;
    std::string name = info.name + (info.mode == rules::Mode::kShadow ? " (shadow)" : "");
    Line();
    const std::string state = StateOf(rule);
    const bool fits = 6 + WidthOf(name) + WidthOf(state) <= how_.terminal.width;
    Line("  " + In(ink, rule.view.when ? (waits ? "◔ " : "● ") : "○ ") + In(Style::kStrong, name) +
         (fits ? "  " + In(ink, state) : ""));
    if (!fits) Wrapped("    ", 4, state, ink);
    Missings(rule.view);
    const bool whole = how_.all || e_.rules.size() <= 4 || rule.view.missing.size() <= 1;
    if (whole) Clauses(rule.view);
    Silences(rule);
    Decisions(rule);
  }

  void Missings(const rules::RuleView& view) {
    for (const rules::MissingPart& part : view.missing) {
      std::string text;
      for (const rules::Missing& missing : part.any_of) {
        text += (text.empty() ? "" : "  or  ") + Clean(rules::Words(missing, e_.at));
      }
      Wrapped("      missing  ", 15, text, Style::kPlain);
    }
  }

  // What a clause's interesting side is; of a condition nothing, its mark says it.
  static std::string ValueOf(const rules::ClauseView& clause) {
    if (clause.value == "true" || clause.value == "false") return "";
    return clause.value == "-" ? "–" : Clean(clause.value);
  }

  void Clauses(const rules::RuleView& view) {
    size_t width = 0;
    size_t values = 0;
    for (const rules::ClauseView& clause : view.clauses) {
      width = std::max(width, WidthOf(clause.text) + 2 * static_cast<size_t>(clause.depth));
      values = std::max(values, WidthOf(ValueOf(clause)));
    }
    values = std::min<size_t>(values, 10);
    width = std::min<size_t>(width, how_.terminal.width > 50 ? how_.terminal.width - 40 : 40);
    for (const rules::ClauseView& clause : view.clauses) {
      std::string line = std::string(2 * static_cast<size_t>(clause.depth), ' ') + clause.text;
      std::string value = ValueOf(clause);
      if (clause.changes_at != rules::kNever && clause.changes_at > e_.at) {
        value = PadRight(value, values) + (values > 0 ? "  " : "") + "turns in " +
                Spoken(clause.changes_at - e_.at);
      }
      const std::string mark = clause.holds ? In(Style::kGood, "✓ ") : In(Style::kFaint, "· ");
      const size_t all = 10 + std::max(WidthOf(line), width) + WidthOf(value);
      if (value.empty() || all > how_.terminal.width) {
        const std::string before(2 * static_cast<size_t>(clause.depth), ' ');
        Wrapped("      " + mark + before, 10 + before.size(), clause.text, Style::kFaint);
        if (!value.empty()) Line("          " + before + value);
      } else {
        Line("      " + mark + In(Style::kFaint, PadRight(line, width)) + "  " + value);
      }
    }
  }

  void Silences(const RuleExplanation& rule) {
    for (const rules::Silence& silence : rule.silences) {
      std::string text = silence.text;
      if (silence.until != rules::kNever) text += "; over in " + Spoken(silence.until - e_.at);
      Wrapped("      " + In(Style::kBad, "silenced") + " ", 15, text, Style::kPlain);
    }
  }

  void Decisions(const RuleExplanation& rule) {
    for (const rules::Decision& decision : rule.decisions) {
      const bool offer = decision.reason == rules::Reason::kNone;
      Line("      " + In(Style::kFaint, "fired    " + Ago(e_.at - decision.at) + ": " +
                                            (offer ? decision.to_bot ? "offer of the bot" : "offer"
                                                   : std::string(ReasonText(decision.reason)))));
    }
  }

  // ---- the rest ----

  void Timers() {
    Title("Timers");
    if (e_.timers.empty()) Line(In(Style::kFaint, "  none: nothing changes by time alone"));
    for (const engine::ExplainTimer& timer : e_.timers) {
      std::string what = e_.program->rules()[timer.rule].name;
      what += timer.fires ? " fires" : " is looked at again";
      std::string clauses;
      for (const std::string& clause : timer.clauses) {
        clauses += (clauses.empty() ? ": " : ", ") + clause;
      }
      Wrapped("  " + Local(timer.at, "%H:%M:%S") + PadRight("  in " + Spoken(timer.at - e_.at), 18),
              28, what + clauses, Style::kPlain);
    }
  }

  void LetGo() {
    if (e_.let_go_text.empty()) return;
    Title("Let go by the bounds of the language");
    for (const std::string& text : e_.let_go_text) Wrapped("  ", 2, text, Style::kAgents);
  }

  void Notes() {
    if (e_.notes.empty()) return;
    Title("Notes");
    for (const std::string& note : e_.notes) Wrapped("  ", 2, note, Style::kPlain);
  }

  const Explanation& e_;
  const ExplainText& how_;
  std::string out_;
};

}  // namespace

std::string ExplanationText(const Explanation& explanation, const ExplainText& how) {
  std::string text = Page(explanation, how).Write();
  return how.terminal.unicode ? text : Plain(std::move(text));
}

}  // namespace vinkki::cmd
