// A line that rewrites itself on standard error, on a terminal that can do so only: how far, how
// fast, how long still.
//   Replaying  ━━━━━━━━━━━━────────  62 %  21,034 of 33,926 visitors  1.9 M events/s  3 s left
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cmd/terminal.h"

namespace vinkki::cmd {

class Progress {
 public:
  // `what` is being done to `unit`s.
  Progress(std::string what, std::string unit);
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;

  // The time that has passed is counted from the first call, with nothing done yet. `rate_of` is
  // what the rate counts: the same as `done`, or something that says more.
  void Show(uint64_t done, uint64_t all, uint64_t rate_of, const char* rate_unit);
  void Clear();

  // The line, for a terminal of this kind. `took` in seconds.
  static std::string Line(const Terminal& terminal, const std::string& what,
                          const std::string& unit, uint64_t done, uint64_t all, uint64_t rate_of,
                          const char* rate_unit, double took);

 private:
  const std::string what_, unit_;
  const Terminal terminal_;
  std::optional<std::chrono::steady_clock::time_point> begun_;
  std::chrono::steady_clock::time_point shown_at_;
  bool shown_ = false;
};

}  // namespace vinkki::cmd
