// SPDX-License-Identifier: MIT
//
// The tasks of the program, by name.
//
// A new task is a config struct with an entry in `TaskConfig` and a `TaskKind` that names it; its
// metrics follow from its functions (lab/metrics/task_metrics.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "looplab/lab/registry/any_task.hpp"
#include "looplab/lab/config/settings.hpp"
#include "looplab/tasks/biographies/biographies.hpp"
#include "looplab/tasks/biographies/biography_sentences.hpp"
#include "looplab/tasks/fact_composition.hpp"
#include "looplab/tasks/graph_reachability.hpp"
#include "looplab/tasks/k_hop_induction.hpp"
#include "looplab/tasks/modular_arithmetic.hpp"
#include "looplab/tasks/multi_hop_facts.hpp"
#include "looplab/tasks/permutation_relations.hpp"
#include "looplab/tasks/recorded.hpp"

namespace looplab::lab {

/// The configuration of a task of any kind; the alternative determines the kind.
using TaskConfig =
    std::variant<KHopInductionConfig, BiographiesConfig, BiographySentencesConfig,
                 ModularArithmeticConfig, MultiHopFactsConfig, FactCompositionConfig,
                 PermutationRelationsConfig, GraphReachabilityConfig, RecordedConfig>;

/// Name, one line of help and class of the task a config belongs to.
template <class Config>
struct TaskKind;
template <>
struct TaskKind<KHopInductionConfig> {
  using Type = KHopInduction;
  static constexpr std::string_view kName = "k_hop_induction";
  static constexpr std::string_view kHelp = "k jumps in context; manipulation, nothing is stored";
};
template <>
struct TaskKind<BiographiesConfig> {
  using Type = Biographies;
  static constexpr std::string_view kName = "biographies";
  static constexpr std::string_view kHelp = "random facts about people; capacity in bits";
};
template <>
struct TaskKind<BiographySentencesConfig> {
  using Type = BiographySentences;
  static constexpr std::string_view kName = "biography_sentences";
  static constexpr std::string_view kHelp = "the same in English sentences; capacity in bits";
};
template <>
struct TaskKind<ModularArithmeticConfig> {
  using Type = ModularArithmetic;
  static constexpr std::string_view kName = "modular_arithmetic";
  static constexpr std::string_view kHelp = "evaluate prefix expressions modulo a prime";
};
template <>
struct TaskKind<MultiHopFactsConfig> {
  using Type = MultiHopFacts;
  static constexpr std::string_view kName = "multi_hop_facts";
  static constexpr std::string_view kHelp = "questions that compose stored facts";
};
template <>
struct TaskKind<FactCompositionConfig> {
  using Type = FactComposition;
  static constexpr std::string_view kName = "fact_composition";
  static constexpr std::string_view kHelp =
      "two-hop facts, including facts that were never composed";
};
template <>
struct TaskKind<PermutationRelationsConfig> {
  using Type = PermutationRelations;
  static constexpr std::string_view kName = "permutation_relations";
  static constexpr std::string_view kHelp = "walks of many hops over stored permutations";
};
template <>
struct TaskKind<GraphReachabilityConfig> {
  using Type = GraphReachability;
  static constexpr std::string_view kName = "graph_reachability";
  static constexpr std::string_view kHelp = "reachability in a graph given in context";
};
template <>
struct TaskKind<RecordedConfig> {
  using Type = Recorded;
  static constexpr std::string_view kName = "recorded";
  static constexpr std::string_view kHelp = "windows from a file (looplab export, or your own)";
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

/// The task that `config` describes. \throws ConfigError if the config is not valid.
[[nodiscard]] inline AnyTask make_task(const TaskConfig& config) {
  return std::visit(
      []<class Config>(const Config& settings) {
        return AnyTask(typename TaskKind<Config>::Type(settings));
      },
      config);
}

/// Positions of a window. The task is constructed only if its configuration does not determine
/// them.
[[nodiscard]] inline Index sequence_length(const TaskConfig& config) {
  return std::visit(
      [](const auto& settings) -> Index {
        if constexpr (requires { settings.sequence_length(); })
          return settings.sequence_length();
        else if constexpr (requires { Index{settings.sequence_length}; })
          return settings.sequence_length;
        else
          return make_task(settings).sequence_length();
      },
      config);
}

/// The floors of a task's slices; empty if the task has none.
[[nodiscard]] inline std::vector<double> slice_floors(const TaskConfig& config) {
  return std::visit(
      []<class Config>(const Config& settings) {
        std::vector<double> floors;
        if constexpr (HasFloors<typename TaskKind<Config>::Type>) {
          const typename TaskKind<Config>::Type task(settings);
          for (Index slice = 0; slice < task.num_slices(); ++slice)
            floors.push_back(task.slice_floor(slice));
        }
        return floors;
      },
      config);
}

/// A window as text, aligned: tokens, targets ('.' is not scored), slices, documents.
[[nodiscard]] inline std::string window_text(const AnyTask& task, const Window& window) {
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

}  // namespace looplab::lab
