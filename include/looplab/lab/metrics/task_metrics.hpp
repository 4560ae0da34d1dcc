// SPDX-License-Identifier: MIT
//
// The metrics that a task declares, and their values from an evaluation.
//
// A task with `knowledge_space()` is evaluated by bits of knowledge (tasks/biographies/capacity.hpp),
// any other by accuracies, which have floors if it has `slice_floor(i)`. All have `answer_nats`, the
// mean negative log likelihood of the answer tokens, on the same scale for all tasks. A task with
// `slice_depth(i)` also has `learned_depth` and `expected_depth`.
#pragma once

#include <array>
#include <concepts>
#include <string>
#include <vector>

#include "looplab/lab/metrics/metrics.hpp"
#include "looplab/tasks/biographies/capacity.hpp"
#include "looplab/tasks/task.hpp"
#include "looplab/train/evaluate.hpp"

namespace looplab::lab {

/// `slice_floor(i)`: accuracy on slice i of the best predictor without the ability in question.
template <class T>
concept HasFloors = requires(const T& task, Index slice) {
  { task.slice_floor(slice) } -> std::convertible_to<double>;
};

/// `knowledge_space()`, and `knowledge_part(i)`: the part of a person that slice i belongs to.
template <class T>
concept HasKnowledge = requires(const T& task, Index slice) {
  task.knowledge_space();
  task.knowledge_part(slice);
};

/// `slice_depth(i)`: number of sequential steps of an answer of slice i; grows with i.
/// `trained_depth()`: the largest that training has.
template <class T>
concept HasDepths = requires(const T& task, Index slice) {
  { task.slice_depth(slice) } -> std::convertible_to<Index>;
  { task.trained_depth() } -> std::convertible_to<Index>;
};

/// The accuracy from which a number of steps counts as learned (Kohli et al., arXiv:2604.07822).
inline constexpr double kLearnedAccuracy = 0.95;

/// The largest number of steps that is learned together with all smaller ones; 0: none.
template <HasDepths T>
[[nodiscard]] double learned_depth(const T& task, const Evaluation& evaluation) {
  Index depth = 0;
  for (Index slice = 0; slice < task.num_slices(); ++slice) {
    if (evaluation.slices.at(static_cast<std::size_t>(slice)).accuracy() < kLearnedAccuracy) break;
    depth = task.slice_depth(slice);
  }
  return static_cast<double>(depth);
}

/// The number of steps that a model is expected to follow, of those that training has: with accuracy
/// a_i at the depths d_1 < d_2 < ..., sum_i (d_i - d_{i-1}) a_i, d_0 = 0. Has no threshold, so that
/// partial learning counts.
template <HasDepths T>
[[nodiscard]] double expected_depth(const T& task, const Evaluation& evaluation) {
  double expected = 0;
  Index before = 0;
  for (Index slice = 0; slice < task.num_slices(); ++slice) {
    const Index depth = task.slice_depth(slice);
    if (depth > task.trained_depth()) break;
    expected += static_cast<double>(depth - before) *
                evaluation.slices.at(static_cast<std::size_t>(slice)).accuracy();
    before = depth;
  }
  return expected;
}

/// All answers together.
[[nodiscard]] inline Score all_answers(const Evaluation& evaluation) {
  Score answers;
  for (const SliceResult& slice : evaluation.slices) answers.add(slice);
  return answers;
}

/// Input of a task's metrics: an evaluation, the model's number of parameters, and the floors of
/// the task's slices, if it has them.
struct TaskOutcome {
  const Evaluation& evaluation;
  Index num_parameters = 0;
  std::vector<double> floors;

  [[nodiscard]] const SliceResult& slice(std::size_t i) const { return evaluation.slices.at(i); }
  /// The mean of the floors, weighted by the slices' answers.
  [[nodiscard]] double mean_floor() const {
    double weighted = 0;
    for (std::size_t i = 0; i < floors.size(); ++i)
      weighted += floors[i] * static_cast<double>(slice(i).count);
    const Index count = all_answers(evaluation).count;
    return count == 0 ? 0 : weighted / static_cast<double>(count);
  }
  [[nodiscard]] bool has_floors() const { return !floors.empty(); }
};
using TaskMetrics = std::vector<DeclaredMetric<TaskOutcome>>;

/// Names of the slices of a task, in order.
template <Task T>
[[nodiscard]] std::vector<std::string> slice_names(const T& task) {
  std::vector<std::string> names;
  for (Index slice = 0; slice < task.num_slices(); ++slice) names.push_back(task.slice_name(slice));
  return names;
}

/// Declares accuracies and their floors, if any, over all answers and by slice.
inline void declare_accuracies(const std::vector<std::string>& slices, TaskMetrics& metrics) {
  const MetricKey accuracy = quantity::accuracy;
  metrics.push_back({accuracy, [](const TaskOutcome& outcome, Metric& metric) {
                       metric.value = all_answers(outcome.evaluation).accuracy();
                       metric.floor = outcome.mean_floor();
                       metric.has_floor = outcome.has_floors();
                     }});
  for (std::size_t i = 0; i < slices.size(); ++i)
    metrics.push_back(
        {accuracy.of_slice(slices[i]), [i](const TaskOutcome& outcome, Metric& metric) {
           metric.value = outcome.slice(i).accuracy();
           metric.has_floor = outcome.has_floors();
           if (metric.has_floor) metric.floor = outcome.floors.at(i);
         }});
}

/// Declares `answer_nats` over all answers and by slice.
inline void declare_answer_nats(const std::vector<std::string>& slices, TaskMetrics& metrics) {
  const MetricKey nats = quantity::answer_nats;
  metrics.push_back({nats, [](const TaskOutcome& outcome, Metric& metric) {
                       metric.value = all_answers(outcome.evaluation).loss();
                     }});
  for (std::size_t i = 0; i < slices.size(); ++i)
    metrics.push_back({nats.of_slice(slices[i]), [i](const TaskOutcome& outcome, Metric& metric) {
                         metric.value = outcome.slice(i).loss();
                       }});
}

/// Mean losses of names, first chunks and other chunks. \throws as `knowledge_losses`
template <HasKnowledge T>
[[nodiscard]] KnowledgeLosses losses_of(const T& task, const Evaluation& evaluation) {
  std::array<double, 3> nll{};
  for (Index slice = 0; slice < task.num_slices(); ++slice)
    nll.at(static_cast<std::size_t>(task.knowledge_part(slice))) +=
        evaluation.slices.at(static_cast<std::size_t>(slice)).nll;
  return knowledge_losses(task.knowledge_space(), nll[0], nll[1], nll[2]);
}

/// Declares bits of knowledge in total and per parameter, the total knowledge, and the losses.
/// Filling them in throws NumericsError if the losses are not finite or below what is possible.
template <HasKnowledge T>
void declare_knowledge(const T& task, TaskMetrics& metrics) {
  const auto declare = [&](const char* quantity, auto measure) {
    metrics.push_back({quantity, [&task, measure](const TaskOutcome& outcome, Metric& metric) {
                         metric.value =
                             measure(task.knowledge_space(), losses_of(task, outcome.evaluation),
                                     outcome.num_parameters);
                       }});
  };
  using Losses = KnowledgeLosses;
  declare(quantity::bits_per_parameter, [](const auto& space, const Losses& losses, Index count) {
    return bits_per_parameter(space, losses, count);
  });
  declare(quantity::bits, [](const auto& space, const Losses& losses, Index) {
    return knowledge_bits(space, losses);
  });
  declare(quantity::demand_per_parameter, [](const auto& space, const Losses&, Index count) {
    return max_knowledge_bits(space) / static_cast<double>(count);
  });
  declare(quantity::demand,
          [](const auto& space, const Losses&, Index) { return max_knowledge_bits(space); });
  declare("p1", [](const auto&, const Losses& losses, Index) { return losses.p1; });
  declare("p2", [](const auto&, const Losses& losses, Index) { return losses.p2; });
  declare("p3", [](const auto&, const Losses& losses, Index) { return losses.p3; });
}

/// Declares the metrics of any task, which is kept by reference. The last is always `loss`.
template <Task T>
[[nodiscard]] TaskMetrics declared_metrics(const T& task) {
  TaskMetrics metrics;
  if constexpr (HasKnowledge<T>) {
    declare_knowledge(task, metrics);
    declare_answer_nats({}, metrics);
  } else {
    declare_accuracies(slice_names(task), metrics);
    declare_answer_nats(slice_names(task), metrics);
  }
  if constexpr (HasDepths<T>) {
    metrics.push_back(
        {quantity::learned_depth, [&task](const TaskOutcome& outcome, Metric& metric) {
           metric.value = learned_depth(task, outcome.evaluation);
         }});
    metrics.push_back(
        {quantity::expected_depth, [&task](const TaskOutcome& outcome, Metric& metric) {
           metric.value = expected_depth(task, outcome.evaluation);
         }});
  }
  metrics.push_back({quantity::loss, [](const TaskOutcome& outcome, Metric& metric) {
                       metric.value = outcome.evaluation.loss;
                     }});
  return metrics;
}

/// The metrics of an evaluation; `num_parameters` is that of the model.
/// \throws NumericsError if losses cannot be turned into bits of knowledge
template <Task T>
[[nodiscard]] Metrics task_metrics(const T& task, const Evaluation& evaluation,
                                   Index num_parameters) {
  TaskOutcome outcome{evaluation, num_parameters, {}};
  if constexpr (HasFloors<T>)
    for (Index slice = 0; slice < task.num_slices(); ++slice)
      outcome.floors.push_back(task.slice_floor(slice));
  return measured(declared_metrics(task), outcome);
}

}  // namespace looplab::lab
