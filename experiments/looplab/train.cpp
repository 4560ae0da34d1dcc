// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "looplab/lab/commands/train_run.hpp"

namespace looplab_program {
looplab::lab::Command train_command() { return looplab::lab::train_command(); }
}  // namespace looplab_program
