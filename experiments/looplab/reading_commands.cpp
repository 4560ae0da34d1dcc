// SPDX-License-Identifier: MIT
//
// The subcommands that read, and the program made of all subcommands.
#include "looplab/lab/commands/reading_commands.hpp"
#include "commands.hpp"

namespace looplab_program {

looplab::lab::Commands reading_commands() { return looplab::lab::reading_commands(); }

int run(const std::vector<std::string>& words) {
  return looplab::lab::run_program(all_commands(), words);
}

}  // namespace looplab_program
