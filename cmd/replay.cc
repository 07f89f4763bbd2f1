// `vinkki replay`: what a set of rules would have done with past visits.

#include "engine/replay.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "base/json_writer.h"
#include "base/text.h"
#include "cmd/commands.h"
#include "cmd/input.h"
#include "cmd/rules_source.h"

namespace vinkki::cmd {
namespace {

using FilePtr = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// Null when no decisions are wanted.
Result<FilePtr> OpenDecisions(const std::string& path) {
  if (path.empty()) return FilePtr(nullptr, std::fclose);
  if (path == "-") return FilePtr(stdout, std::fflush);
  FilePtr file(std::fopen(path.c_str(), "wb"), std::fclose);
  if (!file) return Status::Internal("cannot write '" + path + "'");
  return file;
}

// A line that rewrites itself, on a terminal only.
class Progress {
 public:
  void Show(uint64_t done, uint64_t all) {
    if (!terminal_ || all == 0) return;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
    const double rate = static_cast<double>(done) / std::max(took.count(), 0.001);
    std::fprintf(stderr, "\r\033[K%3.0f %%  %llu of %llu visitors  %.0f/s  %.0f s left",
                 100.0 * static_cast<double>(done) / static_cast<double>(all),
                 static_cast<unsigned long long>(done), static_cast<unsigned long long>(all), rate,
                 static_cast<double>(all - done) / std::max(rate, 1.0));
    shown_ = true;
  }
  ~Progress() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }

 private:
  const bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  bool shown_ = false;
};

std::string JsonOf(const engine::ReplayReport& report) {
  JsonWriter w;
  w.BeginObject().Key("visitors").Whole(static_cast<int64_t>(report.visitors));
  w.Key("events").Whole(static_cast<int64_t>(report.events));
  w.Key("duplicates").Whole(static_cast<int64_t>(report.duplicates));
  w.Key("decisions").Whole(static_cast<int64_t>(report.decisions));
  w.Key("first_at").Whole(report.first_at).Key("last_at").Whole(report.last_at);
  w.Key("rules").BeginArray();
  for (const engine::RuleReport& rule : report.rules) {
    w.BeginObject().Key("rule").Text(rule.rule);
    w.Key("offers").Whole(static_cast<int64_t>(rule.offers));
    w.Key("visitors").Whole(static_cast<int64_t>(rule.visitors)).Key("silences").BeginObject();
    for (const auto& [reason, n] : rule.silences) w.Key(reason).Whole(static_cast<int64_t>(n));
    w.EndObject().EndObject();
  }
  return w.EndArray().EndObject().Take();
}

std::string TextOf(const engine::ReplayReport& report) {
  char line[256];
  std::snprintf(line, sizeof line, "%llu visitors, %llu events, %s to %s\n\n",
                static_cast<unsigned long long>(report.visitors),
                static_cast<unsigned long long>(report.events),
                FormatRfc3339(report.first_at).c_str(), FormatRfc3339(report.last_at).c_str());
  std::string out = line;
  std::snprintf(line, sizeof line, "%-32s %9s %9s  %s\n", "rule", "offers", "visitors",
                "silent, by reason");
  out += line;
  for (const engine::RuleReport& rule : report.rules) {
    std::snprintf(line, sizeof line, "%-32s %9llu %9llu  ", rule.rule.c_str(),
                  static_cast<unsigned long long>(rule.offers),
                  static_cast<unsigned long long>(rule.visitors));
    out += line;
    for (const auto& [reason, n] : rule.silences) out += reason + " " + std::to_string(n) + "  ";
    out += "\n";
  }
  return out;
}

Status Fill(const ReplayOptions& options, engine::Replay* replay) {
  if (!options.data.empty()) return replay->OpenData(options.data);
  InputCounts counts;
  // Received at the end of time: nothing of a file is late, or from the future.
  constexpr Millis kEndOfTime = 253'402'300'799'999;  // the year 9999
  const Status status = ReadBatches(
      options.input, kEndOfTime, std::nullopt,
      [&](Batch&& batch) {
        replay->Add(batch);
        return Status::Ok();
      },
      &counts);
  PrintCounts(counts);
  return status;
}

}  // namespace

int Replay(const ReplayOptions& options) {
  if (options.input.file.empty() == options.data.empty()) {
    return Complain(Status::Invalid("say either --events FILE or --data FOLDER"));
  }
  auto program = RequireProgram(options.rules);
  if (!program.ok()) return Complain(program.status());
  auto decisions = OpenDecisions(options.decisions);
  if (!decisions.ok()) return Complain(decisions.status());
  Progress progress;
  engine::ReplayOptions how;
  how.threads =
      options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  how.from = options.from;
  how.to = options.to;
  how.progress = [&](uint64_t done, uint64_t all) { progress.Show(done, all); };
  engine::Replay replay(*program, how);
  if (Status status = Fill(options, &replay); !status.ok()) return Complain(status);
  std::FILE* out = decisions->get();
  bool written = true;
  auto report = replay.Run([&](std::string_view lines) {
    if (out) written &= std::fwrite(lines.data(), 1, lines.size(), out) == lines.size();
  });
  if (!report.ok()) return Complain(report.status());
  if (!written) return Complain(Status::Internal("cannot write the decisions: is the disk full?"));
  const std::string text = options.json ? JsonOf(*report) + "\n" : TextOf(*report);
  std::fputs(text.c_str(), options.decisions == "-" ? stderr : stdout);
  return 0;
}

}  // namespace vinkki::cmd
