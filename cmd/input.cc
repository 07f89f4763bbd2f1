#include "cmd/input.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "cmd/report_view.h"
#include "collector/csv.h"

namespace vinkki::cmd {
namespace {

using collector::LineEvent;
using collector::Problem;

constexpr uint64_t kShownRefusals = 10;
constexpr uint64_t kPieceEvents = 100'000;    // in one piece of ReadBatches
constexpr uint64_t kBetweenProgress = 4'096;  // lines

// The bytes of a file, mapped, or of a pipe or standard input, read to the end.
class Bytes {
 public:
  Bytes() = default;
  Bytes(const Bytes&) = delete;
  ~Bytes() {
    if (mapped_ != nullptr) ::munmap(mapped_, size_);
  }

  Status Open(const std::string& path) {
    if (path == "-") {
      text_.assign(std::istreambuf_iterator<char>(std::cin), {});
      return Status::Ok();
    }
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    const bool known = fd >= 0 && ::fstat(fd, &info) == 0;
    const bool stream = known && (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode));
    if (stream && ReadToEnd(fd)) return Status::Ok();
    if (!known || !S_ISREG(info.st_mode)) {
      if (fd >= 0 && !stream) ::close(fd);
      return Status::NotFound("cannot read '" + path + "': is it a file, and may you read it?");
    }
    size_ = static_cast<size_t>(info.st_size);
    void* at = size_ == 0 ? nullptr : ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
    ::close(fd);
    if (at == MAP_FAILED) return Status::Internal("cannot map '" + path + "' into memory");
    mapped_ = at;
    return Status::Ok();
  }

  std::string_view view() const {
    return mapped_ != nullptr ? std::string_view(static_cast<const char*>(mapped_), size_)
                              : std::string_view(text_);
  }

 private:
  // Closes it. Whether its end was reached.
  bool ReadToEnd(int fd) {
    ssize_t n = 0;
    do {
      char buffer[65'536];
      n = ::read(fd, buffer, sizeof buffer);
      if (n > 0) text_.append(buffer, static_cast<size_t>(n));
    } while (n > 0 || (n < 0 && errno == EINTR));
    ::close(fd);
    return n == 0;
  }

  std::string text_;
  void* mapped_ = nullptr;
  size_t size_ = 0;
};

bool IsCsv(const InputOptions& options) {
  const std::string& file = options.file;
  return !options.map.empty() || (file.size() > 4 && file.ends_with(".csv"));
}

// Counts one line, and says what was refused of it.
void Count(uint32_t line, const Problem& problem, InputCounts* counts) {
  ++counts->lines;
  if (!problem) {
    ++counts->accepted;
    return;
  }
  const std::string code(collector::Info(problem.reason).code);
  ++counts->refused[code];
  if (counts->refused_total() <= kShownRefusals) {
    std::fprintf(stderr, "line %u: %s: %s\n", line, code.c_str(), problem.detail.c_str());
  }
}

void ReadNdjson(std::string_view text, const InputOptions& options,
                const std::function<Problem(const LineEvent&)>& use, InputCounts* counts) {
  collector::NdjsonReader reader(text);
  LineEvent event;
  Problem problem;
  for (uint32_t number = 0; reader.Next(&event, &number, &problem);) {
    if (!problem) problem = use(event);
    Count(number, problem, counts);
    if (options.progress && counts->lines % kBetweenProgress == 0) {
      options.progress(text.size() - reader.left(), text.size());
    }
  }
}

Status ReadCsv(std::string_view text, const InputOptions& options,
               const std::function<Problem(const LineEvent&)>& use, InputCounts* counts) {
  if (options.map.empty()) {
    return Status::Invalid("a CSV needs --map, which says what its columns are: --map " +
                           std::string("at=timestamp,visitor=visitorid,name=event"));
  }
  auto mapping = collector::ParseCsvMapping(options.map);
  if (!mapping.ok()) return mapping.status();
  auto reader = collector::CsvReader::Open(text, std::move(*mapping));
  if (!reader.ok()) return reader.status();
  LineEvent event;
  Problem problem;
  for (uint32_t line = 0; reader->Next(&event, &line, &problem);) {
    if (!problem) problem = use(event);
    Count(line, problem, counts);
    problem = {};
    if (options.progress && counts->lines % kBetweenProgress == 0) {
      options.progress(reader->position(), text.size());
    }
  }
  return Status::Ok();
}

}  // namespace

uint64_t InputCounts::refused_total() const {
  uint64_t n = 0;
  for (const auto& [code, count] : refused) n += count;
  return n;
}

Status ReadEvents(const InputOptions& options, const std::function<Problem(const LineEvent&)>& use,
                  InputCounts* counts) {
  Bytes bytes;
  VINKKI_RETURN_IF_ERROR(bytes.Open(options.file));
  if (IsCsv(options)) return ReadCsv(bytes.view(), options, use, counts);
  ReadNdjson(bytes.view(), options, use, counts);
  return Status::Ok();
}

Status ReadBatches(const InputOptions& options, Millis received, std::optional<Millis> lateness,
                   const std::function<Status(Batch&&)>& use, InputCounts* counts) {
  collector::BatchSplitter splitter({.site = options.site,
                                     .only_site = false,
                                     .received = received,
                                     .lateness = lateness,
                                     .need_site = false});
  Status status;
  uint64_t waiting = 0;
  const auto hand_on = [&] {
    for (Batch& batch : splitter.Finish()) {
      if (status.ok()) status = use(std::move(batch));
    }
    waiting = 0;
  };
  const Status read = ReadEvents(
      options,
      [&](const LineEvent& event) {
        if (waiting++ == kPieceEvents) hand_on();
        return splitter.Add(event);
      },
      counts);
  hand_on();
  return read.ok() ? status : read;
}

void PrintCounts(const InputCounts& counts) {
  std::fprintf(stderr, "%s read", Counted(counts.accepted, "event").c_str());
  const uint64_t refused = counts.refused_total();
  if (refused > 0) {
    std::fprintf(stderr, ", %s refused (", Counted(refused, "line").c_str());
    const char* comma = "";
    for (const auto& [code, n] : counts.refused) {
      std::fprintf(stderr, "%s%s %llu", comma, code.c_str(), static_cast<unsigned long long>(n));
      comma = ", ";
    }
    std::fputs(")", stderr);
  }
  std::fputs("\n", stderr);
}

}  // namespace vinkki::cmd
