// A visitor's state: what is stored reads back as the same, foreign bytes never crash, and Step
// allocates nothing once a visitor's facts have their room.

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <random>

#include "rules/load.h"
#include "rules/program.h"
#include "rules/step.h"
#include "tests/rules/generator.h"

// The sanitizers have allocators of their own, which must not be mixed with ours.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define VINKKI_COUNTS_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define VINKKI_COUNTS_ALLOCATIONS 0
#endif
#endif
#ifndef VINKKI_COUNTS_ALLOCATIONS
#define VINKKI_COUNTS_ALLOCATIONS 1
#endif

#if VINKKI_COUNTS_ALLOCATIONS
namespace {
std::atomic<bool> counting{false};
std::atomic<uint64_t> allocations{0};

void* Allocate(size_t n) {
  if (counting.load(std::memory_order_relaxed)) allocations.fetch_add(1);
  if (void* p = std::malloc(n == 0 ? 1 : n)) return p;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(size_t n) { return Allocate(n); }
void* operator new[](size_t n) { return Allocate(n); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
void operator delete[](void* p, size_t) noexcept { std::free(p); }
#endif

namespace vinkki::rules {
namespace {

Batch OneEvent(Millis at, std::string_view name, std::string_view type, std::string_view item) {
  BatchWriter w;
  BatchHeader header;
  header.received = at;
  w.Begin("s", "v", header);
  w.BeginEvent(0, name, false);
  if (!type.empty()) w.Prop("type", Value::Of(type));
  w.Prop("value", Value::Of(40.0));
  if (!item.empty()) {
    w.BeginItem();
    w.Prop("item_id", Value::Of(item));
    w.Prop("price", Value::Of(40.0));
  }
  w.EndEvent();
  return w.Finish();
}

void ApplyBatch(const Program& program, const Context& context, const Batch& batch, State* state,
                Effects* effects) {
  BatchReader reader(batch.bytes());
  EventView event;
  while (reader.Next(&event)) Apply(program, context, event, state, effects);
}

// Events of a visit in a shop: names, page types and products in turn.
std::vector<Batch> Visit(Millis start, int events) {
  static constexpr const char* kNames[] = {"page_view", "view_item",  "active",    "add_to_cart",
                                           "view_cart", "form_error", "view_item", "rage_click"};
  static constexpr const char* kTypes[] = {"product", "cart", "checkout"};
  static constexpr const char* kItems[] = {"a", "b", "c", "d", "e"};
  std::vector<Batch> batches;
  for (int i = 0; i < events; ++i) {
    batches.push_back(OneEvent(start + i * 700, kNames[i % 8], i % 8 == 0 ? kTypes[i / 8 % 3] : "",
                               kItems[i % 5]));
  }
  return batches;
}

std::shared_ptr<const Program> Packs() {
  auto files = ReadFolder(VINKKI_SOURCE_DIR "/rules/packs");
  REQUIRE(files.ok());
  LoadResult loaded = Load(std::move(*files));
  REQUIRE(loaded.program);
  return loaded.program;
}

std::string Encoded(const State& state) {
  std::string bytes;
  EncodeState(state, &bytes);
  return bytes;
}

}  // namespace

TEST_CASE("what was encoded decodes to what encodes the same") {
  int compared = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    const oracle::Case c = oracle::Generate(seed);
    const LoadResult loaded = Load(c.Sources());
    REQUIRE(loaded.program);
    const Program& program = *loaded.program;
    Context context;
    context.replay = true;
    Effects effects;
    StatePtr state = NewState(program, c.world.site, c.world.visitor);
    for (const oracle::Event& e : c.world.events) {
      BatchWriter w;
      BatchHeader header;
      header.received = e.at;
      w.Begin(c.world.site, c.world.visitor, header);
      w.BeginEvent(0, e.name, e.via_server);
      for (const auto& [key, value] : e.props) {
        if (value.is_number()) w.Prop(key, Value::Of(value.number));
        if (value.is_text()) w.Prop(key, Value::Of(std::string_view(value.text)));
      }
      w.EndEvent();
      ApplyBatch(program, context, w.Finish(), state.get(), &effects);
      const std::string bytes = Encoded(*state);
      bool stale = true;
      auto again = DecodeState(program, c.world.site, c.world.visitor, bytes, &stale);
      REQUIRE(again.ok());
      CHECK_FALSE(stale);
      REQUIRE(Encoded(**again) == bytes);
      REQUIRE(NextTurn(**again) == NextTurn(*state));
      REQUIRE(LastEventAt(**again) == LastEventAt(*state));
      state = std::move(*again);
      ++compared;
    }
  }
  CHECK(compared > 500);
}

TEST_CASE("a state that is made new is as any other") {
  const auto program = Packs();
  Context context;
  Effects effects, fresh_effects;
  StatePtr state = NewState(*program, "other", "longer-than-the-next");
  for (int visit = 1; visit <= 20; ++visit) {  // each leaves its memory to the next
    Renew("s", "v", state.get());
    StatePtr fresh = NewState(*program, "s", "v");
    REQUIRE(Encoded(*state) == Encoded(*fresh));
    for (const Batch& b : Visit(1'700'000'000'000 + visit, 100 - 4 * visit)) {
      ApplyBatch(*program, context, b, state.get(), &effects);
      ApplyBatch(*program, context, b, fresh.get(), &fresh_effects);
    }
    REQUIRE(Encoded(*state) == Encoded(*fresh));
    REQUIRE(NextTurn(*state) == NextTurn(*fresh));
    REQUIRE(effects.decisions.size() == fresh_effects.decisions.size());
  }
  CHECK(!effects.decisions.empty());
}

TEST_CASE("cut and changed bytes are an error or another state, never a crash") {
  const auto program = Packs();
  Context context;
  Effects effects;
  StatePtr state = NewState(*program, "s", "v");
  for (const Batch& b : Visit(1'700'000'000'000, 80)) {
    ApplyBatch(*program, context, b, state.get(), &effects);
  }
  const std::string bytes = Encoded(*state);
  REQUIRE(bytes.size() > 100);
  bool stale = false;
  for (size_t n = 0; n < bytes.size(); ++n) {
    CHECK_FALSE(DecodeState(*program, "s", "v", bytes.substr(0, n), &stale).ok());
  }
  std::mt19937_64 random(5);
  for (int i = 0; i < 3000; ++i) {
    std::string broken = bytes;
    for (uint64_t k = random() % 4 + 1; k > 0; --k) {
      broken[random() % broken.size()] = static_cast<char>(random());
    }
    auto decoded = DecodeState(*program, "s", "v", broken, &stale);
    if (!decoded.ok()) continue;
    Encoded(**decoded);
    const Millis at = LastEventAt(**decoded);
    if (at > 0 && at < 4'000'000'000'000) {  // the moments in it may be anything
      Advance(*program, context, at, decoded->get(), &effects);
    }
  }
}

#if VINKKI_COUNTS_ALLOCATIONS
TEST_CASE("Step allocates nothing in the steady state") {
  const auto program = Packs();
  Context context;
  Effects effects;
  effects.decisions.reserve(1024);
  StatePtr state = NewState(*program, "s", "v");
  constexpr Millis kStart = 1'700'000'000'000;
  for (const Batch& b : Visit(kStart, 4000)) {
    ApplyBatch(*program, context, b, state.get(), &effects);
  }
  effects.Clear();
  const std::vector<Batch> more = Visit(kStart + 4000 * 700, 4000);
  allocations = 0;
  counting = true;
  for (const Batch& b : more) ApplyBatch(*program, context, b, state.get(), &effects);
  counting = false;
  CHECK(allocations.load() == 0);
}
#endif

}  // namespace vinkki::rules
