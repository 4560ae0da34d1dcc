// SPDX-License-Identifier: MIT
//
// The subcommands that read runs and tasks, and the program made of all subcommands.
#include "commands.hpp"
#include "looplab/lab/commands/data_set.hpp"
#include "looplab/lab/commands/evaluate_run.hpp"
#include "looplab/lab/commands/exits.hpp"
#include "looplab/lab/commands/from_ouro.hpp"
#include "looplab/lab/commands/list_tasks.hpp"
#include "looplab/lab/commands/to_ouro.hpp"
#include "looplab/lab/commands/trace.hpp"

namespace looplab_program {
looplab::lab::Command evaluate_command() { return looplab::lab::evaluate_command(); }
looplab::lab::Command exits_command() { return looplab::lab::exits_command(); }
looplab::lab::Command trace_command() { return looplab::lab::trace_command(); }
looplab::lab::Command to_ouro_command() { return looplab::lab::to_ouro_command(); }
looplab::lab::Command from_ouro_command() { return looplab::lab::from_ouro_command(); }
looplab::lab::Command sample_command() { return looplab::lab::sample_command(); }
looplab::lab::Command export_command() { return looplab::lab::export_command(); }
looplab::lab::Command tasks_command() { return looplab::lab::tasks_command(); }

int run(const std::vector<std::string>& words) {
  return looplab::lab::run_program(all_commands(), words);
}
}  // namespace looplab_program
