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
  for (AnyTaskConfig config : registered_tasks()) {
    OptionSet options;
    config.add_to(options);
    console.out << task_kind(config) << ": " << config.help() << "\n" << options.help("") << "\n";
  }
  return kExitDone;
}

[[nodiscard]] inline Command tasks_command() {
  return {"tasks", "tasks", "list tasks and their keys", {}, list_tasks};
}

}  // namespace looplab::lab
