#include <string>

#include "base/text.h"
#include "rules/check.h"
#include "rules/facts.h"

namespace vinkki::rules {
namespace {

constexpr uint32_t kMostSteps = 1'024;  // a 3x is three

void CheckFirst(const Step& step, Report* report) {
  if (step.next) {
    report->Error(step.events.place, 4,
                  "the first step of a sequence has nothing before it, so "
                  "no `next`");
  }
  if (step.negated) {
    report->Error(step.events.place, 3, "a sequence cannot begin with `not`");
  }
}

void CheckNext(const Step& step, Report* report) {
  if (!step.next) return;
  for (const std::string& name : step.events.names) {
    if (!IsBackground(name)) continue;
    report->Error(
        step.events.place, 4,
        "`next` passes over background events such as '" + name + "' and cannot ask for one");
  }
}

void CheckAbsence(const Sequence& sequence, size_t index, Report* report) {
  const Step& step = sequence.steps[index];
  const bool last = index + 1 == sequence.steps.size();
  if (step.absence && !last) {
    report->Error(step.events.place, 3,
                  "an absence (not ... for ...) stands at the end only, and "
                  "there is one at most");
  }
  const Window& within = sequence.within;
  if (step.absence && last && sequence.has_within && within.kind == Window::Kind::kDuration &&
      within.length <= *step.absence) {
    report->Error(step.events.place, 3,
                  "`within` must be longer than the absence of " + FormatDuration(*step.absence));
  }
}

}  // namespace

void CheckSequence(const Sequence& sequence, Place place, Report* report) {
  const auto& steps = sequence.steps;
  if (steps.empty()) return;
  CheckFirst(steps.front(), report);
  uint32_t events = 0;
  size_t last_event = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].negated) {
      events += steps[i].times;
      last_event = i;
    }
    if (i > 0) CheckNext(steps[i], report);
    CheckAbsence(sequence, i, report);
  }
  for (size_t i = last_event + 1; i < steps.size(); ++i) {
    if (steps[i].absence || i == 0) continue;
    report->Error(steps[i].events.place, 3,
                  i + 1 == steps.size()
                      ? "`not` at the end of a sequence needs a time: not ... for 90s"
                      : "`not` stands between two steps that happen; after the last only an "
                        "absence (not ... for ...) may come");
  }
  if (events > kMostSteps) {
    report->Error(place, 8, "a sequence has at most 1,024 steps, repeated ones counted each time");
  }
}

}  // namespace vinkki::rules
