// A reload (rules.md 26): what did not change goes on as if nothing had happened, what is new knows
// the visitor's past, and what is older than the stored events is not lost.

#include <doctest/doctest.h>

#include <map>
#include <random>

#include "rules/describe.h"
#include "rules/load.h"
#include "rules/program.h"
#include "rules/step.h"
#include "tests/rules/compare.h"

namespace vinkki::rules {
namespace {

using oracle::Case;
using oracle::GeneratedFile;
using oracle::GeneratedRule;

std::shared_ptr<const Program> ProgramOf(std::vector<SourceFile> files) {
  const LoadResult loaded = Load(std::move(files));
  if (!loaded.program) FAIL(Format(loaded));
  return loaded.program;
}

std::shared_ptr<const Program> ProgramOf(const std::string& rules) {
  return ProgramOf(std::vector<SourceFile>{{"a.yml", "version: 1\nrules:\n" + rules}});
}

std::string RuleOf(const std::string& name, const std::string& when, const std::string& more = "") {
  return "  - name: " + name + "\n    when: " + when +
         "\n    offer: { channels: [chat], queue: q, message: { en: Hello } }\n" + more;
}

// One visitor, under one program after the other. Keeps all events, as the engine's store does.
class Visit {
 public:
  explicit Visit(std::shared_ptr<const Program> program)
      : program_(std::move(program)), state_(NewState(*program_, "s", "v")) {
    context_.replay = true;
    context_.ignore_holdout = true;
  }
  Visit(std::shared_ptr<const Program> program, const oracle::World& world)
      : program_(std::move(program)), state_(NewState(*program_, world.site, world.visitor)) {
    context_.replay = true;
    context_.bot = world.bot;
    context_.ignore_holdout = world.ignore_holdout;
    context_.potential = world.potential;
    site_ = world.site;
    visitor_ = world.visitor;
  }

  void Event(Millis at, const std::string& name, const std::string& key = "",
             const std::string& text = "") {
    BatchWriter w;
    BatchHeader header;
    header.received = at;
    w.Begin("s", "v", header);
    w.BeginEvent(0, name, false);
    if (!key.empty()) w.Prop(key, Value::Of(std::string_view(text)));
    w.EndEvent();
    Add(w.Finish());
  }
  void Add(Batch batch) {
    batches_.push_back(std::move(batch));
    Apply(*program_, context_, View(batches_.back()), state_.get(), &effects_);
    TakeDecisions();
  }
  void To(Millis at) {
    Advance(*program_, context_, at, state_.get(), &effects_);
    TakeDecisions();
  }
  // Those before `stored_from` are no longer there.
  void Reload(std::shared_ptr<const Program> program, Millis at, bool layout_known = true,
              size_t stored_from = 0) {
    const auto before = std::make_shared<Layout>(LayoutOf(*program_));
    std::string bytes;
    EncodeState(*state_, &bytes);
    program_ = std::move(program);
    const auto find = [&](uint64_t hash) {
      return layout_known && hash == before->hash ? before : nullptr;
    };
    bool stale = false;
    auto state = DecodeState(*program_, site_, visitor_, bytes, &stale, find);
    REQUIRE(state.ok());
    state_ = std::move(*state);
    std::vector<EventView> events;
    for (size_t i = stored_from; i < batches_.size(); ++i) events.push_back(View(batches_[i]));
    if (!stale) events.clear();
    Migrate(*program_, context_, at, events, state_.get(), &effects_);
    CHECK_FALSE(NeedsMigration(*state_));
    TakeDecisions();
  }

  // "rule at reason" of what was decided since it was last asked.
  std::vector<std::string> Decided() { return std::exchange(decided_, {}); }
  // What the clauses of a rule say at a moment.
  std::string Clauses(const std::string& rule, Millis at) const {
    for (const RuleView& view : Describe(*program_, *state_, at).rules) {
      if (program_->rules()[view.rule].name != rule) continue;
      std::string out = view.when ? "holds" : "-";
      for (const ClauseView& clause : view.clauses) out += " " + clause.text + "=" + clause.value;
      return out;
    }
    return "no such rule";
  }
  const State& state() const { return *state_; }

 private:
  static EventView View(const Batch& batch) {
    BatchReader reader(batch.bytes());
    EventView view;
    REQUIRE(reader.Next(&view));
    return view;
  }
  void TakeDecisions() {
    for (const Decision& d : effects_.decisions) {
      decided_.push_back(program_->rules()[d.rule].name + " " + std::to_string(d.at) + " " +
                         std::string(ReasonName(d.reason)) + (d.to_bot ? " bot" : ""));
    }
    effects_.Clear();
  }

  std::shared_ptr<const Program> program_;
  Context context_;
  StatePtr state_;
  std::string site_ = "s", visitor_ = "v";
  std::vector<Batch> batches_;
  Effects effects_;
  std::vector<std::string> decided_;
};

constexpr Millis kStart = 1'700'000'000'000;
using Lines = std::vector<std::string>;
std::string At(const std::string& rule, Millis after, const std::string& reason = "") {
  return rule + " " + std::to_string(kStart + after) + " " + reason;
}

// Another case's rules, all in shadow mode, so that they disturb nobody.
std::vector<SourceFile> Shadows(uint64_t seed) {
  std::vector<SourceFile> files;
  for (GeneratedFile file : oracle::Generate(seed).files) {
    file.path = "zz-" + file.path;
    for (GeneratedRule& rule : file.rules) {
      rule.name = "added-" + rule.name;
      std::erase_if(rule.keys, [](const std::string& key) { return key.starts_with("mode"); });
      rule.keys.push_back("mode: shadow");
    }
    files.push_back({file.path, file.Yaml()});
  }
  return files;
}

Lines OfOld(Lines decided) {
  std::erase_if(decided, [](const std::string& line) { return line.starts_with("added-"); });
  return decided;
}

std::vector<SourceFile> Joined(std::vector<SourceFile> a, const std::vector<SourceFile>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

// Sequences that differ in the length of the absence only are remembered together; a length that is
// new knows the past, and those that were there lose nothing, whatever is still stored.
TEST_CASE("a reload that adds a length of an absence") {
  const auto when = [](const std::string& length) {
    return "sequence(add_to_cart, view_cart, not purchase for " + length + ", within 1h)";
  };
  const auto before = ProgramOf(RuleOf("a", when("60s")) + RuleOf("b", when("90s")));
  const auto after =
      ProgramOf(RuleOf("c", when("30s")) + RuleOf("b", when("90s")) + RuleOf("d", when("120s")));
  for (const size_t stored_from : {0, 1, 2}) {
    Visit visit(before);
    visit.Event(kStart, "add_to_cart");
    visit.Event(kStart + 10'000, "view_cart");
    visit.To(kStart + 75'000);
    CHECK(visit.Decided() == Lines{At("a", 70'000)});
    visit.Reload(after, kStart + 75'000, true, stored_from);
    visit.To(kStart + 1'000'000);
    // The match that waits is known, whatever is stored.
    CHECK(visit.Decided() == Lines{At("c", 75'000, "engaged"), At("b", 100'000, "engaged"),
                                   At("d", 130'000, "engaged")});
  }
}

// Whatever was there goes on to the same decisions, to the millisecond and with the same reasons,
// when a visitor is moved to a program with more rules; and what those say of the visitor is what
// they would say if they had been there from the start.
TEST_CASE("a reload that adds rules disturbs none, and the new ones know the past") {
  size_t decisions = 0;
  size_t looks = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    const Case c = oracle::Generate(seed);
    const auto before = ProgramOf(c.Sources());
    const auto after = ProgramOf(Joined(c.Sources(), Shadows(seed + 5000)));
    std::mt19937_64 random(seed);
    const auto& events = c.world.events;
    const size_t reload_at = random() % (events.size() + 1);

    Visit undisturbed(before, c.world);
    Visit reloaded(before, c.world);
    Visit from_start(after, c.world);
    for (size_t i = 0; i <= events.size(); ++i) {
      const Millis next = i < events.size() ? events[i].at : c.world.end;
      if (i == reload_at) {
        // Behind a deadline now and then, as after a night without the server.
        const Millis last = i == 0 ? next : events[i - 1].at;
        const Millis at =
            last + static_cast<Millis>(random() % static_cast<uint64_t>(next - last + 1));
        if (random() % 2 == 0) reloaded.To(at);
        reloaded.Reload(after, at);
        from_start.To(at);
      }
      if (i < events.size()) {
        for (Visit* v : {&undisturbed, &reloaded, &from_start}) {
          v->Add(oracle::BatchOf(c.world, events[i]));
        }
      } else {
        for (Visit* v : {&undisturbed, &reloaded, &from_start}) v->To(c.world.end);
      }
      if (i < reload_at) continue;
      for (const RuleInfo& rule : after->rules()) {
        const std::string know = from_start.Clauses(rule.name, next);
        INFO("seed ", seed, " event ", i, "\n", c.Text());
        REQUIRE(reloaded.Clauses(rule.name, next) == know);
        ++looks;
      }
    }
    const Lines expected = undisturbed.Decided();
    INFO("seed ", seed, " reload before event ", reload_at, "\n", c.Text());
    REQUIRE(OfOld(reloaded.Decided()) == expected);
    decisions += expected.size();
  }
  CHECK(decisions > 400);
  CHECK(looks > 2000);
}

TEST_CASE("what did not change keeps what is older than the stored events") {
  const std::string loyal = RuleOf("loyal", "count(buy, visitor) >= 3 and event.name == \"hello\"");
  Visit v(ProgramOf(loyal));
  for (int i = 0; i < 3; ++i) v.Event(kStart + i, "buy");
  // The three purchases are no longer stored; the new rule sees nothing of them.
  v.Reload(ProgramOf(loyal + RuleOf("new", "count(buy, session) >= 1")), kStart + 10, true, 3);
  v.Event(kStart + 20, "hello");
  CHECK(v.Decided() == Lines{At("loyal", 20)});
}

TEST_CASE(
    "new facts over page, session and next fit the counters of a visitor with a longer past") {
  const std::string old = RuleOf("old", "count(x, visitor) >= 99");
  Visit v(ProgramOf(old));
  const Millis hour = 3'600'000;
  v.Event(kStart, "page_view");
  v.Event(kStart + 1, "page_view");
  v.Event(kStart + hour, "page_view");  // the second session; from here on it is stored
  v.Event(kStart + hour + 1, "a");
  v.Reload(ProgramOf(old + RuleOf("new",
                                  "count(a, page) == 1 and count(page_view, session) == 1 and "
                                  "sequence(a, next b, within 1h)")),
           kStart + hour + 2, true, 2);
  CHECK(v.Clauses("new", kStart + hour + 2).starts_with("- count(a, page) == 1=1"));
  v.Event(kStart + hour + 3, "b");
  CHECK(v.Decided() == Lines{At("new", hour + 3)});
}

TEST_CASE("a window that grew takes in what is stored; shorter ones keep what is not") {
  const std::string five = RuleOf("five", "count(x, 1h) >= 5 and event.name == \"look\"");
  Visit v(ProgramOf(five));
  for (int i = 0; i < 5; ++i) v.Event(kStart + i, "x");
  // Only two of the five are stored still. The window of 2 h begins with them.
  v.Reload(ProgramOf(five + RuleOf("ten", "count(x, 2h) >= 10")), kStart + 10, true, 3);
  CHECK(v.Clauses("five", kStart + 10).find("count(x, 1h) >= 5=5") != std::string::npos);
  v.Event(kStart + 20, "look");
  CHECK(v.Decided() == Lines{At("five", 20)});

  // All stored: the longer window knows what the shorter one had let go.
  Visit w(ProgramOf(RuleOf("short", "count(x, 1m) >= 9")));
  w.Event(kStart, "x");
  w.Event(kStart + 100'000, "x");
  w.Reload(ProgramOf(RuleOf("short", "count(x, 5m) >= 2")), kStart + 100'001);
  CHECK(w.Decided() == Lines{At("short", 100'001)});
}

TEST_CASE("a rule whose `when` did not change keeps whether it has fired") {
  const std::string when = "count(x, session) >= 2";
  Visit v(ProgramOf(RuleOf("r", when)));
  v.Event(kStart, "x");
  v.Event(kStart + 1, "x");
  CHECK(v.Decided() == Lines{At("r", 1)});
  // Everything else of it may change: it holds, and it has fired.
  v.Reload(ProgramOf(RuleOf("r", when, "    priority: 7\n    for: 5s\n    mode: shadow\n")),
           kStart + 10);
  v.To(kStart + 60'000);
  CHECK(v.Decided().empty());
  // Written otherwise, it means the same.
  v.Reload(ProgramOf("  # a comment\n" + RuleOf("r", "(count(x, session)) >= (2)")),
           kStart + 70'000);
  v.To(kStart + 80'000);
  CHECK(v.Decided().empty());
  // With another `when` that holds it rises there and then; so does one with another name.
  v.Reload(ProgramOf(RuleOf("r", "count(x, session) >= 1", "    limits: {}\n") +
                     RuleOf("s", when, "    mode: shadow\n")),
           kStart + 200'000);
  CHECK(v.Decided() == Lines{At("r", 200'000), At("s", 200'000, "shadow")});
}

TEST_CASE("a rule that waits for its `for` goes on waiting") {
  const std::string when = "count(x, session) >= 1";
  const auto rule = [&](const std::string& hold) {
    return ProgramOf(RuleOf("r", when, "    for: " + hold + "\n"));
  };
  Visit v(rule("10s"));
  v.Event(kStart, "x");
  v.Reload(ProgramOf(RuleOf("r", when, "    for: 10s\n") + RuleOf("t", "count(y, session) >= 1")),
           kStart + 4'000);
  v.To(kStart + 20'000);
  CHECK(v.Decided() == Lines{At("r", 10'000)});

  Visit longer(rule("10s"));
  longer.Event(kStart, "x");
  longer.Reload(rule("30s"), kStart + 4'000);
  longer.To(kStart + 60'000);
  // `for` is no part of `when`: the rise stays.
  CHECK(longer.Decided() == Lines{At("r", 30'000)});
}

TEST_CASE("what a rule offered counts under the next program too") {
  const std::string limits = "    limits: { per_visitor: 1 }\n";
  Visit v(ProgramOf(RuleOf("r", "event.name == \"x\"", limits)));
  v.Event(kStart, "x");
  v.Reload(ProgramOf(RuleOf("r", "event.name == \"y\"", limits)), kStart + 1'000);
  v.Event(kStart + 300'000, "y");
  CHECK(v.Decided() == Lines{At("r", 0), At("r", 300'000, "limit")});
}

TEST_CASE("a rule on time alone rises for a visitor who sends nothing more") {
  Visit v(ProgramOf(RuleOf("old", "count(x, session) >= 9")));
  v.Event(kStart, "x");
  v.Reload(ProgramOf(RuleOf("quiet", "idle >= 20s")), kStart + 5'000);
  CHECK(NextDeadline(v.state()) == kStart + 20'000);
  v.To(kStart + 20'000);
  CHECK(v.Decided() == Lines{At("quiet", 20'000)});
}

TEST_CASE("without the layout of the program before, nothing is taken for known") {
  const std::string when = "count(x, session) >= 2";
  Visit v(ProgramOf(RuleOf("r", when)));
  v.Event(kStart, "x");
  v.Event(kStart + 1, "x");
  v.Decided();
  v.Reload(ProgramOf(RuleOf("r", when) + RuleOf("s", "count(x, 1h) >= 2", "    mode: shadow\n")),
           kStart + 10, false);
  CHECK(v.Decided() == Lines{At("s", 10, "shadow")});
}

TEST_CASE("a layout reads back as it was written, and broken bytes are refused") {
  const auto program = ProgramOf(RuleOf("r", "count(x, 5m) >= 3 and distinct(y.z, 1h) >= 2"));
  const Layout layout = LayoutOf(*program);
  CHECK(layout.sources.size() == 2);
  std::string bytes;
  EncodeLayout(layout, &bytes);
  auto again = DecodeLayout(bytes);
  REQUIRE(again.ok());
  std::string twice;
  EncodeLayout(*again, &twice);
  CHECK(twice == bytes);
  for (size_t n = 0; n < bytes.size(); ++n) CHECK_FALSE(DecodeLayout(bytes.substr(0, n)).ok());
}

// Versions are hashes of the meaning (26, and the README of this room).
TEST_CASE("comments, the order of keys and another way of writing make no new version") {
  const auto versions = [](const std::string& text) {
    const auto program = ProgramOf(std::vector<SourceFile>{{"a.yml", text}});
    return std::make_pair(program->version(), program->rules()[0].version);
  };
  const std::string plain =
      "version: 1\n"
      "let:\n  stuck: count(form_error, 2m) >= 3\n"
      "rules:\n"
      "  - name: r\n"
      "    description: one\n"
      "    when: stuck and cart.value >= 30\n"
      "    for: 60s\n"
      "    priority: 5\n"
      "    offer: { channels: [chat], queue: q, message: { en: Hello, fi: Hei } }\n"
      "    limits: { per_session: 1, cooldown: 30m }\n";
  const std::string otherwise =
      "# a comment\n"
      "rules:\n"
      "- priority: 5   # another\n"
      "  limits:\n    cooldown: 1800s\n    per_session: 1\n"
      "  offer:\n    message: {fi: Hei, en: \"Hello\"}\n    queue: q\n    channels:\n    - chat\n"
      "  for: 1m\n"
      "  when: (struggling) and (cart.value >= 30.0)\n"
      "  description: another one\n"
      "  name: r\n"
      "let: { struggling: \"count( form_error , 120s ) >= 3\" }\n"
      "version: 1\n";
  CHECK(versions(plain) == versions(otherwise));
  for (const auto& [from, to] :
       std::map<std::string, std::string>{{">= 30", ">= 31"},
                                          {"2m", "3m"},
                                          {"60s", "61s"},
                                          {"priority: 5", "priority: 6"},
                                          {"Hei", "Moi"},
                                          {"queue: q", "queue: p"},
                                          {"cooldown: 30m", "cooldown: 31m"}}) {
    std::string changed = plain;
    changed.replace(changed.find(from), from.size(), to);
    const std::string& what = from;
    CHECK_MESSAGE(versions(changed) != versions(plain), what);
  }
}

}  // namespace vinkki::rules
