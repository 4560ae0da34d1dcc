// SPDX-License-Identifier: MIT
//
// The subcommands of the program, compiled in two of the files beside this one.
#pragma once

#include "looplab/lab/commands/program.hpp"

namespace looplab_program {

looplab::lab::Commands making_commands();   // making_commands.cpp
looplab::lab::Commands reading_commands();  // reading_commands.cpp

/// In the order of the help text.
inline looplab::lab::Commands all_commands() {
  return looplab::lab::together(making_commands(), reading_commands());
}

}  // namespace looplab_program
