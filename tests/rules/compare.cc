#include "tests/rules/compare.h"

#include <algorithm>
#include <random>
#include <set>

#include "base/batch.h"
#include "base/text.h"

namespace vinkki::rules::oracle {
namespace {

Value ValueOf(const Datum& d) {
  switch (d.kind) {
    case Datum::Kind::kBool: return Value::Of(d.boolean);
    case Datum::Kind::kNumber: return Value::Of(d.number);
    case Datum::Kind::kText: return Value::Of(std::string_view(d.text));
    default: return Value::Missing();
  }
}

}  // namespace

Batch BatchOf(const World& world, const Event& e) {
  BatchWriter writer;
  BatchHeader header;
  header.received = e.at;
  writer.Begin(world.site, world.visitor, header);
  writer.BeginEvent(0, e.name, e.via_server);
  for (const auto& [key, value] : e.props) writer.Prop(key, ValueOf(value));
  for (const Props& item : e.items) {
    writer.BeginItem();
    for (const auto& [key, value] : item) writer.Prop(key, ValueOf(value));
  }
  writer.EndEvent();
  return writer.Finish();
}

namespace {

class Driver {
 public:
  Driver(const Program& program, const World& world, Drive drive, uint64_t seed)
      : program_(program),
        world_(world),
        drive_(drive),
        random_(seed),
        state_(NewState(program, world.site, world.visitor)) {
    has_capacity_ = [this](uint32_t rule) { return world_.without_capacity.count(rule) == 0; };
    context_.replay = true;
    context_.bot = world.bot;
    context_.ignore_holdout = world.ignore_holdout;
    context_.potential = world.potential;
    context_.has_capacity = &has_capacity_;
  }

  std::vector<Decision> Go() {
    Millis before = 0;
    for (const Event& e : world_.events) {
      const Millis now = std::max(e.at, e.arrives);
      if (now > world_.end) break;
      if (before != 0) Between(before, now);
      auto place = known_.end();
      while (place != known_.begin() && (place - 1)->first > e.at) --place;
      place = known_.insert(place, {e.at, BatchOf(world_, e)});
      if (e.late()) {
        AdvanceTo(now);
        PutInPlace(now);
      } else {
        Apply(program_, context_, View(place->second), state_.get(), &effects_);
      }
      before = now;
    }
    Between(before, world_.end);
    AdvanceTo(world_.end);
    return effects_.decisions;
  }

 private:
  static EventView View(const Batch& batch) {
    BatchReader reader(batch.bytes());
    EventView view;
    if (!reader.Next(&view)) std::abort();
    return view;
  }

  // As the engine does with a late event: everything from all the events, sorted.
  void PutInPlace(Millis now) {
    size_t i = 0;
    const auto next = [&](EventView* out) {
      if (i == known_.size()) return false;
      *out = View(known_[i++].second);
      return true;
    };
    Rebuild(program_, context_, now, next, state_.get(), &effects_);
  }

  void AdvanceTo(Millis t) { Advance(program_, context_, t, state_.get(), &effects_); }

  void Between(Millis from, Millis to) {
    if (drive_ == Drive::kEventsOnly) return;
    if (drive_ == Drive::kRestless) Restless(from, to);
    for (int i = 0; NextDeadline(*state_) <= to; ++i) {
      if (i > 100'000) std::abort();  // a timer that does not move
      AdvanceTo(NextDeadline(*state_));
    }
  }

  void Restless(Millis from, Millis to) {
    const Millis gap = to - from;
    for (uint64_t i = random_() % 3; i-- > 0 && gap > 0;) {
      const Millis t = from + static_cast<Millis>(random_() % static_cast<uint64_t>(gap));
      if (t < at_) continue;
      at_ = t;
      AdvanceTo(t);
      if (random_() % 2 == 0) AdvanceTo(t);
    }
    if (random_() % 2 == 0) StoreAndRead();
  }

  void StoreAndRead() {
    std::string bytes;
    EncodeState(*state_, &bytes);
    bool stale = false;
    auto decoded = DecodeState(program_, world_.site, world_.visitor, bytes, &stale);
    if (!decoded.ok() || stale) std::abort();
    std::string again;
    EncodeState(**decoded, &again);
    if (again != bytes) std::abort();
    state_ = std::move(*decoded);
  }

  const Program& program_;
  const World& world_;
  Drive drive_;
  std::mt19937_64 random_;
  StatePtr state_;
  std::vector<std::pair<Millis, Batch>> known_;  // the events so far, by time
  Millis at_ = 0;
  std::function<bool(uint32_t)> has_capacity_;
  Context context_;
  Effects effects_;
};

std::string Text(const Program& program, const Decision& d, Millis start) {
  std::string out = "+" + FormatDuration(d.at - start) + " " + program.rules()[d.rule].name + " ";
  if (d.reason != Reason::kNone) return out + "silent: " + std::string(ReasonName(d.reason));
  return out + (d.to_bot ? "offer to the bot" : "offer");
}

}  // namespace

std::vector<Decision> RunStep(const Program& program, const World& world, Drive drive,
                              uint64_t seed) {
  return Driver(program, world, drive, seed).Go();
}

std::string Difference(const Program& program, std::vector<Decision> oracle,
                       std::vector<Decision> step, Millis start) {
  const auto before = [](const Decision& a, const Decision& b) {
    return a.at != b.at ? a.at < b.at : a.rule < b.rule;
  };
  std::stable_sort(oracle.begin(), oracle.end(), before);
  std::stable_sort(step.begin(), step.end(), before);
  const auto same = [](const Decision& a, const Decision& b) {
    return a.at == b.at && a.rule == b.rule && a.reason == b.reason &&
           (a.reason != Reason::kNone || a.to_bot == b.to_bot);
  };
  if (std::equal(oracle.begin(), oracle.end(), step.begin(), step.end(), same)) return "";
  std::string out;
  for (size_t i = 0; i < std::max(oracle.size(), step.size()) && i < 30; ++i) {
    const std::string o = i < oracle.size() ? Text(program, oracle[i], start) : "-";
    const std::string s = i < step.size() ? Text(program, step[i], start) : "-";
    out += (o == s ? "     " : "  != ") + o + (o == s ? "" : "   | Step: " + s) + "\n";
  }
  return out;
}

namespace {

// A rule of which the checker says that it can never fire, and which does.
std::string WrongHint(const LoadResult& loaded, const std::vector<Decision>& decisions) {
  for (const Diagnostic& d : loaded.diagnostics) {
    if (d.message.rfind("this can never fire", 0) != 0) continue;
    for (const Decision& decision : decisions) {
      if (loaded.program->rules()[decision.rule].name != d.rule) continue;
      return "hint: rule '" + d.rule + "' fires, but: " + d.message + "\n";
    }
  }
  return "";
}

}  // namespace

std::string Disagreement(const Case& c) {
  const LoadResult loaded = Load(c.Sources());
  if (!loaded.program) return "refused:\n" + Format(loaded);
  World world = c.world;
  world.set = &loaded.set;
  const auto expected = Run(world);
  if (const std::string wrong = WrongHint(loaded, expected); !wrong.empty()) return wrong;
  for (const Drive drive : {Drive::kEventsOnly, Drive::kDeadlines, Drive::kRestless}) {
    const auto step = RunStep(*loaded.program, world, drive, c.seed);
    const std::string d = Difference(*loaded.program, expected, step, world.events.front().at);
    if (!d.empty()) return "drive " + std::to_string(static_cast<int>(drive)) + ":\n" + d;
  }
  return "";
}

}  // namespace vinkki::rules::oracle
