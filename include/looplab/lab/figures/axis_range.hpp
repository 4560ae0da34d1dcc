// SPDX-License-Identifier: MIT
//
// The range of an axis, as gnuplot's "[low:high]".
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "looplab/core/error.hpp"
#include "looplab/stats/interval.hpp"

namespace looplab::lab {

/// A linear axis that shows all values with a margin.
[[nodiscard]] inline std::string padded_range(double low, double high) {
  const double room = high > low ? 0.08 * (high - low) : 0.1 * std::abs(high) + 0.01;
  return concat('[', low - room, ':', high + room, ']');
}

/// Margin of a logarithmic axis, as a factor.
inline constexpr double kLogMargin = 1.4;

/// A logarithmic axis with a margin.
[[nodiscard]] inline std::string log_range(double low, double high) {
  return concat('[', low / kLogMargin, ':', high * kLogMargin, ']');
}

/// Collects values, and their intervals unless these would dwarf the values.
class AxisRange {
 public:
  void add(double value) {
    if (!std::isfinite(value)) return;
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
  void add(const stats::Interval& interval) {
    add(interval.mean);
    if (!std::isfinite(interval.low)) return;
    far_low_ = std::min(far_low_, interval.low);
    far_high_ = std::max(far_high_, interval.high);
  }
  [[nodiscard]] bool empty() const { return low_ > high_; }
  [[nodiscard]] std::string text() const {
    const double room = std::max(0.5 * (high_ - low_), 0.05 * std::abs(high_));
    return padded_range(std::min(low_, std::max(far_low_, low_ - room)),
                        std::max(high_, std::min(far_high_, high_ + room)));
  }

 private:
  double low_ = INFINITY, high_ = -INFINITY, far_low_ = INFINITY, far_high_ = -INFINITY;
};

}  // namespace looplab::lab
