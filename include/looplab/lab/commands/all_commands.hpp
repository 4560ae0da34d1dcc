// SPDX-License-Identifier: MIT
//
// All subcommands of the program `looplab`, for a program compiled in one file.
#pragma once

#include "looplab/lab/commands/data_set.hpp"
#include "looplab/lab/commands/evaluate_run.hpp"
#include "looplab/lab/commands/exits.hpp"
#include "looplab/lab/commands/fit.hpp"
#include "looplab/lab/commands/from_ouro.hpp"
#include "looplab/lab/commands/list_claims.hpp"
#include "looplab/lab/commands/list_tasks.hpp"
#include "looplab/lab/commands/reproduce.hpp"
#include "looplab/lab/commands/to_ouro.hpp"
#include "looplab/lab/commands/trace.hpp"
#include "looplab/lab/commands/train_run.hpp"
#include "looplab/lab/commands/tune.hpp"
#include "looplab/lab/commands/program.hpp"

namespace looplab::lab {

/// In the order of the help text.
[[nodiscard]] inline Commands all_commands() {
  return {reproduce_command(), run_command(), tune_command(), fit_command(),
          train_command(), evaluate_command(), exits_command(), trace_command(),
          to_ouro_command(), from_ouro_command(), sample_command(), export_command(),
          tasks_command(), claims_command()};
}

}  // namespace looplab::lab
