#include "rules/test_file.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "rules/nearest.h"
#include "rules/yaml.h"
#include "rules/yaml_values.h"

namespace vinkki::rules {
namespace {

using Kind = YamlNode::Kind;
using Names = std::vector<std::string_view>;

const Names kFileKeys{"version", "rules", "start", "holdout", "tests"};
const Names kTestKeys{"name",    "description", "visitor", "start",
                      "holdout", "capacity",    "events",  "expect"};
const Names kVisitorKeys{"site", "id", "potential", "bot", "identity", "consent", "properties"};
const Names kExpectKeys{"fires", "silent", "nothing", "at", "times", "to", "reason"};
const Names kReasons{"shadow",   "stale",    "bot",      "consent", "hours",
                     "limit",    "cooldown", "declined", "engaged", "holdout",
                     "audience", "capacity", "priority"};

// Whether the text from `from` to `to` is one quoted text, but for a comment.
bool IsQuoted(std::string_view text, size_t from, size_t to) {
  const char quote = text[from];
  if (quote != '"' && quote != '\'') return false;
  for (size_t at = from + 1; at < to; ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      const size_t next = std::min(text.find_first_not_of(" \t\r", at + 1), to);
      if (at + 1 < to && text[at + 1] == quote && quote == '\'') {
        ++at;
      } else {
        return next == to || text[next] == '#';
      }
    }
  }
  return true;  // it goes on in the next line
}

// 20s; and 1min, -5s, 0, of which it is said later what is wrong with them.
bool LooksLikeTime(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

// What stands behind "- 20s: " in a line, for YAML as plain letters: the reader takes it from the
// file itself. What is in quotes as a whole is left to YAML.
std::string WithoutEvents(std::string_view text) {
  std::string out(text);
  for (size_t line = 0; line < out.size();) {
    const size_t end = std::min(out.find('\n', line), out.size());
    size_t at = out.find_first_not_of(' ', line);
    if (at < end && out[at] == '-') at = out.find_first_not_of(' ', at + 1);
    const size_t colon = at < end ? out.find_first_of(": ", at) : end;
    const bool time = colon < end && out[colon] == ':' && colon > at &&
                      LooksLikeTime(std::string_view(out).substr(at, colon - at));
    size_t from = time ? out.find_first_not_of(" \t", colon + 1) : end;
    if (from < end && out.find("- ", line) < at && !IsQuoted(out, from, end) && out[from] != '#') {
      size_t to = std::min(out.find(" #", from), end);
      while (to > from && (out[to - 1] == ' ' || out[to - 1] == '\r')) --to;
      std::fill(out.begin() + static_cast<long>(from), out.begin() + static_cast<long>(to), 'e');
    }
    line = end + 1;
  }
  return out;
}

constexpr std::string_view kEventForm =
    "an event is its time and its name: `- 20s: page_view { type: checkout }`";

class Reader {
 public:
  Reader(std::string_view text, TestFile* out, std::vector<Diagnostic>* diagnostics)
      : masked_(WithoutEvents(text)),
        yaml_map_(0, masked_),
        map_(0, text),
        report_(diagnostics),
        out_(out) {}

  bool Read() {
    YamlNode root;
    if (!ReadYaml(masked_, &yaml_map_, &report_, &root)) return false;
    if (root.place.line == 0) root.place = {0, 1, 1};  // of an empty file
    if (!IsMapping(root, "a test file begins with `rules:` and `tests:`")) return false;
    Keys(root, kFileKeys);
    if (const YamlNode* n = root.Find("rules")) Rules(*n);
    if (const YamlNode* n = root.Find("start")) Start(*n, &defaults_.start);
    if (const YamlNode* n = root.Find("holdout")) Flag(*n, "holdout", &defaults_.holdout);
    const YamlNode* tests = root.Find("tests");
    if (tests == nullptr || tests->kind != Kind::kSequence) {
      Wrong(tests ? *tests : root, "`tests:` with a list of tests is wanted");
      return false;
    }
    for (const YamlNode& test : tests->items) Test(test);
    return report_.errors() == 0;
  }

 private:
  void Wrong(const YamlNode& node, std::string message) {
    report_.Error(node.place, node.length, std::move(message));
  }
  bool IsMapping(const YamlNode& node, std::string message) {
    if (node.kind == Kind::kMapping) return true;
    Wrong(node, std::move(message));
    return false;
  }
  void Keys(const YamlNode& node, const Names& known) {
    for (const YamlNode& key : node.keys) {
      if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
      Wrong(key, "'" + key.text + "' is not known here" + DidYouMean(key.text, known));
    }
  }
  void Flag(const YamlNode& node, std::string_view name, bool* out) {
    size_t word = 0;
    if (ReadWord({node, &report_, name}, {"yes", "no", "true", "false"}, &word)) {
      *out = word % 2 == 0;
    }
  }
  void Text(const YamlNode& node, std::string_view name, std::string* out) {
    ReadText({node, &report_, name}, 1000, out);
  }

  void Rules(const YamlNode& node) {
    const auto one = [&](const YamlNode& path) {
      std::string text;
      if (!ReadText({path, &report_, "rules"}, 1000, &text)) return;
      out_->rules.push_back(std::move(text));
      out_->rule_places.push_back(path.place);
    };
    if (node.kind != Kind::kSequence) return one(node);
    for (const YamlNode& path : node.items) one(path);
  }

  void Start(const YamlNode& node, Millis* out) {
    std::string text;
    if (!ReadText({node, &report_, "start"}, 100, &text)) return;
    std::string full = text;
    std::replace(full.begin(), full.end(), ' ', 'T');
    if (full.size() == 10) full += "T00:00:00Z";
    if (full.size() == 16) full += ":00Z";
    const auto at = ParseRfc3339(full);
    if (at) {
      *out = *at;
      return;
    }
    Wrong(node, "start: a time such as 2024-01-01T12:00:00Z is wanted, not '" + text + "'");
  }

  void Test(const YamlNode& node) {
    if (!IsMapping(node, "a test is a mapping: name, events, expect")) return;
    Keys(node, kTestKeys);
    RuleTest test = defaults_;
    test.place = node.place;
    Name(node, &test);
    if (const YamlNode* n = node.Find("start")) Start(*n, &test.start);
    if (const YamlNode* n = node.Find("holdout")) Flag(*n, "holdout", &test.holdout);
    if (const YamlNode* n = node.Find("visitor")) Visitor(*n, &test);
    if (const YamlNode* n = node.Find("capacity")) Capacity(*n, &test);
    if (const YamlNode* n = Needed(node, "events")) Events(*n, &test);
    if (const YamlNode* n = Needed(node, "expect")) Expect(*n, &test);
    out_->tests.push_back(std::move(test));
  }

  // Null, and said, when it is not there; one that is misspelled was said already.
  const YamlNode* Needed(const YamlNode& test, std::string_view key) {
    const YamlNode* found = test.Find(key);
    const bool slip = std::any_of(test.keys.begin(), test.keys.end(), [&](const YamlNode& written) {
      return written.text != key && Nearest(written.text, kTestKeys) == key;
    });
    if (!found && !slip) Wrong(test, "the test has no `" + std::string(key) + "`");
    return found;
  }

  void Name(const YamlNode& node, RuleTest* test) {
    const YamlNode* name = Needed(node, "name");
    if (name == nullptr) return;
    Text(*name, "name", &test->name);
    if (!names_.insert(test->name).second) {
      Wrong(*name, "there is another test named '" + test->name + "' in this file");
    }
  }

  // What the visitor is known for comes as the events that say it, before the first of the test.
  void Visitor(const YamlNode& node, RuleTest* test) {
    if (!IsMapping(node, "visitor: { potential: 0.6 } is wanted")) return;
    Keys(node, kVisitorKeys);
    if (const YamlNode* n = node.Find("site")) Text(*n, "site", &test->site);
    if (const YamlNode* n = node.Find("id")) Text(*n, "id", &test->visitor);
    if (const YamlNode* n = node.Find("bot")) Flag(*n, "bot", &test->bot);
    double potential = 0;
    if (const YamlNode* n = node.Find("potential")) {
      if (ReadShare({*n, &report_, "potential"}, &potential)) test->potential = potential;
    }
    TestEvent identify;
    identify.name = "identify";
    std::string identity = "anonymous";
    if (const YamlNode* n = node.Find("identity")) {
      size_t word = 0;
      const Names words{"anonymous", "known", "strong"};
      if (ReadWord({*n, &report_, "identity"}, words, &word)) identity = words[word];
    }
    identify.props.emplace_back("identity", identity);
    if (const YamlNode* n = node.Find("properties")) Properties(*n, &identify.props);
    if (node.Find("identity") || node.Find("properties")) test->events.push_back(identify);
    if (const YamlNode* n = node.Find("consent")) {
      size_t word = 0;
      const Names words{"off", "cookieless", "full"};
      if (!ReadWord({*n, &report_, "consent"}, words, &word)) return;
      TestEvent consent;
      consent.name = "consent";
      consent.props.emplace_back("mode", std::string(words[word]));
      test->events.push_back(consent);
    }
  }

  void Properties(const YamlNode& node, TestProps* props) {
    if (!IsMapping(node, "properties: { tier: gold } is wanted")) return;
    for (size_t i = 0; i < node.keys.size(); ++i) {
      const YamlNode& value = node.items[i];
      std::optional<TestValue> read = value.text;
      if (value.kind != Kind::kScalar) {
        Wrong(value, "a property is a text, a number, true or false");
      } else if (value.style == YamlNode::Style::kPlain && !ReadPlainValue(value.text, &read)) {
        Wrong(value, std::string(kNoNumber));
      } else if (read) {
        props->emplace_back(node.keys[i].text, std::move(*read));
      }
    }
  }

  void Capacity(const YamlNode& node, RuleTest* test) {
    const auto one = [&](const std::string& queue, const YamlNode& value) {
      int64_t n = 0;
      if (ReadWhole({value, &report_, "capacity"}, 0, 1'000'000, &n)) test->capacity[queue] = n;
    };
    if (node.kind != Kind::kMapping) return one("", node);
    for (size_t i = 0; i < node.keys.size(); ++i) one(node.keys[i].text, node.items[i]);
  }

  void Events(const YamlNode& node, RuleTest* test) {
    if (node.kind != Kind::kSequence) return Wrong(node, "a list of events is wanted");
    std::vector<TestEvent> events;
    for (const YamlNode& line : node.items) {
      if (line.kind != Kind::kMapping || line.keys.size() != 1) {
        Wrong(line, std::string(kEventForm));
        continue;
      }
      const YamlNode& time = line.keys[0];
      Millis after = 0;
      if (!LooksLikeTime(time.text) || time.text.find('{') != std::string::npos) {
        Wrong(time, std::string(kEventForm));
        continue;
      }
      if (!ReadDuration({time, &report_, "an event's time"}, &after)) continue;
      const YamlNode& value = line.items[0];
      if (value.kind != Kind::kScalar || value.end <= value.begin) {
        Wrong(value, "an event's name is wanted here");
        continue;
      }
      ExprSource source{map_.text().substr(value.begin, value.end - value.begin), {}, value.begin};
      if (value.style == YamlNode::Style::kQuoted) {
        source = {value.text, ScalarOffsets(value, map_.text()), value.begin};
      }
      ReadTestEvent(source, after, &map_, &report_, &events);
    }
    std::stable_sort(events.begin(), events.end(),
                     [](const TestEvent& a, const TestEvent& b) { return a.after < b.after; });
    for (TestEvent& known : test->events) known.after = events.empty() ? 0 : events[0].after;
    test->events.insert(test->events.end(), events.begin(), events.end());
  }

  void Expect(const YamlNode& node, RuleTest* test) {
    if (node.kind != Kind::kSequence) return ExpectOne(node, test);
    if (node.items.empty()) {
      Wrong(node, "an empty list expects nothing; that no offer is made says `expect: nothing`");
    }
    for (const YamlNode& item : node.items) ExpectOne(item, test);
  }

  void ExpectOne(const YamlNode& node, RuleTest* test) {
    Expectation e;
    e.place = node.place;
    e.length = node.length;
    const bool word = node.kind == Kind::kScalar;
    if (word && (node.text == "nothing" || node.text == "nothing else")) {
      e.kind =
          node.text == "nothing" ? Expectation::Kind::kNothing : Expectation::Kind::kNothingElse;
      test->expect.push_back(std::move(e));
      return;
    }
    const char* wanted = "`fires: rule`, `silent: rule`, `nothing` or `nothing else` is wanted";
    if (!IsMapping(node, wanted)) return;
    Keys(node, kExpectKeys);
    const YamlNode* fires = node.Find("fires");
    const YamlNode* silent = node.Find("silent");
    if ((fires != nullptr) == (silent != nullptr)) return Wrong(node, wanted);
    if (fires != nullptr) {
      Text(*fires, "fires", &e.rule);
    } else {
      Silent(*silent, &e);
    }
    Details(node, &e);
    test->expect.push_back(std::move(e));
  }

  void Silent(const YamlNode& node, Expectation* e) {
    e->kind = Expectation::Kind::kSilent;
    if (node.kind != Kind::kMapping) return Text(node, "silent", &e->rule);
    Keys(node, {"rule", "reason", "at"});
    if (const YamlNode* n = node.Find("rule")) {
      Text(*n, "rule", &e->rule);
    } else {
      Wrong(node, "`silent` names a `rule`");
    }
    Details(node, e);
  }

  void Details(const YamlNode& node, Expectation* e) {
    const bool fires = e->kind == Expectation::Kind::kFires;
    size_t word = 0;
    if (const YamlNode* n = node.Find("at")) Times(*n, e);
    if (const YamlNode* n = node.Find("reason")) {
      if (fires) return Wrong(*n, "an offer has no reason; `silent: { rule: ..., reason: ... }`?");
      if (ReadWord({*n, &report_, "reason"}, kReasons, &word)) {
        e->reason = static_cast<Reason>(word + 1);
      }
    }
    int64_t times = 0;
    if (const YamlNode* n = node.Find("times")) {
      if (!fires) return Wrong(*n, "`times` belongs to `fires`");
      if (ReadWhole({*n, &report_, "times"}, 1, 1'000'000, &times)) {
        e->times = static_cast<uint32_t>(times);
      }
    }
    if (const YamlNode* n = node.Find("to")) {
      if (!fires) return Wrong(*n, "`to` belongs to `fires`");
      if (ReadWord({*n, &report_, "to"}, {"person", "bot"}, &word)) e->to_bot = word == 1;
    }
  }

  void Times(const YamlNode& node, Expectation* e) {
    const auto one = [&](const YamlNode& n) {
      Millis at = 0;
      if (ReadDuration({n, &report_, "at"}, &at)) e->at.push_back(at);
    };
    if (node.kind != Kind::kSequence) return one(node);
    if (node.items.empty())
      return Wrong(node, "an empty list is at no time; without `at` any will do");
    for (const YamlNode& n : node.items) one(n);
  }

  std::string masked_;
  SourceMap yaml_map_;
  SourceMap map_;
  Report report_;
  TestFile* out_;
  RuleTest defaults_;
  std::set<std::string> names_;
};

}  // namespace

bool ReadTestFile(std::string_view text, TestFile* out, std::vector<Diagnostic>* diagnostics) {
  return Reader(text, out, diagnostics).Read();
}

}  // namespace vinkki::rules
