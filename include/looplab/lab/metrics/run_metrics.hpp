// SPDX-License-Identifier: MIT
//
// Metrics of a trained model besides its task's: exits, probes and shared caches; and the keys of all metrics of a
// run, to check a claim before anything runs.
#pragma once

#include <vector>

#include "looplab/lab/metrics/cache_metrics.hpp"
#include "looplab/lab/metrics/exit_metrics.hpp"
#include "looplab/lab/metrics/probe_metrics.hpp"

namespace looplab::lab {

/// All metrics requested by the run's [evaluation] besides the task's own.
[[nodiscard]] inline Metrics further_metrics(const AnyModel& model, const AnyTask& task,
                                             const RunConfig& config,
                                             const EvaluationConfig& evaluation) {
  Metrics all = exit_metrics(model, task, config, evaluation);
  for (const Metrics& more : {equal_loops_metrics(model, task, config, evaluation),
                              probe_metrics(model, task, config, evaluation),
                              cache_metrics(model, task, config, evaluation)})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// Whether a run has more metrics than its task's.
[[nodiscard]] inline bool has_further_metrics(const RunConfig& config) {
  return has_exit_metrics(config) || !config.evaluation.exit_loops.empty() ||
         config.evaluation.probe_sequences > 0 || config.evaluation.decode_sequences > 0;
}

/// All metrics of a run: the task's, those at `test_loops`, and the further ones.
[[nodiscard]] inline std::vector<MetricKey> run_metric_keys(const RunConfig& config) {
  const AnyTask task = make_task(config.task);
  const std::vector<MetricKey> own = task.metric_keys();
  const RunEvaluationSettings& asked = config.evaluation;
  std::vector<MetricKey> keys = own;
  for (Index loops : asked.test_loops)
    for (const MetricKey& key : own) keys.push_back(key.at_loops(loops));
  if (has_exit_metrics(config))
    for (Index percent : asked.exit_quantiles)
      for (const auto& metric : declared_exit_metrics(slice_names(task), percent))
        keys.push_back(metric.key);
  for (const ExitRuleFamily& rule : compared_rules(config))
    for (Index loops : asked.exit_loops) keys.push_back(at_mean_loops(rule.name, loops));
  for (const ProbePoint& point :
       probe_points(num_probed_bridges(config, task), config.loops.evaluated))
    for (const MetricKey& key : probe_keys(point)) keys.push_back(key);
  for (const CacheSharing sharing : compared_caches(config))
    for (const auto& metric : declared_cache_metrics(slice_names(task), sharing))
      keys.push_back(metric.key);
  return keys;
}

}  // namespace looplab::lab
