#include "sinks/kafka.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"

namespace vinkki::sinks {
namespace {

using engine::kSinkKafka;
using engine::OutboxRow;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kReadRows = 256;
constexpr milliseconds kIdle{100};        // waits for new rows when nothing is in flight
constexpr milliseconds kReports{5};       // waits for reports before it looks for new rows
constexpr milliseconds kProbe{500};       // for an answer of the broker
constexpr milliseconds kProbeEvery{500};  // while it is away
constexpr milliseconds kAdmin{2'000};
constexpr milliseconds kFlush{2'000};  // at Stop, when the broker is there
constexpr milliseconds kRenewFirst{200}, kRenewMost{10'000};
constexpr std::string_view kContentType = "application/cloudevents+json";

static_assert(sizeof(void*) == sizeof(uint64_t), "a message's opaque pointer is its sequence");

using Settings = std::vector<std::pair<std::string, std::string>>;
using Conf = std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)>;

// Later ones win: what an operator may change, what the operator says, what must not be changed.
Settings SettingsOf(const KafkaOptions& options) {
  Settings all = {{"client.id", "vinkki"},
                  {"linger.ms", "0"},
                  {"socket.nagle.disable", "true"},
                  {"partitioner", "murmur2_random"},
                  {"reconnect.backoff.max.ms", "1000"},
                  {"socket.connection.setup.timeout.ms", "5000"}};
  all.insert(all.end(), options.properties.begin(), options.properties.end());
  all.insert(all.end(), {{"enable.idempotence", "true"},
                         {"acks", "all"},
                         {"enable.gapless.guarantee", "true"},  // nothing overtakes what failed
                         {"message.timeout.ms", "0"},           // never given up: the outbox waits
                         {"log.queue", "true"}});
  return all;
}

Result<Conf> MakeConf(const KafkaOptions& options) {
  Conf conf(rd_kafka_conf_new(), rd_kafka_conf_destroy);
  char error[512];
  for (const auto& [name, value] : SettingsOf(options)) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), error, sizeof error) !=
        RD_KAFKA_CONF_OK) {
      return Status::Invalid("Kafka: setting " + name + ": " + error);
    }
  }
  return conf;
}

// The row itself is wrong, and will be refused however often it is sent.
bool IsPoison(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
         error == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE || error == RD_KAFKA_RESP_ERR_INVALID_MSG ||
         error == RD_KAFKA_RESP_ERR_INVALID_RECORD;
}

// One idempotent producer of the library, used by the sink's thread only: its callbacks run inside
// Poll. Becomes unusable when `broken` is set: make another and send again what was not confirmed.
class Producer {
 public:
  enum class Sent { kYes, kFull, kPoison, kBroken };

  // `single`: sends each row in a batch of its own, so that a refusal is about that row.
  static Result<std::unique_ptr<Producer>> Make(KafkaOptions options, bool single) {
    options.properties["bootstrap.servers"] = options.brokers;
    if (single) options.properties["batch.num.messages"] = "1";
    auto conf = MakeConf(options);
    if (!conf.ok()) return conf.status();
    char error[512];
    std::unique_ptr<Producer> made(new Producer(single));
    rd_kafka_conf_set_opaque(conf->get(), made.get());
    rd_kafka_conf_set_dr_msg_cb(conf->get(), OnReport);
    rd_kafka_conf_set_error_cb(conf->get(), OnError);
    rd_kafka_conf_set_log_cb(conf->get(), OnLog);
    made->kafka_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf->get(), error, sizeof error);
    if (made->kafka_ == nullptr) return Status::Invalid(std::string("Kafka: ") + error);
    static_cast<void>(conf->release());  // the library's now
    rd_kafka_set_log_queue(made->kafka_, nullptr);
    return made;
  }

  ~Producer() {
    if (kafka_ == nullptr) return;
    rd_kafka_purge(kafka_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_poll(kafka_, 0);
    rd_kafka_destroy(kafka_);
  }

  Sent Send(const std::string& topic, const OutboxRow& row) {
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

  // Waits for the first of what happened, then takes in all of it.
  void Poll(milliseconds wait) { rd_kafka_poll(kafka_, static_cast<int>(wait.count())); }

  // Whether a broker answers, within `wait`.
  bool Answers(milliseconds wait) {
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto error =
        rd_kafka_metadata(kafka_, 0, nullptr, &metadata, static_cast<int>(wait.count()));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_metadata_destroy(metadata);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR;
  }

  // Makes the topics that are missing. Not being allowed to is no failure: the broker may do it
  // itself. Returns false when the broker did not answer.
  bool MakeTopics(const KafkaOptions& options);

  std::vector<uint64_t> confirmed;                        // since the caller cleared it
  std::vector<std::pair<uint64_t, std::string>> refused;  // poison, likewise
  size_t in_flight_rows = 0;
  size_t in_flight_bytes = 0;
  size_t failed_rows = 0;      // neither confirmed nor refused: to be sent again
  bool suspect = false;        // connections were lost; cleared by the caller
  bool batch_refused = false;  // perhaps for one of its rows, or for its size
  std::string broken;          // why it cannot be used any more, or empty
  std::string last_error;      // what the library said last, for the log

 private:
  explicit Producer(bool single) : single_(single) {}

  bool FindMissing(std::vector<std::string>* names);
  bool CreateTopics(std::vector<rd_kafka_NewTopic_t*> topics);

  void Break(std::string why) {
    if (broken.empty()) broken = std::move(why);
  }

  static void OnReport(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto* self = static_cast<Producer*>(opaque);
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
    auto* self = static_cast<Producer*>(opaque);
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

  const bool single_;
  rd_kafka_t* kafka_ = nullptr;
};

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

bool Producer::MakeTopics(const KafkaOptions& options) {
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
bool Producer::FindMissing(std::vector<std::string>* names) {
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

bool Producer::CreateTopics(std::vector<rd_kafka_NewTopic_t*> topics) {
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

}  // namespace

// Everything belongs to the sink's thread, but for what Stop tells it.
//
// Invariants: rows up to `cursor_` were handed to `producer_`, and those among them that are
// neither confirmed nor refused are in flight; a new producer starts from the outbox' first row
// again, and the outbox has no confirmed ones any more, so what is sent twice is what was in
// flight.
class KafkaSink::Worker {
 public:
  Worker(KafkaOptions options, engine::Outbox* outbox, Metrics* metrics)
      : options_(std::move(options)), outbox_(outbox), series_(metrics, "kafka") {}

  ~Worker() { Stop(); }

  void Start() {
    if (rd_kafka_version() < 0x02030000) {
      Log(Level::kWarn, "librdkafka_is_old",
          {{"version", rd_kafka_version_str()},
           {"advice",
            "2.3 fixes fatal errors of the idempotent producer; they are survived by "
            "sending again, so consumers must look at the ids"}});
    }
    series_.up.Set(0);
    thread_ = std::thread([this] { Run(); });
  }

  void Stop() {
    {
      std::lock_guard lock(stop_mutex_);
      stopping_ = true;
    }
    stop_.notify_all();
    if (thread_.joinable()) thread_.join();
    series_.up.Set(0);
  }

 private:
  void Run() {
    while (!stopping_) {
      if (producer_ == nullptr && !MakeProducer()) continue;
      if (Connected()) {
        SendNew();
        TakeReports(producer_->in_flight_rows > 0 ? kReports : milliseconds(0));
      } else {
        TakeReports(kProbeEvery);
      }
      if (!producer_->broken.empty()) Renew();
      series_.lag.Set(static_cast<double>(outbox_->Lag(kSinkKafka)));
    }
    Finish();
  }

  bool MakeProducer() {
    auto made = Producer::Make(options_, single_);
    if (!made.ok()) {
      Away(made.status().message());
      Pause(kRenewMost);
      return false;
    }
    producer_ = std::move(*made);
    cursor_ = 0;
    return true;
  }

  // Whether the broker answers as far as is known; asks it only where there is reason to doubt.
  bool Connected() {
    if (connected_ && !producer_->suspect) return true;
    producer_->suspect = false;
    connected_ = producer_->Answers(kProbe);
    if (connected_ && !topics_made_) connected_ = topics_made_ = producer_->MakeTopics(options_);
    if (!connected_) {
      Away(producer_->last_error);
    } else if (backoff_ == kRenewFirst) {
      Back();
    }
    return connected_;
  }

  void SendNew() {
    if (producer_->in_flight_rows >= options_.in_flight_rows) return;
    const size_t room = options_.in_flight_rows - producer_->in_flight_rows;
    const auto wait = producer_->in_flight_rows > 0 ? milliseconds(0) : kIdle;
    auto rows = outbox_->Read(kSinkKafka, cursor_, std::min(room, kReadRows), wait);
    if (!rows.ok()) return OutboxFailed(rows.status());
    OutboxWorks();
    for (const OutboxRow& row : *rows) {
      const size_t in_flight = producer_->in_flight_bytes;
      if (in_flight > 0 && in_flight + row.payload.size() > options_.in_flight_bytes) return;
      const bool decision = row.type.rfind("vinkki.decision.", 0) == 0;
      switch (producer_->Send(decision ? options_.topic_decisions : options_.topic_triggers, row)) {
        case Producer::Sent::kYes:
          break;
        case Producer::Sent::kPoison:
          producer_->refused.emplace_back(row.sequence, "larger than message.max.bytes");
          break;
        case Producer::Sent::kFull:
        case Producer::Sent::kBroken:
          return;
      }
      cursor_ = row.sequence;
    }
  }

  void TakeReports(milliseconds wait) {
    producer_->Poll(wait);
    for (const auto& [sequence, why] : producer_->refused) {
      Log(Level::kError, "kafka_refused_a_row", {{"sequence", sequence}, {"error", why}});
      series_.dropped.Add();
      done_.push_back(sequence);
    }
    producer_->refused.clear();
    if (!producer_->confirmed.empty()) {
      series_.delivered.Add(static_cast<double>(producer_->confirmed.size()));
      done_.insert(done_.end(), producer_->confirmed.begin(), producer_->confirmed.end());
      producer_->confirmed.clear();
      backoff_ = kRenewFirst;
      Back();
    }
    RemoveDone();
  }

  void RemoveDone() {
    if (done_.empty()) return;
    const Status status = outbox_->Remove(kSinkKafka, done_);
    if (!status.ok()) return OutboxFailed(status);
    OutboxWorks();
    done_.clear();
  }

  // After an error that the producer does not survive (its sequence numbers and the broker's have
  // parted, say, or the topic is closed to us): another one, and again what was not confirmed.
  void Renew() {
    const size_t again = producer_->in_flight_rows + producer_->failed_rows;
    if (backoff_ == kRenewFirst) {
      Log(Level::kWarn, "kafka_producer_renewed",
          {{"error", producer_->broken}, {"sent_again", again}});
    }
    if (producer_->batch_refused && !single_) {
      single_ = true;
      Log(Level::kWarn, "kafka_sends_rows_singly",
          {{"error", producer_->broken},
           {"advice", "a batch was refused: set batch.size below the topic's max.message.bytes"}});
    }
    series_.up.Set(0);
    away_ = true;
    connected_ = topics_made_ = false;
    series_.retries.Add(static_cast<double>(again));
    producer_.reset();
    Pause(backoff_);
    backoff_ = std::min(backoff_ * 2, kRenewMost);
  }

  // The broker's absence and return are said once each.
  void Away(const std::string& why) {
    series_.up.Set(0);
    if (!away_) {
      Log(Level::kWarn, "kafka_away", {{"brokers", options_.brokers}, {"error", why}});
    }
    away_ = true;
  }

  void Back() {
    series_.up.Set(1);
    if (away_) Log(Level::kInfo, "kafka_back", {{"brokers", options_.brokers}});
    away_ = false;
  }

  void OutboxFailed(const Status& status) {
    if (!outbox_failing_) {
      Log(Level::kError, "outbox_failed", {{"sink", "kafka"}, {"error", status.message()}});
    }
    outbox_failing_ = true;
    Pause(kIdle);
  }

  void OutboxWorks() {
    if (outbox_failing_) Log(Level::kInfo, "outbox_works_again", {{"sink", "kafka"}});
    outbox_failing_ = false;
  }

  void Finish() {
    if (producer_ == nullptr) return;
    const auto deadline = steady_clock::now() + (connected_ ? kFlush : milliseconds(0));
    do {
      TakeReports(kReports);
    } while (producer_->in_flight_rows > 0 && producer_->broken.empty() &&
             steady_clock::now() < deadline);
    producer_.reset();
  }

  void Pause(milliseconds time) {
    std::unique_lock lock(stop_mutex_);
    stop_.wait_for(lock, time, [&] { return stopping_.load(); });
  }

  const KafkaOptions options_;
  engine::Outbox* const outbox_;
  SinkSeries series_;

  std::unique_ptr<Producer> producer_;
  uint64_t cursor_ = 0;
  std::vector<uint64_t> done_;  // confirmed or refused, to be removed
  bool single_ = false;         // a batch was refused: from now on each row by itself
  bool connected_ = false;
  bool topics_made_ = false;
  bool away_ = false;
  bool outbox_failing_ = false;
  milliseconds backoff_ = kRenewFirst;  // grows while new producers break and confirm nothing

  std::mutex stop_mutex_;
  std::condition_variable stop_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

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

KafkaSink::KafkaSink(KafkaOptions options, engine::Outbox* outbox, Metrics* metrics)
    : worker_(std::make_unique<Worker>(std::move(options), outbox, metrics)) {}

KafkaSink::~KafkaSink() = default;
void KafkaSink::Start() { worker_->Start(); }
void KafkaSink::Stop() { worker_->Stop(); }

}  // namespace vinkki::sinks
