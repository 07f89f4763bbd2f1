// Reads the tables of tests/rules/meaning: a file for each numbered sentence of "Exact meaning"
// (docs/rules.md), in the language's own words.
//
//   # what the next rows are about
//   when: count(a, 10s) >= 2             a rule; the ones of a block are named r, s, t, u
//   limits: { cooldown: 1h }             further keys of that rule
//   file: sites: [shop]                  a line at the top of its file
//   let: x: idle > 5s                    a named condition of its file
//   test: visitor: { potential: 0.5 }    a line of the test, as in a *_test.yml
//     0s: a; 10s: a          -> nothing            rows, set in: events, and what comes of them
//     1ms: a; 10s: a         -> 10s                an offer of r at 10s
//     1s>9s: a; 5s: a x3     -> 5s s@5s(limit)     an event of 1s that arrives at 9s; s is silent
//     error: part of it                            the rule cannot be loaded, and this is said
//   dense: 14s            how long after each event the oracle looks at every millisecond (300ms)
//
// A `when:` behind rows, or behind an empty line, begins a new block. "(to-bot)": the bot's offer.
#pragma once

#include <string>
#include <vector>

#include "tests/rules/generator.h"

namespace vinkki::rules::oracle {

struct MeaningRow {
  std::string place;  // "04_windows.txt:7"
  GeneratedFile file;
  std::vector<std::string> test;  // lines
  std::string events;             // as written, without what comes late
  std::vector<std::string> late;  // "1s 9s": the event at 1s arrives at 9s
  std::string decisions;
  std::string error;
  Millis dense = 300;
};

std::vector<MeaningRow> ReadMeaning(const std::string& path);

// The row as a rule file, a *_test.yml and a world for the oracle.
std::string TestText(const MeaningRow& row);
Case CaseOf(const MeaningRow& row);
Millis StartOf(const MeaningRow& row);  // of the test
// "10s s@20s(limit)", from Step or from the oracle.
std::string DecisionsText(const Program& program, const std::vector<Decision>& decisions,
                          Millis start);

}  // namespace vinkki::rules::oracle
