// What all I/O threads of one collector share: options, admission, the files, the counters.
// Immutable while serving, apart from the atomics and the mutex's own.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "collector/admission.h"
#include "collector/assets.h"
#include "collector/collector.h"
#include "collector/quota.h"
#include "collector/reject.h"

namespace vinkki::collector {

enum class Route : uint8_t { kBeacon, kEvents, kOffers, kAsset, kDemo, kHealth, kOther, kCount };

// vinkki_requests_total{route,status} and vinkki_refused_total{code}. Any thread; a series is made
// when it is first counted.
class Counters {
 public:
  explicit Counters(Metrics* metrics);
  void Request(Route route, int status);
  void Refused(Reason reason, uint32_t n);
  void SetConnections(size_t n) { connections_->Set(static_cast<double>(n)); }
  void SetStreams(size_t n) { streams_->Set(static_cast<double>(n)); }

 private:
  static constexpr size_t kStatuses = 600;
  using Row = std::array<std::atomic<Counter*>, kStatuses>;

  Metrics* metrics_;
  std::array<Row, static_cast<size_t>(Route::kCount)> requests_{};
  std::array<std::atomic<Counter*>, static_cast<size_t>(Reason::kCount)> refused_{};
  Gauge* connections_;
  Gauge* streams_;
};

struct Server {
  Server(CollectorOptions o, Admission a, std::vector<IpRange> proxies, engine::Ingest* i,
         const Clock* c, Metrics* m)
      : options(std::move(o)),
        admission(std::move(a)),
        quotas(options.quota, std::move(proxies)),
        assets(options.demo),
        ingest(i),
        clock(c),
        counters(m) {}

  CollectorOptions options;
  Admission admission;
  Quotas quotas;
  Assets assets;
  engine::Ingest* ingest;
  const Clock* clock;
  Counters counters;
  std::atomic<size_t> connections = 0;
  std::atomic<size_t> streams = 0;
  std::atomic<bool> stopping = false;

  std::mutex on_open_mutex;
  std::function<void(std::string_view, std::string_view)> on_open;  // under the mutex
};

}  // namespace vinkki::collector
