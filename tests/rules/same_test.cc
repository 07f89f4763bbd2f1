// A set that is read again: whether anybody could tell it from the one that runs.
#include "rules/same.h"

#include <doctest/doctest.h>

#include "rules/load.h"

namespace vinkki::rules {
namespace {

std::shared_ptr<const Program> Loaded(const std::string& text, const std::string& path = "a.yml") {
  const LoadResult loaded = Load({{path, text}});
  REQUIRE_MESSAGE(loaded.program, Format(loaded));
  return loaded.program;
}

}  // namespace

TEST_CASE("the same set") {
  const std::string head = "version: 1\nlet: { busy: idle < 5s }\nrules:\n";
  const std::string a = "  - { name: a, when: busy, offer: { channels: [chat] } }\n";
  const std::string b = "  - { name: b, when: idle > 9s, offer: { channels: [chat] } }\n";
  const auto runs = Loaded(head + a + b);
  CHECK(IsSame(*runs, *Loaded(head + a + b)));
  CHECK(IsSame(*runs, *Loaded("# comment\n" + head + "\n" + a + "  # another\n" + b)));
  CHECK(IsSame(*runs,
               *Loaded(head + "  - { offer: { channels: [chat] }, when: busy, name: a }\n" + b)));
  CHECK_FALSE(IsSame(*runs, *Loaded(head + b + a)));  // the first of two wins
  CHECK_FALSE(IsSame(*runs, *Loaded(head + a)));
  CHECK_FALSE(IsSame(*runs, *Loaded(head + a + b, "b.yml")));
  const std::string said =
      "  - { name: b, description: x, when: idle > 9s, offer: { channels: [chat] } }\n";
  CHECK_FALSE(IsSame(*runs, *Loaded(head + a + said)));
}

TEST_CASE("the same meaning in other words is not the same set") {
  const auto let = [](const std::string& name) {
    return Loaded("version: 1\nlet:\n  x: " + name + " or idle > 9s\n  " + name +
                  ": idle < 5s\nrules:\n  - { name: a, when: x, offer: { channels: [chat] } }\n");
  };
  CHECK(let("busy")->version() == let("quick")->version());
  CHECK(IsSame(*let("busy"), *let("busy")));
  CHECK_FALSE(IsSame(*let("busy"), *let("quick")));
}

}  // namespace vinkki::rules
