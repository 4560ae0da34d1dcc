// SPDX-License-Identifier: MIT
//
// The mean of a quantity over a few seeds, with its interval, at 95 % confidence unless stated:
//
//   two-sided   mean -+ t s / sqrt(n),  P(|T_{n-1}| <= t) = confidence
//   one-sided   mean - t s / sqrt(n)  or  mean + t s / sqrt(n),  P(T_{n-1} <= t) = confidence
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

/// A mean over seeds with its two-sided interval. With one value the interval is the whole line.
struct Interval {
  Index count = 0;
  double mean = 0, low = 0, high = 0;
  double confidence = kConfidence;
  double degrees = static_cast<double>(count - 1);  // of freedom of Student's t
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

/// Two-sided Student-t interval of the mean. \throws ShapeError if there are no values, ConfigError
/// unless `confidence` is in 0 ... 1, both excluded.
[[nodiscard]] inline Interval mean_interval(std::span<const double> values,
                                            double confidence = kConfidence) {
  require<ConfigError>(confidence > 0 && confidence < 1, "mean_interval: confidence is ",
                       confidence, ", expected between 0 and 1");
  const double center = mean(values);
  double half = std::numeric_limits<double>::infinity();
  if (values.size() > 1) {
    const auto n = static_cast<double>(values.size());
    half = student_t_quantile(n - 1, confidence) * standard_deviation(values) / std::sqrt(n);
  }
  return {std::ssize(values), center, center - half, center + half, confidence};
}

/// The two-sided confidence whose interval has one-sided bounds at `confidence`: .975 -> .95.
/// \throws ConfigError unless `confidence` is in .5 ... 1, both excluded.
[[nodiscard]] inline double two_sided_confidence(double confidence) {
  require<ConfigError>(confidence > 0.5 && confidence < 1, "one-sided bound: confidence is ",
                       confidence, ", expected between 0.5 and 1");
  return 2 * confidence - 1;
}

/// The bound that the true mean exceeds with probability `confidence`, as in the file comment.
[[nodiscard]] inline double lower_bound_of_mean(std::span<const double> values, double confidence) {
  return mean_interval(values, two_sided_confidence(confidence)).low;
}

/// The bound that the true mean stays below with probability `confidence`.
[[nodiscard]] inline double upper_bound_of_mean(std::span<const double> values, double confidence) {
  return mean_interval(values, two_sided_confidence(confidence)).high;
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
