// SPDX-License-Identifier: MIT
//
// The subcommands of the program, each compiled in one of the files beside this one.
#pragma once

#include "looplab/lab/commands/program.hpp"

namespace looplab_program {

looplab::lab::Command reproduce_command();
looplab::lab::Command run_command();
looplab::lab::Command tune_command();
looplab::lab::Command fit_command();
looplab::lab::Command train_command();
looplab::lab::Command evaluate_command();
looplab::lab::Command exits_command();
looplab::lab::Command trace_command();
looplab::lab::Command to_ouro_command();
looplab::lab::Command from_ouro_command();
looplab::lab::Command sample_command();
looplab::lab::Command export_command();
looplab::lab::Command tasks_command();
looplab::lab::Command claims_command();

/// Executes the subcommand that the words name, returns the exit code.
int run(const std::vector<std::string>& words);

/// In the order of the help text.
inline looplab::lab::Commands all_commands() {
  return {reproduce_command(), run_command(), tune_command(), fit_command(),
          train_command(), evaluate_command(), exits_command(), trace_command(),
          to_ouro_command(), from_ouro_command(), sample_command(), export_command(),
          tasks_command(), claims_command()};
}

}  // namespace looplab_program
