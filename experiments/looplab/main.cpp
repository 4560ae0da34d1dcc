// SPDX-License-Identifier: MIT
//
// The program `looplab`: `looplab --help` lists its subcommands.
#include <string>
#include <vector>

#include "looplab/core/processor.hpp"
#include "looplab/train/run_environment.hpp"
#include "looplab_commit.hpp"

namespace looplab_program {
int run(const std::vector<std::string>& words);  // reading_commands.cpp
}

[[gnu::constructor(101)]] static void check_processor() {
  looplab::require_compiled_instruction_sets();
}

int main(int argc, char** argv) {
  looplab::source_commit() = LOOPLAB_COMMIT;
  return looplab_program::run({argv + 1, argv + argc});
}
