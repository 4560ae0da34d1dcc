// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "looplab/lab/commands/from_ouro.hpp"
#include "looplab/lab/commands/to_ouro.hpp"

namespace looplab_program {
looplab::lab::Command to_ouro_command() { return looplab::lab::to_ouro_command(); }
looplab::lab::Command from_ouro_command() { return looplab::lab::from_ouro_command(); }
}  // namespace looplab_program
