#include "sinks/kafka_producer.h"

#include <librdkafka/rdkafka.h>

#include <string_view>

#include "base/log.h"

namespace vinkki::sinks {
namespace {

using engine::OutboxRow;
using std::chrono::milliseconds;

constexpr milliseconds kAdmin{2'000};  // for listing and making topics
constexpr std::string_view kContentType = "application/cloudevents+json";

static_assert(sizeof(void*) == sizeof(uint64_t), "a message's opaque pointer is its sequence");

using Settings = std::vector<std::pair<std::string, std::string>>;
using Conf = std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)>;

// What the promises in kafka.h rest on; an operator cannot change it.
const Settings& FixedSettings() {
  static const Settings kFixed = {
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"enable.gapless.guarantee", "true"},  // nothing overtakes what failed
      // A broker takes any first request of a producer that it does not know, so a second one on
      // the way would be stored where the first is refused for a moment; and the library takes an
      // answer to the second as one to the first as well (rd_kafka_dr_implicit_ack).
      {"max.in.flight", "1"},
      {"message.timeout.ms", "0"},  // never given up: the outbox waits
      {"log.queue", "true"}};
  return kFixed;
}

// Later ones win: what an operator may change, what the operator says.
Settings SettingsOf(const KafkaOptions& options) {
  Settings all = {{"client.id", "vinkki"},
                  {"linger.ms", "0"},
                  {"socket.nagle.disable", "true"},
                  {"partitioner", "murmur2_random"},
                  {"reconnect.backoff.max.ms", "1000"},
                  {"socket.connection.setup.timeout.ms", "5000"}};
  all.insert(all.end(), options.properties.begin(), options.properties.end());
  all.insert(all.end(), FixedSettings().begin(), FixedSettings().end());
  return all;
}

Result<Conf> ConfOf(const Settings& settings) {
  Conf conf(rd_kafka_conf_new(), rd_kafka_conf_destroy);
  char error[512];
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), error, sizeof error) !=
        RD_KAFKA_CONF_OK) {
      return Status::Invalid("Kafka: setting " + name + ": " + error);
    }
  }
  return conf;
}

std::string ValueIn(const Conf& conf, const std::string& name) {
  char value[64] = "";
  size_t size = sizeof value;
  rd_kafka_conf_get(conf.get(), name.c_str(), value, &size);
  return value;
}

// An operator's setting that would be overruled, under whichever of its names, is an error.
Status CheckFixed(const KafkaOptions& options) {
  Result<Conf> fixed = ConfOf(FixedSettings());
  for (const auto& property : options.properties) {
    Settings settings = FixedSettings();
    settings.push_back(property);
    Result<Conf> changed = ConfOf(settings);
    if (!changed.ok()) return changed.status();
    for (const auto& [name, value] : FixedSettings()) {
      if (ValueIn(*changed, name) == ValueIn(*fixed, name)) continue;
      return Status::Invalid("Kafka: setting " + property.first + ": it is always " + value +
                             ", which Vinkki relies on; leave it out");
    }
  }
  return Status::Ok();
}

Result<Conf> MakeConf(const KafkaOptions& options) {
  if (Status status = CheckFixed(options); !status.ok()) return status;
  return ConfOf(SettingsOf(options));
}

// The row itself is wrong, and will be refused however often it is sent.
bool IsPoison(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
         error == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE || error == RD_KAFKA_RESP_ERR_INVALID_MSG ||
         error == RD_KAFKA_RESP_ERR_INVALID_RECORD;
}

// What came of creating one topic, in the log. Existing already is the usual case.
void SayTopic(const rd_kafka_topic_result_t* topic) {
  const auto error = rd_kafka_topic_result_error(topic);
  const char* name = rd_kafka_topic_result_name(topic);
  if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return;
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    Log(Level::kInfo, "kafka_topic_created", {{"topic", name}});
    return;
  }
  const char* why = rd_kafka_topic_result_error_string(topic);
  Log(Level::kWarn, "kafka_topic_not_created",
      {{"topic", name},
       {"error", why != nullptr ? why : rd_kafka_err2str(error)},
       {"advice", "create it yourself if it does not exist"}});
}

}  // namespace

void SayIfLibraryIsOld() {
  if (rd_kafka_version() >= 0x02030000) return;
  Log(Level::kWarn, "librdkafka_is_old",
      {{"version", rd_kafka_version_str()},
       {"advice",
        "2.3 fixes fatal errors of the idempotent producer; they are survived by "
        "sending again, so consumers must look at the ids"}});
}

void KafkaProducer::Break(std::string why) {
  if (broken.empty()) broken = std::move(why);
}

struct KafkaProducer::Callbacks {
  static void OnReport(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto* self = static_cast<KafkaProducer*>(opaque);
    const uint64_t sequence = reinterpret_cast<uint64_t>(message->_private);
    --self->in_flight_rows;
    self->in_flight_bytes -= message->len;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      self->confirmed.push_back(sequence);
    } else if (IsPoison(message->err) && self->single_) {
      self->refused.emplace_back(sequence, rd_kafka_err2str(message->err));
    } else {
      ++self->failed_rows;
      self->batch_refused |= IsPoison(message->err);
      self->Break(rd_kafka_err2str(message->err));
    }
  }

  static void OnError(rd_kafka_t* kafka, int error, const char* reason, void* opaque) {
    auto* self = static_cast<KafkaProducer*>(opaque);
    if (error == RD_KAFKA_RESP_ERR__FATAL) {
      char text[512] = "";
      rd_kafka_fatal_error(kafka, text, sizeof text);
      self->Break(text);
    } else if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
      self->suspect = true;
    } else {
      self->last_error = reason;
    }
  }

  static void OnLog(const rd_kafka_t*, int, const char* facility, const char* text) {
    Log(Level::kDebug, "librdkafka", {{"facility", facility}, {"text", text}});
  }
};

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::Make(KafkaOptions options, bool single) {
  options.properties["bootstrap.servers"] = options.brokers;
  if (single) options.properties["batch.num.messages"] = "1";
  auto conf = MakeConf(options);
  if (!conf.ok()) return conf.status();
  char error[512];
  std::unique_ptr<KafkaProducer> made(new KafkaProducer(single));
  rd_kafka_conf_set_opaque(conf->get(), made.get());
  rd_kafka_conf_set_dr_msg_cb(conf->get(), Callbacks::OnReport);
  rd_kafka_conf_set_error_cb(conf->get(), Callbacks::OnError);
  rd_kafka_conf_set_log_cb(conf->get(), Callbacks::OnLog);
  made->kafka_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf->get(), error, sizeof error);
  if (made->kafka_ == nullptr) return Status::Invalid(std::string("Kafka: ") + error);
  static_cast<void>(conf->release());  // the library's now
  rd_kafka_set_log_queue(made->kafka_, nullptr);
  return made;
}

KafkaProducer::~KafkaProducer() {
  if (kafka_ == nullptr) return;
  rd_kafka_purge(kafka_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_poll(kafka_, 0);
  rd_kafka_destroy(kafka_);
}

KafkaProducer::Sent KafkaProducer::Send(const std::string& topic, const OutboxRow& row) {
  const std::string key = row.site + "/" + row.visitor;
  const rd_kafka_resp_err_t error = rd_kafka_producev(
      kafka_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_KEY(key.data(), key.size()),
      RD_KAFKA_V_VALUE(const_cast<char*>(row.payload.data()), row.payload.size()),
      RD_KAFKA_V_HEADER("content-type", kContentType.data(), kContentType.size()),
      RD_KAFKA_V_TIMESTAMP(row.at), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(row.sequence)), RD_KAFKA_V_END);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++in_flight_rows;
    in_flight_bytes += row.payload.size();
    return Sent::kYes;
  }
  if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) return Sent::kFull;
  if (IsPoison(error)) return Sent::kPoison;
  Break(rd_kafka_err2str(error));
  return Sent::kBroken;
}

void KafkaProducer::Poll(milliseconds wait) {
  rd_kafka_poll(kafka_, static_cast<int>(wait.count()));
}

bool KafkaProducer::Answers(milliseconds wait) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error =
      rd_kafka_metadata(kafka_, 0, nullptr, &metadata, static_cast<int>(wait.count()));
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_metadata_destroy(metadata);
  return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool KafkaProducer::MakeTopics(const KafkaOptions& options) {
  std::vector<std::string> missing = {options.topic_triggers, options.topic_decisions};
  if (!FindMissing(&missing)) return false;
  std::vector<rd_kafka_NewTopic_t*> topics;
  char error[256];
  for (const std::string& name : missing) {
    auto* topic = rd_kafka_NewTopic_new(name.c_str(), options.partitions, options.replication,
                                        error, sizeof error);
    if (topic != nullptr) {
      topics.push_back(topic);
    } else {
      Log(Level::kWarn, "kafka_topic_not_created", {{"topic", name}, {"error", error}});
    }
  }
  const bool done = topics.empty() || CreateTopics(topics);
  rd_kafka_NewTopic_destroy_array(topics.data(), topics.size());
  return done;
}

// Leaves in `names` the topics that the cluster does not have. Lists all topics, since asking for
// one by name may create it, with the broker's number of partitions.
bool KafkaProducer::FindMissing(std::vector<std::string>* names) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(kafka_, 1, nullptr, &metadata, kAdmin.count());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    last_error = rd_kafka_err2str(error);
    return false;
  }
  for (int i = 0; i < metadata->topic_cnt; ++i) std::erase(*names, metadata->topics[i].topic);
  rd_kafka_metadata_destroy(metadata);
  return true;
}

bool KafkaProducer::CreateTopics(std::vector<rd_kafka_NewTopic_t*> topics) {
  char text[256];
  auto* queue = rd_kafka_queue_new(kafka_);
  auto* admin = rd_kafka_AdminOptions_new(kafka_, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_AdminOptions_set_request_timeout(admin, kAdmin.count(), text, sizeof text);
  rd_kafka_CreateTopics(kafka_, topics.data(), topics.size(), admin, queue);
  auto* event = rd_kafka_queue_poll(queue, kAdmin.count() + 500);
  const auto error = event == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    size_t count = 0;
    const auto* done =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    for (size_t i = 0; i < count; ++i) SayTopic(done[i]);
  } else {
    last_error = rd_kafka_err2str(error);
  }
  if (event != nullptr) rd_kafka_event_destroy(event);
  rd_kafka_AdminOptions_destroy(admin);
  rd_kafka_queue_destroy(queue);
  return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

Status KafkaSink::Check(const KafkaOptions& options) {
  if (options.brokers.empty()) {
    return Status::Invalid("Kafka: no brokers: say host:port, several with commas");
  }
  auto conf = MakeConf(options);
  if (!conf.ok()) return conf.status();
  // Without brokers the library checks how the settings fit together, and connects nowhere.
  char error[512];
  rd_kafka_t* kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf->get(), error, sizeof error);
  if (kafka == nullptr) return Status::Invalid(std::string("Kafka: ") + error);
  static_cast<void>(conf->release());
  rd_kafka_destroy(kafka);
  return Status::Ok();
}

}  // namespace vinkki::sinks
