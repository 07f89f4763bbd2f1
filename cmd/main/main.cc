// The program: reads the command line and hands over to a subcommand (commands.h). The only file
// that includes CLI11.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "cmd/commands.h"
#include "cmd/version.h"
#include "rules/nearest.h"

namespace {

using vinkki::cmd::InputOptions;

constexpr char kAbout[] =
    "Vinkki notices the visitor of a shop who is stuck, and offers help at that moment.\n"
    "\n"
    "Start here:\n"
    "  vinkki serve --demo              a demo shop, and what the engine sees of it\n"
    "  vinkki serve --config vinkki.yml a real one\n"
    "  vinkki check rules/              every error in a folder of rules\n"
    "  vinkki test rules/               run the tests beside the rules\n"
    "  vinkki replay --events f.ndjson  what the rules would have done\n"
    "  vinkki explain --visitor v-81    why a visitor got an offer, or none\n";

void AddInput(CLI::App* app, InputOptions* input, const char* file_option) {
  app->add_option(file_option, input->file, "NDJSON or CSV; - is standard input");
  app->add_option("--map", input->map,
                  "columns of a CSV: name=event,at=timestamp,visitor=visitorid,item_id=itemid; "
                  "name='view_item' is a constant, name=event/view:view_item translates, "
                  "at=eventdate+timeframe adds");
  app->add_option("--site", input->site, "the site of lines that name none");
}

constexpr char kExplainHelp[] =
    "What is shown: the visit as a timeline, with what was decided at each moment and why; each "
    "rule\n"
    "with its clauses and their values, what is still missing for it, what would silence it if it\n"
    "fired now, and until when; the timers that are due. All of it comes from the rules' own "
    "matcher,\n"
    "which runs over the stored events on virtual time.\n"
    "\n"
    "  vinkki explain --data /var/lib/vinkki --rules rules/ --visitor v-81\n"
    "  vinkki explain --data /var/lib/vinkki --visitor v-81 --at 2026-11-22T12:03:00Z\n"
    "  vinkki explain --data /var/lib/vinkki --visitor v-81 --at last+10s --rule checkout-stuck\n"
    "  vinkki explain --events visits.ndjson --rules rules/ --visitor v-81 --format json\n"
    "\n"
    "--at takes RFC 3339, milliseconds since 1970, now, or the visitor's own moments: first, "
    "last,\n"
    "last+10s, first+2m. Without it: now, or with --events the visitor's last event.\n"
    "\n"
    "--data may belong to a running server: it is only read. What the server itself sees (the "
    "rules\n"
    "that are in force there) its staff port tells: GET /api/v1/explain?visitor=v-81.\n";

struct Program {
  CLI::App app{kAbout, "vinkki"};
  vinkki::cmd::ServeOptions serve;
  vinkki::cmd::CheckOptions check;
  vinkki::cmd::RulesFmtOptions fmt;
  vinkki::cmd::TestOptions test;
  vinkki::cmd::ReplayOptions replay;
  vinkki::cmd::ExplainOptions explain;
  vinkki::cmd::ImportOptions import;
  vinkki::cmd::VisitOptions visit;
  vinkki::cmd::ExportOptions exporting;
  std::string check_format = "text";
  std::string explain_format = "text";
  std::string from, to;
  std::string conversation, accept;
  int status = 0;
};

void AddServe(Program* p) {
  auto& o = p->serve;
  auto* sub = p->app.add_subcommand("serve", "Take events, run the rules, make offers");
  sub->add_option("--config", o.config, "the configuration (README.md, Configuration)");
  sub->add_flag("--demo", o.demo, "the demo shop at /demo/, with the built-in rules");
  sub->add_option("--listen", o.listen, "where visitors come in [127.0.0.1:8080]");
  sub->add_option("--staff", o.staff, "where staff comes in [127.0.0.1:8081]");
  sub->add_option("--token", o.token, "the staff token [random, kept in the data folder]");
  sub->add_option("--data", o.data, "the data folder [./vinkki-data]");
  sub->add_option("--rules", o.rules,
                  "the folder of rules; a change in it is taken into force when it has no error");
  sub->add_flag("--no-watch", o.no_watch,
                "leave it to SIGHUP and the staff port to reload the rules");
  sub->add_option("--kafka", o.kafka, "brokers, host:port,...; triggers go there");
  sub->add_option("--io-threads", o.io_threads, "threads that read requests [1]");
  sub->add_option("--shards", o.shards, "threads that run rules and commit [1]");
  sub->add_flag("--no-fsync", o.no_fsync, "for measurements only: acknowledged events may be lost");
  sub->callback([p] { p->status = Serve(p->serve); });
}

void AddCheck(Program* p) {
  auto* sub = p->app.add_subcommand("check", "Say everything that is wrong with a set of rules");
  sub->add_option("rules", p->check.rules, "a folder or a file; the built-in packs when left out");
  sub->add_option("--format", p->check_format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  sub->callback([p] {
    p->check.json = p->check_format == "json";
    p->status = Check(p->check);
  });
}

void AddRules(Program* p) {
  auto* sub = p->app.add_subcommand("rules", "Tidy files of rules; the schema for editors");
  sub->require_subcommand(1);
  auto* fmt = sub->add_subcommand("fmt", "Tidy the files, and name those that were not");
  fmt->add_option("path", p->fmt.path, "a folder or a file")->required();
  fmt->add_flag("--check", p->fmt.check, "change nothing; exit status 1 when one is untidy");
  fmt->callback([p] { p->status = RulesFmt(p->fmt); });
  sub->add_subcommand("schema", "Print the JSON Schema of rule files")->callback([p] {
    p->status = vinkki::cmd::RulesSchema();
  });
}

void AddTest(Program* p) {
  auto* sub = p->app.add_subcommand("test", "Run the tests of rules (*_test.yml), on virtual time");
  sub->add_option("path", p->test.path, "a folder of rules, or one *_test.yml")->required();
  sub->add_option("--only", p->test.only, "the names of the tests to run");
  sub->add_option("--junit", p->test.junit, "write a report as JUnit XML");
  sub->callback([p] { p->status = Test(p->test); });
}

// --conversation and --accept of `vinkki replay`.
void ReadAssumptions(Program* p) {
  if (!p->conversation.empty()) {
    const auto length = vinkki::ParseDuration(p->conversation);
    if (!length || *length <= 0 || *length > 86'400'000) {
      throw CLI::ValidationError("--conversation: '" + p->conversation +
                                 "' is no length of a conversation: write 6m or 1h30m, up to 24h");
    }
    p->replay.conversation = *length;
  }
  if (!p->accept.empty()) {
    char* end = nullptr;
    const double percent = std::strtod(p->accept.c_str(), &end);
    if (end == p->accept.c_str() || std::string_view(end) != "%" || !(percent >= 0) ||
        percent > 100) {
      throw CLI::ValidationError("--accept: '" + p->accept + "' is no share: write 30%");
    }
    p->replay.accept = percent / 100;
  }
}

// A time: milliseconds since 1970, RFC 3339, or a date alone, which is its first millisecond in
// UTC, for --to its last.
std::optional<vinkki::Millis> ReadTime(const std::string& text, bool end) {
  constexpr vinkki::Millis kLastOfDay = 86'400'000 - 1;
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  if (digits && !text.empty() && text.size() < 16) return std::stoll(text);
  if (const auto time = vinkki::ParseRfc3339(text)) return time;
  const auto midnight = vinkki::ParseRfc3339(text + "T00:00:00Z");
  return midnight && end ? *midnight + kLastOfDay : midnight;
}

// --from and --to of `vinkki replay`.
void ReadBounds(Program* p) {
  const auto read = [](const std::string& text, const char* option,
                       std::optional<vinkki::Millis>* out) {
    if (text.empty()) return;
    *out = ReadTime(text, std::string_view(option) == "--to");
    if (*out) return;
    throw CLI::ValidationError(std::string(option) + ": '" + text +
                               "' is no time: write 2026-11-22, 2026-11-22T12:00:00Z or "
                               "milliseconds since 1970");
  };
  read(p->from, "--from", &p->replay.from);
  read(p->to, "--to", &p->replay.to);
  if (p->replay.from && p->replay.to && *p->replay.from > *p->replay.to) {
    throw CLI::ValidationError("--from is after --to: nothing would count");
  }
}

constexpr char kReplayHelp[] =
    "Says whom the rules would have reached and when, how long before those visitors left or\n"
    "bought, why they were silent, and how many agents the conversations would have kept busy.\n"
    "Nothing is sent to anybody.\n"
    "\n"
    "  vinkki replay --rules rules/ --events last-week.ndjson\n"
    "  vinkki replay --rules rules/ --data /var/lib/vinkki --from 2026-11-16\n"
    "  vinkki replay --rules new/ --against rules/ --data /var/lib/vinkki --html report.html\n"
    "\n"
    "With --against the report says first what the rules of --rules do more (+) and less (-)\n"
    "than the others. docs/replay.md explains every number.";

void AddReplay(Program* p) {
  auto& o = p->replay;
  auto* sub = p->app.add_subcommand("replay", "What the rules would have done with past visits");
  sub->footer(kReplayHelp);
  sub->add_option("--rules", o.rules, "a folder or a file; the built-in packs when left out");
  sub->add_option("--against", o.against, "other rules to compare them with: a folder or a file");
  AddInput(sub, &o.input, "--events");
  sub->add_option("--data", o.data, "a data folder, instead of a file");
  sub->add_option("--from", p->from,
                  "tell and count from this time on; what came before is known to the rules. "
                  "2026-11-22 (its beginning, UTC), RFC 3339 or milliseconds");
  sub->add_option("--to", p->to,
                  "leave out events after this time, and stop there; a date alone is meant whole");
  sub->add_option("--zone", o.zone, "the time zone of days and hours in the report [UTC]");
  sub->add_option("--conversation", p->conversation,
                  "how long a conversation is assumed to last [6m]");
  sub->add_option("--accept", p->accept,
                  "the share of offers that is assumed to become a conversation [100%]");
  sub->add_option("--html", o.html, "write the report as a page that needs nothing else");
  sub->add_option("--decisions", o.decisions, "write one line of JSON for each decision");
  sub->add_flag("--json", o.json, "the report as JSON (docs/schemas/replay_report.schema.json)");
  sub->add_option("--threads", o.threads, "[all cores]; the outcome does not depend on it")
      ->check(CLI::Range(0, 1024));
  sub->callback([p] {
    ReadAssumptions(p);
    ReadBounds(p);
    p->status = Replay(p->replay);
  });
}

void AddExplain(Program* p) {
  auto& o = p->explain;
  auto* sub = p->app.add_subcommand("explain", "Why a visitor got an offer, or none");
  sub->footer(kExplainHelp);
  sub->add_option("--visitor", o.visitor, "the visitor's id")->required();
  sub->add_option("--data", o.data, "a data folder, also beside its running server");
  sub->add_option("--events", o.input.file, "or a file: NDJSON or CSV; - is standard input");
  sub->add_option("--map", o.input.map, "columns of a CSV, as for replay");
  sub->add_option("--rules", o.rules, "a folder or a file; the built-in packs when left out");
  sub->add_option_function<std::string>(
      "--site", [&o](const std::string& site) { o.site = site; },
      "needed where the visitor is known at several; of a file also that of lines that name none");
  sub->add_option("--at", o.at, "the moment [now; of a file the last event]");
  sub->add_option("--rule", o.rule, "this rule only");
  sub->add_option("--zone", o.zone, "the time zone of the times shown [UTC]");
  sub->add_flag("--all", o.all, "leave nothing out: earlier visits, long timelines, all clauses");
  sub->add_option("--format", p->explain_format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  sub->callback([p] {
    p->explain.json = p->explain_format == "json";
    p->explain.input.site = p->explain.site.value_or("");
    p->status = Explain(p->explain);
  });
}

void AddImport(Program* p) {
  auto& o = p->import;
  auto* sub = p->app.add_subcommand("import", "Bring events in from a file");
  AddInput(sub, &o.input, "file");
  sub->add_option("--data", o.data, "into this data folder (no server may run on it)");
  sub->add_option("--to", o.to, "into a running server: http://host:port");
  sub->add_option("--secret", o.secret, "the site's secret, with --to");
  sub->add_option("--rules", o.rules, "the rules to keep states for; the built-in packs");
  sub->callback([p] { p->status = Import(p->import); });
}

void AddVisit(Program* p) {
  auto& o = p->visit;
  auto* sub = p->app.add_subcommand("visit", "Play a visit over HTTP and wait for its offer");
  sub->add_option("--to", o.to, "the server [http://localhost:8080]");
  sub->add_option("--site", o.site, "[demo]");
  sub->add_option("--origin", o.origin, "[the same as --to]");
  sub->add_option("--story", o.story, "stuck, comparing or untroubled [stuck]");
  sub->add_option("--expect", o.expect, "the rule that must offer [the story's]");
  sub->add_option("--staff", o.staff, "the staff port, to print the whole trigger");
  sub->add_option("--token", o.token, "the staff token");
  sub->add_option("--visits", o.visits, "how many visitors at once [1]")->check(CLI::Range(1, 200));
  sub->add_option_function<int>(
      "--wait", [p](int s) { p->visit.wait = s * 1000LL; }, "seconds to wait [30]");
  sub->callback([p] { p->status = Visit(p->visit); });
}

void AddOthers(Program* p) {
  auto* sub = p->app.add_subcommand("export", "Print what is stored, one line of JSON each");
  sub->add_option("--data", p->exporting.data, "the data folder (no server may run on it)")
      ->required();
  sub->add_option("--what", p->exporting.what, "events, decisions or quarantine [events]")
      ->check(CLI::IsMember({"events", "decisions", "quarantine"}));
  sub->callback([p] { p->status = Export(p->exporting); });
  p->app.add_subcommand("version", "Print the version")->callback([] {
    std::printf("vinkki %s\n", vinkki::cmd::kVersion);
  });
}

// `vinkki help` and `vinkki help replay`, as one asks elsewhere, are --help and replay --help.
void TakeHelp(std::vector<std::string>* words) {
  if (words->empty() || words->front() != "help") return;
  words->erase(words->begin());
  words->push_back("--help");
}

// CLI11 says only that a subcommand is wanted, not that this word is none. What is wrong, or "".
std::string WrongCommand(const CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty() || words[0].empty() || words[0][0] == '-') return "";
  std::vector<std::string_view> names;
  std::vector<std::string> kept;
  for (const CLI::App* sub : app.get_subcommands(nullptr)) kept.push_back(sub->get_name());
  for (const std::string& name : kept) {
    if (name == words[0]) return "";
    names.push_back(name);
  }
  return "there is no command '" + words[0] + "'" + vinkki::rules::DidYouMean(words[0], names);
}

}  // namespace

int main(int argc, char** argv) {
  Program program;
  program.app.require_subcommand(1);
  program.app.set_version_flag("--version", std::string("vinkki ") + vinkki::cmd::kVersion,
                               "Print the version");
  program.app.get_formatter()->column_width(34);
  AddServe(&program);
  AddCheck(&program);
  AddRules(&program);
  AddTest(&program);
  AddReplay(&program);
  AddExplain(&program);
  AddImport(&program);
  AddVisit(&program);
  AddOthers(&program);
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) {
    std::fputs(program.app.help().c_str(), stderr);
    return 1;
  }
  TakeHelp(&words);
  if (const auto wrong = WrongCommand(program.app, words); !wrong.empty()) {
    std::fprintf(stderr, "vinkki: %s\nRun with --help for more information.\n", wrong.c_str());
    return 1;
  }
  try {
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
    program.app.parse(std::move(words));
  } catch (const CLI::ParseError& e) {
    return program.app.exit(e) == 0 ? 0 : 1;
  }
  return program.status;
}
