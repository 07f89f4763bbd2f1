#include "console/rules_api.h"

#include <algorithm>
#include <map>

#include "base/json_writer.h"

namespace vinkki::console {
namespace {

constexpr std::string_view kOneFile = "rules.yml";

std::string_view ModeName(rules::Mode mode) {
  switch (mode) {
    case rules::Mode::kLive: return "live";
    case rules::Mode::kShadow: return "shadow";
    case rules::Mode::kOff: return "off";
  }
  return "";
}

using Versions = std::map<std::string_view, std::string_view>;  // of rules, by name

Versions VersionsOf(const rules::Program* program) {
  Versions versions;
  if (!program) return versions;
  for (const rules::RuleInfo& rule : program->rules()) versions[rule.name] = rule.version;
  return versions;
}

struct Change {
  std::vector<std::string_view> added, changed, removed, unchanged;  // names
};

Change Compare(const Versions& before, const Versions& after) {
  Change change;
  for (const auto& [name, version] : after) {
    const auto old = before.find(name);
    auto& list = old == before.end()      ? change.added
                 : old->second == version ? change.unchanged
                                          : change.changed;
    list.push_back(name);
  }
  for (const auto& [name, version] : before) {
    if (after.count(name) == 0) change.removed.push_back(name);
  }
  return change;
}

void WriteRules(JsonWriter* w, std::string_view key, const std::vector<std::string_view>& names,
                const Versions& versions, const Versions* before = nullptr) {
  w->Key(key).BeginArray();
  for (const std::string_view name : names) {
    w->BeginObject().Key("name").Text(name);
    if (before) w->Key("before").Text(before->at(name));
    w->Key("version").Text(versions.at(name)).EndObject();
  }
  w->EndArray();
}

RulesReply Problem(int status, std::string_view code, std::string_view title,
                   const std::string& detail, std::string_view errors = {}) {
  JsonWriter w;
  w.BeginObject().Key("type").Text("about:blank").Key("title").Text(title);
  w.Key("status").Whole(status).Key("code").Text(code).Key("detail").Text(detail);
  if (!errors.empty()) w.Key("errors").Raw(errors);
  w.EndObject();
  return {status, "application/problem+json", w.Take(), std::string(code) + ": " + detail};
}

RulesReply Refused(const RulesAnswer& answer) {
  const std::string& why = answer.status.message();
  if (answer.changed) {
    return Problem(412, "changed", "The rules have changed meanwhile",
                   "these are not the rules of If-Match any more; get them again, and put your "
                   "change on top of them");
  }
  switch (answer.status.code()) {
    case Code::kInvalid:
      return Problem(422, "rules", "The rules have errors", why, answer.diagnostics);
    case Code::kConflict: return Problem(409, "conflict", "These rules are not changed here", why);
    default: return Problem(500, "internal", "The rules could not be put", why);
  }
}

RulesReply Done(const RulesAnswer& answer, bool dry_run) {
  const Versions before = VersionsOf(answer.before.get());
  const Versions after = VersionsOf(answer.after.get());
  const Change change = Compare(before, after);
  JsonWriter w;
  w.BeginObject().Key("dry_run").Bool(dry_run);
  w.Key("before").Text(answer.before ? answer.before->version() : "");
  w.Key("version").Text(answer.after->version());
  WriteRules(&w, "added", change.added, after);
  WriteRules(&w, "changed", change.changed, after, &before);
  WriteRules(&w, "removed", change.removed, before);
  WriteRules(&w, "unchanged", change.unchanged, after);
  w.Key("warnings").Raw(answer.diagnostics).EndObject();
  const auto count = [](const auto& names) { return std::to_string(names.size()); };
  return {200, "application/json", w.Take(),
          count(change.added) + " added, " + count(change.changed) + " changed, " +
              count(change.removed) + " removed, " + count(change.unchanged) + " unchanged; set " +
              answer.after->version()};
}

enum class Media { kJson, kYaml, kOther };

Media MediaOf(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  std::erase(type, ' ');
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (type == "application/json") return Media::kJson;
  for (const std::string_view yaml :
       {"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain"}) {
    if (type == yaml) return Media::kYaml;
  }
  return Media::kOther;
}

}  // namespace

std::string RulesJson(const rules::Program* program, const RulesSource* source) {
  JsonWriter w;
  w.BeginObject().Key("version").Text(program ? program->version() : "");
  if (source) {
    w.Key("source").BeginObject().Key("kind").Text(source->kind).Key("path").Text(source->path);
    w.Key("writable").Bool(source->why_not.empty()).Key("refused").Text(source->refused);
    w.EndObject();
  }
  w.Key("rules").BeginArray();
  for (size_t i = 0; program && i < program->rules().size(); ++i) {
    const rules::RuleInfo& rule = program->rules()[i];
    w.BeginObject().Key("name").Text(rule.name).Key("version").Text(rule.version);
    w.Key("file").Text(rule.file).Key("mode").Text(ModeName(rule.mode));
    w.Key("priority").Whole(rule.priority).Key("when").Text(rule.when);
    w.Key("description").Text(rule.description).EndObject();
  }
  w.EndArray().EndObject();
  return w.Take();
}

RulesReply PutRules(RulesInForce* rules, const RulesRequest& request) {
  std::vector<rules::SourceFile> files;
  bool whole = true;
  const Media media = MediaOf(request.content_type);
  // Of a form, which is what curl sends by itself, the body has become parameters.
  if (!request.unknown.empty() && media != Media::kOther) {
    return Problem(400, "malformed", "Bad request",
                   "there is no parameter '" + request.unknown + "'; these are: file, dry_run");
  }
  if (request.file && request.file->empty()) {
    return Problem(400, "malformed", "Bad request",
                   "?file= names no file; without it the whole set is put");
  }
  switch (media) {
    case Media::kJson: {
      if (request.file) {
        return Problem(400, "malformed", "Bad request",
                       "?file= goes with a body of YAML; JSON names its files itself");
      }
      auto read = ReadRulesBody(request.body);
      if (!read.ok()) return Problem(400, "malformed", "Bad request", read.status().message());
      files = std::move(*read);
      break;
    }
    case Media::kYaml:
      whole = !request.file;
      files.push_back({whole ? std::string(kOneFile) : *request.file, std::string(request.body)});
      break;
    case Media::kOther:
      return Problem(
          415, "media_type", "Unsupported media type",
          "send Content-Type application/yaml, or application/json with {\"files\":...}");
  }
  const RulesAnswer answer = rules->Put(std::move(files), whole, request.dry_run, request.if_match);
  RulesReply reply = answer.status.ok() ? Done(answer, request.dry_run) : Refused(answer);
  reply.tag = answer.tag;
  return reply;
}

}  // namespace vinkki::console
