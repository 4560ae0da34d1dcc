// SPDX-License-Identifier: MIT
//
// The resources needed to reach a level: the first crossing of a curve, and the extrapolated
// crossing of a curve that has not crossed.
//
//   crossing     first i with y_i >= level: x between x_{i-1} and x_i by linear interpolation
//   projection   y = a + b log2 x by least squares over the last half of the curve (3 points or
//                more); x = 2^((level - a) / b); none if b <= 0
//
// A projection describes this curve only: accuracies often rise in steps, not along lines.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "looplab/stats/interval.hpp"
#include "looplab/stats/trend.hpp"

namespace looplab::stats {

/// Points (x, y), x ascending and above 0.
using CurvePoints = std::vector<std::pair<double, double>>;

/// The x at which the curve first reaches `level` from below; its first x if it starts there.
[[nodiscard]] inline std::optional<double> first_crossing(const CurvePoints& curve, double level) {
  const auto after = std::ranges::find_if(curve, [&](const auto& p) { return p.second >= level; });
  if (after == curve.end()) return std::nullopt;
  if (after == curve.begin()) return after->first;
  const auto& [x0, y0] = *std::prev(after);
  return x0 + (after->first - x0) * (level - y0) / (after->second - y0);
}

/// The x at which the extrapolated curve reaches `level`, as in the file comment. Empty if it does
/// not rise, has fewer than 3 points, or would need more than 2^20 times its last x.
[[nodiscard]] inline std::optional<double> projected_crossing(const CurvePoints& curve,
                                                              double level) {
  if (curve.size() < 3) return std::nullopt;
  const std::size_t count = std::max<std::size_t>(3, (curve.size() + 1) / 2);
  std::vector<double> x, y;
  for (std::size_t i = curve.size() - count; i < curve.size(); ++i) {
    x.push_back(std::log2(curve[i].first));
    y.push_back(curve[i].second);
  }
  const double slope = least_squares_slope(x, y);
  if (!(slope > 0)) return std::nullopt;
  const double log_x = mean(x) + (level - mean(y)) / slope;
  if (!(log_x <= x.back() + 20)) return std::nullopt;
  return std::exp2(log_x);
}

}  // namespace looplab::stats
