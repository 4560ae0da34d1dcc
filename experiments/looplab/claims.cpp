// SPDX-License-Identifier: MIT
//
// The subcommands that make runs.
#include "commands.hpp"
#include "looplab/lab/commands/fit.hpp"
#include "looplab/lab/commands/list_claims.hpp"
#include "looplab/lab/commands/reproduce.hpp"
#include "looplab/lab/commands/train_run.hpp"
#include "looplab/lab/commands/tune.hpp"

namespace looplab_program {
looplab::lab::Command reproduce_command() { return looplab::lab::reproduce_command(); }
looplab::lab::Command run_command() { return looplab::lab::run_command(); }
looplab::lab::Command tune_command() { return looplab::lab::tune_command(); }
looplab::lab::Command fit_command() { return looplab::lab::fit_command(); }
looplab::lab::Command train_command() { return looplab::lab::train_command(); }
looplab::lab::Command claims_command() { return looplab::lab::claims_command(); }
}  // namespace looplab_program
