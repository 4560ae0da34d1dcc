// SPDX-License-Identifier: MIT
//
// The tasks that configuration files and commands know by name: the built-in ones, and yours:
//
//   return lab::run_program(argc, argv, lab::with_tasks<MyTask>());
//
// A task's metrics follow from what it offers (lab/metrics/task_metrics.hpp).
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/lab/config/settings.hpp"
#include "looplab/lab/registry/any_task_config.hpp"
#include "looplab/lab/registry/built_in_tasks.hpp"

namespace looplab::lab {

/// The default configuration of every known task, in the order of `looplab tasks`.
[[nodiscard]] inline std::vector<AnyTaskConfig>& registered_tasks() {
  static std::vector<AnyTaskConfig> all = built_in_tasks();
  return all;
}

/// Names of all tasks.
[[nodiscard]] inline std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const AnyTaskConfig& config : registered_tasks()) names.push_back(task_kind(config));
  return names;
}

/// The default configuration of a task. \throws ConfigError naming the nearest name if there is no
/// such task.
[[nodiscard]] inline AnyTaskConfig default_task_config(const std::string& kind) {
  return find_named("task.kind", "task", kind, registered_tasks(),
                    [](const AnyTaskConfig& config) { return task_kind(config); });
}

/// Notes what keeps a task from being named in a configuration file.
template <NamedTask T>
void check_task_names(Problems& problems) {
  constexpr std::string_view kName = T::kName;
  problems.check(
      !kName.empty() && kName.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
                            std::string_view::npos,
      "the name is \"", kName, "\", expected lower-case letters, digits and _");
  TaskConfigOf<T> config;
  TaskConfigOf<T>::for_each_field(config, [&](const Field& field, auto&) {
    problems.check(field.name != "kind" && !(HasVersion<T> && field.name == "version"),
                   "its configuration has a field ", field.name,
                   ", expected another name: the program writes this key itself");
  });
}

/// Makes a task known, before any other thread reads the list. Nothing happens if it is known.
/// \throws ConfigError if the name belongs to another task, or cannot stand in a file
template <NamedTask T>
void register_task() {
  Problems problems;
  check_task_names<T>(problems);
  for (const AnyTaskConfig& known : registered_tasks()) {
    if (known.is<T>()) return;
    problems.check(task_kind(known) != T::kName, "there is already another task of this name");
  }
  problems.throw_if_any(concat("task ", T::kName));
  registered_tasks().push_back(AnyTaskConfig::of<T>());
}

/// What a program adds to the built-in tasks; `run_program` applies it.
template <NamedTask... Tasks>
struct WithTasks {
  /// \throws ConfigError as register_task
  static void apply(auto&&...) { (register_task<Tasks>(), ...); }
};
template <NamedTask... Tasks>
[[nodiscard]] constexpr WithTasks<Tasks...> with_tasks() {
  return {};
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
