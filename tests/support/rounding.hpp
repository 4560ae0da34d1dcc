// SPDX-License-Identifier: MIT
//
// Every tolerance of the kernel tests and benchmarks, by name.
//
// The error of a sum of `length` rounded terms of size 1 is about eps sqrt(length), so results may
// differ by k eps sqrt(length), with one factor k for all kernels.
#pragma once

#include <cmath>
#include <limits>

#include "looplab/core/tensor.hpp"

namespace looplab_test {

using looplab::Index;
using looplab::Real;

/// k of the rule above: a dozen roundings per term.
inline constexpr double kRoundings = 12;
/// Central differences in double with step kDifferenceStep: truncation h^2, rounding eps / h.
inline constexpr double kDifferenceStep = 1e-5;
inline constexpr double kDifferenceTolerance = 1e-8;

/// Relative error allowed to a sum of `length` terms computed in S.
template <Real S>
[[nodiscard]] double tolerance(Index length = 1) {
  return kRoundings * static_cast<double>(std::numeric_limits<S>::epsilon()) *
         std::sqrt(static_cast<double>(length < 1 ? 1 : length));
}

}  // namespace looplab_test
