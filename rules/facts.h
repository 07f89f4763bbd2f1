// THE tables of the language: the facts that rules can name, the functions over what happened, the
// words that are reserved, the events that are known. The checker, the schema for editors and the
// documentation are made from them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "rules/ast.h"

namespace vinkki::rules {

struct FactRow {
  std::string_view name;
  Type type;
  bool grows;  // with the clock, while nothing happens
  std::string_view doc;
};

struct FunctionRow {
  std::string_view name;
  Function function;
  bool of_property;  // takes event.property
  bool windowed;     // takes a window
  Type type;
  bool grows;
  std::string_view doc;
};

const std::vector<FactRow>& Facts();
const std::vector<FunctionRow>& Functions();

// The row of a fact's whole name ("page.type"), null when there is none. "visitor.properties.x" and
// "event.x" are not rows: their last part is free.
const FactRow* FindFact(std::string_view name);
const FunctionRow* FindFunction(std::string_view name);
const FunctionRow& RowOf(Function function);

// The latest events, or values, that a function sees; so many more where it is compared with a
// literal above, up to the second (Exact meaning, 10).
inline constexpr uint32_t kBound = 64;
inline constexpr uint32_t kMostCounted = 1'024;

inline constexpr std::string_view kVisitorProperties = "visitor.properties.";

const std::vector<std::string_view>& ReservedWords();
bool IsReserved(std::string_view word);
// A word that may stand without quotes: an identifier and not reserved.
bool IsBareName(std::string_view word);

// What `next` passes over (rules.md, Exact meaning, 12).
bool IsBackground(std::string_view event);
// What ends `idle` (rules.md, Facts); nothing that came from a server does, whatever its name.
bool IsSignOfLife(std::string_view event);
// The events of GA4, of the beacon and of offers: for suggestions and completion only, any name of
// the shop's own is an event too.
const std::vector<std::string_view>& KnownEvents();

}  // namespace vinkki::rules
