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
  if (Find(hash)) return Status::Ok();
  std::string value(1, '\1');
  rules::EncodeLayout(layout, &value);
  {
    std::lock_guard lock(mutex_);
    known_[hash] = std::make_shared<rules::Layout>(std::move(layout));
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

Status Layouts::ForgetAllBut(uint64_t hash) {
  std::lock_guard lock(mutex_);
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

size_t Layouts::size() const {
  std::lock_guard lock(mutex_);
  return known_.size();
}

}  // namespace vinkki::engine
