#include "tests/rules/meaning_table.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/text.h"
#include "rules/program.h"
#include "rules/test_file.h"

namespace vinkki::rules::oracle {
namespace {

std::string Trimmed(const std::string& text) {
  const size_t from = text.find_first_not_of(' ');
  return from == std::string::npos ? "" : text.substr(from, text.find_last_not_of(' ') - from + 1);
}

std::vector<std::string> Split(const std::string& text, const std::string& by) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find(by, at), text.size());
    const std::string part = Trimmed(text.substr(at, end - at));
    if (!part.empty()) out.push_back(part);
    at = end + by.size();
  }
  return out;
}

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  std::vector<MeaningRow> Read() {
    std::ifstream in(path_);
    for (std::string line; std::getline(in, line);) {
      ++line_;
      if (line.starts_with("#")) continue;
      if (line.empty()) {
        begin_ = true;
      } else if (line.starts_with("  ")) {
        Row(Trimmed(line));
      } else {
        Key(line);
      }
    }
    return std::move(rows_);
  }

 private:
  void Key(const std::string& line) {
    if (begin_) {
      block_ = MeaningRow();
      block_.file.path = "r.yml";
      begin_ = false;
    }
    const auto after = [&](const char* key) {
      return Trimmed(line.substr(std::string(key).size()));
    };
    if (line.starts_with("when:")) {
      const std::string name(1, "rstuvwxyz"[block_.file.rules.size()]);
      block_.file.rules.push_back({name, {"", after("when:"), {}}, {}, "9ms"});
    } else if (line.starts_with("file:")) {
      block_.file.keys.push_back(after("file:"));
    } else if (line.starts_with("let:")) {
      const std::string let = after("let:");
      const size_t colon = let.find(':');
      block_.file.lets.push_back({let.substr(0, colon), {"", Trimmed(let.substr(colon + 1)), {}}});
    } else if (line.starts_with("test:")) {
      block_.test.push_back(after("test:"));
    } else if (line.starts_with("dense:")) {
      block_.dense = *ParseDuration(after("dense:"));
    } else if (line.starts_with("expires:")) {
      block_.file.rules.back().expires = after("expires:");
    } else {
      block_.file.rules.back().keys.push_back(line);
    }
  }

  void Row(const std::string& line) {
    begin_ = true;
    MeaningRow row = block_;
    row.place = std::filesystem::path(path_).filename().string() + ":" + std::to_string(line_);
    if (line.starts_with("error:")) {
      row.error = Trimmed(line.substr(6));
    } else {
      const size_t arrow = line.find("->");
      row.decisions = Trimmed(line.substr(arrow + 2));
      if (row.decisions == "nothing") row.decisions = "";
      for (std::string event : Split(line.substr(0, arrow), ";")) {
        const size_t colon = event.find(':');
        const size_t late = event.find('>');
        if (late < colon) {
          row.late.push_back(event.substr(0, late) + " " +
                             event.substr(late + 1, colon - late - 1));
          event.erase(late, colon - late);
        }
        row.events += "      - " + event + "\n";
      }
    }
    rows_.push_back(std::move(row));
  }

  std::string path_;
  MeaningRow block_;
  bool begin_ = true;
  int line_ = 0;
  std::vector<MeaningRow> rows_;
};

// "s@20s(limit)" -> rule, time, what is in brackets.
struct Expected {
  explicit Expected(std::string text) {
    const size_t at = text.find('@');
    if (at != std::string::npos) rule = text.substr(0, at);
    if (at != std::string::npos) text.erase(0, at + 1);
    const size_t bracket = text.find('(');
    time = text.substr(0, bracket);
    if (bracket != std::string::npos) what = text.substr(bracket + 1, text.size() - bracket - 2);
  }
  std::string rule = "r";
  std::string time;
  std::string what;
};

// All that must come of the test, as expectations of a *_test.yml.
std::string Expectations(const MeaningRow& row) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> times;
  std::map<std::string, int> offers;
  for (const GeneratedRule& rule : row.file.rules) offers[rule.name] = 0;
  for (const std::string& text : Split(row.decisions, " ")) {
    const Expected e(text);
    times[{e.rule, e.what}].push_back(e.time);
    if (e.what.empty() || e.what == "to-bot") ++offers[e.rule];
  }
  std::string out;
  for (const auto& [key, at] : times) {
    const auto& [rule, what] = key;
    std::string list;
    for (const std::string& t : at) list += (list.empty() ? "" : ", ") + t;
    if (what.empty() || what == "to-bot") {
      out += "      - fires: " + rule + "\n        at: [" + list +
             "]\n        to: " + (what.empty() ? "person" : "bot") + "\n";
    } else {
      out += "      - silent: { rule: " + rule + ", reason: " + what + ", at: [" + list + "] }\n";
    }
  }
  for (const auto& [rule, times_offered] : offers) {
    out += times_offered == 0 ? "      - silent: " + rule + "\n"
                              : "      - fires: " + rule +
                                    "\n        times: " + std::to_string(times_offered) + "\n";
  }
  return out;
}

void AddProps(const TestProps& from, Props* to) {
  for (const auto& [key, value] : from) {
    if (const bool* b = std::get_if<bool>(&value)) (*to)[key] = Datum::Bool(*b);
    if (const double* n = std::get_if<double>(&value)) (*to)[key] = Datum::Number(*n);
    if (const auto* s = std::get_if<std::string>(&value)) (*to)[key] = Datum::Text(*s);
  }
}

Event EventOf(const TestEvent& e, Millis start) {
  Event out;
  out.at = start + e.after;
  out.name = e.name;
  out.via_server = e.via_server;
  AddProps(e.props, &out.props);
  for (const TestProps& item : e.items) AddProps(item, &out.items.emplace_back());
  return out;
}

void SetArrivals(const std::vector<std::string>& late, Millis start, std::vector<Event>* events) {
  for (const std::string& text : late) {
    const size_t blank = text.find(' ');
    const Millis at = start + *ParseDuration(text.substr(0, blank));
    const Millis arrives = start + *ParseDuration(text.substr(blank + 1));
    for (Event& e : *events) {
      if (e.at == at) e.arrives = arrives;
    }
  }
  std::stable_sort(events->begin(), events->end(), [](const Event& a, const Event& b) {
    return std::max(a.at, a.arrives) < std::max(b.at, b.arrives);
  });
}

// All rules of a block have the queue q.
bool HasCapacity(const RuleTest& test) {
  auto at = test.capacity.find("q");
  if (at == test.capacity.end()) at = test.capacity.find("");
  return at == test.capacity.end() || at->second > 0;
}

}  // namespace

std::vector<MeaningRow> ReadMeaning(const std::string& path) { return Reader(path).Read(); }

std::string TestText(const MeaningRow& row) {
  std::string out = "tests:\n  - name: " + row.place.substr(0, row.place.find(':')) + "\n";
  for (const std::string& line : row.test) out += "    " + line + "\n";
  out += row.events.empty() ? "    events: []\n" : "    events:\n" + row.events;
  return out + "    expect:\n" + Expectations(row);
}

Case CaseOf(const MeaningRow& row) {
  Case c;
  c.files.push_back(row.file);
  TestFile read;
  std::vector<Diagnostic> diagnostics;
  if (!ReadTestFile(TestText(row), &read, &diagnostics)) return c;
  const RuleTest& test = read.tests[0];
  World& world = c.world;
  for (const TestEvent& e : test.events) world.events.push_back(EventOf(e, test.start));
  SetArrivals(row.late, test.start, &world.events);
  world.site = test.site;
  world.visitor = test.visitor;
  world.bot = test.bot;
  world.ignore_holdout = !test.holdout;
  if (test.potential) world.potential = *test.potential;
  for (uint32_t i = 0; i < row.file.rules.size() && !HasCapacity(test); ++i) {
    world.without_capacity.insert(i);
  }
  world.dense = row.dense;
  if (!world.events.empty()) world.end = world.events.back().at + 86'400'000;
  return c;
}

Millis StartOf(const MeaningRow& row) {
  TestFile read;
  std::vector<Diagnostic> diagnostics;
  return ReadTestFile(TestText(row), &read, &diagnostics) ? read.tests[0].start : kTestStart;
}

std::string DecisionsText(const Program& program, const std::vector<Decision>& decisions,
                          Millis start) {
  std::string out;
  for (const Decision& d : decisions) {
    const std::string& rule = program.rules()[d.rule].name;
    out +=
        (out.empty() ? "" : " ") + (rule == "r" ? "" : rule + "@") + FormatDuration(d.at - start);
    if (d.reason != Reason::kNone) out += "(" + std::string(ReasonName(d.reason)) + ")";
    if (d.to_bot && d.reason == Reason::kNone) out += "(to-bot)";
  }
  return out;
}

}  // namespace vinkki::rules::oracle
