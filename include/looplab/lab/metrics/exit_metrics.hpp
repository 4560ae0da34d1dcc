// SPDX-License-Identifier: MIT
//
// Metrics of a model with early exits:
//
//   accuracy q=0.5, loops q=0.5            at a quantile of the exit gate, over all answers, and
//                                          "... k=2" for each slice
//   extra_loops q=0.5                      loops of the last slice minus those of the first, for
//                                          tasks with two slices or more
//   accuracy gate=2, difference=2, ...     of a rule, where answers take 2 loops on average
//
// The first three are computed for `evaluation.exit_quantiles`, the last for `exit_loops`. A rule
// is evaluated with all of its thresholds, and its accuracy is interpolated between the two
// neighbouring ones: that of exiting by one of both at random. Accuracy selects nothing.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "looplab/lab/config/run_config.hpp"
#include "looplab/lab/metrics/metrics.hpp"
#include "looplab/lab/registry/exit_rule_registry.hpp"
#include "looplab/lab/registry/models/any_model.hpp"

namespace looplab::lab {

[[nodiscard]] inline bool has_exit_metrics(const RunConfig& config) {
  return config.model.exit_gate && !config.evaluation.exit_quantiles.empty();
}

/// All answers together.
[[nodiscard]] inline ExitSlice all_answers(const ExitEvaluation& exits) {
  ExitSlice all;
  for (const ExitSlice& slice : exits.slices) {
    all.answers.add(slice.answers);
    all.loops += slice.loops;
  }
  return all;
}

/// Declares the metrics at quantile `percent` of a task with these slices.
[[nodiscard]] inline std::vector<DeclaredMetric<ExitEvaluation>> declared_exit_metrics(
    const std::vector<std::string>& slices, Index percent) {
  std::vector<DeclaredMetric<ExitEvaluation>> metrics;
  const auto declare = [&](const char* quantity, auto measure) {
    const MetricKey key = MetricKey(quantity).at_quantile(static_cast<double>(percent) / 100);
    metrics.push_back({key, [measure](const ExitEvaluation& exits, Metric& metric) {
                         metric.value = measure(all_answers(exits));
                       }});
    for (std::size_t i = 0; i < slices.size(); ++i)
      metrics.push_back(
          {key.of_slice(slices[i]), [measure, i](const ExitEvaluation& exits, Metric& metric) {
             metric.value = measure(exits.slices.at(i));
           }});
  };
  declare(quantity::accuracy, [](const ExitSlice& slice) { return slice.answers.accuracy(); });
  declare(quantity::loops, [](const ExitSlice& slice) { return slice.mean_loops(); });
  if (slices.size() > 1)
    metrics.push_back(
        {metrics[0].key.of(quantity::extra_loops), [](const ExitEvaluation& exits, Metric& metric) {
           metric.value = exits.slices.back().mean_loops() - exits.slices[0].mean_loops();
         }});
  return metrics;
}

/// The metrics at quantile `percent`, of an evaluation with the gate there.
[[nodiscard]] inline Metrics exit_metrics(const ExitEvaluation& exits, Index percent) {
  std::vector<std::string> slices;
  for (const ExitSlice& slice : exits.slices) slices.push_back(slice.answers.name);
  return measured(declared_exit_metrics(slices, percent), exits);
}

/// Those at all quantiles of the run's [evaluation]; none without a gate.
[[nodiscard]] inline Metrics exit_metrics(const AnyModel& model, const AnyTask& task,
                                          const RunConfig& config,
                                          const EvaluationConfig& evaluation) {
  Metrics metrics;
  if (!has_exit_metrics(config)) return metrics;
  for (Index percent : config.evaluation.exit_quantiles) {
    const GateQuantile rule{static_cast<double>(percent) / 100};
    const Metrics more = exit_metrics(model.evaluate_exits(task, rule, evaluation), percent);
    metrics.insert(metrics.end(), more.begin(), more.end());
  }
  return metrics;
}

/// The rules that are compared at equal loops.
[[nodiscard]] inline std::vector<ExitRuleFamily> compared_rules(const RunConfig& config) {
  std::vector<ExitRuleFamily> rules;
  if (config.evaluation.exit_loops.empty()) return rules;
  for (const ExitRuleFamily& family : exit_rule_families())
    if (family.reads_the_model_only() && family.fits(config.model.exit_gate))
      rules.push_back(family);
  return rules;
}

/// "accuracy gate=2".
[[nodiscard]] inline MetricKey at_mean_loops(const std::string& rule, Index loops) {
  MetricKey key = quantity::accuracy;
  key.exits = {rule, loops};
  return key;
}

/// The y of a line through points (x, y) at `x`; beyond its ends that of the end. Points of equal x
/// count as one, of their mean.
[[nodiscard]] inline double value_between(std::vector<std::pair<double, double>> points, double x) {
  std::ranges::sort(points);
  std::vector<std::pair<double, double>> line;
  for (std::size_t i = 0, end = 0; i < points.size(); i = end) {
    double sum = 0;
    for (; end < points.size() && points[end].first == points[i].first; ++end)
      sum += points[end].second;
    line.emplace_back(points[i].first, sum / static_cast<double>(end - i));
  }
  const auto above = std::ranges::lower_bound(line, x, {}, &std::pair<double, double>::first);
  if (above == line.end()) return line.back().second;
  if (above == line.begin()) return above->second;
  const auto below = above - 1;
  const double share = (x - below->first) / (above->first - below->first);
  return below->second + share * (above->second - below->second);
}

/// Those of the rules at equal loops.
[[nodiscard]] inline Metrics equal_loops_metrics(const AnyModel& model, const AnyTask& task,
                                                 const RunConfig& config,
                                                 const EvaluationConfig& evaluation) {
  Metrics metrics;
  for (const ExitRuleFamily& rule : compared_rules(config)) {
    std::vector<std::pair<double, double>> points;
    for (double threshold : rule.thresholds(evaluation.num_loops, config.model.d_model)) {
      const ExitSlice all = model.evaluate_exits(task, rule.make(threshold), evaluation).total;
      points.emplace_back(all.mean_loops(), all.answers.accuracy());
    }
    for (Index loops : config.evaluation.exit_loops)
      metrics.push_back(
          {at_mean_loops(rule.name, loops), value_between(points, static_cast<double>(loops))});
  }
  return metrics;
}

}  // namespace looplab::lab
