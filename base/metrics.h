// Counters, gauges and histograms, exposed by the staff port in Prometheus' text format. Look a
// series up once, at start; Add and Set are then lock-free. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vinkki {

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Add(double by = 1) = 0;
  virtual double Get() const = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
  virtual double Get() const = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
};

using Labels = std::map<std::string, std::string>;

// Owned by main; outlives everything that counts. The same name and labels give the same series.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Counter& GetCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  // `bounds`: upper bounds of the buckets, ascending.
  Histogram& GetHistogram(const std::string& name, const std::string& help,
                          const std::vector<double>& bounds, const Labels& labels = {});
  // Prometheus' text exposition format 0.0.4.
  std::string Text() const;

 private:
  struct Registry;
  std::unique_ptr<Registry> registry_;
};

}  // namespace vinkki
