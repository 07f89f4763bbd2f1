#include "rules/describe.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "rules/facts.h"
#include "rules/moment.h"
#include "rules/rule_words.h"
#include "rules/words.h"

namespace vinkki::rules {
namespace {

// Times as everywhere: from 10 s on in whole seconds.
std::string Shown(const Operand& value) {
  switch (value.kind) {
    case Operand::Kind::kMissing: return "-";
    case Operand::Kind::kBool: return value.boolean ? "true" : "false";
    case Operand::Kind::kNumber: return SpokenNumber(value.number);
    case Operand::Kind::kDuration: {
      const auto ms = static_cast<Millis>(std::llround(std::abs(value.number)));
      return (value.number < 0 ? "-" : "") + FormatDuration(ms >= 10'000 ? ms - ms % 1'000 : ms);
    }
    case Operand::Kind::kText: return std::string(value.text);
  }
  return "-";
}

FactView ViewOf(std::string name, const Operand& value, const Moment& moment) {
  return {std::move(name), Shown(value), GrowthOf(value, moment)};
}

// "<= 0": the other side of a comparison of two values, as it is compiled; else empty.
std::string OtherSide(const Moment& at, const Clause& clause) {
  static constexpr std::string_view kSigns[] = {"==", "!=", "<", "<=", ">", ">="};
  const bool two = clause.value != kNone && !clause.shape.has_goal;
  if (!two || clause.test >= at.code.branches.size()) return "";
  const Branch& branch = at.code.branches[clause.test];
  const Atom& atom = at.code.atoms[branch.atom];
  if (atom.kind != AtomKind::kCompare) return "";
  const bool turned = branch.yes == kNo;  // != is an == whose ways are changed
  Moment moment = at;
  return std::string(turned ? "!=" : kSigns[static_cast<size_t>(atom.compare)]) + " " +
         Shown(Evaluate(&moment, atom.b));
}

ClauseView ViewOf(const ClauseReading& reading, const Clause& clause) {
  ClauseView view;
  view.text = reading.text;
  view.depth = clause.depth;
  view.growth = reading.growth;
  view.holds = reading.holds;
  view.changes_at = reading.changes_at;
  view.looked_at = reading.looked_at;
  const bool share = clause.shape.percent && reading.value.kind == Operand::Kind::kNumber;
  view.value = clause.value == kNone ? (view.holds ? "true" : "false")
               : share               ? SpokenShare(reading.value.number)
                                     : Shown(reading.value);
  return view;
}

RuleView ViewOf(const Moment& at, uint32_t rule, std::string_view currency) {
  const RuleCode& code = at.code.rules[rule];
  RuleView view;
  view.rule = rule;
  Moment moment = at;
  view.when = Test(&moment, code.when);
  const Run* run = at.state.FindRun(rule);
  if (view.when && run && run->holds) {
    view.risen_at = run->risen_at;
    view.fired = run->fired;
    if (!run->fired) view.fires_at = run->risen_at + code.hold;
  }
  const std::vector<ClauseReading> readings = ReadClauses(at, code);
  for (size_t i = 0; i < readings.size(); ++i) {
    view.clauses.push_back(ViewOf(readings[i], code.clauses[i]));
    view.clauses.back().other = OtherSide(at, code.clauses[i]);
  }
  if (!view.when) view.missing = MissingOf(code, readings, currency);
  if (code.audience != kNone) view.in_audience = Test(&moment, code.audience);
  return view;
}

std::vector<FactView> FactsAt(const Moment& at) {
  std::vector<FactView> facts;
  for (size_t i = 0; i < static_cast<size_t>(Fact::kCount); ++i) {
    Moment moment = at;
    const Operand value = ReadFact(&moment, static_cast<Fact>(i));
    facts.push_back(ViewOf(std::string(Facts()[i].name), value, moment));
  }
  for (const auto& [property, source] : at.code.visitor_properties) {
    std::string value = "-";
    if (at.state.blocks.has(SlotOf(source))) {
      value = Shown(ReadValueBlock(*at.state.blocks.Get<ValueBlock>(SlotOf(source))));
    }
    facts.push_back({std::string(kVisitorProperties) + at.code.properties.Name(property), value});
  }
  for (const CallFact& call : at.code.calls) {
    const auto same = [&](const FactView& fact) { return fact.name == call.text; };
    if (std::any_of(facts.begin(), facts.end(), same)) continue;
    Moment moment = at;
    const Operand value = ReadCall(&moment, call);
    facts.push_back(ViewOf(call.text, value, moment));
  }
  for (const SequenceFact& fact : at.code.sequence_facts) {
    Moment moment = at;
    facts.push_back({fact.text, ReadSequence(&moment, fact) ? "true" : "false"});
  }
  return facts;
}

}  // namespace

StateView Describe(const Program& program, const State& state, Millis at, std::string_view currency,
                   const Beside& beside) {
  EventProperties properties;
  if (beside.event) properties.Begin(program.code(), *beside.event);
  const Moment moment{program.code(),   state, beside.event ? &properties : nullptr, at,
                      beside.potential, kNever};
  StateView view;
  view.next_deadline = NextDeadline(state);
  view.facts = FactsAt(moment);
  const auto& mask = moment.code.sites[state.site_rules].mask;
  for (uint32_t rule = 0; rule < moment.code.rules.size(); ++rule) {
    if ((mask[rule / 64] >> (rule % 64) & 1) != 0)
      view.rules.push_back(ViewOf(moment, rule, currency));
  }
  return view;
}

std::vector<Pending> PendingOf(const State& state) {
  std::vector<Pending> all;
  for (const Run& run : state.runs) {
    if (run.over()) continue;
    Pending one{run.rule, run.holds, kNever, run.holds && run.fired, run.wake};
    if (run.holds) one.risen_at = run.risen_at;
    all.push_back(one);
  }
  return all;
}

std::string LetGoText(const Program& program, const LetGoListener::Entry& entry) {
  const Code& code = program.code();
  const uint32_t source = entry.slot - kTextSlots;
  const std::string times = std::to_string(entry.times);
  std::string text;
  uint32_t bound = 0;  // of the reader that sees most
  for (const CallFact& call : code.calls) {
    if (call.source != source || call.bound <= bound) continue;
    text = call.text;
    bound = call.bound;
  }
  for (const SequenceFact& fact : code.sequence_facts) {
    if (code.sequences[fact.sequence].source == source) text = fact.text;
  }
  const bool one = entry.times == 1;
  const std::string sees = text + " sees the latest " + std::to_string(bound) + " only: " + times;
  switch (entry.kind) {
    case LetGo::kEvents: return sees + (one ? " older one was let go" : " older ones were let go");
    case LetGo::kValues: return sees + (one ? " value was let go" : " values were let go");
    case LetGo::kSame:
      return text + " follows the 16 values seen last: " + times + " others were let go";
    default:
      return text + " keeps the 16 latest matches that wait: " + times + " others were let go";
  }
}

Snapshot TakeSnapshot(const State& state) {
  const auto text = [&](Text which) { return std::string(state.text(which)); };
  const Profile& profile = state.profile;
  Snapshot out;
  out.page_url = text(Text::kPageUrl);
  out.page_type = text(Text::kPageType);
  out.page_title = text(Text::kPageTitle);
  out.session_referrer = text(Text::kReferrer);
  out.session_campaign = text(Text::kCampaign);
  out.session_entry = text(Text::kEntry);
  out.device = text(Text::kDevice);
  out.language = text(Text::kLanguage);
  out.session_started = profile.session_at;
  out.session_pages = profile.pages;
  out.in_session = state.InSession(state.clock);
  out.visits = profile.visits;
  out.purchases = profile.purchases;
  out.identity = NameOf(profile.identity);
  out.consent = NameOf(profile.consent);
  out.cart_value = FromMillionths(profile.cart_value());
  out.cart_pieces = profile.cart_pieces;
  return out;
}

Why WhyFired(const Program& program, const State& state, uint32_t rule, Millis at,
             std::string_view currency) {
  const RuleCode& code = program.code().rules[rule];
  const Moment moment{program.code(), state, nullptr, at, std::numeric_limits<double>::quiet_NaN(),
                      kNever};
  return WhyOf(code, ReadClauses(moment, code), currency);
}

}  // namespace vinkki::rules
