// SPDX-License-Identifier: MIT
// The optional part, with the flags of this processor: compiled and available vector widths agree.
#include <iostream>

#include "looplab/lab/config/settings.hpp"
#include "looplab/train/run_environment.hpp"

int main() {
  const looplab::RunEnvironment here = looplab::current_environment();
  std::cout << "vectors of " << here.vector_width_bits << " bits, the processor offers "
            << here.processor_vector_width_bits << "\n";
  return here.vector_width_bits == here.processor_vector_width_bits ? 0 : 1;
}
