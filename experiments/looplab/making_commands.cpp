// SPDX-License-Identifier: MIT
#include "looplab/lab/commands/making_commands.hpp"
#include "commands.hpp"

looplab::lab::Commands looplab_program::making_commands() {
  return looplab::lab::making_commands();
}
