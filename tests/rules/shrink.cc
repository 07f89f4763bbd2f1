// Leaves out one part after the other, as long as the case still fails.
#include "tests/rules/generator.h"

namespace vinkki::rules::oracle {
namespace {

class Shrinker {
 public:
  Shrinker(Case c, const std::function<bool(const Case&)>& fails)
      : case_(std::move(c)), fails_(fails) {}

  Case Run() {
    for (bool smaller = true; smaller;) {
      smaller = Events();
      smaller = Files() || smaller;
      smaller = Lets() || smaller;
      smaller = Rules() || smaller;
      smaller = World() || smaller;
    }
    return std::move(case_);
  }

 private:
  // Applies `change` to a copy and keeps it when that fails too.
  template <typename Change>
  bool Try(Change change) {
    Case copy = case_;
    change(&copy);
    if (!fails_(copy)) return false;
    case_ = std::move(copy);
    return true;
  }

  bool Events() {
    bool any = false;
    for (size_t size = 16; size > 0; size /= 2) {
      for (size_t i = case_.world.events.size(); i-- > 0;) {
        if (case_.world.events.size() <= size || i + size > case_.world.events.size()) continue;
        any |= Try([&](Case* c) {
          auto& e = c->world.events;
          e.erase(e.begin() + static_cast<long>(i), e.begin() + static_cast<long>(i + size));
        });
      }
    }
    for (size_t i = 0; i < case_.world.events.size(); ++i) {
      any |= !case_.world.events[i].props.empty() &&
             Try([&](Case* c) { c->world.events[i].props.clear(); });
      const Props props = case_.world.events[i].props;
      for (const auto& prop : props) {
        any |= Try([&](Case* c) { c->world.events[i].props.erase(prop.first); });
      }
      any |= !case_.world.events[i].items.empty() &&
             Try([&](Case* c) { c->world.events[i].items.pop_back(); });
    }
    return any;
  }

  bool Files() {
    bool any = false;
    for (size_t f = case_.files.size(); f-- > 0;) {
      any |= case_.files.size() > 1 &&
             Try([&](Case* c) { c->files.erase(c->files.begin() + static_cast<long>(f)); });
    }
    for (size_t f = 0; f < case_.files.size(); ++f) {
      for (size_t k = case_.files[f].keys.size(); k-- > 0;) {
        any |= Try([&](Case* c) {
          auto& keys = c->files[f].keys;
          keys.erase(keys.begin() + static_cast<long>(k));
        });
      }
    }
    return any;
  }

  bool Lets() {
    bool any = false;
    for (size_t f = 0; f < case_.files.size(); ++f) {
      for (size_t i = case_.files[f].lets.size(); i-- > 0;) {
        any |= Conditions([f, i](Case* c) { return &c->files[f].lets[i].second; });
        any |= Try([&](Case* c) {
          auto& lets = c->files[f].lets;
          lets.erase(lets.begin() + static_cast<long>(i));
        });
      }
    }
    return any;
  }

  bool Rules() {
    bool any = false;
    for (size_t f = 0; f < case_.files.size(); ++f) {
      for (size_t r = case_.files[f].rules.size(); r-- > 0;) {
        if (Try([&](Case* c) {
              auto& rules = c->files[f].rules;
              rules.erase(rules.begin() + static_cast<long>(r));
            })) {
          any = true;
          continue;
        }
        any |= Conditions([f, r](Case* c) { return &c->files[f].rules[r].when; });
        for (size_t k = case_.files[f].rules[r].keys.size(); k-- > 0;) {
          any |= Try([&](Case* c) {
            auto& keys = c->files[f].rules[r].keys;
            keys.erase(keys.begin() + static_cast<long>(k));
          });
        }
      }
    }
    return any;
  }

  // A condition by one of its parts, or with a part less.
  bool Conditions(const std::function<Condition*(Case*)>& at) {
    bool any = false;
    for (size_t i = at(&case_)->of.size(); i-- > 0;) {
      if (i >= at(&case_)->of.size()) continue;
      if (Try([&](Case* c) {
            Condition part = at(c)->of[i];
            *at(c) = std::move(part);
          })) {
        any = true;
        continue;
      }
      any |= at(&case_)->of.size() > 1 && Try([&](Case* c) {
               auto& of = at(c)->of;
               of.erase(of.begin() + static_cast<long>(i));
               if (of.size() == 1 && at(c)->op != "not") {
                 Condition only = of[0];
                 *at(c) = std::move(only);
               }
             });
    }
    for (size_t i = 0; i < at(&case_)->of.size(); ++i) {
      any |= Conditions([&](Case* c) { return &at(c)->of[i]; });
    }
    return any;
  }

  bool World() {
    bool any = false;
    any |= case_.world.bot && Try([](Case* c) { c->world.bot = false; });
    any |= !case_.world.without_capacity.empty() &&
           Try([](Case* c) { c->world.without_capacity.clear(); });
    return any;
  }

  Case case_;
  const std::function<bool(const Case&)>& fails_;
};

}  // namespace

Case Shrink(Case c, const std::function<bool(const Case&)>& fails) {
  return Shrinker(std::move(c), fails).Run();
}

}  // namespace vinkki::rules::oracle
