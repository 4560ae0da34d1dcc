// SPDX-License-Identifier: MIT
//
// Clocks of the benchmarks, and many measurements in three numbers.
#pragma once

#include <time.h>

#include <algorithm>
#include <vector>

namespace looplab_bench {

/// Processor time of the calling thread: what another process takes from the core does not count.
[[nodiscard]] inline double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Spread {
  double median = 0, smallest = 0, largest = 0;
};

/// The spread of one measurement or more.
[[nodiscard]] inline Spread spread_of(std::vector<double> values) {
  std::ranges::sort(values);
  return {values[values.size() / 2], values.front(), values.back()};
}

}  // namespace looplab_bench
