#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <deque>
#include <mutex>

namespace vinkki {
namespace {

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter* inner) : inner_(inner) {}
  void Add(double by) override { inner_->Increment(by); }
  double Get() const override { return inner_->Value(); }

 private:
  prometheus::Counter* inner_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge* inner) : inner_(inner) {}
  void Set(double value) override { inner_->Set(value); }
  double Get() const override { return inner_->Value(); }

 private:
  prometheus::Gauge* inner_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram* inner) : inner_(inner) {}
  void Observe(double value) override { inner_->Observe(value); }

 private:
  prometheus::Histogram* inner_;
};

}  // namespace

struct Metrics::Registry {
  std::mutex mutex;
  prometheus::Registry inner;
  std::map<prometheus::Counter*, PrometheusCounter> counters;
  std::map<prometheus::Gauge*, PrometheusGauge> gauges;
  std::map<prometheus::Histogram*, PrometheusHistogram> histograms;
};

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::GetCounter(const std::string& name, const std::string& help,
                             const Labels& labels) {
  std::lock_guard lock(registry_->mutex);
  auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registry_->inner);
  auto* inner = &family.Add(labels);
  return registry_->counters.try_emplace(inner, inner).first->second;
}

Gauge& Metrics::GetGauge(const std::string& name, const std::string& help, const Labels& labels) {
  std::lock_guard lock(registry_->mutex);
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(registry_->inner);
  auto* inner = &family.Add(labels);
  return registry_->gauges.try_emplace(inner, inner).first->second;
}

Histogram& Metrics::GetHistogram(const std::string& name, const std::string& help,
                                 const std::vector<double>& bounds, const Labels& labels) {
  std::lock_guard lock(registry_->mutex);
  auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(registry_->inner);
  auto* inner = &family.Add(labels, prometheus::Histogram::BucketBoundaries(bounds));
  return registry_->histograms.try_emplace(inner, inner).first->second;
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(registry_->inner.Collect());
}

}  // namespace vinkki
