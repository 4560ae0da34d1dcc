// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "looplab/lab/commands/tune.hpp"

namespace looplab_program {
looplab::lab::Command tune_command() { return looplab::lab::tune_command(); }
}  // namespace looplab_program
