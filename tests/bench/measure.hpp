// SPDX-License-Identifier: MIT
//
// Clocks of the benchmarks, summaries of many measurements by three numbers, and a main function.
#pragma once

#include <time.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "looplab/core/error.hpp"

namespace looplab_bench {

/// Processor time of the calling thread: time used by other processes does not count.
[[nodiscard]] inline double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Spread {
  double median = 0, smallest = 0, largest = 0;
};

/// The spread of one or more measurements.
[[nodiscard]] inline Spread spread_of(std::vector<double> values) {
  std::ranges::sort(values);
  return {values[values.size() / 2], values.front(), values.back()};
}

/// The main function of a benchmark with a list of words as arguments; prints errors as one
/// sentence.
template <class Run>
[[nodiscard]] int run_main(Run&& run, int argc, char** argv) {
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const looplab::Error& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}

}  // namespace looplab_bench
