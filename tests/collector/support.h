// A door of the engine in memory, a client on a real socket, and a collector between them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "collector/collector.h"
#include "engine/ingest.h"

namespace vinkki::collector {

// Keeps what was submitted. Answers on a thread of its own, in groups, as the engine does, or when
// told (manual).
class MemoryIngest final : public engine::Ingest {
 public:
  MemoryIngest();
  ~MemoryIngest() override;

  bool Submit(Batch&& batch, engine::AckSink* sink, uint64_t token) override;
  void Quarantine(engine::Reject reject) override;
  bool Ready() const override { return ready; }

  // Settings, before use.
  std::atomic<bool> ready = true;
  std::atomic<bool> full = false;    // Submit refuses
  std::atomic<bool> manual = false;  // answers wait for AnswerAll
  std::atomic<engine::Outcome> outcome = engine::Outcome::kStored;

  void AnswerAll();
  // Waits until so many batches were submitted.
  void WaitForBatches(size_t n);
  std::vector<std::string> Dump() const;  // each batch as text, see support.cc
  std::vector<engine::Reject> rejects() const;
  std::vector<std::string> RejectCodes() const;
  size_t batch_count() const;

 private:
  struct Waiting {
    engine::AckSink* sink;
    uint64_t token;
  };
  void Run();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Batch> batches_;
  std::vector<engine::Reject> rejects_;
  std::vector<Waiting> waiting_;
  bool stop_ = false;
  std::thread thread_;
};

// "site/visitor consent load? number: name@delta{a=1,b=\"x\"}[{..}{..}]; ..."
std::string DumpBatch(const Batch& batch);

struct Answer {
  int status = 0;                              // 0: the connection was closed before an answer
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string code() const;  // of problem+json
};

class Client {
 public:
  // `receive_buffer` > 0: of the socket, for slow readers.
  explicit Client(uint16_t port, int receive_buffer = 0);
  ~Client();
  Client(Client&& other) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Send(std::string_view bytes);
  // The next answer on the connection; waits at most 20 s.
  Answer Read(bool head_only = false);
  // Whatever comes until `what` stands in it (returned up to its end); empty: closed before.
  std::string ReadUntil(std::string_view what);
  // True when the server closed (and everything it sent was read over); waits at most 20 s.
  bool Closed();
  void CloseWrite();
  // Whether bytes or the end arrive within so many milliseconds.
  bool HasInput(int millis);

 private:
  bool Fill();

  int socket_ = -1;
  std::string buffer_;
};

// Start to end of a server for a test.
struct Fixture {
  explicit Fixture(CollectorOptions options = Options());
  ~Fixture();
  static CollectorOptions Options();

  // A request on a connection of its own.
  Answer Request(std::string_view bytes);
  Answer Beacon(std::string_view body, std::string_view more_headers = "");
  Answer Events(std::string_view body, std::string_view more_headers = "");
  double Metric(const std::string& line) const;  // "name{labels}" of Metrics::Text

  ManualClock clock{1'795'000'000'000};
  Metrics metrics;
  MemoryIngest ingest;
  std::unique_ptr<Collector> collector;
};

// Where corpora and real traffic are, if anywhere: beside the checkout, or VINKKI_TEST_DATA.
std::filesystem::path DataFolder();
std::string ReadFile(const std::filesystem::path& path);

inline constexpr std::string_view kShop = "https://shop.example";
// POST /v1/e of the site "shop" from kShop, complete.
std::string BeaconRequest(std::string_view body, std::string_view more_headers = "");
std::string EventsRequest(std::string_view body, std::string_view more_headers = "");
// A body of mode cookieless with the events given as JSON.
std::string BeaconBody(std::string_view events, std::string_view number = "1");

}  // namespace vinkki::collector
