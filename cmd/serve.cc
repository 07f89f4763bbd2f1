// `vinkki serve`: opens the engine, starts the edges around it, and then waits for signals.
//
// Order at the start: rules, store, streams, sinks, staff port. At the end the other way round, so
// that nothing is acknowledged that is not committed: SIGTERM and SIGINT stop within 5 s.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/hash.h"
#include "base/log.h"
#include "base/metrics.h"
#include "cmd/commands.h"
#include "cmd/config.h"
#include "cmd/folder_watch.h"
#include "cmd/rules_in_force.h"
#include "cmd/version.h"
#include "sinks/page.h"

namespace vinkki::cmd {
namespace {

constexpr unsigned kStopSeconds = 5;

// What the command line says goes over what the file says.
Result<Config> ConfigOf(const ServeOptions& options) {
  auto config = options.config.empty() ? Result<Config>(Config()) : ReadConfig(options.config);
  if (!config.ok()) return config;
  if (options.listen) config->collector.listen = *options.listen;
  if (options.staff) config->staff.listen = *options.staff;
  if (options.token) config->staff.token = *options.token;
  if (options.data) config->engine.data_dir = *options.data;
  if (options.rules) config->rules = *options.rules;
  if (options.io_threads) config->collector.io_threads = *options.io_threads;
  if (options.shards) config->engine.shards = *options.shards;
  if (options.kafka) {
    if (!config->kafka) config->kafka.emplace();
    config->kafka->brokers = *options.kafka;
  }
  if (options.demo) config->collector.demo = true;
  if (options.no_fsync) config->engine.fsync = false;
  if (options.no_watch) config->watch_rules = false;
  config->engine.kafka = config->kafka.has_value();
  config->collector.accepted_lateness = config->engine.accepted_lateness;
  if (config->engine.data_dir.empty()) config->engine.data_dir = "./vinkki-data";
  if (!options.demo && config->collector.sites.empty()) {
    return Status::Invalid("no site: name one in a file (--config, README.md), or try --demo");
  }
  return config;
}

// A token for the staff port that survives restarts: <data>/staff-token, readable by the owner.
Result<std::string> StaffToken(const std::string& data_dir) {
  const std::string path = data_dir + "/staff-token";
  std::string token;
  if (std::ifstream in(path); in && std::getline(in, token) && token.size() >= 16) return token;
  token = RandomId(24);
  std::error_code error;
  std::filesystem::create_directories(data_dir, error);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::string line = token + "\n";
  if (fd < 0 || ::write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    if (fd >= 0) ::close(fd);
    return Status::Internal("cannot write '" + path + "': does the folder belong to you, and is " +
                            "there space?");
  }
  ::close(fd);
  return token;
}

// Everything that runs, in the order of its start; destroyed the other way round.
struct Running {
  std::unique_ptr<ServedRules> rules;
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<collector::Collector> collector;
  std::vector<std::unique_ptr<sinks::Sink>> sinks;
  std::unique_ptr<console::Staff> staff;
  std::unique_ptr<FolderWatch> watch;

  Status Start(Config config, const Clock* clock, Metrics* metrics);
  void WatchRules(const std::string& path);
  void Stop();
};

Status Running::Start(Config config, const Clock* clock, Metrics* metrics) {
  auto loaded = ServedRules::Open(config.rules, metrics, clock);
  if (!loaded.ok()) return loaded.status();
  rules = std::move(*loaded);
  auto opened = engine::Engine::Open(config.engine, rules->Get(), clock, metrics);
  if (!opened.ok()) return opened.status();
  engine = std::move(*opened);
  rules->Serve(engine.get());
  auto edge = collector::Collector::Start(config.collector, &engine->ingest(), clock, metrics);
  if (!edge.ok()) return edge.status();
  collector = std::move(*edge);
  sinks.push_back(
      std::make_unique<sinks::PageSink>(&engine->outbox(), collector.get(), clock, metrics));
  if (config.kafka) {
    sinks.push_back(std::make_unique<sinks::KafkaSink>(*config.kafka, &engine->outbox(), metrics));
  }
  for (auto& sink : sinks) sink->Start();
  if (config.collector.demo) {
    config.staff.shop_url = "http://localhost:" + std::to_string(collector->port()) + "/demo/";
  }
  config.staff.rules = rules.get();
  config.staff.explain = [this](const engine::ExplainQuery& query) {
    return engine->Explain(query);
  };
  auto port = console::Staff::Start(
      config.staff, &engine->live(), [this] { return rules->Get(); },
      [this] { return rules->Reload("staff"); }, metrics, clock);
  if (!port.ok()) return port.status();
  staff = std::move(*port);
  if (config.watch_rules && !config.rules.empty()) WatchRules(config.rules);
  return Status::Ok();
}

// Without it the server runs as well: SIGHUP and the staff port reload too.
void Running::WatchRules(const std::string& path) {
  auto started = FolderWatch::Start(path, [this] { rules->Look(); });
  if (started.ok()) {
    watch = std::move(*started);
  } else {
    Log(Level::kWarn, "rules_not_watched", {{"why", started.status().message()}});
  }
}

void Running::Stop() {
  watch.reset();
  if (staff) staff->Stop();
  if (collector) collector->Stop();  // the engine still answers what is in flight
  for (auto& sink : sinks) sink->Stop();
  if (engine) engine->Stop();
}

// Waits for signals until one says stop.
void AwaitStop(const sigset_t& signals, Running* running) {
  for (int signal = 0; sigwait(&signals, &signal) == 0;) {
    if (signal == SIGHUP) {
      const Status said = running->rules->Reload("signal");
      (void)said;  // in the log
      continue;
    }
    Log(Level::kInfo, "stopping", {{"signal", strsignal(signal)}});
    return;
  }
}

void PrintAddresses(const Config& config, const Running& running) {
  const std::string shop = "http://localhost:" + std::to_string(running.collector->port());
  std::printf("%s: %s%s\n", config.collector.demo ? "shop" : "visitors", shop.c_str(),
              config.collector.demo ? "/demo/" : "");
  std::printf("staff: http://localhost:%u/#token=%s\n", running.staff->port(),
              config.staff.token.c_str());
  std::fflush(stdout);
}

}  // namespace

int Serve(const ServeOptions& options) {
  auto config = ConfigOf(options);
  if (!config.ok()) return Complain(config.status());
  SetLogLevel(config->log);
  if (config->staff.token.empty()) {
    auto token = StaffToken(config->engine.data_dir);
    if (!token.ok()) return Complain(token.status());
    config->staff.token = *token;
  }

  // Blocked before any thread starts, so that only sigwait below ever sees them.
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const SystemClock clock;
  Metrics metrics;
  Running running;
  if (Status status = running.Start(*config, &clock, &metrics); !status.ok()) {
    running.Stop();
    return Complain(status);
  }
  Log(Level::kInfo, "serving",
      {{"version", kVersion},
       {"data", config->engine.data_dir},
       {"rules", running.rules->Get()->rules().size()},
       {"shards", config->engine.shards}});
  if (running.rules->Get()->rules().empty()) {
    Log(Level::kWarn, "no_rules", {{"what", "nothing is offered until there are rules"}});
  }
  PrintAddresses(*config, running);
  AwaitStop(signals, &running);
  // All that was acknowledged is on disk: if something hangs, being killed loses nothing.
  alarm(kStopSeconds);
  running.Stop();
  Log(Level::kInfo, "stopped");
  return 0;
}

}  // namespace vinkki::cmd
