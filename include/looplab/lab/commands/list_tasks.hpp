// SPDX-License-Identifier: MIT
//
// `tasks`: the tasks of the program, and their keys.
#pragma once

#include <string>
#include <vector>

#include "looplab/lab/commands/command.hpp"
#include "looplab/lab/registry/task_registry.hpp"

namespace looplab::lab {

/// `tasks`: a line per task, with its keys.
[[nodiscard]] inline int list_tasks(const std::vector<std::string>& arguments,
                                    const Console& console) {
  require<ConfigError>(arguments.empty(), "tasks: takes no arguments, given ", joined(arguments));
  for_each_task_kind([&]<class Config>(Config config) {
    console.out << TaskKind<Config>::kName << ": " << TaskKind<Config>::kHelp << "\n"
                << OptionSet().add("task", config).help("") << "\n";
  });
  return kExitDone;
}

[[nodiscard]] inline Command tasks_command() {
  return {"tasks", "tasks", "list tasks and their keys", {}, list_tasks};
}

}  // namespace looplab::lab
