// The body of a PUT as JSON: the one file of this room that knows simdjson.
#include <simdjson.h>

#include <unordered_set>

#include "console/rules_api.h"

namespace vinkki::console {
namespace {

Status Malformed(const std::string& what) {
  return Status::Invalid(
      "the body has to be {\"files\":{\"checkout.yml\":\"version: 1\\n...\"}}: " + what);
}

}  // namespace

Result<std::vector<rules::SourceFile>> ReadRulesBody(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object top;
  if (const auto error = parser.parse(json.data(), json.size()).get(top)) {
    return Malformed(simdjson::error_message(error));
  }
  simdjson::dom::object files;
  if (top.size() != 1 || top["files"].get(files))
    return Malformed("\"files\" is all that is in it");
  std::vector<rules::SourceFile> read;
  std::unordered_set<std::string_view> paths;
  for (const auto& [path, value] : files) {
    std::string_view text;
    if (value.get(text)) return Malformed("a file is its text, as a string");
    if (!paths.insert(path).second) return Malformed("\"" + std::string(path) + "\" stands twice");
    read.push_back({std::string(path), std::string(text)});
  }
  if (read.empty()) return Malformed("there is no file in it");
  return read;
}

}  // namespace vinkki::console
