// SPDX-License-Identifier: MIT
//
// The trend of one quantity on another, such as the exit step on the number of hops: one
// least-squares slope per seed, and the interval of their mean.
//
//   slope = sum (x_i - mean x)(y_i - mean y) / sum (x_i - mean x)^2
//
// Seeds are independent, points of one seed are not: each seed counts once, however many points it
// has.
#pragma once

#include <span>
#include <vector>

#include "looplab/stats/interval.hpp"

namespace looplab::stats {

/// The least-squares slope of y on x; entry i of both is one point. \throws ShapeError if sizes
/// differ or there are fewer than 2 points, ConfigError if all x are equal.
[[nodiscard]] inline double least_squares_slope(std::span<const double> x,
                                                std::span<const double> y) {
  const double shared = covariance(x, y), spread = covariance(x, x);
  require<ConfigError>(spread != 0, "least_squares_slope: x is ", x.front(),
                       " at every point, expected 2 or more different values");
  return shared / spread;
}

/// The interval of the mean slope of y on x over seeds; y[s] holds the values of seed s at `x`.
/// \throws ShapeError without seeds, and as least_squares_slope does.
[[nodiscard]] inline Interval slope_interval(std::span<const double> x,
                                             std::span<const std::vector<double>> y,
                                             double confidence = kConfidence) {
  std::vector<double> slopes;
  for (const std::vector<double>& of_seed : y) slopes.push_back(least_squares_slope(x, of_seed));
  return mean_interval(slopes, confidence);
}

}  // namespace looplab::stats
