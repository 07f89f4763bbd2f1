#include "engine/replay_source.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/copy_short.h"
#include "engine/keys.h"
#include "engine/visitor.h"

namespace vinkki::engine {

namespace {

constexpr size_t kPending = 64;      // events
constexpr size_t kMostCursors = 64;  // of one reader

void CopyProps(PropReader reader, EventListWriter* writer) {
  std::string_view key;
  for (Value value; reader.Next(&key, &value);) writer->Prop(key, value);
}

}  // namespace

void FileSource::Add(const Batch& batch) {
  BatchReader reader(batch.bytes());
  for (EventView event; NextEvent(&reader, &event);) {
    EventListWriter* writer = BeginEvent(batch.site(), batch.visitor(),
                                         {event.at, event.name, event.via_server, event.id});
    CopyProps(event.props(), writer);
    event.ForEachItem([&](PropReader item) {
      writer->BeginItem();
      CopyProps(item, writer);
    });
    EndEvent();
  }
}

void FileSource::KeepKey(std::string_view site, std::string_view visitor) {
  const size_t size = keys_size_ + site.size() + 1 + visitor.size();
  if (keys_.size() < size) keys_.resize(size * 2);
  char* to = CopyShort(keys_.data() + keys_size_, site);
  *to++ = '\0';
  CopyShort(to, visitor);
  keys_size_ = size;
}

EventListWriter* FileSource::BeginEvent(std::string_view site, std::string_view visitor,
                                        const EventHead& head) {
  if (pending_.size() == kPending) BringHome();
  const uint64_t hash = VisitorIndex::Hash(site, visitor);
  who_.PrefetchSlot(hash);
  KeepKey(site, visitor);
  pending_.push_back({hash, 0, static_cast<uint32_t>(site.size() + 1 + visitor.size()), 0});
  writer_.BeginEvent(std::clamp<Millis>(head.at, 0, kReceived), head.name, head.via_server,
                     head.id);
  return &writer_;
}

void FileSource::EndEvent() {
  writer_.EndEvent();
  pending_.back().event_end = static_cast<uint32_t>(writer_.size());
}

// The pending events to their visitors, all in a row: each is somewhere else in memory.
void FileSource::BringHome() {
  for (const Pending& event : pending_) who_.PrefetchNameOf(event.hash);
  const char* key = keys_.data();
  for (Pending& event : pending_) {
    event.visitor = who_.Add({key, event.key_size}, event.hash);
    events_.PrefetchVisitor(event.visitor);
    key += event.key_size;
  }
  for (const Pending& event : pending_) events_.PrefetchEnd(event.visitor);
  uint32_t from = 0;
  for (const Pending& event : pending_) {
    events_.Append(event.visitor, writer_.written().substr(from, event.event_end - from));
    from = event.event_end;
  }
  pending_.clear();
  keys_size_ = 0;
  writer_.Clear();
}

void FileSource::Sort() {
  BringHome();
  order_.resize(who_.size());
  std::iota(order_.begin(), order_.end(), 0u);
  std::sort(order_.begin(), order_.end(),
            [this](uint32_t a, uint32_t b) { return who_.Name(a) < who_.Name(b); });
}

class FileSource::FileReader final : public Reader {
 public:
  explicit FileReader(const FileSource& source) : source_(source) {}

  Status Read(size_t i, History* history) override {
    const std::vector<uint32_t>& order = source_.order_;
    const EventBlocks& events = source_.events_;
    if (i + 8 < order.size()) {
      source_.who_.PrefetchName(order[i + 8]);
      events.PrefetchVisitor(order[i + 8]);
    }
    if (i + 4 < order.size()) events.PrefetchFirst(order[i + 4]);
    if (i + 1 < order.size()) next_ = EventBlocks::Approach(events, order[i + 1]);
    Status status;
    events.ForEach(order[i], [&](std::string_view list, uint64_t count) {
      if (Status s = history->AddList(list, count, &source_.words_); !s.ok()) status = std::move(s);
    });
    return status;
  }
  void Approach() override { next_.Step(); }

 private:
  const FileSource& source_;
  EventBlocks::Approach next_;
};

std::unique_ptr<ReplaySource::Reader> FileSource::NewReader() const {
  return std::make_unique<FileReader>(*this);
}

Status DataSource::Open(const std::string& data_dir) {
  StoreOptions options;
  options.data_dir = data_dir;
  options.read_only = true;
  Result<std::unique_ptr<Store>> store = Store::Open(options);
  if (!store.ok()) return store.status();
  store_ = std::move(store).value();
  Visitor visitor({}, 0);
  std::string_view ignored;
  return store_->Scan(Family::kStates, {}, {}, [&](std::string_view who, std::string_view row) {
    names_.append(who);
    if (DecodeVisitor(row, &visitor, &ignored).ok()) {
      days_.insert(days_.end(), visitor.days.begin(), visitor.days.end());
    }
    visitors_.push_back({names_.size(), days_.size()});
    return true;
  });
}

class DataSource::DataReader final : public Reader {
 public:
  explicit DataReader(const DataSource& source) : source_(source) {}

  Status Read(size_t i, History* history) override {
    if (i < next_) cursors_.clear();  // they only go forward
    next_ = i + 1;
    rows_.clear();
    bytes_.clear();
    Status status;
    std::span<const uint32_t> days = source_.days(i);
    if (days.empty()) {
      Result<std::vector<uint32_t>> found = FindDays(*source_.store_, source_.who(i));
      if (!found.ok()) return found.status();
      found_days_ = std::move(found).value();
      days = found_days_;
    }
    for (const uint32_t day : days) {
      if (Status s = ReadDay(day, source_.who(i)); !s.ok()) status = std::move(s);
    }
    std::sort(rows_.begin(), rows_.end(),
              [](const Row& a, const Row& b) { return a.sequence < b.sequence; });
    for (const Row& row : rows_) {
      const std::string_view bytes = std::string_view(bytes_).substr(row.offset, row.size);
      if (Status s = history->Add(bytes); !s.ok()) status = std::move(s);
    }
    return status;
  }

 private:
  struct Row {
    uint64_t sequence;
    size_t offset, size;  // in bytes_
  };

  StoreCursor* CursorOf(uint32_t day) {
    if (cursors_.size() == kMostCursors && !cursors_.contains(day)) cursors_.clear();
    std::unique_ptr<StoreCursor>& cursor = cursors_[day];
    if (cursor == nullptr) {
      cursor = source_.store_->OpenCursor(Family::kBatches);
      cursor->Seek(prefix_);
    }
    return cursor.get();
  }

  Status ReadDay(uint32_t day, std::string_view who) {
    EncodeDayPrefix(day, who, &prefix_);
    StoreCursor* cursor = CursorOf(day);
    // Others' rows, which another reader has taken.
    if (cursor->valid() && cursor->key() < prefix_) cursor->Seek(prefix_);
    Status broken;
    for (; cursor->valid() && cursor->key().starts_with(prefix_); cursor->Next()) {
      const Result<BatchKey> key = DecodeBatchKey(cursor->key());
      if (!key.ok()) {
        broken = key.status();
        continue;
      }
      const std::string_view value = cursor->value();
      rows_.push_back({key.value().sequence, bytes_.size(), value.size()});
      bytes_.append(value);
    }
    if (cursor->status().ok()) return broken;
    Status status = cursor->status();
    cursors_.erase(day);
    return status;
  }

  const DataSource& source_;
  std::map<uint32_t, std::unique_ptr<StoreCursor>> cursors_;  // by day
  size_t next_ = 0;
  std::string prefix_;
  std::vector<uint32_t> found_days_;
  std::vector<Row> rows_;
  std::string bytes_;
};

std::unique_ptr<ReplaySource::Reader> DataSource::NewReader() const {
  return std::make_unique<DataReader>(*this);
}

}  // namespace vinkki::engine
