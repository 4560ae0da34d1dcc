// SPDX-License-Identifier: MIT
//
// Numbers with names: what a run is worth. In the order in which tables show them.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/tensor.hpp"

namespace looplab::lab {

/// A measured number, and what the best guess without the ability in question would reach.
struct Metric {
  std::string name;
  double value = 0;
  double floor = 0;        // only with has_floor
  bool has_floor = false;  // drawn as a line in figures
};
using Metrics = std::vector<Metric>;

/// The metric of a name, or nullptr.
[[nodiscard]] inline const Metric* find_metric(const Metrics& metrics, std::string_view name) {
  const auto found = std::ranges::find(metrics, name, &Metric::name);
  return found == metrics.end() ? nullptr : &*found;
}

/// The name of a metric at a number of loops: "accuracy loops=8".
[[nodiscard]] inline std::string at_loops(const std::string& metric, Index loops) {
  return concat(metric, " loops=", loops);
}

/// Names in order.
[[nodiscard]] inline std::vector<std::string> metric_names(const Metrics& metrics) {
  std::vector<std::string> names;
  for (const Metric& metric : metrics) names.push_back(metric.name);
  return names;
}

}  // namespace looplab::lab
