#include "collector/server.h"

namespace vinkki::collector {
namespace {

std::string NameOf(Route route) {
  constexpr std::array<const char*, static_cast<size_t>(Route::kCount)> kNames = {
      "beacon", "events", "offers", "asset", "demo", "health", "other"};
  return kNames[static_cast<size_t>(route)];
}

}  // namespace

Counters::Counters(Metrics* metrics)
    : metrics_(metrics),
      connections_(&metrics->GetGauge("vinkki_connections", "Open visitor-facing connections")),
      streams_(&metrics->GetGauge("vinkki_offer_streams", "Open offers streams")) {}

void Counters::Request(Route route, int status) {
  auto& cell = requests_[static_cast<size_t>(route)][static_cast<size_t>(status) % kStatuses];
  Counter* counter = cell.load(std::memory_order_acquire);
  if (counter == nullptr) {
    counter = &metrics_->GetCounter("vinkki_requests_total", "Answered requests",
                                    {{"route", NameOf(route)}, {"status", std::to_string(status)}});
    cell.store(counter, std::memory_order_release);
  }
  counter->Add();
}

void Counters::Refused(Reason reason, uint32_t n) {
  auto& cell = refused_[static_cast<size_t>(reason)];
  Counter* counter = cell.load(std::memory_order_acquire);
  if (counter == nullptr) {
    counter = &metrics_->GetCounter("vinkki_refused_total", "Refused requests, events and lines",
                                    {{"code", std::string(Info(reason).code)}});
    cell.store(counter, std::memory_order_release);
  }
  counter->Add(n);
}

}  // namespace vinkki::collector
