// The words for events, facts and durations, in one table each: what a clause, a trigger and
// explain say are made of these.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "rules/ast.h"

namespace vinkki::rules {

struct Noun {
  std::string one, many;  // "form error", "form errors"
  std::string key;        // "form_errors"
};

// Of an event's name; a shop's own is "× name", so that "3 × name" reads.
Noun NounOf(std::string_view event);
// Of a call's or a step's events, their condition in brackets behind: "items viewed (price > 100)".
Noun NounOf(const Events& events);

// "cart", "page type", "idle"; a name without words of its own is said as it is.
std::string LabelOf(std::string_view fact);

// "250 ms", "1.5 s", "10 s", "1 min 30 s", "2 h", "7 d": the two largest units that say something.
std::string Spoken(Millis duration);
// " in 2 min", " on this page", " in this visit", "".
std::string SpokenWindow(const Window& window);

// The shortest decimal: "80", "79.9".
std::string SpokenNumber(double number);

// Of a share, 0 to 1: "35%".
std::string SpokenShare(double share);

// Letters, digits and underscores, in small letters: what may be a member's name.
std::string KeyOf(std::string_view text);

}  // namespace vinkki::rules
