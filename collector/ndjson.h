// Events of servers and of files, one JSON object a line (docs/wire.md):
// the decoder of a line, and the splitter that makes batches of them, one for each visitor. Shared
// by POST /v1/events, `vinkki import` and `vinkki replay --events`; files in CSV: csv.h.
//
//   text = *(line LF) [line]        ; CR before LF and empty lines are read over
//
// Threads: each object belongs to one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/batch.h"
#include "collector/decode.h"
#include "collector/reject.h"

namespace vinkki::collector {

inline constexpr size_t kMaxLine = 256u << 10;

// Walks a text line by line, counting from 1. Views into the text.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : left_(text) {}
  // The next line that is not empty; false at the end.
  bool Next(std::string_view* line, uint32_t* number);
  // The next line, if it is one that can be read at once (plain_line.h); else nothing has changed.
  bool NextPlain(LineEvent* out, uint32_t* number);
  size_t left() const { return left_.size(); }  // bytes

 private:
  std::string_view left_;
  uint32_t number_ = 0;
};

class NdjsonDecoder {
 public:
  // kNone: *out holds the event, in views that live until the next call. The line needs no padding.
  Problem Decode(std::string_view line, LineEvent* out);
  // The same, slower with a plain line.
  Problem DecodeAny(std::string_view line, LineEvent* out);

 private:
  Decoder decoder_;
  std::string padded_;
};

// All lines of a text, each an event or a problem.
class NdjsonReader {
 public:
  explicit NdjsonReader(std::string_view text) : lines_(text) {}
  // The next line that is not empty; false at the end. *problem kNone: *out holds the event, in
  // views that live until the next call.
  bool Next(LineEvent* out, uint32_t* number, Problem* problem);
  size_t left() const { return lines_.left(); }  // bytes that are not read yet

 private:
  LineReader lines_;
  NdjsonDecoder decoder_;
};

// One refused line, as the answer and the tools report it.
struct LineRefusal {
  uint32_t line = 0;
  Reason reason = Reason::kNone;
  std::string detail;
};

// Collects events into batches of one visitor each. Within a batch events stand in the order in
// which they were added.
class BatchSplitter {
 public:
  struct Options {
    std::string site;        // of lines that name none
    bool only_site = false;  // lines of other sites are refused (wrong_site)
    Millis received = 0;     // written into the batches; later events are set to it
    // Events before received - lateness go into batches marked as history; nullopt: none are.
    std::optional<Millis> lateness;
    bool need_site = true;  // refuse lines that are left without a site; else theirs is ""
  };
  explicit BatchSplitter(Options options) : options_(std::move(options)) {}

  // kNone: added.
  Problem Add(const LineEvent& event);
  // Each visitor's history first. Empty afterwards.
  std::vector<Batch> Finish();

 private:
  struct Open {
    BatchWriter writer;
    size_t at = 0;  // in done_, when the batch is finished
  };
  void Begin(Open* open, std::string_view site, std::string_view visitor, bool history);

  static constexpr size_t kBatchEvents = 400;
  static constexpr size_t kBatchBytes = 128u << 10;

  Options options_;
  std::map<std::string, Open, std::less<>> open_;  // site NUL visitor NUL (0 history | 1)
  std::vector<Batch> done_;
  std::string key_;
};

}  // namespace vinkki::collector
