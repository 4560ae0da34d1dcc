// SPDX-License-Identifier: MIT
//
// The program `looplab`: `looplab --help` lists its subcommands.
#include "commands.hpp"
#include "looplab/core/processor.hpp"
#include "looplab/train/run_environment.hpp"
#include "looplab_commit.hpp"

[[gnu::constructor(101)]] static void check_processor() {
  looplab::require_compiled_instruction_sets();
}

int main(int argc, char** argv) {
  looplab::source_commit() = LOOPLAB_COMMIT;
  return looplab::lab::run_program(looplab_program::all_commands(), {argv + 1, argv + argc});
}
