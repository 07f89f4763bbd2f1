// One test: its events through Step, then its expectations one by one, with what came instead.
#include <algorithm>
#include <cmath>

#include "base/batch.h"
#include "base/text.h"
#include "rules/check.h"
#include "rules/describe.h"
#include "rules/nearest.h"
#include "rules/program.h"
#include "rules/test_run.h"
#include "rules/words.h"

namespace vinkki::rules {
namespace {

constexpr Millis kAfterwards = 86'400'000;  // 25

Value ValueOf(const TestValue& v) {
  if (const bool* b = std::get_if<bool>(&v)) return Value::Of(*b);
  if (const double* n = std::get_if<double>(&v)) return Value::Of(*n);
  return Value::Of(std::string_view(std::get<std::string>(v)));
}

Batch BatchOf(const RuleTest& test) {
  BatchWriter writer;
  BatchHeader header;
  header.received = test.start;
  writer.Begin(test.site, test.visitor, header);
  for (const TestEvent& e : test.events) {
    writer.BeginEvent(e.after, e.name, e.via_server);
    for (const auto& [key, value] : e.props) writer.Prop(key, ValueOf(value));
    for (const TestProps& item : e.items) {
      writer.BeginItem();
      for (const auto& [key, value] : item) writer.Prop(key, ValueOf(value));
    }
    writer.EndEvent();
  }
  return writer.Finish();
}

class Run {
 public:
  Run(const Program& program, const RuleTest& test)
      : program_(program), test_(test), batch_(BatchOf(test)) {
    has_capacity_ = [this](uint32_t rule) { return HasCapacity(rule); };
    context_.replay = true;
    context_.bot = test.bot;
    context_.ignore_holdout = !test.holdout;
    if (test.potential) context_.potential = *test.potential;
    if (!test.capacity.empty()) context_.has_capacity = &has_capacity_;
    const Millis last = test.events.empty() ? 0 : test.events.back().after;
    Play(test.start + last + kAfterwards, &effects_);
  }

  std::vector<std::string> Failures() {
    std::vector<std::string> out = UnknownQueues();
    for (const Expectation& e : test_.expect) {
      std::string failure = e.kind == Expectation::Kind::kFires    ? Fires(e)
                            : e.kind == Expectation::Kind::kSilent ? Silent(e)
                                                                   : Nothing(e);
      if (!failure.empty()) out.push_back(std::move(failure));
    }
    return out;
  }

 private:
  // Nobody would see that a slip of the hand takes no queue's people away.
  std::vector<std::string> UnknownQueues() const {
    std::vector<std::string_view> queues;
    for (const RuleInfo& rule : program_.rules()) queues.push_back(rule.offer.queue);
    std::vector<std::string> out;
    for (const auto& [queue, people] : test_.capacity) {
      if (std::find(queues.begin(), queues.end(), queue) != queues.end()) continue;
      const std::string near = DidYouMean(queue, queues);
      if (queue.empty() || near.empty()) continue;  // a queue of other rules
      out.push_back("capacity: no rule has the queue '" + queue + "'" + near + "\n");
    }
    return out;
  }

  bool HasCapacity(uint32_t rule) const {
    auto at = test_.capacity.find(program_.rules()[rule].offer.queue);
    if (at == test_.capacity.end()) at = test_.capacity.find("");
    return at == test_.capacity.end() || at->second > 0;
  }

  // Everything up to `to`, from the beginning.
  StatePtr Play(Millis to, Effects* effects) {
    StatePtr state = NewState(program_, test_.site, test_.visitor);
    BatchReader reader(batch_.bytes());
    EventView event;
    while (reader.Next(&event) && event.at <= to) {
      Apply(program_, context_, event, state.get(), effects);
    }
    Advance(program_, context_, to, state.get(), effects);
    return state;
  }

  // The last event of this time, so that event.* has the value that it had.
  bool LastAt(Millis at, EventView* out) const {
    BatchReader reader(batch_.bytes());
    bool found = false;
    for (EventView event; reader.Next(&event) && event.at <= at;) {
      if (event.at != at) continue;
      *out = event;
      found = true;
    }
    return found;
  }

  std::vector<Decision> Of(uint32_t rule) const {
    std::vector<Decision> out;
    for (const Decision& d : effects_.decisions) {
      if (d.rule == rule) out.push_back(d);
    }
    return out;
  }

  const std::string& NameOf(uint32_t rule) const { return program_.rules()[rule].name; }
  bool Find(const std::string& name, uint32_t* out) const {
    for (uint32_t i = 0; i < program_.rules().size(); ++i) {
      if (NameOf(i) != name) continue;
      *out = i;
      return true;
    }
    return false;
  }
  std::string Unknown(const std::string& name) const {
    std::vector<std::string_view> names;
    for (const RuleInfo& r : program_.rules()) names.push_back(r.name);
    return "there is no rule '" + name + "'" + DidYouMean(name, names) + "\n";
  }
  std::string After(Millis at) const { return FormatDuration(at - test_.start); }

  std::string Text(const Decision& d, bool with_rule) const {
    const std::string who = with_rule ? NameOf(d.rule) + " " : "";
    if (d.reason != Reason::kNone) {
      return who + "silenced at " + After(d.at) + " (" + std::string(ReasonName(d.reason)) + ")";
    }
    const std::string whom = ToBot(d) ? " to the bot" : says_whom_ ? " to a person" : "";
    return who + (with_rule ? "fires at " : "an offer at ") + After(d.at) + whom;
  }
  bool ToBot(const Decision& d) const { return program_.rules()[d.rule].OffersBot(d.to_bot); }

  // Of many, the five around `near`.
  static constexpr size_t kShown = 5;
  static std::string Texts(const std::vector<std::string>& all, size_t near) {
    if (all.empty()) return "no firing at all";
    const size_t last = all.size() - std::min(all.size(), kShown);
    const size_t from = std::min(near - std::min(near, kShown / 2), last);
    const size_t to = std::min(from + kShown, all.size());
    std::string out = from > 0 ? std::to_string(from) + " before, " : "";
    for (size_t i = from; i < to; ++i) out += (i == from ? "" : ", ") + all[i];
    if (to < all.size()) out += ", and " + std::to_string(all.size() - to) + " more";
    return out;
  }
  std::string Texts(const std::vector<Decision>& decisions, bool with_rule, Millis at) const {
    std::vector<std::string> all;
    size_t before = 0;
    for (const Decision& d : decisions) {
      all.push_back(Text(d, with_rule));
      before += d.at < at ? 1 : 0;
    }
    return Texts(all, before);
  }

  std::string Fires(const Expectation& e) {
    uint32_t rule = 0;
    if (!Find(e.rule, &rule)) return Unknown(e.rule);
    says_whom_ = e.to_bot.has_value();
    std::vector<Decision> offers;
    for (const Decision& d : Of(rule)) {
      const bool right = !e.to_bot || *e.to_bot == ToBot(d);
      if (d.reason == Reason::kNone && right) offers.push_back(d);
    }
    const auto at = [&](Millis t) {
      return std::any_of(offers.begin(), offers.end(),
                         [&](const Decision& d) { return d.at == test_.start + t; });
    };
    std::string more = !e.to_bot ? "" : *e.to_bot ? " to the bot" : " to a person";
    if (e.times) more += *e.times == 1 ? ", once" : ", " + std::to_string(*e.times) + " times";
    for (Millis t : e.at) {
      if (at(t)) continue;
      return Failure(e.rule + " fires at " + FormatDuration(t) + more, rule, test_.start + t);
    }
    const bool none = e.at.empty() && offers.empty();
    if (!none && (!e.times || offers.size() == *e.times)) return "";
    return Failure(e.rule + " fires" + more, rule, InterestingMoment(rule));
  }

  std::string Silent(const Expectation& e) {
    says_whom_ = false;
    uint32_t rule = 0;
    if (!Find(e.rule, &rule)) return Unknown(e.rule);
    const bool any = e.reason == Reason::kNone;
    std::vector<Millis> times = e.at;
    bool seen = false;
    for (const Decision& d : Of(rule)) {
      const bool then =
          e.at.empty() || std::find(e.at.begin(), e.at.end(), d.at - test_.start) != e.at.end();
      if (any && then && d.reason == Reason::kNone) {
        return Failure(e.rule + " is silent", rule, d.at);
      }
      if (!any && then && d.reason == e.reason) {
        seen = true;
        times.erase(std::remove(times.begin(), times.end(), d.at - test_.start), times.end());
      }
    }
    if (any || (seen && times.empty())) return "";
    const std::string when = times.empty() ? "" : " at " + FormatDuration(times.front());
    return Failure(e.rule + " is silenced" + when + " (" + std::string(ReasonName(e.reason)) + ")",
                   rule, times.empty() ? InterestingMoment(rule) : test_.start + times.front());
  }

  std::string Nothing(const Expectation& e) {
    const bool all = e.kind == Expectation::Kind::kNothing;
    std::vector<Decision> unwanted;
    for (const Decision& d : effects_.decisions) {
      const bool named =
          std::any_of(test_.expect.begin(), test_.expect.end(), [&](const Expectation& other) {
            return other.kind == Expectation::Kind::kFires && other.rule == NameOf(d.rule);
          });
      if (d.reason == Reason::kNone && (all || !named)) unwanted.push_back(d);
    }
    if (unwanted.empty()) return "";
    std::string out = std::string("expected: nothing ") + (all ? "" : "else ") +
                      "fires\ninstead:  " + Texts(unwanted, true, 0) + "\n";
    std::vector<uint32_t> shown;
    for (const Decision& d : unwanted) {
      const bool before = std::find(shown.begin(), shown.end(), d.rule) != shown.end();
      if (before || shown.size() == kShown) continue;
      shown.push_back(d.rule);
      out += Clauses(d.rule, d.at);
    }
    return out;
  }

  // Where to look when no time is given: its first firing, or else just after the last event.
  Millis InterestingMoment(uint32_t rule) const {
    const auto decisions = Of(rule);
    if (!decisions.empty()) return decisions.front().at;
    return test_.start + (test_.events.empty() ? 0 : test_.events.back().after);
  }

  std::string Failure(const std::string& expected, uint32_t rule, Millis at) {
    return "expected: " + expected + "\ninstead:  " + Texts(Of(rule), false, at) + "\n" +
           Clauses(rule, at) + EventHints();
  }

  // What a rule waits for may be called otherwise in the test.
  std::string EventHints() const {
    std::string out;
    for (const TestEvent& event : test_.events) {
      const std::string hint = HintForEvent(event.name);
      if (!hint.empty() && out.find(hint) == std::string::npos) out += hint + "\n";
    }
    return out;
  }

  std::string Clauses(uint32_t rule, Millis at) {
    Effects ignored;
    const StatePtr state = Play(at, &ignored);
    EventView event;
    Beside beside;
    beside.potential = context_.potential;
    if (LastAt(at, &event)) beside.event = &event;
    const StateView view = Describe(program_, *state, at, {}, beside);
    for (const RuleView& r : view.rules) {
      if (r.rule == rule) return ClauseLines(r, at);
    }
    const RuleInfo& info = program_.rules()[rule];
    return info.mode == Mode::kOff ? info.name + " is off\n"
                                   : info.name + " is not for site '" + test_.site + "'\n";
  }

  // A sequence is only true or false: how far it has come says what its test forgot.
  static std::string SequenceLines(const RuleView& rule) {
    std::string out;
    const bool any = std::any_of(rule.clauses.begin(), rule.clauses.end(), [](const auto& c) {
      return !c.holds && c.text.find("sequence(") != std::string::npos;
    });
    for (size_t i = 0; any && i < rule.missing.size(); ++i) {
      std::string line;
      for (const Missing& one : rule.missing[i].any_of) {
        line += (line.empty() ? "" : "  or  ") + one.text;
      }
      out += "  missing: " + line + "\n";
    }
    return out;
  }

  std::string AudienceLine(const RuleView& rule) const {
    const std::string& audience = program_.rules()[rule.rule].audience;
    if (audience.empty()) return "";
    std::string out =
        std::string(rule.in_audience ? "  yes  " : "  no   ") + "audience: " + audience;
    if (audience.find("potential") == std::string::npos) return out + "\n";
    out += test_.potential ? "  (potential is " + SpokenShare(*test_.potential) + ")"
                           : "  (potential is missing: visitor: { potential: 0.6 } gives one)";
    return out + "\n";
  }

  std::string ClauseLines(const RuleView& rule, Millis at) const {
    std::string out = NameOf(rule.rule) + " at " + After(at) + ":\n";
    size_t width = 0;
    for (const ClauseView& c : rule.clauses) {
      width = std::max(width, c.text.size() + static_cast<size_t>(2 * c.depth));
    }
    width = std::min<size_t>(width, 60);
    for (const ClauseView& c : rule.clauses) {
      std::string line = std::string(2 * c.depth, ' ') + c.text;
      if (line.size() < width) line.resize(width, ' ');
      out += (c.holds ? "  yes  " : "  no   ") + line + "  " + c.value +
             (c.other.empty() ? "" : " " + c.other) + "\n";
    }
    out += SequenceLines(rule) + AudienceLine(rule);
    if (rule.risen_at != kNever) out += "  true since " + After(rule.risen_at);
    if (rule.fires_at != kNever) out += ", would fire at " + After(rule.fires_at);
    return rule.risen_at != kNever ? out + "\n" : out;
  }

  const Program& program_;
  const RuleTest& test_;
  const Batch batch_;
  std::function<bool(uint32_t)> has_capacity_;
  Context context_;
  Effects effects_;
  bool says_whom_ = false;  // the expectation that is looked at asks for the bot or a person
};

}  // namespace

std::vector<std::string> RunTest(const Program& program, const RuleTest& test) {
  return Run(program, test).Failures();
}

}  // namespace vinkki::rules
