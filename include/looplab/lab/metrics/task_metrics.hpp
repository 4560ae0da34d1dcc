// SPDX-License-Identifier: MIT
//
// The metrics that a task declares, and their values from an evaluation.
//
// A task with `knowledge_space()` is evaluated by bits of knowledge (tasks/biographies/capacity.hpp),
// any other by accuracies, which have floors if it has `slice_floor(i)`. All have `answer_nats`, the
// mean negative log likelihood of the answer tokens, on the same scale for all tasks. A task with
// `slice_depth(i)` also has `learned_depth` and `expected_depth`; one with `slice_group(i)` has
// accuracies and losses of groups of slices.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <optional>
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

/// `slice_group(i)`: name of the group that slice i belongs to; "": none. A group's answers together
/// have the metrics of a slice.
template <class T>
concept HasGroups = requires(const T& task, Index slice) {
  { task.slice_group(slice) } -> std::convertible_to<std::string>;
};

/// `slice_depth(i)`: number of sequential steps of an answer of slice i, which grows with i; 0:
/// slice i counts in no depth. `trained_depth()`: the largest that training has.
template <class T>
concept HasDepths = requires(const T& task, Index slice) {
  { task.slice_depth(slice) } -> std::convertible_to<Index>;
  { task.trained_depth() } -> std::convertible_to<Index>;
};

/// The accuracy from which a number of steps counts as learned: the task's own if it has one, or .95
/// (Kohli et al., arXiv:2604.07822).
template <HasDepths T>
[[nodiscard]] constexpr double learned_accuracy() {
  if constexpr (requires { T::kLearnedAccuracy; })
    return T::kLearnedAccuracy;
  else
    return 0.95;
}

/// The accuracy of guessing that `expected_depth` corrects for: the task's own if it has one, or 0.
template <HasDepths T>
[[nodiscard]] constexpr double guess_accuracy() {
  if constexpr (requires { T::kGuessAccuracy; })
    return T::kGuessAccuracy;
  else
    return 0;
}

/// The largest number of steps that is learned together with all smaller ones; 0: none.
template <HasDepths T>
[[nodiscard]] double learned_depth(const T& task, const Evaluation& evaluation) {
  Index learned = 0;
  for (Index slice = 0; slice < task.num_slices(); ++slice) {
    const Index depth = task.slice_depth(slice);
    if (depth == 0) continue;
    if (evaluation.slices.at(static_cast<std::size_t>(slice)).accuracy() < learned_accuracy<T>())
      break;
    learned = depth;
  }
  return static_cast<double>(learned);
}

/// The number of steps that a model is expected to follow, of those that training has: with accuracy
/// a_i at the depths d_1 < d_2 < ..., d_0 = 0, and g = guess_accuracy(),
///
///   sum_i (d_i - d_{i-1}) (a_i - g) / (1 - g)
///
/// Has no threshold, so that partial learning counts. A model that follows the steps in a share p of
/// the cases and guesses in the others has a = p + (1 - p) g. Terms may be negative: cut off at 0,
/// they would give a model that only guesses a positive mean.
template <HasDepths T>
[[nodiscard]] double expected_depth(const T& task, const Evaluation& evaluation) {
  constexpr double kGuess = guess_accuracy<T>();
  double expected = 0;
  Index before = 0;
  for (Index slice = 0; slice < task.num_slices(); ++slice) {
    const Index depth = task.slice_depth(slice);
    if (depth == 0) continue;
    if (depth > task.trained_depth()) break;
    const double accuracy = evaluation.slices.at(static_cast<std::size_t>(slice)).accuracy();
    expected += static_cast<double>(depth - before) * ((accuracy - kGuess) / (1 - kGuess));
    before = depth;
  }
  return expected;
}

/// Input of a task's metrics: an evaluation, the model's number of parameters, and the floors of
/// the task's slices, if it has them.
struct TaskOutcome {
  const Evaluation& evaluation;
  Index num_parameters = 0;
  std::vector<double> floors;

  [[nodiscard]] const SliceResult& slice(std::size_t i) const { return evaluation.slices.at(i); }
  /// The answers of these slices together.
  [[nodiscard]] Score answers(const std::vector<std::size_t>& slices) const {
    Score answers;
    for (std::size_t i : slices) answers.add(slice(i));
    return answers;
  }
  /// The mean of these slices' floors, weighted by their answers.
  [[nodiscard]] double mean_floor(const std::vector<std::size_t>& slices) const {
    double weighted = 0;
    for (std::size_t i : slices) weighted += floors.at(i) * static_cast<double>(slice(i).count);
    const Index count = answers(slices).count;
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

/// Slices whose answers have metrics together, and the name of their metrics; none: all slices.
struct SliceGroup {
  std::optional<std::string> name;
  std::vector<std::size_t> slices;
  [[nodiscard]] MetricKey key(const char* quantity) const {
    return name ? MetricKey(quantity).of_slice(*name) : MetricKey(quantity);
  }
};

/// The groups of a task (see HasGroups), in the order of their first slices.
template <Task T>
[[nodiscard]] std::vector<SliceGroup> slice_groups([[maybe_unused]] const T& task) {
  std::vector<SliceGroup> groups;
  if constexpr (HasGroups<T>)
    for (Index slice = 0; slice < task.num_slices(); ++slice) {
      const std::string name = task.slice_group(slice);
      if (name.empty()) continue;
      auto group = std::ranges::find(groups, name, &SliceGroup::name);
      if (group == groups.end()) group = groups.insert(group, {name, {}});
      group->slices.push_back(static_cast<std::size_t>(slice));
    }
  return groups;
}

/// All slices of a task.
template <Task T>
[[nodiscard]] SliceGroup all_slices(const T& task) {
  SliceGroup all;
  for (Index slice = 0; slice < task.num_slices(); ++slice)
    all.slices.push_back(static_cast<std::size_t>(slice));
  return all;
}

/// Declares the accuracy of a group and its floor, if there are floors.
inline void declare_accuracy(const SliceGroup& group, TaskMetrics& metrics) {
  metrics.push_back({group.key(quantity::accuracy),
                     [slices = group.slices](const TaskOutcome& outcome, Metric& metric) {
                       metric.value = outcome.answers(slices).accuracy();
                       metric.has_floor = outcome.has_floors();
                       if (metric.has_floor) metric.floor = outcome.mean_floor(slices);
                     }});
}

/// Declares `answer_nats` of a group.
inline void declare_answer_nats(const SliceGroup& group, TaskMetrics& metrics) {
  metrics.push_back({group.key(quantity::answer_nats),
                     [slices = group.slices](const TaskOutcome& outcome, Metric& metric) {
                       metric.value = outcome.answers(slices).loss();
                     }});
}

/// Declares accuracies and their floors, if any, over all answers, by slice and by group.
template <Task T>
void declare_accuracies(const T& task, TaskMetrics& metrics) {
  declare_accuracy(all_slices(task), metrics);
  const std::vector<std::string> slices = slice_names(task);
  for (std::size_t i = 0; i < slices.size(); ++i)
    metrics.push_back({MetricKey(quantity::accuracy).of_slice(slices[i]),
                       [i](const TaskOutcome& outcome, Metric& metric) {
                         metric.value = outcome.slice(i).accuracy();
                         metric.has_floor = outcome.has_floors();
                         if (metric.has_floor) metric.floor = outcome.floors.at(i);
                       }});
  for (const SliceGroup& group : slice_groups(task)) declare_accuracy(group, metrics);
}

/// Declares `answer_nats` over all answers, by slice and by group.
template <Task T>
void declare_answer_losses(const T& task, TaskMetrics& metrics) {
  declare_answer_nats(all_slices(task), metrics);
  const std::vector<std::string> slices = slice_names(task);
  for (std::size_t i = 0; i < slices.size(); ++i) declare_answer_nats({slices[i], {i}}, metrics);
  for (const SliceGroup& group : slice_groups(task)) declare_answer_nats(group, metrics);
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
    declare_answer_nats(all_slices(task), metrics);
  } else {
    declare_accuracies(task, metrics);
    declare_answer_losses(task, metrics);
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
