#include "sinks/kafka.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "sinks/kafka_producer.h"
#include "sinks/sink_thread.h"

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
constexpr milliseconds kFlush{2'000};     // at Stop, when the broker is there
constexpr milliseconds kRenewFirst{200}, kRenewMost{10'000};

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
    SayIfLibraryIsOld();
    series_.up.Set(0);
    thread_.Start([this] { Run(); });
  }

  void Stop() {
    thread_.Stop();
    series_.up.Set(0);
  }

 private:
  void Run() {
    while (!thread_.stopping()) {
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
    auto made = KafkaProducer::Make(options_, single_);
    if (!made.ok()) {
      Away(made.status().message());
      thread_.Pause(kRenewMost);
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
        case KafkaProducer::Sent::kYes: break;
        case KafkaProducer::Sent::kPoison:
          producer_->refused.emplace_back(row.sequence, "larger than message.max.bytes");
          break;
        case KafkaProducer::Sent::kFull:
        case KafkaProducer::Sent::kBroken: return;
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
    thread_.Pause(backoff_);
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
    thread_.Pause(kIdle);
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

  const KafkaOptions options_;
  engine::Outbox* const outbox_;
  SinkSeries series_;

  std::unique_ptr<KafkaProducer> producer_;
  uint64_t cursor_ = 0;
  std::vector<uint64_t> done_;  // confirmed or refused, to be removed
  bool single_ = false;         // a batch was refused: from now on each row by itself
  bool connected_ = false;
  bool topics_made_ = false;
  bool away_ = false;
  bool outbox_failing_ = false;
  milliseconds backoff_ = kRenewFirst;  // grows while new producers break and confirm nothing

  SinkThread thread_;
};

KafkaSink::KafkaSink(KafkaOptions options, engine::Outbox* outbox, Metrics* metrics)
    : worker_(std::make_unique<Worker>(std::move(options), outbox, metrics)) {}

KafkaSink::~KafkaSink() = default;
void KafkaSink::Start() { worker_->Start(); }
void KafkaSink::Stop() { worker_->Stop(); }

}  // namespace vinkki::sinks
