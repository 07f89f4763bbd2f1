#include "engine/layouts.h"

#include "base/hash.h"
#include "base/log.h"
#include "engine/keys.h"
#include "rules/program.h"

namespace vinkki::engine {
namespace {

constexpr std::string_view kPrefix = "layout ";

std::string KeyOf(uint64_t hash) {
  std::string big;
  PutBig64(&big, hash);
  return std::string(kPrefix) + HexOf(big);
}

}  // namespace

Status Layouts::Load() {
  std::lock_guard lock(mutex_);
  return store_->Scan(
      Family::kMeta, kPrefix, PrefixEnd(kPrefix),
      [&](std::string_view key, std::string_view value) {
        Result<rules::Layout> layout =
            value.starts_with('\1') ? rules::DecodeLayout(value.substr(1))
                                    : Status::Corrupt("layout of visitor states: unknown version");
        if (layout.ok() && KeyOf(layout->hash) == key) {
          known_[layout->hash] = std::make_shared<rules::Layout>(std::move(*layout));
        } else {
          Log(Level::kError, "layout_broken", {{"key", key}, {"why", layout.status().message()}});
        }
        return true;
      });
}

Status Layouts::Note(const rules::Program& program) {
  rules::Layout layout = rules::LayoutOf(program);
  const uint64_t hash = layout.hash;
  std::string value(1, '\1');
  rules::EncodeLayout(layout, &value);
  std::lock_guard lock(mutex_);  // through the commit: nobody forgets it meanwhile
  newest_ = hash;
  if (!known_.try_emplace(hash, std::make_shared<rules::Layout>(std::move(layout))).second) {
    return Status::Ok();
  }
  WriteGroup group;
  group.Put(Family::kMeta, KeyOf(hash), value);
  return store_->Commit(&group);
}

std::shared_ptr<const rules::Layout> Layouts::Find(uint64_t hash) const {
  std::lock_guard lock(mutex_);
  const auto at = known_.find(hash);
  return at == known_.end() ? nullptr : at->second;
}

Status Layouts::AllUnder(uint64_t hash, uint32_t shard, uint32_t shards) {
  std::lock_guard lock(mutex_);
  all_under_[shard] = hash;
  for (uint32_t i = 0; i < shards; ++i) {
    if (all_under_[i] != newest_) return Status::Ok();
  }
  WriteGroup group;
  for (auto at = known_.begin(); at != known_.end();) {
    if (at->first == hash) {
      ++at;
      continue;
    }
    group.Delete(Family::kMeta, KeyOf(at->first));
    at = known_.erase(at);
  }
  return group.empty() ? Status::Ok() : store_->Commit(&group);
}

}  // namespace vinkki::engine
