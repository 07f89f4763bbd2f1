#include "cmd/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cmd/report_view.h"

namespace vinkki::cmd {
namespace {

constexpr std::chrono::milliseconds kBetween(50);

// Of the bar; 0 where the line is short of room.
size_t BarOf(size_t width) { return width >= 90 ? 24 : width >= 70 ? 12 : 0; }

// "1.9 M", "340 k", "12"
std::string Short(double n) {
  char text[32];
  if (n >= 1e6) {
    std::snprintf(text, sizeof text, "%.1f M", n / 1e6);
  } else if (n >= 10'000) {
    std::snprintf(text, sizeof text, "%.0f k", n / 1e3);
  } else {
    std::snprintf(text, sizeof text, "%.0f", n);
  }
  return text;
}

}  // namespace

Progress::Progress(std::string what, std::string unit)
    : what_(std::move(what)), unit_(std::move(unit)), terminal_(Terminal::Of(STDERR_FILENO)) {}

std::string Progress::Line(const Terminal& terminal, const std::string& what,
                           const std::string& unit, uint64_t done, uint64_t all, uint64_t rate_of,
                           const char* rate_unit, double took) {
  const double share = all == 0 ? 1 : static_cast<double>(done) / static_cast<double>(all);
  const size_t length = BarOf(terminal.width);
  const size_t full = std::min(length, static_cast<size_t>(share * static_cast<double>(length)));
  std::string bar;
  for (size_t i = 0; i < length; ++i) {
    bar += i < full ? (terminal.unicode ? "━" : "=") : (terminal.unicode ? "─" : "-");
  }
  const size_t end = length == 0 ? 0 : bar.size() / length * full;
  std::string line = what + "  ";
  if (length > 0) {
    line += Styled(terminal, Style::kOffer, bar.substr(0, end)) +
            Styled(terminal, Style::kFaint, bar.substr(end)) + " ";
  }
  line += PadLeft(std::to_string(static_cast<int>(share * 100)), 3) + " %";
  if (terminal.width >= 90) line += "  " + Grouped(done) + " of " + Grouped(all) + " " + unit;
  line +=
      "  " + Short(static_cast<double>(rate_of) / std::max(took, 1e-3)) + " " + rate_unit + "/s";
  if (done > 0 && done < all && took > 0.3) {
    const double left = took / static_cast<double>(done) * static_cast<double>(all - done);
    const Millis seconds = std::max<Millis>(1, static_cast<Millis>(left + 0.5));
    line += "  " + (seconds < 60 ? std::to_string(seconds) + " s" : LengthText(seconds * 1000)) +
            " left";
  }
  return line;
}

void Progress::Show(uint64_t done, uint64_t all, uint64_t rate_of, const char* rate_unit) {
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_.obeys || all == 0 || (shown_ && now - shown_at_ < kBetween)) return;
  if (!begun_) begun_ = now;
  const std::chrono::duration<double> took = now - *begun_;
  const std::string line =
      Line(terminal_, what_, unit_, done, all, rate_of, rate_unit, took.count());
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
  shown_ = true;
  shown_at_ = now;
}

void Progress::Clear() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

}  // namespace vinkki::cmd
