// SPDX-License-Identifier: MIT
//
// Every tolerance of the kernel tests, by name, and the comparison that uses them.
//
// A sum of `length` rounded terms of size 1 is wrong by about eps sqrt(length), so results are
// allowed k eps sqrt(length), with one factor k for all kernels.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "looplab/core/tensor.hpp"
#include "support/catch.hpp"

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

/// Checks |actual - expected| <= tolerance * max(size, |expected|) for every element; `size` is the
/// size of the terms of the sums. Two NaN agree, and so do two equal infinities.
template <class Actual, class Expected>
void check_close(const Actual& actual, const Expected& expected, double tolerance,
                 double size = 1) {
  REQUIRE(std::ssize(actual) == std::ssize(expected));
  auto e = expected.begin();
  Index position = 0;
  for (const auto& element : actual) {
    const auto a = static_cast<double>(element);
    const auto wanted = static_cast<double>(*e++);
    const bool same = a == wanted || (std::isnan(a) && std::isnan(wanted));
    if (!same && !(std::abs(a - wanted) <= tolerance * std::max(size, std::abs(wanted)))) {
      INFO("element " << position << " is " << a << ", expected " << wanted);
      CHECK(false);
    }
    ++position;
  }
  CHECK(position == std::ssize(expected));
}

}  // namespace looplab_test
