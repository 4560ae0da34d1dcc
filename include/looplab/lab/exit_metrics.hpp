// SPDX-License-Identifier: MIT
//
// What a model with an exit gate is worth when rows leave at quantiles of the gate, as metrics:
//
//   accuracy q=0.5, loops q=0.5            over all answers, and "... k=2" for each slice
//   extra_loops q=0.5                      loops of the last slice less those of the first
//
// They are made where `evaluation.exit_quantiles` is given and the model has a gate.
#pragma once

#include <string>
#include <vector>

#include "looplab/lab/metrics.hpp"
#include "looplab/lab/run_config.hpp"
#include "looplab/train/evaluate_exits.hpp"

namespace looplab {

[[nodiscard]] inline bool has_exit_metrics(const RunConfig& config) {
  return config.model.exit_gate && !config.evaluation.exit_quantiles.empty();
}

/// The metrics at quantile `percent`, of an evaluation of a policy there.
[[nodiscard]] inline Metrics exit_metrics(const ExitEvaluation& exits, Index percent) {
  const std::string at = " q=" + to_text(static_cast<double>(percent) / 100);
  ExitSlice all;
  Metrics accuracies{{"accuracy" + at}}, loops{{"loops" + at}};
  for (const ExitSlice& slice : exits.slices) {
    all.answers.add(slice.answers);
    all.loops += slice.loops;
    accuracies.push_back({"accuracy" + at + " " + slice.answers.name, slice.answers.accuracy()});
    loops.push_back({"loops" + at + " " + slice.answers.name, slice.mean_loops()});
  }
  accuracies[0].value = all.answers.accuracy();
  loops[0].value = all.mean_loops();
  const double extra = loops.back().value - loops.at(1).value;
  accuracies.insert(accuracies.end(), loops.begin(), loops.end());
  accuracies.push_back({"extra_loops" + at, extra});
  return accuracies;
}

/// Those at all quantiles of the run's [evaluation]; none without a gate.
template <Task T>
[[nodiscard]] Metrics exit_metrics(const LoopedTransformer<float>& model, const T& task,
                                   const RunConfig& config, const EvaluationConfig& evaluation) {
  Metrics metrics;
  if (!has_exit_metrics(config)) return metrics;
  for (Index percent : config.evaluation.exit_quantiles) {
    const ExitPolicy policy{.rule = ExitRule::gate,
                            .threshold = static_cast<double>(percent) / 100};
    const Metrics more = exit_metrics(evaluate_exits(model, task, policy, evaluation), percent);
    metrics.insert(metrics.end(), more.begin(), more.end());
  }
  return metrics;
}

/// Names of all metrics of a run, for checking a claim before anything runs.
[[nodiscard]] inline std::vector<std::string> run_metric_names(const RunConfig& config) {
  const AnyTask task = make_task(config.task);
  std::vector<std::string> names = task.metric_names();
  if (!has_exit_metrics(config)) return names;
  ExitEvaluation blank{.policy = {}, .total = {}, .slices = {}, .rows_left = {}};
  for (Index s = 0; s < task.num_slices(); ++s)
    blank.slices.push_back({{.name = task.slice_name(s)}});
  for (Index percent : config.evaluation.exit_quantiles)
    for (const Metric& metric : exit_metrics(blank, percent)) names.push_back(metric.name);
  return names;
}

}  // namespace looplab
