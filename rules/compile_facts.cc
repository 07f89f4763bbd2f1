#include <algorithm>

#include "base/hash.h"
#include "rules/compiler.h"
#include "rules/print.h"

namespace vinkki::rules {
namespace {

using WindowKind = Window::Kind;

std::string_view WindowName(WindowKind kind) {
  switch (kind) {
    case WindowKind::kDuration: return "sliding";
    case WindowKind::kPage: return "page";
    case WindowKind::kSession: return "session";
    case WindowKind::kVisitor: return "visitor";
  }
  return "";
}

std::string_view StorageName(Storage storage) {
  static constexpr std::string_view kNames[] = {
      "last_time", "times",  "counter", "amounts", "total", "numbers",  "least",    "greatest",
      "recent",    "hashes", "values",  "first",   "last",  "property", "sequence", "ladder"};
  return kNames[static_cast<size_t>(storage)];
}

Storage StorageOf(Function function, WindowKind window) {
  const bool sliding = window == WindowKind::kDuration;
  switch (function) {
    case Function::kCount: return sliding ? Storage::kTimes : Storage::kCounter;
    case Function::kSum:
    case Function::kAvg: return sliding ? Storage::kAmounts : Storage::kTotal;
    case Function::kMin: return sliding ? Storage::kNumbers : Storage::kLeast;
    case Function::kMax: return sliding ? Storage::kNumbers : Storage::kGreatest;
    case Function::kDistinct: return Storage::kRecent;
    case Function::kRepeats: return Storage::kHashes;
    case Function::kFirst: return sliding ? Storage::kValues : Storage::kFirst;
    case Function::kLast: return Storage::kLast;
    case Function::kSince: return Storage::kLastTime;
  }
  return Storage::kCounter;
}

std::string Digits(uint64_t n) { return std::to_string(n); }

// The steps as they are matched: repeated ones written out.
std::vector<SequenceStep> StepsOf(const Sequence& sequence) {
  std::vector<SequenceStep> steps;
  bool guarded = false;
  for (const Step& step : sequence.steps) {
    if (step.negated) {
      guarded = true;
      continue;
    }
    for (uint32_t i = 0; i < step.times; ++i) {
      steps.push_back({step.next, guarded && i == 0});
      guarded = false;
    }
  }
  return steps;
}

}  // namespace

void Compiler::TakeApart(Stream* stream) const {
  if (stream->where >= kNo) return;
  const Branch& branch = code_->branches[stream->where];
  const Atom& atom = code_->atoms[branch.atom];
  if (branch.yes != kYes || branch.no != kNo || atom.kind != AtomKind::kCompare) return;
  const bool turned = code_->nodes[atom.b].op == Op::kWhereProp;
  const Node& a = code_->nodes[turned ? atom.b : atom.a];
  const Node& b = code_->nodes[turned ? atom.a : atom.b];
  if (a.op != Op::kWhereProp || b.op != Op::kNumber) return;
  stream->property = a.a;
  stream->compare = turned ? Turned(atom.compare) : atom.compare;
  stream->number = b.number;
}

uint32_t Compiler::StreamOf(const Events& events) {
  const std::string key = "stream " + Canonical(events, *file_);
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  Stream stream;
  if (events.where) stream.where = BranchOf(*events.where, kYes, kNo);
  TakeApart(&stream);
  const auto index = static_cast<uint32_t>(code_->streams.size());
  code_->streams.push_back(std::move(stream));
  stream_names_.push_back({events.any, events.names});
  known_.emplace(key, index);
  return index;
}

// The source with this definition; it grows to what its readers need.
uint32_t Compiler::SourceOf(SourceCode source, const Events& events) {
  source.definition = std::string(StorageName(source.storage)) + " " +
                      std::string(WindowName(source.window)) + " " + Canonical(events, *file_);
  if (source.property != kNone) {
    source.definition += " ." + code_->properties.Name(source.property);
  }
  source.hash = Hash64(source.definition);
  const size_t before = code_->sources.size();
  const uint32_t keep = source.keep;
  const bool bounded = source.bounded;
  const uint32_t sees = source.sees;
  const Millis longest = source.longest;
  const std::string key = "source " + source.definition;
  const uint32_t index = Once(key, &code_->sources, std::move(source));
  SourceCode& shared = code_->sources[index];
  shared.keep = std::max(shared.keep, keep);
  shared.bounded = shared.bounded || bounded;
  shared.sees = std::max(shared.sees, sees);
  shared.longest = std::max(shared.longest, longest);
  if (code_->sources.size() > before) {
    const uint32_t stream = StreamOf(events);
    code_->streams[stream].sources.push_back(index);
  }
  return index;
}

// `bound`: the events that the function sees; `keep`: the entries that its reader needs.
uint32_t Compiler::CallOf(const Expr& expr, uint32_t bound, uint32_t keep) {
  const Call& call = *expr.call;
  const bool since = call.function == Function::kSince;
  SourceCode source;
  source.window = since ? WindowKind::kVisitor : call.window.kind;
  // Only a sliding window shows more of them to whoever asks for more (rules.md 10).
  if (OfValues(call.function) && source.window != WindowKind::kDuration) {
    bound = std::min(bound, kBound);
    keep = std::min(keep, kBound);
  }
  source.storage = StorageOf(call.function, source.window);
  if (!call.property.empty()) source.property = code_->properties.Add(call.property);
  source.keep = keep;
  source.bounded = keep >= bound;
  if (source.bounded || source.storage == Storage::kRecent) source.sees = bound;
  if (source.window == WindowKind::kDuration) source.longest = call.window.length;
  CallFact fact;
  fact.function = call.function;
  fact.window = call.window;
  if (since) fact.window = {WindowKind::kVisitor, 0};
  fact.bound = bound;
  fact.text = Source(expr);
  fact.storage = source.storage;
  fact.source = SourceOf(std::move(source), call.events);
  const std::string key = "call " + Digits(static_cast<uint64_t>(fact.function)) + " " +
                          Digits(fact.source) + " " + std::string(WindowName(fact.window.kind)) +
                          " " + std::to_string(fact.window.length) + " " + Digits(bound);
  const uint32_t index = Once(key, &code_->calls, std::move(fact));
  frequent_calls_.resize(code_->calls.size());
  frequent_calls_[index] = IsFrequent(call.events);
  return index;
}

uint32_t Compiler::VisitorProperty(const std::string& name) {
  const uint32_t property = code_->properties.Add(name);
  SourceCode source;
  source.storage = Storage::kProperty;
  source.property = property;
  source.keep = 1;
  source.definition = "property visitor ." + name;
  source.hash = Hash64(source.definition);
  const size_t before = code_->sources.size();
  const std::string key = "source " + source.definition;
  const uint32_t index = Once(key, &code_->sources, std::move(source));
  if (code_->sources.size() > before) code_->visitor_properties.emplace_back(property, index);
  return index;
}

void Compiler::AddRoles(const Sequence& sequence, uint32_t index) {
  roles_.resize(code_->sequences.size());
  uint32_t at = 0;  // the step that comes next
  for (const Step& step : sequence.steps) {
    const uint32_t stream = StreamOf(step.events);
    if (step.negated) {
      const Role::Kind kind = step.absence ? Role::Kind::kAbsence : Role::Kind::kGuard;
      roles_[index].push_back({stream, {kind, at}});
      continue;
    }
    for (uint32_t i = 0; i < step.times; ++i) {
      roles_[index].push_back({stream, {Role::Kind::kStep, at++}});
    }
  }
}

// What follows the events does not depend on the length of a `within` that is a duration, nor on
// that of an absence at the end.
uint32_t Compiler::SequenceOf(const Sequence& sequence) {
  SequenceCode code;
  std::string definition = "sequence " + std::string(WindowName(sequence.within.kind));
  for (const Step& step : sequence.steps) {
    definition += step.negated ? ", not " : step.next ? ", next " : ", ";
    definition += Canonical(step.events, *file_);
    if (step.times > 1) definition += " " + Digits(step.times) + "x";
    if (step.absence) definition += " at the end";
  }
  if (!sequence.same.empty()) {
    definition += ", same " + sequence.same;
    code.same = code_->properties.Add(sequence.same);
  }
  code.steps = StepsOf(sequence);
  code.stamped = std::any_of(code.steps.begin(), code.steps.end(),
                             [](const SequenceStep& step) { return step.next; });
  const size_t before = code_->sequences.size();
  const uint32_t index = Once("sequence " + definition, &code_->sequences, std::move(code));
  if (code_->sequences.size() == before) return index;
  SourceCode source;
  source.storage = Storage::kSequence;
  source.window = sequence.within.kind;
  source.sequence = index;
  source.definition = definition;
  source.hash = Hash64(definition);
  code_->sequences[index].source = static_cast<uint32_t>(code_->sources.size());
  code_->sources.push_back(std::move(source));
  AddRoles(sequence, index);
  return index;
}

// Index of an absence's length among those of its sequence.
uint32_t Compiler::AbsenceOf(Millis length, uint32_t sequence) {
  SequenceCode& code = code_->sequences[sequence];
  const auto at = std::find(code.absences.begin(), code.absences.end(), length);
  const auto index = static_cast<uint32_t>(at - code.absences.begin());
  if (at == code.absences.end()) code.absences.push_back(length);
  code.longest_absence = std::max(code.longest_absence, length);
  return index;
}

uint32_t Compiler::SequenceFactOf(const Expr& expr) {
  SequenceFact fact;
  fact.within = expr.sequence->within;
  if (!expr.sequence->has_within) fact.within = {WindowKind::kSession, 0};
  fact.text = Source(expr);
  fact.sequence = SequenceOf(*expr.sequence);
  const Step& last = expr.sequence->steps.back();
  if (last.absence) fact.absence = AbsenceOf(*last.absence, fact.sequence);
  const std::string key = "sequence fact " + Digits(fact.sequence) + " " + Digits(fact.absence) +
                          " " + std::to_string(fact.within.length);
  return Once(key, &code_->sequence_facts, std::move(fact));
}

}  // namespace vinkki::rules
