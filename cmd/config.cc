#include "cmd/config.h"

#include <charconv>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "base/text.h"
#include "rules/load.h"
#include "rules/nearest.h"
#include "rules/yaml.h"

namespace vinkki::cmd {
namespace {

using rules::Report;
using rules::YamlNode;

// Reads one value into the configuration; what is wrong with it, or "".
using Setter = std::function<std::string(const YamlNode&, Config*)>;

struct Setting {
  std::string_view name;
  Setter set;
};

using Group = std::vector<Setting>;

std::string NotA(const char* what, const YamlNode& node) {
  return std::string("expected ") + what +
         (node.kind == YamlNode::Kind::kScalar ? ", found '" + node.text + "'" : "");
}

template <typename F>
Setter Text(F member) {
  return [member](const YamlNode& node, Config* config) -> std::string {
    if (node.kind != YamlNode::Kind::kScalar || node.text.empty()) return NotA("text", node);
    member(config) = node.text;
    return "";
  };
}

// A whole number from `low` to `high`.
template <typename F>
Setter Whole(F member, uint64_t low, uint64_t high) {
  return [=](const YamlNode& node, Config* config) -> std::string {
    uint64_t n = 0;
    const char* end = node.text.data() + node.text.size();
    const auto [at, error] = std::from_chars(node.text.data(), end, n);
    if (error != std::errc() || at != end || n < low || n > high) {
      return NotA(
          ("a whole number from " + std::to_string(low) + " to " + std::to_string(high)).c_str(),
          node);
    }
    member(config) = static_cast<std::decay_t<decltype(member(config))>>(n);
    return "";
  };
}

// "64KiB", "8MiB", "1GiB", "4096".
std::optional<size_t> ParseSize(std::string_view text) {
  uint64_t n = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  const std::string_view unit(at, static_cast<size_t>(text.data() + text.size() - at));
  if (error != std::errc() || n > (1ull << 40)) return std::nullopt;
  if (unit.empty()) return n;
  if (unit == "KiB") return n << 10;
  if (unit == "MiB") return n << 20;
  if (unit == "GiB") return n << 30;
  return std::nullopt;
}

template <typename F>
Setter Size(F member, size_t low) {
  return [=](const YamlNode& node, Config* config) -> std::string {
    const auto size = ParseSize(node.text);
    if (!size || *size < low) {
      return NotA(
          ("a size of at least " + std::to_string(low) + " bytes, like 64KiB or 8MiB").c_str(),
          node);
    }
    member(config) = *size;
    return "";
  };
}

template <typename F>
Setter Duration(F member) {
  return [member](const YamlNode& node, Config* config) -> std::string {
    const auto duration = ParseDuration(node.text);
    if (!duration || *duration == 0) return NotA("a duration like 30s, 24h or 90d", node);
    member(config) = *duration;
    return "";
  };
}

template <typename F>
Setter Flag(F member) {
  return [member](const YamlNode& node, Config* config) -> std::string {
    const bool yes = node.text == "yes" || node.text == "true";
    if (!yes && node.text != "no" && node.text != "false") return NotA("yes or no", node);
    member(config) = yes;
    return "";
  };
}

std::string SetLog(const YamlNode& node, Config* config) {
  if (node.text == "debug")
    config->log = Level::kDebug;
  else if (node.text == "info")
    config->log = Level::kInfo;
  else if (node.text == "warn")
    config->log = Level::kWarn;
  else if (node.text == "error")
    config->log = Level::kError;
  else
    return NotA("debug, info, warn or error", node);
  return "";
}

sinks::KafkaOptions& Kafka(Config* config) {
  if (!config->kafka) config->kafka.emplace();
  return *config->kafka;
}

#define VINKKI_MEMBER(path) \
  [](Config * c) -> auto& { return c->path; }

const Group& TopGroup() {
  static const Group group = {
      {"version",
       [](const YamlNode& node, Config*) -> std::string {
         return node.text == "1" ? "" : NotA("1", node);
       }},
      {"listen", Text(VINKKI_MEMBER(collector.listen))},
      {"data", Text(VINKKI_MEMBER(engine.data_dir))},
      {"rules", Text(VINKKI_MEMBER(rules))},
      {"watch_rules", Flag(VINKKI_MEMBER(watch_rules))},
      {"io_threads", Whole(VINKKI_MEMBER(collector.io_threads), 1, 64)},
      {"shards", Whole(VINKKI_MEMBER(engine.shards), 1, 64)},
      {"log", SetLog},
  };
  return group;
}

const Group& StaffGroup() {
  static const Group group = {{"listen", Text(VINKKI_MEMBER(staff.listen))},
                              {"token", Text(VINKKI_MEMBER(staff.token))}};
  return group;
}

const Group& LimitsGroup() {
  static const Group group = {
      {"beacon_body", Size(VINKKI_MEMBER(collector.beacon_body_limit), 1024)},
      {"ndjson_body", Size(VINKKI_MEMBER(collector.ndjson_body_limit), 1024)},
      {"header", Size(VINKKI_MEMBER(collector.header_limit), 1024)},
      {"connections", Whole(VINKKI_MEMBER(collector.max_connections), 1, 1'000'000)},
      {"request_time", Duration(VINKKI_MEMBER(collector.request_timeout))},
      {"queue", Size(VINKKI_MEMBER(engine.queue_bytes), 1 << 20)},
      {"cache", Size(VINKKI_MEMBER(engine.cache_bytes), 1 << 20)},
      {"quarantine", Size(VINKKI_MEMBER(engine.quarantine_bytes), 1 << 16)},
      {"visitor_rate", Whole(VINKKI_MEMBER(collector.quota.visitor_rate), 0, 1'000'000)},
      {"address_rate", Whole(VINKKI_MEMBER(collector.quota.address_rate), 0, 1'000'000)},
      {"lateness", Duration(VINKKI_MEMBER(engine.accepted_lateness))},
      {"retention", Duration(VINKKI_MEMBER(engine.retention))},
  };
  return group;
}

const Group& KafkaGroup() {
  static const Group group = {
      {"brokers", Text([](Config * c) -> auto& { return Kafka(c).brokers; })},
      {"triggers", Text([](Config * c) -> auto& { return Kafka(c).topic_triggers; })},
      {"decisions", Text([](Config * c) -> auto& { return Kafka(c).topic_decisions; })},
      {"partitions", Whole(
                         [](Config * c) -> auto& { return Kafka(c).partitions; }, 1, 10'000)},
      {"properties", [](const YamlNode& node, Config* config) -> std::string {
         if (node.kind != YamlNode::Kind::kMapping) return NotA("librdkafka's settings", node);
         for (size_t i = 0; i < node.items.size(); ++i) {
           Kafka(config).properties[node.keys[i].text] = node.items[i].text;
         }
         return "";
       }}};
  return group;
}

std::vector<std::string_view> NamesOf(const Group& group) {
  std::vector<std::string_view> names;
  for (const Setting& setting : group) names.push_back(setting.name);
  return names;
}

class ConfigReader {
 public:
  ConfigReader(Report* report, Config* config) : report_(report), config_(config) {}

  void Read(const YamlNode& root) {
    if (!RequireMapping(root, "the configuration")) return;
    for (size_t i = 0; i < root.items.size(); ++i) {
      const YamlNode& key = root.keys[i];
      const YamlNode& value = root.items[i];
      if (key.text == "sites")
        ReadSites(value);
      else if (key.text == "staff")
        ReadGroup(value, StaffGroup(), "staff");
      else if (key.text == "limits")
        ReadGroup(value, LimitsGroup(), "limits");
      else if (key.text == "sinks")
        ReadSinks(value);
      else if (key.text == "trusted_proxies")
        ReadProxies(value);
      else
        Set(TopGroup(), key, value, {"sites", "staff", "limits", "sinks", "trusted_proxies"});
    }
    if (root.Find("version") == nullptr) {
      report_->Error(root.place, 1, "no version: write 'version: 1' at the top");
    }
  }

 private:
  bool RequireMapping(const YamlNode& node, const std::string& what) {
    if (node.kind == YamlNode::Kind::kMapping) return true;
    report_->Error(node.place, node.length, what + " must be a mapping (key: value)");
    return false;
  }

  void Set(const Group& group, const YamlNode& key, const YamlNode& value,
           const std::vector<std::string_view>& others = {}) {
    for (const Setting& setting : group) {
      if (setting.name != key.text) continue;
      if (std::string error = setting.set(value, config_); !error.empty()) {
        report_->Error(value.place, value.length, key.text + ": " + error);
      }
      return;
    }
    std::vector<std::string_view> names = NamesOf(group);
    names.insert(names.end(), others.begin(), others.end());
    report_->Error(key.place, key.length,
                   "there is no setting '" + key.text + "'" + rules::DidYouMean(key.text, names));
  }

  void ReadGroup(const YamlNode& node, const Group& group, const std::string& what) {
    if (!RequireMapping(node, what)) return;
    for (size_t i = 0; i < node.items.size(); ++i) Set(group, node.keys[i], node.items[i]);
  }

  void ReadSinks(const YamlNode& node) {
    if (!RequireMapping(node, "sinks")) return;
    for (size_t i = 0; i < node.items.size(); ++i) {
      if (node.keys[i].text == "kafka") {
        Kafka(config_);
        ReadGroup(node.items[i], KafkaGroup(), "kafka");
        CheckKafka(node.items[i]);
      } else {
        report_->Error(node.keys[i].place, node.keys[i].length,
                       "there is no sink '" + node.keys[i].text + "'; there is: kafka");
      }
    }
  }

  void CheckKafka(const YamlNode& node) {
    const Status status = sinks::KafkaSink::Check(*config_->kafka);
    if (status.ok()) return;
    const YamlNode* at = &node;  // or the setting of librdkafka that it is about
    if (const YamlNode* properties = node.Find("properties")) {
      for (const YamlNode& key : properties->keys) {
        if (status.message().find(" " + key.text + ":") != std::string::npos) at = &key;
      }
    }
    report_->Error(at->place, at->length, status.message());
  }

  void ReadSites(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::kSequence) {
      report_->Error(node.place, node.length, "sites must be a list (- key: ...)");
      return;
    }
    for (const YamlNode& site : node.items) ReadSite(site);
  }

  void ReadSite(const YamlNode& node) {
    if (!RequireMapping(node, "a site")) return;
    collector::Site site;
    for (size_t i = 0; i < node.items.size(); ++i) {
      const YamlNode& key = node.keys[i];
      const YamlNode& value = node.items[i];
      if (key.text == "key")
        site.key = value.text;
      else if (key.text == "secret")
        ReadSecret(value, &site);
      else if (key.text == "origins")
        ReadOrigins(value, &site);
      else
        report_->Error(key.place, key.length,
                       "a site has no '" + key.text + "'" +
                           rules::DidYouMean(key.text, {"key", "origins", "secret"}));
    }
    if (site.key.empty() || site.key.size() > 64 || HasControl(site.key)) {
      report_->Error(node.place, node.length, "a site needs a key of 1 to 64 characters");
    } else if (!keys_.insert(site.key).second) {
      report_->Error(node.place, node.length, "the site '" + site.key + "' stands here twice");
    }
    if (site.origins.empty()) {
      report_->Error(node.place, node.length,
                     "the site '" + site.key + "' needs origins, like [https://shop.example]");
    }
    config_->collector.sites.push_back(std::move(site));
  }

  void ReadSecret(const YamlNode& value, collector::Site* site) {
    site->secret = value.text;
    if (value.text.size() < 16) {
      report_->Error(value.place, value.length, "a secret needs at least 16 characters");
    }
  }

  void ReadOrigins(const YamlNode& node, collector::Site* site) {
    if (node.kind != YamlNode::Kind::kSequence) {
      report_->Error(node.place, node.length, "origins must be a list: [https://shop.example]");
      return;
    }
    for (const YamlNode& origin : node.items) {
      const size_t scheme = origin.text.find("://");
      const bool http =
          origin.text.rfind("http://", 0) == 0 || origin.text.rfind("https://", 0) == 0;
      if (!http || origin.text.find('/', scheme + 3) != std::string::npos) {
        report_->Error(origin.place, origin.length,
                       "an origin is scheme and host, no path: https://shop.example, found '" +
                           origin.text + "'");
      }
      site->origins.push_back(origin.text);
    }
  }

  void ReadProxies(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::kSequence) {
      report_->Error(node.place, node.length, "trusted_proxies must be a list: [10.0.0.0/8]");
      return;
    }
    config_->collector.quota.trusted_proxies.clear();
    for (const YamlNode& proxy : node.items) {
      if (!collector::ParseIpRange(proxy.text)) {
        report_->Error(proxy.place, proxy.length,
                       "a proxy is an address or a range: 192.0.2.7, 10.0.0.0/8 or ::1, found '" +
                           proxy.text + "'");
      }
      config_->collector.quota.trusted_proxies.push_back(proxy.text);
    }
  }

  Report* report_;
  Config* config_;
  std::set<std::string> keys_;
};

}  // namespace

Result<Config> ParseConfig(const std::string& path, const std::string& text) {
  rules::LoadResult result;
  result.set.files.emplace_back();
  result.set.files.back().path = path;
  result.set.files.back().text = text;
  Report report(&result.diagnostics);
  rules::SourceMap map(0, text);
  YamlNode root;
  Config config;
  if (rules::ReadYaml(text, &map, &report, &root)) ConfigReader(&report, &config).Read(root);
  if (report.errors() > 0) {
    return Status::Invalid("the configuration has errors\n" + rules::Format(result));
  }
  return config;
}

Result<Config> ReadConfig(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return Status::NotFound("cannot read the configuration '" + path +
                            "': does the file exist, and may you read it?");
  }
  std::stringstream text;
  text << in.rdbuf();
  return ParseConfig(path, text.str());
}

}  // namespace vinkki::cmd
