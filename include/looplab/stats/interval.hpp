// SPDX-License-Identifier: MIT
//
// The mean of a quantity over a few seeds, with its 95 % interval:
//
//   mean -+ t_{n-1} s / sqrt(n),    P(|T_{n-1}| <= t_{n-1}) = 0.95
//
// Source: Student 1908.
#pragma once

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "looplab/core/tensor.hpp"
#include "looplab/stats/student_t.hpp"

namespace looplab::stats {

inline constexpr double kConfidence = 0.95;

/// A mean over seeds with its 95 % interval. With one value the interval is the whole line.
struct Interval {
  Index count = 0;
  double mean = 0, low = 0, high = 0;
};

/// Arithmetic mean. \throws ShapeError if there are no values.
[[nodiscard]] inline double mean(std::span<const double> values) {
  require<ShapeError>(!values.empty(), "mean: no values, expected 1 or more");
  double sum = 0;
  for (double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// sum_i (x_i - mean x)(y_i - mean y) / (n - 1). \throws ShapeError if sizes differ or n < 2.
[[nodiscard]] inline double covariance(std::span<const double> x, std::span<const double> y) {
  require<ShapeError>(x.size() == y.size() && x.size() >= 2, "covariance: ", x.size(), " and ",
                      y.size(), " values, expected the same number, 2 or more");
  const double mean_x = mean(x), mean_y = mean(y);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - mean_x) * (y[i] - mean_y);
  return sum / static_cast<double>(x.size() - 1);
}

/// Square root of the unbiased variance. \throws ShapeError if there are fewer than 2 values.
[[nodiscard]] inline double standard_deviation(std::span<const double> values) {
  return std::sqrt(covariance(values, values));
}

/// Two-sided 95 % Student-t interval of the mean. \throws ShapeError if there are no values.
[[nodiscard]] inline Interval mean_interval(std::span<const double> values) {
  const double center = mean(values);
  double half = std::numeric_limits<double>::infinity();
  if (values.size() > 1) {
    const auto n = static_cast<double>(values.size());
    half = student_t_quantile(n - 1, kConfidence) * standard_deviation(values) / std::sqrt(n);
  }
  return {std::ssize(values), center, center - half, center + half};
}

/// a_i - b_i, both of the same seed i. \throws ShapeError if the numbers of seeds differ.
[[nodiscard]] inline std::vector<double> paired_differences(std::span<const double> a,
                                                            std::span<const double> b) {
  require<ShapeError>(a.size() == b.size(), "paired_differences: ", a.size(), " and ", b.size(),
                      " seeds, expected the same number");
  std::vector<double> differences(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) differences[i] = a[i] - b[i];
  return differences;
}

}  // namespace looplab::stats
