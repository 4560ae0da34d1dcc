// SPDX-License-Identifier: MIT
//
// The program `looplab`: `looplab --help` says what it does. Everything is in lab/program.hpp.
#include "looplab/core/processor.hpp"
#include "looplab/lab/program.hpp"

[[gnu::constructor(101)]] static void check_processor() {
  looplab::require_compiled_instruction_sets();
}

int main(int argc, char** argv) {
  looplab::install_interrupt_handler();
  return looplab::run_program({argv + 1, argv + argc});
}
