// The rules by HTTP: what `GET` and `PUT /api/v1/rules` say and take, without the sockets
// (staff.cc has those).
//
//   GET  -> {"version","source":{"kind":"folder"|"file"|"built-in","path","writable","refused"},
//            "rules":[{"name","version","file","mode","priority","when","description"}]}
//   PUT  <- application/json: {"files":{"checkout.yml":"version: 1\n...", ...}}, the whole set:
//           files that it does not name are removed (*_test.yml stay as they are)
//           or YAML (application/yaml, application/x-yaml, text/yaml, text/x-yaml, text/plain): a
//           set of one file, rules.yml; with ?file=checkout.yml that one file, the others stay
//           ?dry_run: checks and compares, changes nothing
//   PUT  -> 200 {"dry_run":bool,"before":version,"version":version,
//                "added":[{"name","version"}],"changed":[{"name","before","version"}],
//                "removed":[{"name","version"}],"unchanged":[{"name","version"}],
//                "warnings":[as in `vinkki check --format json`]}
//           422 problem+json, code rules, with "errors": as in `vinkki check --format json`
//           412 changed: If-Match names another state of the rules than the one on disk
//           409 conflict: these rules cannot be changed here (built-in packs, a folder that is not
//           writable or belongs to somebody else); 400 malformed; 415 media_type; 500 internal
//
// Both answer with an ETag: it stands for what is in force and for the files, also where these were
// refused, to the byte.
//
// All or nothing: after 200 the set is on disk and in force, after anything else nothing changed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "rules/load.h"
#include "rules/program.h"

namespace vinkki::console {

struct RulesSource {
  std::string kind = "built-in";  // or folder, file
  std::string path;
  std::string why_not;  // it cannot be written; empty: it can
  // What is wrong with what was read last, while what ran before goes on; empty: it was taken.
  std::string refused = {};
};

// What came of a wish to change the rules.
struct RulesAnswer {
  Status status;                                 // Ok: in force (or, dry, it would be)
  std::string diagnostics = "[]";                // as in `vinkki check --format json`
  std::shared_ptr<const rules::Program> before;  // in force until then
  std::shared_ptr<const rules::Program> after;   // null with an error
  std::string tag;                               // RulesInForce::Tag, as it is now
  bool changed = false;                          // if_match was of another state; nothing was done
};

// Implemented by `vinkki serve`. Thread-safe; changes happen one at a time.
class RulesInForce {
 public:
  virtual ~RulesInForce() = default;
  virtual std::shared_ptr<const rules::Program> Get() const = 0;
  virtual RulesSource Source() const = 0;
  // The ETag of the rules in force and of their files, with its quotes.
  virtual std::string Tag() const = 0;
  // `if_match`: the header, empty when there is none. `whole`: instead of all files; else these
  // files are put among the others. The paths are from the rules folder. kInvalid: the errors are
  // in `diagnostics`, or a path is none; kConflict: not here; others: it could not be written.
  virtual RulesAnswer Put(std::vector<rules::SourceFile> files, bool whole, bool dry_run,
                          std::string_view if_match) = 0;
};

struct RulesRequest {
  std::string content_type;
  std::optional<std::string> file;  // ?file=
  bool dry_run = false;
  std::string_view body = {};
  std::string if_match = {};  // the header; empty: not given
  std::string unknown = {};   // a word of the query that nothing here takes
};

struct RulesReply {
  int status = 200;
  std::string content_type;
  std::string body;
  std::string summary;   // for the audit log: what changed, or why nothing did
  std::string tag = {};  // the ETag; empty: none
};

// `source` may be null.
std::string RulesJson(const rules::Program* program, const RulesSource* source);
RulesReply PutRules(RulesInForce* rules, const RulesRequest& request);

// {"files":{path:text}}; kInvalid says what is wrong. rules_body.cc
Result<std::vector<rules::SourceFile>> ReadRulesBody(std::string_view json);

}  // namespace vinkki::console
