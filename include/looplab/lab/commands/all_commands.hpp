// SPDX-License-Identifier: MIT
//
// All subcommands of the program `looplab`, for a program compiled in one file.
#pragma once

#include "looplab/lab/commands/making_commands.hpp"
#include "looplab/lab/commands/reading_commands.hpp"

namespace looplab::lab {

/// In the order of the help text.
[[nodiscard]] inline Commands all_commands() {
  return together(making_commands(), reading_commands());
}

}  // namespace looplab::lab
