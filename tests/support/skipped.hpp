// SPDX-License-Identifier: MIT
// Skips test cases that need bfloat16 products or gnuplot. They carry the tag [bfloat16] or [gnuplot];
// tests/CMakeLists.txt makes each tag a test of its own, so that ctest lists it as skipped.
#pragma once

#include <cstdlib>
#include <iostream>

#include "support/catch.hpp"

namespace looplab_test {

/// Prints that the rest of the test case is skipped, and why.
inline void skipped(const char* why) {
  std::cout << "SKIPPED: " << Catch::getResultCapture().getCurrentTestName() << ": " << why
            << std::endl;
}

[[nodiscard]] inline bool has_gnuplot() {
  return std::system("gnuplot --version > /dev/null 2>&1") == 0;
}

}  // namespace looplab_test
