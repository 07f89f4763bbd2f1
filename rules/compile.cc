#include <algorithm>
#include <cassert>

#include "base/hash.h"
#include "rules/compiler.h"
#include "rules/decide.h"
#include "rules/print.h"
#include "rules/program.h"

namespace vinkki::rules {
namespace {

// A rule is for the sites of its file; for all where it names none.
bool IsFor(const File& file, const std::string& site) {
  return file.sites.empty() ||
         std::find(file.sites.begin(), file.sites.end(), site) != file.sites.end();
}

RuleInfo InfoOf(const Rule& rule, const File& file) {
  RuleInfo info;
  info.name = rule.name;
  info.version = "sha256:" + Sha256Hex(Canonical(rule, file));
  info.file = file.path;
  info.when = rule.when_source;
  info.description = rule.description;
  info.audience = rule.audience_source;
  info.priority = rule.priority;
  info.mode = rule.mode;
  info.holdout = rule.holdout;
  info.offer = rule.offer;
  return info;
}

}  // namespace

void Compiler::AddHours(const Rule& rule, RuleCode* code) {
  if (!rule.hours) return;
  code->has_hours = true;
  code->days = rule.hours->days;
  code->from = rule.hours->from;
  code->to = rule.hours->to;
  auto zone = Zone::Find(rule.hours->zone);
  assert(zone.ok());
  code->zone = Once("zone " + rule.hours->zone, &code_->zones, zone.ok() ? *zone : Zone());
}

void Compiler::AddRule(const Rule& rule) {
  RuleCode code;
  RuleWhen when;
  code.name = rule.name;
  code.mode = rule.mode;
  code.hold = when.hold = rule.hold;
  code.file = static_cast<uint32_t>(code_->files.size() - 1);
  code.otherwise_bot = rule.otherwise_bot;
  code.priority = rule.priority;
  code.holdout = rule.holdout;
  code.fresh = rule.fresh;
  code.expires = rule.offer.expires;
  code.limits = rule.limits;
  code.offer_hash = Hash64("rule " + rule.name);
  if (rule.mode != Mode::kOff) {
    code.when = BranchOf(*rule.when, kYes, kNo);
    code.run_hash = Hash64(rule.name + "\n" + Canonical(*rule.when, *file_));
    AddConjuncts(rule, &when);
    if (rule.audience) code.audience = BranchOf(*rule.audience, kYes, kNo);
    AddClauses(*rule.when, 0, &code.clauses);
    AddHours(rule, &code);
    code.reasons = OwnReasons(code, code_->files.back());
  }
  code_->rules.push_back(std::move(code));
  code_->whens.push_back(when);
}

void Compiler::AddFile(const File& file) {
  file_ = &file;
  code_->files.push_back({file.limits, file.sites, Hash64("file " + file.path)});
  for (const Rule& rule : file.rules) AddRule(rule);
}

void Compiler::AddSites(const RuleSet& set) {
  code_->sites.resize(1);
  for (const File& file : set.files) {
    for (const std::string& site : file.sites) {
      const auto same = [&](const SiteRules& one) { return one.site == site; };
      if (std::none_of(code_->sites.begin() + 1, code_->sites.end(), same)) {
        code_->sites.push_back({site, {}});
      }
    }
  }
  for (size_t i = 0; i < code_->sites.size(); ++i) {
    SiteRules& one = code_->sites[i];
    one.mask.assign((code_->rules.size() + 63) / 64, 0);
    for (uint32_t r = 0; r < code_->rules.size(); ++r) {
      const RuleCode& rule = code_->rules[r];
      const File& file = set.files[rule.file];
      const bool applies = i == 0 ? file.sites.empty() : IsFor(file, one.site);
      if (rule.mode != Mode::kOff && applies) one.mask[r / 64] |= uint64_t{1} << (r % 64);
    }
  }
}

std::unique_ptr<Code> Compiler::Run(const RuleSet& set) {
  code_ = std::make_unique<Code>();
  set_ = &set;
  for (const File& file : set.files) AddFile(file);
  AddSites(set);
  BuildLadders();
  BuildPlans();
  BuildIndex();
  HashLayout();
  return std::move(code_);
}

Program::Program(std::unique_ptr<const Code> code) : code_(std::move(code)) {}
Program::~Program() = default;

std::shared_ptr<const Program> Compile(const RuleSet& set) {
  auto program = std::make_shared<Program>(Compiler().Run(set));
  std::string all;
  for (const File& file : set.files) {
    for (const Rule& rule : file.rules) {
      program->rules_.push_back(InfoOf(rule, file));
      all += program->rules_.back().version + "\n";
    }
  }
  program->version_ = "sha256:" + Sha256Hex(all);
  return program;
}

}  // namespace vinkki::rules
