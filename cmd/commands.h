// The subcommands of `vinkki`. main.cc reads the command line into these options and calls the
// function; each returns the exit status: 0 done, 1 the input is wrong or the check failed, 2 the
// system said no (a port, a folder, the network).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace vinkki::cmd {

// One line on standard error: "vinkki: message"; the exit status that belongs to the code.
int Complain(const Status& status);

struct ServeOptions {
  std::string config;  // path; empty: defaults
  bool demo = false;
  // What the command line says over the file.
  std::optional<std::string> listen, staff, data, rules, kafka, token;
  std::optional<uint32_t> io_threads, shards;
  bool no_fsync = false;  // measurements only
  bool no_watch = false;  // rules change by SIGHUP and the staff port only
};
int Serve(const ServeOptions& options);

struct CheckOptions {
  std::string rules;  // a folder or a file; empty: the built-in packs
  bool json = false;
};
int Check(const CheckOptions& options);

struct RulesFmtOptions {
  std::string path;    // a folder or a file
  bool check = false;  // name what is untidy, change nothing
};
int RulesFmt(const RulesFmtOptions& options);
int RulesSchema();

struct TestOptions {
  std::string path;               // a folder of rules, or one *_test.yml
  std::vector<std::string> only;  // names of tests; empty: all
  std::string junit;              // a file to write; empty: none
};
int Test(const TestOptions& options);

struct InputOptions {
  std::string file;  // NDJSON, or CSV when `map` is set or the name ends in .csv
  std::string map;   // docs/wire.md: name=event,at=timestamp,...
  std::string site;  // of lines that name none
  // Called now and then while the file is read; may be empty.
  std::function<void(uint64_t bytes_done, uint64_t bytes)> progress;
};

struct ReplayOptions {
  std::string rules;      // empty: the built-in packs
  InputOptions input;     // or
  std::string data;       // a data folder
  std::string against;    // a second set of rules to compare with; empty: none
  std::string decisions;  // a file for the decisions, "-" for standard output
  std::string html;       // a file for the report as a page; empty: none
  std::optional<Millis> from, to;
  uint32_t threads = 0;  // 0: all cores
  bool json = false;
  Millis conversation = 6 * 60'000;  // how long one is assumed to last
  double accept = 1;                 // the share of offers that is assumed to become one
  std::string zone = "UTC";          // of days and hours in the report
};
int Replay(const ReplayOptions& options);

struct ExplainOptions {
  std::string rules;   // empty: the built-in packs
  InputOptions input;  // or
  std::string data;    // a data folder
  std::string visitor;
  std::optional<std::string> site;  // nothing: wherever the visitor is known
  std::string at;                   // empty: now; of a file the visitor's last event
  std::string rule;                 // empty: all
  std::string zone = "UTC";
  bool all = false;
  bool json = false;
};
int Explain(const ExplainOptions& options);

struct ImportOptions {
  InputOptions input;
  std::string data;  // into a data folder, or
  std::string to;    // over HTTP into a running server
  std::string secret;
  std::string rules;
};
int Import(const ImportOptions& options);

struct VisitOptions {
  std::string to = "http://localhost:8080";
  std::string site = "demo";
  std::string origin;  // empty: the same as `to`
  std::string story = "stuck";
  std::string expect;  // the rule that must offer; empty: the story's own
  std::string staff;   // the staff port, to print the whole trigger; empty: what the page gets
  std::string token;
  uint32_t visits = 1;
  Millis wait = 30'000;
};
int Visit(const VisitOptions& options);

// What is stored, a line of JSON for each, from a data folder that no server has open.
struct ExportOptions {
  std::string data;
  std::string what = "events";  // or decisions, quarantine
};
int Export(const ExportOptions& options);

}  // namespace vinkki::cmd
