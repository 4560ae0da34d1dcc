// SPDX-License-Identifier: MIT
//
// The comparison used by the kernel tests, with the tolerances of support/rounding.hpp.
#pragma once

#include <algorithm>
#include <cmath>

#include "support/catch.hpp"
#include "support/rounding.hpp"

namespace looplab_test {

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
