// Which texts a property must have for a `where` to be true: item_category == "shoes", with
// whatever else by `and`; in ["shoes", "boots"]; the same by `or`. A plan finds such streams by the
// event's text (WhereIndex, code.h).
#include <algorithm>

#include "rules/compiler.h"

namespace vinkki::rules {

std::optional<Compiler::NeededTexts> Compiler::TextsOf(const Atom& atom) const {
  const auto node = [this](uint32_t index) -> const Node& { return code_->nodes[index]; };
  NeededTexts needed;
  const auto add = [&](const Node& text) {
    if (text.op == Op::kText) needed.texts.insert(code_->texts[text.a]);
    return text.op == Op::kText;
  };
  if (atom.kind == AtomKind::kIn) {
    needed.property = node(atom.a).a;
    if (node(atom.a).op != Op::kWhereProp) return {};
    for (uint32_t i = 0; i < atom.k; ++i) {
      if (!add(node(code_->lists[atom.b + i]))) return {};
    }
    return needed;
  }
  if (atom.kind != AtomKind::kCompare || atom.compare != Compare::kEqual) return {};
  const bool turned = node(atom.b).op == Op::kWhereProp;
  const Node& property = node(turned ? atom.b : atom.a);
  needed.property = property.a;
  if (property.op != Op::kWhereProp || !add(node(turned ? atom.a : atom.b))) return {};
  return needed;
}

std::optional<Compiler::NeededTexts> Compiler::TextsOf(uint32_t first, int* budget) const {
  if (first == kNo) return NeededTexts();
  if (first == kYes || --*budget < 0) return {};
  const Branch& branch = code_->branches[first];
  std::optional<NeededTexts> no = TextsOf(branch.no, budget);
  if (!no) return {};
  const auto with_no = [&no](NeededTexts needed) -> std::optional<NeededTexts> {
    const bool both = needed.property != kNone && no->property != kNone;
    if (both && needed.property != no->property) return {};
    if (needed.property == kNone) needed.property = no->property;
    needed.texts.insert(no->texts.begin(), no->texts.end());
    needed.enough = needed.enough && no->enough;
    return needed;
  };
  if (std::optional<NeededTexts> own = TextsOf(code_->atoms[branch.atom])) {
    own->enough = branch.yes == kYes;
    if (auto needed = with_no(std::move(*own))) return needed;
  }
  std::optional<NeededTexts> yes = TextsOf(branch.yes, budget);
  if (!yes) return {};
  yes->enough = false;
  return with_no(std::move(*yes));
}

void Compiler::AddToPlan(StreamUse use, EventPlan* plan) const {
  const std::optional<NeededTexts>& needed = needed_[use.stream];
  if (!needed) {
    plan->streams.push_back(use);
    return;
  }
  if (needed->property == kNone) return;  // no event passes
  use.test = !needed->enough;
  const auto of_property = [&](const WhereIndex& index) {
    return index.property == needed->property;
  };
  auto index = std::find_if(plan->wheres.begin(), plan->wheres.end(), of_property);
  if (index == plan->wheres.end()) {
    plan->wheres.emplace_back();
    index = plan->wheres.end() - 1;
    index->property = needed->property;
  }
  for (const std::string& text : needed->texts) {
    const uint32_t number = index->texts.Add(text);
    index->streams.resize(index->texts.size());
    index->streams[number].push_back(use);
  }
}

}  // namespace vinkki::rules
