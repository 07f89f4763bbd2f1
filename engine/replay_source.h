// Where a replay's visitors and their events come from: a file, all in memory, or a data folder,
// read visitor by visitor. Visitors are sorted by (site, visitor).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/batch.h"
#include "base/status.h"
#include "engine/history.h"
#include "engine/store.h"

namespace vinkki::engine {

class ReplaySource {
 public:
  virtual ~ReplaySource() = default;
  virtual size_t size() const = 0;
  virtual std::string_view who(size_t i) const = 0;
  // Any thread. Not ok: some rows are broken; the others are there.
  virtual Status Read(size_t i, History* history) const = 0;
};

// For each visitor the batches one after the other, each with its length before it.
class FileSource final : public ReplaySource {
 public:
  void Add(const Batch& batch);
  // Once, after the last Add.
  void Sort();
  size_t size() const override { return visitors_.size(); }
  std::string_view who(size_t i) const override { return visitors_[i].who; }
  Status Read(size_t i, History* history) const override;

 private:
  struct Visitor {
    std::string who;
    std::string batches;
  };
  std::unordered_map<std::string, size_t> index_;
  std::vector<Visitor> visitors_;
};

class DataSource final : public ReplaySource {
 public:
  Status Open(const std::string& data_dir);
  size_t size() const override { return visitors_.size(); }
  std::string_view who(size_t i) const override { return visitors_[i]; }
  Status Read(size_t i, History* history) const override;

 private:
  std::unique_ptr<Store> store_;
  std::vector<std::string> visitors_;
};

}  // namespace vinkki::engine
