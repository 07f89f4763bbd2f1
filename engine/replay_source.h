// Where a replay's visitors and their events come from: a file, all in memory, or a data folder,
// read visitor by visitor. Visitors are sorted by (site, visitor).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/batch.h"
#include "base/status.h"
#include "engine/history.h"
#include "engine/store.h"
#include "engine/visitor_index.h"

namespace vinkki::engine {

class ReplaySource {
 public:
  virtual ~ReplaySource() = default;
  virtual size_t size() const = 0;
  virtual std::string_view who(size_t i) const = 0;
  // Any thread. Not ok: some rows are broken; the others are there.
  virtual Status Read(size_t i, History* history) const = 0;
};

// A log of events as they arrive, whosever they are, in large chunks; an entry for each says whose
// it is and where. Sort puts the entries in order of visitors; a visitor's events are brought
// together when they are read.
class FileSource final : public ReplaySource {
 public:
  FileSource();
  void Add(const Batch& batch);
  // One event: BeginEvent, then BeginEvent, Prop* ... EndEvent of the writer with times relative to
  // kReceived, then EndEvent.
  BatchWriter* BeginEvent(std::string_view site, std::string_view visitor);
  void EndEvent();
  // Once, after the last Add.
  void Sort();
  size_t size() const override { return order_.size(); }
  std::string_view who(size_t i) const override { return who_.Name(order_[i]); }
  Status Read(size_t i, History* history) const override;

  // Received at the end of time: nothing of a file is late, or from the future.
  static constexpr Millis kReceived = 253'402'300'799'999;  // the year 9999

 private:
  // An event of a chunk, or, with size 0, all of it: a batch that was added as a whole.
  struct Entry {
    uint32_t visitor;
    uint32_t chunk;
    uint32_t offset;
    uint32_t size;
  };
  // An event of the open chunk whose visitor has not been looked up.
  struct Pending {
    uint64_t hash;
    uint32_t key_at;  // in keys_
    uint32_t key_size;
    uint32_t offset;
    uint32_t size;
  };
  void CloseChunk();
  void AddRow(const Entry* begin, const Entry* end, std::string* row) const;

  VisitorIndex who_;  // site NUL visitor; in order of arrival
  std::vector<Batch> chunks_;
  std::vector<Entry> entries_;
  BatchWriter writer_;  // of the last chunk, while it is open
  bool open_ = false;
  std::vector<Pending> pending_;  // of the open chunk
  std::string keys_;
  std::string empty_row_;        // a batch without events
  std::vector<uint32_t> order_;  // of visitors, sorted
  std::vector<size_t> begins_;   // by visitor: its first entry
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
