// The configuration of `vinkki serve`: one YAML file, checked like the rules, every setting with a
// default. README.md has an example; config.cc has the table of keys.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/status.h"
#include "collector/collector.h"
#include "console/staff.h"
#include "engine/engine.h"
#include "sinks/kafka.h"

namespace vinkki::cmd {

struct Config {
  collector::CollectorOptions collector;
  console::StaffOptions staff;
  engine::EngineOptions engine;
  std::optional<sinks::KafkaOptions> kafka;
  std::string rules;        // a folder; empty: the built-in packs
  bool watch_rules = true;  // take them into force when files change
  Level log = Level::kInfo;
};

// Reads `text`. Every error at once, each as "path:line:col: what is wrong, what to do".
Result<Config> ParseConfig(const std::string& path, const std::string& text);
Result<Config> ReadConfig(const std::string& path);

}  // namespace vinkki::cmd
