// SPDX-License-Identifier: MIT
//
// The result of a finished run.
//
// A result of another results version (result_stamp.hpp) is stale. result_json.hpp stores results.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "looplab/lab/config/run_config.hpp"
#include "looplab/lab/config/run_cost.hpp"
#include "looplab/lab/metrics/metrics.hpp"
#include "looplab/lab/results/result_stamp.hpp"

namespace looplab::lab {

/// Metrics of a model at a step of its training, or with a number of loops.
struct MetricsAt {
  Index at = 0;
  Metrics metrics;
};

/// A finished run.
struct RunResult {
  std::string claim, cell, hash;
  Index seed = 0;
  ResultStamp stamp;
  RunCost cost;
  double wall_seconds = 0;
  Metrics metrics;
  std::vector<MetricsAt> test_loops;  // by number of loops
  std::vector<MetricsAt> curve;       // by step
  nlohmann::ordered_json environment;
  bool stale = false;  // of another results version than this program's; not stored
};

/// A metric of a run, or nullptr; one with `loops` among those of `evaluation.test_loops`.
[[nodiscard]] inline const Metric* find_metric(const RunResult& result, const MetricKey& key) {
  if (!key.loops) return find_metric(result.metrics, key);
  const auto at = std::ranges::find(result.test_loops, *key.loops, &MetricsAt::at);
  if (at == result.test_loops.end()) return nullptr;
  MetricKey own = key;
  own.loops.reset();
  return find_metric(at->metrics, own);
}

}  // namespace looplab::lab
