// SPDX-License-Identifier: MIT
//
// The subcommands that read runs, tasks and claims.
#pragma once

#include "looplab/lab/commands/data_set.hpp"
#include "looplab/lab/commands/evaluate_run.hpp"
#include "looplab/lab/commands/exits.hpp"
#include "looplab/lab/commands/from_ouro.hpp"
#include "looplab/lab/commands/list_claims.hpp"
#include "looplab/lab/commands/list_tasks.hpp"
#include "looplab/lab/commands/program.hpp"
#include "looplab/lab/commands/to_ouro.hpp"
#include "looplab/lab/commands/trace.hpp"

namespace looplab::lab {

/// In the order of the help text.
[[nodiscard]] inline Commands reading_commands() {
  return {evaluate_command(), exits_command(),     trace_command(),
          to_ouro_command(),  from_ouro_command(), sample_command(),
          export_command(),   tasks_command(),     claims_command()};
}

}  // namespace looplab::lab
