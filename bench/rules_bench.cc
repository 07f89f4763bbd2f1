// Step and the compiler. BM_Replay/N: whole visits under N rules, a new state each, timers for 24
// hours after the last event included; the time for an event is what counts ("per event").
// BM_ReplayDense: the same with rules that are for everybody (rules_workload.h).
// BM_ReplayWhere: rules that differ in the text of their `where` (where_workload.h).
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>

#include "bench/rules_workload.h"
#include "bench/where_workload.h"
#include "rules/load.h"
#include "rules/program.h"
#include "rules/state.h"
#include "rules/step.h"

namespace vinkki::bench {
namespace {

constexpr int kVisits = 500;

std::shared_ptr<const rules::Program> ProgramOf(const std::string& text) {
  auto loaded = rules::Load({{"bench.yml", text}});
  if (!loaded.program) {
    std::fputs(rules::Format(loaded).c_str(), stderr);
    std::abort();
  }
  return loaded.program;
}

// Rules of a visitor that hold, or wait for another condition than their first.
size_t LiveRules(const rules::Program& program, const rules::State& state) {
  size_t live = 0;
  for (const rules::RuleWhen& rule : program.code().whens) live += state.watches.Away(rule);
  return live;
}

struct PerEvent {
  double live = 0;    // LiveRules
  double timers = 0;  // how often a server wakes for the visitor
};

PerEvent CountPerEvent(const rules::Program& program, const std::vector<Batch>& visits) {
  rules::Context context;
  context.replay = true;
  rules::Effects effects;
  double live = 0, timers = 0, events = 0;
  for (const Batch& visit : visits) {
    rules::StatePtr state = rules::NewState(program, visit.site(), visit.visitor());
    const auto wake = [&](Millis to) {
      for (; rules::NextDeadline(*state) <= to; ++timers) {
        rules::Advance(program, context, rules::NextDeadline(*state), state.get(), &effects);
      }
    };
    BatchReader reader(visit.bytes());
    for (EventView event; reader.Next(&event); ++events) {
      wake(event.at);
      rules::Apply(program, context, event, state.get(), &effects);
      live += static_cast<double>(LiveRules(program, *state));
    }
    wake(rules::LastEventAt(*state) + 86'400'000);
    effects.Clear();
  }
  return {live / events, timers / events};
}

void Replay(benchmark::State& bench, const std::string& rules, const std::vector<Batch>& visits) {
  const auto program = ProgramOf(rules);
  rules::Context context;
  context.replay = true;
  rules::Effects effects;
  int64_t events = 0;
  size_t decisions = 0;
  for (auto _ : bench) {
    for (const Batch& visit : visits) {
      rules::StatePtr state = rules::NewState(*program, visit.site(), visit.visitor());
      BatchReader reader(visit.bytes());
      EventView event;
      while (reader.Next(&event)) {
        rules::Apply(*program, context, event, state.get(), &effects);
        ++events;
      }
      rules::Advance(*program, context, rules::LastEventAt(*state) + 86'400'000, state.get(),
                     &effects);
      decisions += effects.decisions.size();
      effects.Clear();
    }
  }
  bench.SetItemsProcessed(events);
  bench.counters["decisions/event"] = static_cast<double>(decisions) / static_cast<double>(events);
  const PerEvent count = CountPerEvent(*program, visits);
  bench.counters["live rules"] = count.live;
  bench.counters["timers/event"] = count.timers;
  bench.counters["per event"] = benchmark::Counter(
      static_cast<double>(events), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

std::vector<Batch> Visits() {
  std::vector<Batch> visits;
  for (int i = 0; i < kVisits; ++i) visits.push_back(Visit(i));
  return visits;
}
void BM_Replay(benchmark::State& bench) {
  Replay(bench, Rules(static_cast<int>(bench.range(0))), Visits());
}
void BM_ReplayDense(benchmark::State& bench) {
  Replay(bench, Rules(static_cast<int>(bench.range(0)), Kind::kDense), Visits());
}
void BM_ReplayWhere(benchmark::State& bench) {
  const int count = static_cast<int>(bench.range(0));
  std::vector<Batch> visits;
  for (int i = 0; i < kVisits; ++i) visits.push_back(WhereVisit(i, count));
  Replay(bench, WhereRules(count), visits);
}
BENCHMARK(BM_ReplayWhere)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ReplayDense)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Replay)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

// What a visitor costs in memory and in the store, at the end of a visit.
void BM_StateSize(benchmark::State& bench) {
  const auto program = ProgramOf(Rules(static_cast<int>(bench.range(0))));
  rules::Context context;
  context.replay = true;
  rules::Effects effects;
  double memory = 0, stored = 0;
  std::string bytes;
  for (auto _ : bench) {
    memory = stored = 0;
    for (int i = 0; i < kVisits; ++i) {
      const Batch visit = Visit(i);
      rules::StatePtr state = rules::NewState(*program, visit.site(), visit.visitor());
      BatchReader reader(visit.bytes());
      EventView event;
      while (reader.Next(&event)) rules::Apply(*program, context, event, state.get(), &effects);
      bytes.clear();
      rules::EncodeState(*state, &bytes);
      memory += static_cast<double>(rules::StateSize(*state)) / kVisits;
      stored += static_cast<double>(bytes.size()) / kVisits;
      effects.Clear();
    }
  }
  bench.counters["memory"] = memory;
  bench.counters["stored"] = stored;
}
BENCHMARK(BM_StateSize)->Arg(10)->Arg(100)->Arg(1000)->Iterations(1);

void BM_Load(benchmark::State& bench) {
  const std::string text = Rules(static_cast<int>(bench.range(0)));
  for (auto _ : bench) benchmark::DoNotOptimize(rules::Load({{"bench.yml", text}}));
}
BENCHMARK(BM_Load)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vinkki::bench
