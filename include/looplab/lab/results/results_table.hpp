// SPDX-License-Identifier: MIT
//
// All runs as one table, the content of results.csv.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "looplab/lab/report/table.hpp"
#include "looplab/lab/results/result.hpp"

namespace looplab::lab {

/// A row per run: claim, cell, seed, costs, stamp, all metrics (empty where a task has none).
[[nodiscard]] inline Table results_table(const std::vector<RunResult>& results) {
  Table table({"claim", "cell", "seed", "hash", "stale", "unique_parameters",
               "unique_parameters_without_embeddings", "effective_parameters", "flop_per_token",
               "training_flop", "wall_seconds", "stamp"});
  std::vector<MetricKey> metrics;
  for (const RunResult& r : results) {
    const ModelCost& model = r.cost.model;
    table.add({r.claim, r.cell, r.seed, r.hash, r.stale, model.unique_parameters,
               model.unique_parameters_without_embeddings, model.effective_parameters,
               to_text(model.flop_per_token), to_text(r.cost.training_flop),
               to_text(r.wall_seconds), r.stamp.text()});
    for (const Metric& metric : r.metrics)
      if (std::ranges::find(metrics, metric.key) == metrics.end()) metrics.push_back(metric.key);
  }
  for (const MetricKey& key : metrics) {
    Column& column = table.columns.emplace_back(Column{to_text(key)});
    for (const RunResult& r : results) {
      const Metric* metric = find_metric(r.metrics, key);
      column.cells.push_back(metric == nullptr ? "" : to_text(metric->value));
    }
  }
  return table;
}

}  // namespace looplab::lab
