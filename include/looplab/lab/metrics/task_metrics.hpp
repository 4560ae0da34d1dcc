// SPDX-License-Identifier: MIT
//
// What an evaluation of a task is worth.
//
// A task with `slice_floor(i)` is judged by accuracies, one with `knowledge_space()` by bits of
// knowledge (tasks/biographies/capacity.hpp), any other by its loss. All have `answer_nats`, the mean
// negative log likelihood of the tokens that are answers: one scale for all tasks. One with
// `slice_depth(i)` has `learned_depth` as well.
#pragma once

#include <array>
#include <concepts>
#include <string>
#include <vector>

#include "looplab/tasks/biographies/capacity.hpp"
#include "looplab/lab/metrics/metrics.hpp"
#include "looplab/tasks/task.hpp"
#include "looplab/train/evaluate.hpp"

namespace looplab::lab {

/// `slice_floor(i)`: accuracy on slice i of the best predictor without the ability in question.
template <class T>
concept HasFloors = requires(const T& task, Index slice) {
  { task.slice_floor(slice) } -> std::convertible_to<double>;
};

/// `knowledge_space()`, and `knowledge_part(i)`: what the answers of slice i tell about a person.
template <class T>
concept HasKnowledge = requires(const T& task, Index slice) {
  task.knowledge_space();
  task.knowledge_part(slice);
};

/// `slice_depth(i)`: how many steps in a row an answer of slice i takes; grows with i.
template <class T>
concept HasDepths = requires(const T& task, Index slice) {
  { task.slice_depth(slice) } -> std::convertible_to<Index>;
};

/// The accuracy from which a number of steps counts as learned (Kohli et al., arXiv:2604.07822).
inline constexpr double kLearnedAccuracy = 0.95;

/// The deepest steps that are learned, with all shallower ones; 0: none.
template <HasDepths T>
[[nodiscard]] double learned_depth(const T& task, const Evaluation& evaluation) {
  Index depth = 0;
  for (Index slice = 0; slice < task.num_slices(); ++slice) {
    if (evaluation.slices.at(static_cast<std::size_t>(slice)).accuracy() < kLearnedAccuracy) break;
    depth = task.slice_depth(slice);
  }
  return static_cast<double>(depth);
}

/// All answers together.
[[nodiscard]] inline SliceResult all_answers(const Evaluation& evaluation) {
  SliceResult answers{.name = "answers"};
  for (const SliceResult& slice : evaluation.slices) answers.add(slice);
  return answers;
}

/// Accuracies and their floors over all answers and by slice, then `answer_nats`, all and by slice.
template <HasFloors T>
[[nodiscard]] Metrics floor_metrics(const T& task, const Evaluation& evaluation) {
  const SliceResult all = all_answers(evaluation);
  Metrics accuracies{{"accuracy", all.accuracy(), 0, true}}, nats{{"answer_nats", all.loss()}};
  double weighted = 0;
  for (Index slice = 0; slice < task.num_slices(); ++slice) {
    const SliceResult& answers = evaluation.slices.at(static_cast<std::size_t>(slice));
    const double floor = task.slice_floor(slice);
    weighted += floor * static_cast<double>(answers.count);
    accuracies.push_back({"accuracy " + task.slice_name(slice), answers.accuracy(), floor, true});
    nats.push_back({"answer_nats " + task.slice_name(slice), answers.loss()});
  }
  accuracies[0].floor = all.count == 0 ? 0 : weighted / static_cast<double>(all.count);
  accuracies.insert(accuracies.end(), nats.begin(), nats.end());
  return accuracies;
}

/// Bits of knowledge in all and per parameter, losses, and how much there is to know.
/// \throws NumericsError if the losses are not finite or below what is possible
template <HasKnowledge T>
[[nodiscard]] Metrics knowledge_metrics(const T& task, const Evaluation& evaluation,
                                        Index num_parameters) {
  const auto space = task.knowledge_space();
  std::array<double, 3> nll{};  // of names, first chunks, other chunks
  for (Index slice = 0; slice < task.num_slices(); ++slice)
    nll.at(static_cast<std::size_t>(task.knowledge_part(slice))) +=
        evaluation.slices.at(static_cast<std::size_t>(slice)).nll;
  const KnowledgeLosses losses = knowledge_losses(space, nll[0], nll[1], nll[2]);
  const auto parameters = static_cast<double>(num_parameters);
  return {{"bits_per_parameter", bits_per_parameter(space, losses, num_parameters)},
          {"bits", knowledge_bits(space, losses)},
          {"demand_per_parameter", max_knowledge_bits(space) / parameters},
          {"demand", max_knowledge_bits(space)},
          {"p1", losses.p1},
          {"p2", losses.p2},
          {"p3", losses.p3},
          {"answer_nats", all_answers(evaluation).loss()}};
}

/// The metrics of any task; `num_parameters` are the model's. The last is always `loss`.
template <Task T>
[[nodiscard]] Metrics task_metrics(const T& task, const Evaluation& evaluation,
                                   Index num_parameters) {
  Metrics metrics;
  if constexpr (HasKnowledge<T>)
    metrics = knowledge_metrics(task, evaluation, num_parameters);
  else if constexpr (HasFloors<T>)
    metrics = floor_metrics(task, evaluation);
  else
    metrics = {{"answer_nats", all_answers(evaluation).loss()}};
  if constexpr (HasDepths<T>) metrics.push_back({"learned_depth", learned_depth(task, evaluation)});
  metrics.push_back({"loss", evaluation.loss});
  return metrics;
}

/// Names of the metrics of a task, for checking a claim before anything runs.
template <Task T>
[[nodiscard]] std::vector<std::string> task_metric_names(const T& task) {
  Evaluation evaluation;
  // Any possible losses: those of names may not be below the entropy of who exists.
  for (Index slice = 0; slice < task.num_slices(); ++slice)
    evaluation.slices.push_back({task.slice_name(slice), 1, 0, 1e15});
  return metric_names(task_metrics(task, evaluation, 1));
}

}  // namespace looplab::lab
