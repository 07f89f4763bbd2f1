#include <algorithm>
#include <set>

#include "base/hash.h"
#include "rules/compiler.h"
#include "rules/facts.h"

namespace vinkki::rules {
namespace {

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

// Events that are no sign of life, beside those from servers (rules.md, Facts, idle).
bool IsLife(std::string_view name) {
  static constexpr std::string_view kNot[] = {"hidden",      "page_leave",    "vitals",
                                              "offer_shown", "offer_expired", "offer_ignored"};
  return std::find(std::begin(kNot), std::end(kNot), name) == std::end(kNot) &&
         !name.starts_with("conversation_");
}

Group GroupOf(Fact fact) {
  switch (fact) {
    case Fact::kPageUrl:
    case Fact::kPagePath:
    case Fact::kPageType:
    case Fact::kPageTitle: return Group::kPage;
    case Fact::kVisits: return Group::kVisits;
    case Fact::kPurchases: return Group::kPurchases;
    case Fact::kIdentity: return Group::kIdentity;
    case Fact::kConsent: return Group::kConsent;
    case Fact::kCartValue:
    case Fact::kCartItems:
    case Fact::kCartAge: return Group::kCart;
    case Fact::kPotential: return Group::kPotential;
    case Fact::kIdle: return Group::kIdle;
    case Fact::kDwell: return Group::kDwell;
    default: return Group::kSession;
  }
}

// Walks what a condition refers to, each part once.
class Walk {
 public:
  explicit Walk(const Code& code) : code_(code) {}

  void Condition(uint32_t first) {
    if (first >= kNo || !branches_.insert(first).second) return;
    const Branch& branch = code_.branches[first];
    Visit(code_.atoms[branch.atom]);
    Condition(branch.yes);
    Condition(branch.no);
  }

  Inputs Take() {
    return {{sources_.begin(), sources_.end()}, {groups_.begin(), groups_.end()}};
  }

 private:
  void Visit(const Atom& atom) {
    switch (atom.kind) {
      case AtomKind::kAtLeast: Call(atom.a); return;
      case AtomKind::kSequence: {
        const SequenceFact& fact = code_.sequence_facts[atom.a];
        Watch(code_.sequences[fact.sequence].source, fact.within.kind);
        return;
      }
      case AtomKind::kIn:
        for (uint32_t i = 0; i < atom.k; ++i) Value(code_.lists[atom.b + i]);
        break;
      case AtomKind::kCompare:
      case AtomKind::kContains:
      case AtomKind::kStartsWith: Value(atom.b); break;
      default: break;
    }
    Value(atom.a);
  }

  void Value(uint32_t index) {
    if (!nodes_.insert(index).second) return;
    const Node& node = code_.nodes[index];
    switch (node.op) {
      case Op::kFact: groups_.insert(GroupOf(static_cast<Fact>(node.a))); return;
      case Op::kVisitorProperty: sources_.insert(node.a); return;
      case Op::kEventName:
      case Op::kEventProp: groups_.insert(Group::kEvent); return;
      case Op::kCall: Call(node.a); return;
      case Op::kTest: Condition(node.a); return;
      case Op::kNegate: Value(node.a); return;
      case Op::kAdd:
      case Op::kSubtract:
      case Op::kMultiply:
      case Op::kDivide:
        Value(node.a);
        Value(node.b);
        return;
      default: return;
    }
  }

  void Call(uint32_t index) { Watch(code_.calls[index].source, code_.calls[index].window.kind); }

  void Watch(uint32_t source, Window::Kind window) {
    sources_.insert(source);
    if (window == Window::Kind::kPage) groups_.insert(Group::kPageWindow);
  }

  const Code& code_;
  std::set<uint32_t> branches_, nodes_, sources_;
  std::set<Group> groups_;
};

}  // namespace

Inputs InputsOf(const Code& code, uint32_t first_branch) {
  Walk walk(code);
  walk.Condition(first_branch);
  return walk.Take();
}

// One plan for each event that somebody names, with the streams that it is in.
void Compiler::BuildPlan(EventPlan plan) {
  plan.background = IsBackground(plan.name);
  plan.sign_of_life = IsLife(plan.name);
  for (const BuiltInRow& row : kBuiltIns) {
    if (row.name == plan.name) plan.built_in = row.what;
  }
  std::vector<uint32_t> local(code_->streams.size(), kNone);
  for (uint32_t i = 0; i < code_->streams.size(); ++i) {
    const StreamNames& names = stream_names_[i];
    const bool in = names.any || (!plan.name.empty() &&
                                  std::find(names.names.begin(), names.names.end(), plan.name) !=
                                      names.names.end());
    if (!in) continue;
    local[i] = static_cast<uint32_t>(plan.streams.size());
    plan.streams.push_back(i);
  }
  for (uint32_t i = 0; i < roles_.size(); ++i) {
    SequenceUse use;
    use.sequence = i;
    for (const auto& [stream, role] : roles_[i]) {
      if (local[stream] != kNone) use.roles.emplace_back(local[stream], role);
    }
    if (!use.roles.empty()) plan.sequences.push_back(std::move(use));
  }
  code_->plans.push_back(std::move(plan));
}

void Compiler::BuildPlans() {
  roles_.resize(code_->sequences.size());
  for (const BuiltInRow& row : kBuiltIns) code_->event_names.Add(row.name);
  for (const std::string_view name : {"active", "vitals", "hidden", "visible", "page_leave"}) {
    code_->event_names.Add(name);
  }
  for (const StreamNames& names : stream_names_) {
    for (const std::string& name : names.names) code_->event_names.Add(name);
  }
  BuildPlan({});
  for (uint32_t i = 0; i < code_->event_names.size(); ++i) {
    EventPlan plan;
    plan.name = code_->event_names.Name(i);
    BuildPlan(std::move(plan));
  }
}

void Compiler::BuildIndex() {
  code_->rules_of_source.resize(code_->sources.size());
  code_->rules_of_group.resize(static_cast<size_t>(Group::kCount));
  for (uint32_t i = 0; i < code_->rules.size(); ++i) {
    const Inputs inputs = InputsOf(*code_, code_->rules[i].when);
    for (const uint32_t source : inputs.sources) code_->rules_of_source[source].push_back(i);
    for (const Group group : inputs.groups) {
      code_->rules_of_group[static_cast<size_t>(group)].push_back(i);
      if (group == Group::kEvent) code_->rules[i].uses_event = true;
    }
  }
}

void Compiler::HashLayout() {
  std::string all;
  for (const SourceCode& source : code_->sources) {
    all += source.definition + " " + std::to_string(source.keep) + "\n";
  }
  for (const RuleCode& rule : code_->rules) all += std::to_string(rule.run_hash) + "\n";
  code_->layout = Hash64(all);
}

}  // namespace vinkki::rules
