// SPDX-License-Identifier: MIT
//
// Measured numbers under their keys: the metrics of a run, in the order in which tables show them.
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "looplab/lab/metrics/metric_key.hpp"

namespace looplab::lab {

/// A measured number, and the best accuracy without the ability in question (its floor).
struct Metric {
  MetricKey key;
  double value = 0;
  double floor = 0;        // valid only with has_floor
  bool has_floor = false;  // drawn as a line in figures
};
using Metrics = std::vector<Metric>;

/// The metric of a key, or nullptr.
[[nodiscard]] inline const Metric* find_metric(const Metrics& metrics, const MetricKey& key) {
  const auto found = std::ranges::find(metrics, key, &Metric::key);
  return found == metrics.end() ? nullptr : &*found;
}

/// A metric before it is measured: its key, and how an `Outcome` fills in its value and floor.
template <class Outcome>
struct DeclaredMetric {
  MetricKey key;
  std::function<void(const Outcome&, Metric&)> fill;
};

/// The keys of declared metrics, in order.
template <class Outcome>
[[nodiscard]] std::vector<MetricKey> keys_of(const std::vector<DeclaredMetric<Outcome>>& declared) {
  std::vector<MetricKey> keys;
  for (const auto& metric : declared) keys.push_back(metric.key);
  return keys;
}

/// The declared metrics with their values.
template <class Outcome>
[[nodiscard]] Metrics measured(const std::vector<DeclaredMetric<Outcome>>& declared,
                               const Outcome& outcome) {
  Metrics metrics;
  for (const auto& metric : declared) metric.fill(outcome, metrics.emplace_back(metric.key));
  return metrics;
}

}  // namespace looplab::lab
