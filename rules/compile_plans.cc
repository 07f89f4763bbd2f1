#include <algorithm>

#include "base/hash.h"
#include "rules/compiler.h"
#include "rules/facts.h"

namespace vinkki::rules {
namespace {

// Of one `where`, looked at for texts: a limit, since a branch may be reached by many ways.
constexpr int kMostBranches = 256;

struct BuiltInRow {
  std::string_view name;
  BuiltIn what;
};
constexpr BuiltInRow kBuiltIns[] = {
    {"page_view", BuiltIn::kPageView},
    {"identify", BuiltIn::kIdentify},
    {"consent", BuiltIn::kConsent},
    {"add_to_cart", BuiltIn::kAddToCart},
    {"remove_from_cart", BuiltIn::kRemoveFromCart},
    {"view_cart", BuiltIn::kViewCart},
    {"begin_checkout", BuiltIn::kBeginCheckout},
    {"purchase", BuiltIn::kPurchase},
    {"offer_shown", BuiltIn::kOfferShown},
    {"offer_accepted", BuiltIn::kOfferAccepted},
    {"offer_declined", BuiltIn::kOfferDeclined},
    {"offer_dismissed", BuiltIn::kOfferOther},
    {"offer_ignored", BuiltIn::kOfferOther},
    {"offer_expired", BuiltIn::kOfferOther},
    {"offer_opened", BuiltIn::kOfferOther},
    {"offer_failed", BuiltIn::kOfferOther},
    {"conversation_started", BuiltIn::kConversationStarted},
    {"conversation_ended", BuiltIn::kConversationEnded},
};

}  // namespace

// Of each stream: what its events are to sequences, and which texts they need.
void Compiler::BuildUses() {
  uses_.resize(code_->streams.size());
  for (uint32_t i = 0; i < roles_.size(); ++i) {
    for (const auto& [stream, role] : roles_[i]) uses_[stream].emplace_back(i, role);
  }
  for (const Stream& stream : code_->streams) {
    int budget = kMostBranches;
    needed_.push_back(TextsOf(stream.where, &budget));
  }
}

StreamUse Compiler::UseOf(uint32_t stream, EventPlan* plan) const {
  const auto end_of = [](const auto& array) { return static_cast<uint32_t>(array.size()); };
  StreamUse use;
  use.stream = stream;
  use.test = code_->streams[stream].where != kYes;
  use.sequences_begin = use.sequences_end = end_of(plan->sequences);
  for (const auto& [sequence, role] : uses_[stream]) {
    if (use.sequences_begin == use.sequences_end || plan->sequences.back().sequence != sequence) {
      const uint32_t roles = end_of(plan->roles);
      const uint32_t source = code_->sequences[sequence].source;
      plan->sequences.push_back({sequence, source, false, false, roles, roles});
      ++use.sequences_end;
    }
    plan->roles.push_back(role);
    SequenceUse& one = plan->sequences.back();
    one.roles_end = end_of(plan->roles);
    one.begins = one.begins || (role.kind == Role::Kind::kStep && role.step == 0);
    one.absence = one.absence || role.kind == Role::Kind::kAbsence;
  }
  for (uint32_t i = use.sequences_begin; i < use.sequences_end; ++i) {
    const SequenceUse& one = plan->sequences[i];
    std::sort(plan->roles.begin() + one.roles_begin, plan->roles.begin() + one.roles_end);
  }
  return use;
}

// One plan for each event that somebody names, with the streams that it is in.
void Compiler::BuildPlan(EventPlan plan) {
  plan.background = IsBackground(plan.name);
  plan.sign_of_life = IsSignOfLife(plan.name);
  for (const BuiltInRow& row : kBuiltIns) {
    if (row.name == plan.name) plan.built_in = row.what;
  }
  for (uint32_t i = 0; i < code_->streams.size(); ++i) {
    const StreamNames& names = stream_names_[i];
    const bool in =
        names.any || (!plan.name.empty() && std::find(names.names.begin(), names.names.end(),
                                                      plan.name) != names.names.end());
    if (!in) continue;
    AddToPlan(UseOf(i, &plan), &plan);
  }
  code_->plans.push_back(std::move(plan));
}

void Compiler::BuildPlans() {
  BuildUses();
  for (const BuiltInRow& row : kBuiltIns) code_->event_names.Add(row.name);
  for (const std::string_view name : {"active", "vitals", "hidden", "visible", "page_leave"}) {
    code_->event_names.Add(name);
  }
  for (const StreamNames& names : stream_names_) {
    for (const std::string& name : names.names) code_->event_names.Add(name);
  }
  for (const Edge& edge : edges_) {
    const bool event =
        edge.kind == Edge::Kind::kEventName || edge.kind == Edge::Kind::kEventProperty;
    for (const std::string& name : edge.texts) {
      if (event) code_->event_names.Add(name);
    }
  }
  BuildPlan({});
  for (uint32_t i = 0; i < code_->event_names.size(); ++i) {
    EventPlan plan;
    plan.name = code_->event_names.Name(i);
    BuildPlan(std::move(plan));
  }
}

void Compiler::HashLayout() {
  std::vector<std::string> parts;  // in no order: it says nothing about a state
  for (const SourceCode& source : code_->sources) {
    parts.push_back("source " + source.definition + " " + std::to_string(source.keep) + " " +
                    std::to_string(source.longest));
  }
  for (const RuleCode& rule : code_->rules) {
    if (rule.mode == Mode::kOff) continue;
    std::string part = "rule " + std::to_string(rule.run_hash) + " " + std::to_string(rule.hold);
    for (const std::string& site : code_->files[rule.file].sites) part += " " + site;
    parts.push_back(std::move(part));
  }
  std::sort(parts.begin(), parts.end());
  std::string all;
  for (const std::string& part : parts) all += part + "\n";
  code_->layout = Hash64(all);
}

}  // namespace vinkki::rules
