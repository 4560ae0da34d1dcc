// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "looplab/lab/commands/data_set.hpp"
#include "looplab/lab/commands/list_tasks.hpp"

namespace looplab_program {
looplab::lab::Command sample_command() { return looplab::lab::sample_command(); }
looplab::lab::Command export_command() { return looplab::lab::export_command(); }
looplab::lab::Command tasks_command() { return looplab::lab::tasks_command(); }
}  // namespace looplab_program
