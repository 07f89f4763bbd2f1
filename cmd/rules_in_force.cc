#include "cmd/rules_in_force.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>

#include "base/hash.h"
#include "base/log.h"
#include "cmd/rules_folder.h"
#include "cmd/rules_source.h"
#include "console/etag.h"
#include "rules/same.h"

namespace vinkki::cmd {
namespace {

constexpr const char* kReloadsHelp = "Sets of rules that were read, by what came of it";

bool IsFolder(const std::string& path) {
  std::error_code error;
  return !path.empty() && std::filesystem::is_directory(path, error);
}

// The same files, whatever their order: the same hash.
uint64_t HashOf(std::vector<rules::SourceFile> files) {
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  std::string all;
  for (const rules::SourceFile& file : files) {
    all += std::to_string(file.path.size()) + " " + std::to_string(file.text.size()) + " " +
           file.path + file.text;
  }
  return Hash64(all);
}

Status CheckPaths(const std::vector<rules::SourceFile>& files) {
  std::set<std::string_view> folders;
  for (const rules::SourceFile& file : files) {
    VINKKI_RETURN_IF_ERROR(CheckRulesPath(file.path));
    const std::string_view path = file.path;
    for (size_t at = path.find('/'); at != path.npos; at = path.find('/', at + 1)) {
      folders.insert(path.substr(0, at));
    }
  }
  for (const rules::SourceFile& file : files) {
    if (folders.count(file.path) > 0) {
      return Status::Invalid("\"" + file.path + "\" cannot be a file and a folder");
    }
  }
  return Status::Ok();
}

}  // namespace

ServedRules::ServedRules(std::string path, Metrics* metrics, const Clock* clock)
    : path_(std::move(path)),
      clock_(clock),
      count_(metrics->GetGauge("vinkki_rules", "Rules in force")),
      successful_(metrics->GetGauge(
          "vinkki_rules_last_reload_successful",
          "1 when what was last read as rules is in force, 0 when it was refused")),
      taken_at_(metrics->GetGauge("vinkki_rules_last_reload_success_timestamp_seconds",
                                  "When rules were last taken into force")),
      loaded_(
          metrics->GetCounter("vinkki_rules_reloads_total", kReloadsHelp, {{"result", "loaded"}})),
      refused_(metrics->GetCounter("vinkki_rules_reloads_total", kReloadsHelp,
                                   {{"result", "refused"}})) {}

Result<std::unique_ptr<ServedRules>> ServedRules::Open(std::string path, Metrics* metrics,
                                                       const Clock* clock) {
  if (IsFolder(path)) VINKKI_RETURN_IF_ERROR(FinishPut(path));
  auto files = ReadRules(path);
  if (!files.ok()) return files.status();
  const uint64_t read = HashOf(*files);
  rules::LoadResult loaded = rules::Load(std::move(*files));
  if (!loaded.diagnostics.empty()) std::fputs(rules::Format(loaded).c_str(), stderr);
  if (!loaded.program) {
    return Status::Invalid("the rules have errors (above); nothing was loaded");
  }
  std::unique_ptr<ServedRules> rules(new ServedRules(std::move(path), metrics, clock));
  rules->last_read_ = read;
  rules->Adopt(std::move(loaded.program));
  return rules;
}

std::shared_ptr<const rules::Program> ServedRules::Get() const {
  std::lock_guard lock(mutex_);
  return program_;
}

// False when it is the one that runs already: then nobody has to move. It was read last.
bool ServedRules::Adopt(std::shared_ptr<const rules::Program> program) {
  count_.Set(static_cast<double>(program->rules().size()));
  successful_.Set(1);
  taken_at_.Set(static_cast<double>(clock_->Now()) / 1000);
  loaded_.Add();
  in_force_ = last_read_.load();
  SetRefused("");
  const auto runs = Get();
  if (runs && rules::IsSame(*runs, *program)) return false;
  if (engine_) engine_->SetProgram(program);
  std::lock_guard lock(mutex_);
  program_ = std::move(program);
  return true;
}

// The first errors: who mends them reads the files again anyway.
void ServedRules::SetRefused(std::string why) {
  constexpr size_t kMost = 4096;
  if (why.size() > kMost) {
    const size_t end = why.rfind('\n', kMost);
    why.resize(end == std::string::npos ? 0 : end);
    why += "\n(and more: vinkki check has all of them)";
  }
  std::lock_guard lock(mutex_);
  refused_why_ = std::move(why);
}

// What ran before goes on.
Status ServedRules::Kept(const Status& why, std::string_view by) {
  successful_.Set(0);
  refused_.Add();
  SetRefused(why.message());
  std::fprintf(stderr, "%s\n", why.message().c_str());
  Log(Level::kError, "rules_kept", {{"by", by}, {"why", "the new set has errors (above)"}});
  return why;
}

Status ServedRules::Reload(std::string_view by) {
  std::lock_guard changing(changing_);
  return Take(ReadRules(path_), by, false);
}

void ServedRules::Look() {
  std::lock_guard changing(changing_);
  const Status said = Take(ReadRules(path_), "watch", true);
  (void)said;  // by Take, in the log
}

Status ServedRules::Take(Result<std::vector<rules::SourceFile>> files, std::string_view by,
                         bool only_new) {
  if (!files.ok()) {
    const uint64_t read = Hash64(files.status().message());
    if (only_new && read == last_read_) return files.status();
    last_read_ = read;
    return Kept(files.status(), by);
  }
  const uint64_t read = HashOf(*files);
  if (only_new && read == last_read_) return Status::Ok();
  last_read_ = read;
  if (files->empty()) {
    return Kept(Status::Invalid(path_ + ": there is no file of rules any more; for no rules, "
                                        "leave a file with `rules: []`"),
                by);
  }
  rules::LoadResult loaded = rules::Load(std::move(*files));
  if (!loaded.program) {
    return Kept(Status::Invalid(rules::Format(loaded) + "the rules in force were kept"), by);
  }
  const bool changed = Adopt(loaded.program);
  Log(Level::kInfo, "rules_reloaded",
      {{"by", by},
       {"changed", changed},
       {"rules", loaded.program->rules().size()},
       {"version", loaded.program->version()}});
  return Status::Ok();
}

console::RulesSource ServedRules::Source() const {
  console::RulesSource source;
  source.path = path_;
  {
    std::lock_guard lock(mutex_);
    source.refused = refused_why_;
  }
  if (path_.empty()) {
    source.why_not =
        "the built-in packs run; start the server with --rules and a folder to change rules";
    return source;
  }
  source.kind = IsFolder(path_) ? "folder" : "file";
  if (source.kind == "folder") {
    source.why_not = WhyNotWritable(path_);
  } else if (::access(path_.c_str(), W_OK) != 0) {
    source.why_not = "the file " + path_ + " cannot be written: " + std::strerror(errno);
  }
  return source;
}

// The files that stay when one is put.
Status ServedRules::JoinOthers(std::vector<rules::SourceFile>* files) const {
  auto present = ReadRules(path_);
  if (!present.ok()) return Status::Internal(present.status().message());
  for (rules::SourceFile& other : *present) {
    const auto same = [&](const rules::SourceFile& file) { return file.path == other.path; };
    if (std::none_of(files->begin(), files->end(), same)) files->push_back(std::move(other));
  }
  return Status::Ok();
}

Status ServedRules::Write(const std::vector<rules::SourceFile>& files) {
  if (IsFolder(path_)) return PutRulesFolder(path_, files);
  return PutRulesFile(path_, files.front().text);
}

// Makes of what was put the whole set, with the paths that it will have.
Status ServedRules::Place(const console::RulesSource& source, bool whole,
                          std::vector<rules::SourceFile>* files) const {
  if (!source.why_not.empty()) return Status::Conflict(source.why_not);
  if (source.kind == "file") {
    if (files->size() != 1) {
      return Status::Conflict("the rules are one file, " + path_ + "; put one");
    }
    const std::string name = std::filesystem::path(path_).filename();
    if (!whole && files->front().path != name) {
      return Status::Conflict("the rules are one file, " + path_ + "; there is no place for " +
                              files->front().path + " beside it");
    }
    files->front().path = path_;
    return Status::Ok();
  }
  VINKKI_RETURN_IF_ERROR(CheckPaths(*files));
  return whole ? Status::Ok() : JoinOthers(files);
}

std::string ServedRules::Tag() const {
  auto files = ReadRules(path_);
  const uint64_t on_disk =
      files.ok() ? HashOf(std::move(*files)) : Hash64(files.status().message());
  char text[60];
  std::snprintf(text, sizeof text, "\"%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "\"",
                in_force_.load(), last_read_.load(), on_disk);
  return text;
}

console::RulesAnswer ServedRules::Put(std::vector<rules::SourceFile> files, bool whole,
                                      bool dry_run, std::string_view if_match) {
  std::lock_guard changing(changing_);
  console::RulesAnswer answer;
  answer.tag = Tag();
  answer.changed = !if_match.empty() && !console::IfMatchPasses(if_match, answer.tag);
  if (answer.changed) {
    answer.status = Status::Conflict("the rules are not those of If-Match any more");
    return answer;
  }
  Change(std::move(files), whole, dry_run, &answer);
  answer.tag = Tag();
  return answer;
}

// Everything but the tags.
void ServedRules::Change(std::vector<rules::SourceFile> files, bool whole, bool dry_run,
                         console::RulesAnswer* out) {
  console::RulesAnswer& answer = *out;
  answer.before = Get();
  answer.status = Place(Source(), whole, &files);
  if (!answer.status.ok()) return;
  rules::LoadResult loaded = rules::Load(files);
  answer.diagnostics = rules::FormatJson(loaded.set, loaded.diagnostics);
  if (!loaded.program) {
    const auto errors = std::count_if(loaded.diagnostics.begin(), loaded.diagnostics.end(),
                                      [](const rules::Diagnostic& d) {
                                        return d.severity == rules::Diagnostic::Severity::kError;
                                      });
    answer.status = Status::Invalid(std::to_string(errors) + (errors == 1 ? " error" : " errors") +
                                    "; nothing was changed, what ran before goes on");
    return;
  }
  answer.after = loaded.program;
  if (dry_run) return;
  const uint64_t read = HashOf(files);
  answer.status = Write(files);
  if (!answer.status.ok()) return;
  last_read_ = read;
  Adopt(std::move(loaded.program));
}

}  // namespace vinkki::cmd
