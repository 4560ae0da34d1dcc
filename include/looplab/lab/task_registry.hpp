// SPDX-License-Identifier: MIT
//
// The tasks the program knows by name, and what an evaluation of each is worth.
//
// A new task is a config struct with its entry in `TaskConfig`, a `TaskKind` that names it, and a
// `task_metrics`.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "looplab/analysis/capacity.hpp"
#include "looplab/lab/metrics.hpp"
#include "looplab/lab/settings.hpp"
#include "looplab/tasks/biographies.hpp"
#include "looplab/tasks/k_hop_induction.hpp"
#include "looplab/train/evaluate.hpp"

namespace looplab {

/// The settings of a task of any kind; which kind is the alternative held.
using TaskConfig = std::variant<KHopInductionConfig, BiographiesConfig>;

/// Name, one line of help and class of the task a config belongs to.
template <class Config>
struct TaskKind;
template <>
struct TaskKind<KHopInductionConfig> {
  using Type = KHopInduction;
  static constexpr std::string_view kName = "k_hop_induction";
  static constexpr std::string_view kHelp = "jump back k times; manipulation, nothing is stored";
};
template <>
struct TaskKind<BiographiesConfig> {
  using Type = Biographies;
  static constexpr std::string_view kName = "biographies";
  static constexpr std::string_view kHelp = "random facts about people; capacity in bits";
};

/// Calls `visit(config)` with a default config of every kind.
template <class Visit>
void for_each_task_kind(Visit&& visit) {
  const auto all = [&]<class... Configs>(std::variant<Configs...>*) { (visit(Configs{}), ...); };
  all(static_cast<TaskConfig*>(nullptr));
}

/// Names of all kinds.
[[nodiscard]] inline std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for_each_task_kind(
      [&]<class Config>(const Config&) { names.emplace_back(TaskKind<Config>::kName); });
  return names;
}

/// The default config of a kind. \throws ConfigError naming the nearest kind if there is none.
[[nodiscard]] inline TaskConfig default_task_config(const std::string& kind) {
  require_known("task.kind", "task", kind, task_names());
  TaskConfig result;
  for_each_task_kind([&]<class Config>(const Config& config) {
    if (TaskKind<Config>::kName == kind) result = config;
  });
  return result;
}

/// The kind's name of a config.
[[nodiscard]] inline std::string task_kind(const TaskConfig& config) {
  return std::visit(
      []<class Config>(const Config&) { return std::string(TaskKind<Config>::kName); }, config);
}

/// Calls `use(task)` with the task made from `config` and returns what it returns.
/// \throws ConfigError if the config is not valid.
template <class Use>
decltype(auto) with_task(const TaskConfig& config, Use&& use) {
  return std::visit(
      [&]<class Config>(const Config& settings) -> decltype(auto) {
        return use(typename TaskKind<Config>::Type(settings));
      },
      config);
}

/// Accuracy and its floor, over all windows and for each number of hops.
[[nodiscard]] inline Metrics task_metrics(const KHopInduction& task, const Evaluation& evaluation,
                                          Index /*num_parameters*/) {
  Metrics metrics{{"accuracy", evaluation.accuracy, 0, true}, {"loss", evaluation.loss, 0, false}};
  double sum = 0;
  for (Index slice = 0; slice < task.num_slices(); ++slice) {
    const SliceResult& result = evaluation.slices.at(static_cast<std::size_t>(slice));
    const double floor = task.floor_accuracy(task.config().min_hops + slice);
    sum += floor;
    metrics.push_back({"accuracy " + task.slice_name(slice), result.accuracy(), floor, true});
  }
  metrics[0].floor = sum / static_cast<double>(task.num_slices());
  return metrics;
}

/// Bits of knowledge in all and per parameter, losses, and how much there is to know.
[[nodiscard]] inline Metrics task_metrics(const Biographies& task, const Evaluation& evaluation,
                                          Index num_parameters) {
  const KnowledgeSpace space = task.knowledge_space();
  const auto nll = [&](Token slice) {
    return evaluation.slices.at(static_cast<std::size_t>(slice)).nll;
  };
  const KnowledgeLosses losses =
      knowledge_losses(space, nll(Biographies::kNameSlice), nll(Biographies::kFirstChunkSlice),
                       nll(Biographies::kValueSlice));
  const auto parameters = static_cast<double>(num_parameters);
  return {{"bits_per_parameter", bits_per_parameter(space, losses, num_parameters)},
          {"bits", knowledge_bits(space, losses)},
          {"demand_per_parameter", max_knowledge_bits(space) / parameters},
          {"demand", max_knowledge_bits(space)},
          {"p1", losses.p1},
          {"p2", losses.p2},
          {"p3", losses.p3},
          {"loss", evaluation.loss}};
}

/// Names of the metrics of a task, for checking a claim before anything runs.
template <Task T>
[[nodiscard]] std::vector<std::string> metric_names(const T& task) {
  Evaluation evaluation;
  for (Index slice = 0; slice < task.num_slices(); ++slice) {
    // Any possible losses: those of names may not be below the entropy of who exists.
    evaluation.slices.push_back({task.slice_name(slice), 1, 0, 1e15});
  }
  return metric_names(task_metrics(task, evaluation, 1));
}

/// A window in words, aligned: tokens, targets ('.' is not scored), slices, documents.
template <Task T>
[[nodiscard]] std::string window_text(const T& task, const Sequence& window) {
  std::vector<std::array<std::string, 3>> columns;
  for (std::size_t i = 0; i < window.tokens.size(); ++i) {
    const bool starts = i > 0 && window.documents[i] != window.documents[i - 1];
    if (starts) columns.push_back({"|", "|", "|"});
    columns.push_back({task.token_name(window.tokens[i]),
                       window.targets[i] == kIgnoreIndex ? "." : task.token_name(window.targets[i]),
                       window.slices[i] == kNoSlice ? "." : task.slice_name(window.slices[i])});
  }
  constexpr std::array<std::string_view, 3> kRows{"tokens ", "targets", "slices "};
  std::string text;
  for (std::size_t row = 0; row < kRows.size(); ++row) {
    text += kRows[row];
    for (const auto& column : columns) {
      std::size_t width = 0;
      for (const std::string& cell : column) width = std::max(width, cell.size());
      text += std::string(2 + width - column[row].size(), ' ') + column[row];
    }
    text += '\n';
  }
  return text;
}

}  // namespace looplab
