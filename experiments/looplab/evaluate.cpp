// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "looplab/lab/commands/evaluate_run.hpp"
#include "looplab/lab/commands/exits.hpp"

namespace looplab_program {
looplab::lab::Command evaluate_command() { return looplab::lab::evaluate_command(); }
looplab::lab::Command exits_command() { return looplab::lab::exits_command(); }
}  // namespace looplab_program
