// SPDX-License-Identifier: MIT
//
// What a trained model is judged by besides its task: exits and probes; and the names of all that a
// run has, for checking a claim before anything runs.
#pragma once

#include <string>
#include <vector>

#include "looplab/lab/metrics/exit_metrics.hpp"
#include "looplab/lab/metrics/probe_metrics.hpp"

namespace looplab::lab {

/// All that the run's [evaluation] asks for besides the task's own.
[[nodiscard]] inline Metrics further_metrics(const LoopedTransformer<float>& model,
                                             const AnyTask& task, const RunConfig& config,
                                             const EvaluationConfig& evaluation) {
  Metrics all = exit_metrics(model, task, config, evaluation);
  for (const Metrics& more : {equal_loops_metrics(model, task, config, evaluation),
                              probe_metrics(model, task, config, evaluation)})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// Whether a run is asked for more than its task's metrics.
[[nodiscard]] inline bool has_further_metrics(const RunConfig& config) {
  return has_exit_metrics(config) || !config.evaluation.exit_loops.empty() ||
         config.evaluation.probe_sequences > 0;
}

/// Names of all metrics of a run: the task's, those at `test_loops`, and the further ones.
[[nodiscard]] inline std::vector<std::string> run_metric_names(const RunConfig& config) {
  const AnyTask task = make_task(config.task);
  const std::vector<std::string> own = task.metric_names();
  std::vector<std::string> names = own;
  for (Index loops : config.evaluation.test_loops)
    for (const std::string& name : own) names.push_back(at_loops(name, loops));
  if (has_exit_metrics(config)) {
    ExitEvaluation blank{.policy = {}, .total = {}, .slices = {}, .rows_left = {}};
    for (Index s = 0; s < task.num_slices(); ++s)
      blank.slices.push_back({{.name = task.slice_name(s)}});
    for (Index percent : config.evaluation.exit_quantiles)
      for (const Metric& metric : exit_metrics(blank, percent)) names.push_back(metric.name);
  }
  for (ExitRule rule : compared_rules(config))
    for (Index loops : config.evaluation.exit_loops) names.push_back(at_mean_loops(rule, loops));
  for_each_probe_metric(num_probed_bridges(config, task), evaluation_loops(config),
                        [&](const std::string& name, Index, Index) {
                          names.push_back(name);
                          names.push_back(name + " shuffled");
                        });
  return names;
}

}  // namespace looplab::lab
