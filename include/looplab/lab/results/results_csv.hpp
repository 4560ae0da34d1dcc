// SPDX-License-Identifier: MIT
//
// Results as one table of comma-separated values.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "looplab/lab/results/result.hpp"

namespace looplab::lab {

/// One row per run: claim, cell, seed, costs, stamp, all metrics (empty where a task has none).
[[nodiscard]] inline std::string results_csv(const std::vector<RunResult>& results) {
  std::vector<MetricKey> metrics;
  for (const RunResult& result : results)
    for (const Metric& metric : result.metrics)
      if (std::ranges::find(metrics, metric.key) == metrics.end()) metrics.push_back(metric.key);
  const auto quoted = [](std::string text) {
    for (std::size_t i = 0; (i = text.find('"', i)) != std::string::npos; i += 2)
      text.insert(i, 1, '"');
    return '"' + text + '"';
  };
  std::string csv =
      "claim,cell,seed,hash,stale,unique_parameters,unique_parameters_without_embeddings,"
      "effective_parameters,flop_per_token,training_flop,wall_seconds,stamp";
  for (const MetricKey& key : metrics) csv += ',' + quoted(to_text(key));
  for (const RunResult& r : results) {
    csv += concat(
        '\n', quoted(r.claim), ',', quoted(r.cell), ',', r.seed, ',', r.hash, ',', to_text(r.stale),
        ',', r.cost.model.unique_parameters, ',', r.cost.model.unique_parameters_without_embeddings,
        ',', r.cost.model.effective_parameters, ',', to_text(r.cost.model.flop_per_token), ',',
        to_text(r.cost.training_flop), ',', to_text(r.wall_seconds), ',', quoted(r.stamp.text()));
    for (const MetricKey& key : metrics) {
      const Metric* metric = find_metric(r.metrics, key);
      csv += ',' + (metric == nullptr ? "" : to_text(metric->value));
    }
  }
  return csv + '\n';
}

}  // namespace looplab::lab
