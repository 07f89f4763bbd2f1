// Names, types, placement and bounds of a set that was read; all errors, then hints. Entry point:
// Check (load.h).
#include "rules/check.h"

#include <unordered_map>
#include <utility>

#include "rules/load.h"
#include "rules/zone.h"

namespace vinkki::rules {
namespace {

struct Seen {
  uint32_t file;
  Place place;
};
using Names = std::unordered_map<std::string, Seen>;

uint32_t NameLength(const Rule& rule) { return static_cast<uint32_t>(rule.name.size()); }

void CheckName(const RuleSet& set, uint32_t file, const Rule& rule, Names* names, Report* report) {
  if (rule.name.empty()) return;
  const auto [at, is_new] = names->emplace(rule.name, Seen{file, rule.place});
  if (is_new) return;
  const Seen& first = at->second;
  report->Error(rule.place, NameLength(rule),
                "another rule has this name, " + set.files[first.file].path + ":" +
                    std::to_string(first.place.line) + "; names are unique over all files");
}

void CheckZone(const Rule& rule, Report* report) {
  if (!rule.hours || rule.hours->zone_place.line == 0) return;
  const std::string& zone = rule.hours->zone;
  if (Zone::Find(zone).ok()) return;
  const std::string nearest = Zone::NearestName(zone);
  report->Error(rule.hours->zone_place, static_cast<uint32_t>(zone.size()),
                "there is no time zone '" + zone + "'" +
                    (nearest.empty() ? "; write a place, such as Europe/Helsinki"
                                     : "; did you mean '" + nearest + "'?"));
}

using LetUse = std::vector<bool>;  // of a file's lets: whether something uses it

LetUse CheckFile(RuleSet* set, uint32_t index, Names* names, Report* report) {
  File& file = set->files[index];
  ExprChecker checker(&file, &set->regexes, report);
  checker.CheckLets();
  for (Rule& rule : file.rules) {
    report->InRule(rule.name);
    CheckName(*set, index, rule, names, report);
    CheckZone(rule, report);
    if (rule.when) checker.CheckCondition(rule.when.get(), "when");
    if (rule.audience) checker.CheckCondition(rule.audience.get(), "audience");
  }
  report->InRule("");
  LetUse used;
  for (uint32_t i = 0; i < file.lets.size(); ++i) used.push_back(checker.IsUsed(i));
  return used;
}

// A copy that was cut off above its rules must not put them out of force.
void AskForRules(const File& file, Report* report) {
  if (!file.no_rules) return;
  report->Error(*file.no_rules, 1, "there are no rules in this file; for none write rules: []");
}

void HintsForUse(const File& file, const LetUse& used, Report* report) {
  for (size_t i = 0; i < file.lets.size(); ++i) {
    const Let& let = file.lets[i];
    if (used[i]) continue;
    report->Warning(let.place, static_cast<uint32_t>(let.name.size()),
                    "nothing uses the let '" + let.name + "'");
  }
}

}  // namespace

void Check(RuleSet* set, std::vector<Diagnostic>* diagnostics) {
  Names names;
  std::vector<Report> reports;
  std::vector<LetUse> used;
  reports.reserve(set->files.size());
  uint32_t errors = 0;
  for (const Diagnostic& d : *diagnostics) {
    errors += d.severity == Diagnostic::Severity::kError ? 1 : 0;
  }
  for (uint32_t i = 0; i < set->files.size(); ++i) {
    used.push_back(CheckFile(set, i, &names, &reports.emplace_back(diagnostics)));
    errors += reports.back().errors();
  }
  if (errors > 0) return;
  for (uint32_t i = 0; i < set->files.size(); ++i) {
    AskForRules(set->files[i], &reports[i]);
    errors += reports[i].errors();
  }
  if (errors > 0) return;
  for (uint32_t i = 0; i < set->files.size(); ++i) {
    HintsForUse(set->files[i], used[i], &reports[i]);
    HintsForLets(set->files[i], &reports[i]);
    HintsForWords(set->files[i], &reports[i]);
    HintsForNumbers(set->files[i], &reports[i]);
    for (const Rule& rule : set->files[i].rules) HintsForRule(rule, set->files[i], &reports[i]);
  }
  HintsForChoice(*set, &reports);
}

}  // namespace vinkki::rules
