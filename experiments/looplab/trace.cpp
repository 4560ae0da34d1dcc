// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "looplab/lab/commands/trace.hpp"

namespace looplab_program {
looplab::lab::Command trace_command() { return looplab::lab::trace_command(); }
}  // namespace looplab_program
