#include "engine/engine.h"

#include "base/hash.h"
#include "base/log.h"
#include "engine/explain.h"
#include "engine/keys.h"
#include "engine/shard.h"
#include "engine/state_json.h"
#include "engine/visitor.h"

namespace vinkki::engine {
namespace {

class EmbeddedEngine final : public Engine, public Ingest {
 public:
  EmbeddedEngine(EngineOptions options, std::unique_ptr<Store> store,
                 std::shared_ptr<const rules::Program> program, const Clock* clock,
                 Metrics* metrics)
      : options_(std::move(options)),
        store_(std::move(store)),
        outbox_(store_.get()),
        live_(options_.shards),
        quarantine_(store_.get(), options_.quarantine_bytes, metrics),
        program_(std::move(program)),
        layouts_(store_.get()),
        parts_{&options_, clock,        metrics,   store_.get(), &outbox_,
               &live_,    &quarantine_, &program_, &layouts_},
        clock_(clock) {
    live_.SetPresent(
        [this](std::string_view site, std::string_view visitor) { return Present(site, visitor); });
  }
  ~EmbeddedEngine() override { Stop(); }

  Status Start() {
    parts_.metrics
        ->GetGauge("vinkki_log_damaged", "1 when opening found changed bytes in the store's log")
        .Set(store_->log_damaged() ? 1 : 0);
    VINKKI_RETURN_IF_ERROR(outbox_.Load());
    VINKKI_RETURN_IF_ERROR(quarantine_.Load());
    VINKKI_RETURN_IF_ERROR(layouts_.Load());
    VINKKI_RETURN_IF_ERROR(ReloadWalk::ForgetOtherMarks(store_.get(), options_.shards));
    VINKKI_RETURN_IF_ERROR(NoteProgram(*program_.Get()));
    for (uint32_t i = 0; i < options_.shards; ++i) {
      shards_.push_back(std::make_unique<Shard>(parts_, i));
    }
    for (auto& shard : shards_) shard->Start();
    return Status::Ok();
  }

  Ingest& ingest() override { return *this; }
  Outbox& outbox() override { return outbox_; }
  Live& live() override { return live_; }

  Result<std::string> Explain(const ExplainQuery& query) const override {
    const Result<Explanation> explanation =
        ExplainStored(*store_, program_.Get(), query, clock_->Now());
    if (!explanation.ok()) return explanation.status();
    return ExplanationJson(explanation.value());
  }

  void SetProgram(std::shared_ptr<const rules::Program> program) override {
    if (const Status s = NoteProgram(*program); !s.ok()) {
      Log(Level::kWarn, "program_not_noted", {{"why", s.message()}});
    }
    program_.Set(std::move(program));
  }

  void Stop() override {
    for (auto& shard : shards_) shard->Close();
    for (auto& shard : shards_) shard->Stop();
    if (!options_.flush_on_stop) return;
    if (const Status s = store_->Flush(); !s.ok())
      Log(Level::kWarn, "flush", {{"why", s.message()}});
  }

  bool Submit(Batch&& batch, AckSink* sink, uint64_t token) override {
    const uint64_t hash = Hash64(batch.key());
    return shards_[hash % shards_.size()]->Submit(std::move(batch), hash, sink, token);
  }
  void Quarantine(Reject reject) override { quarantine_.Add(std::move(reject)); }
  bool Ready() const override { return store_->healthy(); }

 private:
  // A visitor's state as it is stored, for who begins to watch. Nothing: there is none, or the
  // rules have changed since and it is not yet moved.
  std::optional<std::string> Present(std::string_view site, std::string_view visitor) const {
    const std::string who = std::string(site) + std::string(1, '\0') + std::string(visitor);
    std::string row;
    const Result<bool> found = store_->Get(Family::kStates, who, &row);
    if (!found.ok() || !found.value()) return std::nullopt;
    Visitor v(who, 0);
    std::string_view bytes;
    if (!DecodeVisitor(row, &v, &bytes).ok()) return std::nullopt;
    const auto program = program_.Get();
    bool stale = false;
    Result<rules::StatePtr> state = rules::DecodeState(*program, site, visitor, bytes, &stale);
    if (!state.ok() || stale || v.rebuild) return std::nullopt;
    v.state = std::move(state).value();
    const Millis at = std::max(clock_->Now(), v.Frontier());
    return StateMessage(*program, rules::Describe(*program, *v.state, at), site, visitor, at);
  }

  // meta "program <version>" -> when it was first in force, so that a decision's rule version can
  // be placed in time. And its layout, before the first state is written under it.
  Status NoteProgram(const rules::Program& program) {
    VINKKI_RETURN_IF_ERROR(layouts_.Note(program));
    const std::string key = "program " + program.version();
    std::string value;
    const Result<bool> known = store_->Get(Family::kMeta, key, &value);
    if (!known.ok()) return known.status();
    if (known.value()) return Status::Ok();
    WriteGroup group;
    group.Put(Family::kMeta, key, '\1' + std::to_string(clock_->Now()));
    return store_->Commit(&group);
  }

  const EngineOptions options_;
  const std::unique_ptr<Store> store_;
  StoreOutbox outbox_;
  LiveHub live_;
  engine::Quarantine quarantine_;
  ProgramSlot program_;
  Layouts layouts_;
  const ShardParts parts_;
  const Clock* clock_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace

Result<std::unique_ptr<Engine>> Engine::Open(EngineOptions options,
                                             std::shared_ptr<const rules::Program> program,
                                             const Clock* clock, Metrics* metrics) {
  if (options.shards == 0) options.shards = 1;
  if (options.group_batches == 0) options.group_batches = 1;
  StoreOptions store_options;
  store_options.data_dir = options.data_dir;
  store_options.fsync = options.fsync;
  store_options.retention = options.retention;
  store_options.clock = clock;
  Result<std::unique_ptr<Store>> store = Store::Open(store_options);
  if (!store.ok()) return store.status();
  auto engine = std::make_unique<EmbeddedEngine>(std::move(options), std::move(store).value(),
                                                 std::move(program), clock, metrics);
  if (Status s = engine->Start(); !s.ok()) return s;
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace vinkki::engine
