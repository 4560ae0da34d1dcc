// SPDX-License-Identifier: MIT
//
// The subcommands that make runs.
#pragma once

#include "looplab/lab/commands/fit.hpp"
#include "looplab/lab/commands/plan_power.hpp"
#include "looplab/lab/commands/program.hpp"
#include "looplab/lab/commands/reproduce.hpp"
#include "looplab/lab/commands/train_run.hpp"
#include "looplab/lab/commands/tune.hpp"

namespace looplab::lab {

/// In the order of the help text.
[[nodiscard]] inline Commands making_commands() {
  return {reproduce_command(), run_command(), tune_command(),
          power_command(),     fit_command(), train_command()};
}

}  // namespace looplab::lab
