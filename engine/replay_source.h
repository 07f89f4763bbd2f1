// Where a replay's visitors and their events come from: a file, all in memory, or a data folder,
// read visitor by visitor. Visitors are sorted by (site, visitor).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/batch.h"
#include "base/event_list.h"
#include "base/status.h"
#include "engine/event_blocks.h"
#include "engine/history.h"
#include "engine/store.h"
#include "engine/visitor_index.h"

namespace vinkki::engine {

class ReplaySource {
 public:
  // Reads visitors for one thread, best in ascending order.
  class Reader {
   public:
    virtual ~Reader() = default;
    // Into an empty history; its views are good until the next call. Not ok: some rows are broken;
    // the others are there.
    virtual Status Read(size_t i, History* history) = 0;
    // Between Read of one visitor and the next, as often as may be: takes a little time to bring
    // what comes next nearer.
    virtual void Approach() {}
  };

  virtual ~ReplaySource() = default;
  virtual size_t size() const = 0;
  virtual std::string_view who(size_t i) const = 0;
  // Any thread. The source outlives it.
  virtual std::unique_ptr<Reader> NewReader() const = 0;
};

// An event but for its properties.
struct EventHead {
  Millis at = 0;
  std::string_view name;
  bool via_server = false;
  std::string_view id;  // empty: none
};

// A log of events as they arrive, whosever they are.
class FileSource final : public ReplaySource {
 public:
  // A batch that is whole: BatchWriter's.
  void Add(const Batch& batch);
  // One event: BeginEvent, then Prop* and BeginItem of the writer, then EndEvent.
  EventListWriter* BeginEvent(std::string_view site, std::string_view visitor,
                              const EventHead& head);
  void EndEvent();
  // Once, after the last Add.
  void Sort();
  size_t size() const override { return order_.size(); }
  std::string_view who(size_t i) const override { return who_.Name(order_[i]); }
  std::unique_ptr<Reader> NewReader() const override;

  // Times are from 0 to this one: nothing of a file is late, or from the future.
  static constexpr Millis kReceived = 253'402'300'799'999;  // the year 9999

 private:
  class FileReader;
  // An event in the writer whose visitor has not been looked up.
  struct Pending {
    uint64_t hash;
    uint32_t visitor;
    uint32_t key_size;   // in keys_, one behind the other
    uint32_t event_end;  // in the writer, likewise
  };
  void KeepKey(std::string_view site, std::string_view visitor);
  void BringHome();

  VisitorIndex who_;  // site NUL visitor; in order of arrival
  EventBlocks events_;
  WordList words_;
  EventListWriter writer_{&words_};  // of the pending events
  std::vector<Pending> pending_;     // a few: their cache misses are taken at once
  std::vector<char> keys_;           // of theirs, site NUL visitor; the first keys_size_ bytes
  size_t keys_size_ = 0;
  std::vector<uint32_t> order_;  // of visitors, sorted
};

// The visitors are those of the family `states`. Rows of `batches` are in the order of (day, site,
// visitor): a reader keeps a cursor on each day, which goes from visitor to visitor.
class DataSource final : public ReplaySource {
 public:
  Status Open(const std::string& data_dir);
  size_t size() const override { return visitors_.size(); }
  std::string_view who(size_t i) const override {
    const size_t from = i == 0 ? 0 : visitors_[i - 1].name_end;
    return std::string_view(names_).substr(from, visitors_[i].name_end - from);
  }
  std::unique_ptr<Reader> NewReader() const override;

 private:
  class DataReader;
  struct Place {
    size_t name_end;  // in names_; it begins where the one before it ends
    size_t days_end;  // in days_, likewise; none: its state is broken, so the days are not known
  };
  std::span<const uint32_t> days(size_t i) const {
    const size_t from = i == 0 ? 0 : visitors_[i - 1].days_end;
    return std::span(days_).subspan(from, visitors_[i].days_end - from);
  }

  std::unique_ptr<Store> store_;
  std::vector<Place> visitors_;
  std::string names_;           // site NUL visitor, one after the other
  std::vector<uint32_t> days_;  // with rows, ascending for each visitor
};

}  // namespace vinkki::engine
