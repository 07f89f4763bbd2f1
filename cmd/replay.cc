// `vinkki replay`: what a set of rules would have done with past visits.

#include "engine/replay.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "cmd/commands.h"
#include "cmd/decisions_file.h"
#include "cmd/input.h"
#include "cmd/progress.h"
#include "cmd/report_html.h"
#include "cmd/report_json.h"
#include "cmd/report_text.h"
#include "cmd/rule_events.h"
#include "cmd/rules_source.h"
#include "rules/load.h"
#include "rules/zone.h"

namespace vinkki::cmd {
namespace {

using FilePtr = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Status WriteFile(const std::string& path, const std::string& text) {
  FilePtr file(std::fopen(path.c_str(), "wb"), std::fclose);
  if (!file || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() ||
      std::fclose(file.release()) != 0) {
    return Status::Internal("cannot write '" + path + "'");
  }
  return Status::Ok();
}

// Said now, not after an hour; what stands there stays until there is something to write.
Status CheckWritable(const std::string& path) {
  std::error_code error;
  const bool there = std::filesystem::exists(path, error);
  if (!FilePtr(std::fopen(path.c_str(), "ab"), std::fclose)) {
    return Status::Internal("cannot write '" + path + "'");
  }
  if (!there) std::filesystem::remove(path, error);
  return Status::Ok();
}

// Whether `path` is `other`, or lies below it.
bool IsWithin(const std::string& path, const std::string& other) {
  std::error_code error;
  const auto whole = [&](const std::string& p) {
    return std::filesystem::weakly_canonical(p, error).lexically_normal();
  };
  const std::filesystem::path inner = whole(path), outer = whole(other);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

// What is written must not be what is read, nor the other thing that is written.
Status CheckOutputs(const ReplayOptions& options) {
  const std::string decisions = options.decisions == "-" ? "" : options.decisions;
  const std::string events = options.input.file == "-" ? "" : options.input.file;
  for (const std::string& output : {decisions, options.html}) {
    const bool as_rules = rules::IsYamlFile(output);
    for (const std::string& input : {events, options.data, options.rules, options.against}) {
      if (output.empty() || input.empty() || !IsWithin(output, input)) continue;
      // Beside the rules there is room for what is none of them.
      if (input != options.data && !as_rules && !IsWithin(input, output)) continue;
      return Status::Invalid("'" + output + "' is read here, or lies in what is ('" + input +
                             "'); write to another place");
    }
  }
  if (!decisions.empty() && !options.html.empty() && IsWithin(decisions, options.html)) {
    return Status::Invalid("--decisions and --html name the same file, '" + decisions + "'");
  }
  return Status::Ok();
}

Status Fill(const ReplayOptions& options, engine::Replay* replay) {
  if (!options.data.empty()) return replay->OpenData(options.data);
  InputCounts counts;
  Progress progress("Reading", "MB");
  InputOptions input = options.input;
  constexpr uint64_t kMegabyte = 1'000'000;
  input.progress = [&](uint64_t done, uint64_t all) {
    progress.Show(done / kMegabyte, all / kMegabyte, done / kMegabyte, "MB");
  };
  const Status status = ReadEvents(
      input,
      [&](const collector::LineEvent& event) {
        const std::string_view site = event.site.empty() ? input.site : event.site;
        event.props.AppendTo(replay->BeginEvent(
            site, event.visitor, {event.at, event.name, event.via_server, event.id}));
        replay->EndEvent();
        return collector::Problem();
      },
      &counts);
  progress.Clear();
  if (status.ok() || counts.accepted + counts.refused_total() > 0) PrintCounts(counts);
  if (status.ok() && counts.accepted == 0 && counts.refused_total() > 0) {
    return Status::Invalid("no line of '" + options.input.file + "' is an event");
  }
  return status;
}

Result<engine::ReplayOptions> HowToReplay(const ReplayOptions& options) {
  engine::ReplayOptions how;
  how.threads =
      options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  how.from = options.from;
  how.to = options.to;
  how.report.conversation = options.conversation;
  how.report.accept = options.accept;
  how.report.zone_name = options.zone;
  Result<rules::Zone> zone = rules::Zone::Find(options.zone);
  if (!zone.ok()) {
    const std::string near = rules::Zone::NearestName(options.zone);
    return Status::Invalid("there is no time zone '" + options.zone + "'" +
                           (near.empty() ? "" : "; did you mean " + near + "?"));
  }
  how.report.zone = std::move(zone).value();
  return how;
}

// Runs it: decisions go where they are wanted, the report comes back.
Result<engine::ReplayReport> RunReplay(const ReplayOptions& options, engine::Replay* replay) {
  DecisionsFile decisions(options.decisions);
  VINKKI_RETURN_IF_ERROR(decisions.Open());
  VINKKI_RETURN_IF_ERROR(Fill(options, replay));
  std::function<void(std::string_view)> write;
  if (decisions.wanted()) write = [&](std::string_view lines) { decisions.Write(lines); };
  auto report = replay->Run(write);
  if (report.ok() && decisions.wanted()) VINKKI_RETURN_IF_ERROR(decisions.Finish());
  return report;
}

std::string Name(const std::string& path) { return path.empty() ? "the built-in packs" : path; }

// How to look at a visitor of this run.
std::string ExplainBegin(const ReplayOptions& options) {
  std::string out = "vinkki explain";
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) out += std::string(" ") + option + " " + ShellQuoted(value);
  };
  add("--data", options.data);
  add("--events", options.input.file);
  add("--map", options.input.map);
  add("--rules", options.rules);
  return out;
}

// All forms that are wanted.
Status Show(const ReplayOptions& options, const ReportView& view) {
  if (!options.html.empty()) VINKKI_RETURN_IF_ERROR(WriteFile(options.html, ReportHtml(view)));
  const bool to_errors = options.decisions == "-";
  const Terminal terminal = Terminal::Of(to_errors ? STDERR_FILENO : STDOUT_FILENO);
  const std::string text = options.json ? ReportJson(view) : ReportText(view, terminal);
  std::FILE* out = to_errors ? stderr : stdout;
  if (std::fputs(text.c_str(), out) < 0 || std::fflush(out) != 0) {
    return Status::Internal("cannot write the report: is the disk full?");
  }
  return Status::Ok();
}

}  // namespace

int Replay(const ReplayOptions& options) {
  if (options.input.file.empty() == options.data.empty()) {
    return Complain(Status::Invalid("say either --events FILE or --data FOLDER"));
  }
  if (Status status = CheckOutputs(options); !status.ok()) return Complain(status);
  if (!options.html.empty()) {
    if (Status status = CheckWritable(options.html); !status.ok()) return Complain(status);
  }
  auto loaded = RequireRules(options.rules);
  if (!loaded.ok()) return Complain(loaded.status());
  auto how = HowToReplay(options);
  if (!how.ok()) return Complain(how.status());
  if (!options.against.empty()) {
    auto against = RequireProgram(options.against);
    if (!against.ok()) return Complain(against.status());
    how->against = std::move(*against);
  }
  Progress progress("Replaying", "visitors");
  how->progress = [&](const engine::ReplayProgress& p) {
    progress.Show(p.visitors_done, p.visitors, p.events_done, "events");
  };
  engine::Replay replay(loaded->program, *how);
  auto report = RunReplay(options, &replay);
  progress.Clear();
  if (!report.ok()) return Complain(report.status());
  engine::ReplayDiff diff;
  ReportView view;
  view.report = &*report;
  view.rules = Name(options.rules);
  view.against = options.against;
  view.events = !options.data.empty()       ? options.data
                : options.input.file == "-" ? "standard input"
                                            : options.input.file;
  view.explain = ExplainBegin(options);
  view.site = options.input.site;
  view.missing = MissingEvents(loaded->set, *report);
  if (how->against) {
    diff = replay.TakeDiff();
    view.diff = &diff;
  }
  const Status shown = Show(options, view);
  return shown.ok() ? 0 : Complain(shown);
}

}  // namespace vinkki::cmd
