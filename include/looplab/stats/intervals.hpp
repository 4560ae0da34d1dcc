// SPDX-License-Identifier: MIT
//
// Statistics of a mean over few seeds: Student's interval, and verdicts on claims.
//
//   mean -+ t_{n-1} s / sqrt(n),    P(|T_f| <= t_f) = confidence
//   P(|T_f| > t) = I_x(f/2, 1/2),   x = f / (f + t^2),   I the regularized incomplete beta function
//
// p-values are two-sided tails, so that p < 0.05 is equivalent to the 95 % interval excluding 0 (or
// lying within the margin):
//
//   of a difference   P(|T| > t),  t = mean sqrt(n) / s, if the mean is above 0, else 1
//   of a null         2 max(P(T > t_low), P(T > t_high)),
//                     t_low = (margin + mean) sqrt(n) / s,  t_high = (margin - mean) sqrt(n) / s
//
// Sources: Student 1908; Schuirmann 1987 (two one-sided tests of equivalence); Press et al. 2007,
//          "Numerical Recipes", 3rd ed., 6.4 (continued fraction of I, evaluated as in Lentz 1976
//          and Thompson & Barnett 1986).
// Tests:   tests/stats/intervals_test.cpp, against printed tables.
#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "looplab/core/tensor.hpp"

namespace looplab::stats {

/// reproduced: the claim holds at this scale; not_reproduced: it does not; inconclusive: the seeds
/// do not decide; beyond_budget: a cell that has to learn for a meaningful comparison did not.
enum class Verdict { reproduced, not_reproduced, inconclusive, beyond_budget };
[[nodiscard]] constexpr auto enum_names(Verdict) {
  return std::array<std::string_view, 4>{"reproduced", "not reproduced", "inconclusive",
                                         "beyond this budget"};
}

/// A mean over seeds with its 95 % interval. With one value the interval is the whole line.
struct Interval {
  Index count = 0;
  double mean = 0, low = 0, high = 0;
};

inline constexpr double kConfidence = 0.95;
/// With fewer seeds every verdict is `inconclusive`.
inline constexpr Index kMinSeeds = 3;

/// Continued fraction of the incomplete beta function; converges quickly for x < (a+1)/(a+b+2).
[[nodiscard]] inline double incomplete_beta_fraction(double x, double a, double b) {
  constexpr double kTiny = 1e-300;
  const auto away_from_zero = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), fraction = d;
  for (int i = 1; i <= 10000; ++i) {
    const double m = i;
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double factor = 1;
    for (const double term : {even, odd}) {
      d = 1 / away_from_zero(1 + term * d);
      c = away_from_zero(1 + term / c);
      factor = c * d;
      fraction *= factor;
    }
    if (std::abs(factor - 1) < std::numeric_limits<double>::epsilon()) break;
  }
  return fraction;
}

/// I_x(a, b) for x in 0 ... 1 and a, b > 0.
[[nodiscard]] inline double incomplete_beta(double x, double a, double b) {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(1 - x, b, a);
  const double log_front =
      std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x);
  return std::exp(log_front) * incomplete_beta_fraction(x, a, b) / a;
}

/// P(|T| > t) for Student's t with `degrees` of freedom; t >= 0.
[[nodiscard]] inline double student_t_tail(double t, double degrees) {
  return incomplete_beta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/// t with P(|T| <= t) = confidence, by bisection to the last bit. For 1 degree of freedom 12.706.
/// \throws ConfigError unless degrees >= 1 and confidence is in 0 ... 1, both excluded.
[[nodiscard]] inline double student_t_quantile(double degrees, double confidence = kConfidence) {
  require<ConfigError>(degrees >= 1 && confidence > 0 && confidence < 1,
                       "student_t_quantile: ", degrees, " degrees of freedom and confidence ",
                       confidence, ", expected 1 or more and between 0 and 1");
  double low = 0, high = 1;
  while (student_t_tail(high, degrees) > 1 - confidence) high *= 2;
  for (double middle = 0.5 * high; low < middle && middle < high; middle = 0.5 * (low + high))
    (student_t_tail(middle, degrees) > 1 - confidence ? low : high) = middle;
  return high;
}

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
    half = student_t_quantile(n - 1) * standard_deviation(values) / std::sqrt(n);
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

/// "The difference is above 0 and at least `size`" (size >= 0; for a negative one, negate the
/// differences):
///
///   reproduced      the interval lies above 0 and the mean reaches `size`
///   not reproduced  the whole interval lies below `size` (below 0, if `size` is 0)
///   inconclusive    otherwise, and with fewer than 3 seeds
[[nodiscard]] inline Verdict judge_difference(const Interval& difference, double size) {
  require<ConfigError>(size >= 0, "judge_difference: size is ", size, ", expected 0 or more");
  if (difference.count < kMinSeeds) return Verdict::inconclusive;
  if (difference.low > 0 && difference.mean >= size) return Verdict::reproduced;
  return difference.high < size ? Verdict::not_reproduced : Verdict::inconclusive;
}

/// "The difference is 0, give or take `margin`", with a margin fixed beforehand:
///
///   reproduced      the whole interval lies inside -margin ... margin
///   not reproduced  the whole interval lies outside, on one side
///   inconclusive    otherwise (a wide interval confirms nothing), and with fewer than 3 seeds
[[nodiscard]] inline Verdict judge_null(const Interval& difference, double margin) {
  require<ConfigError>(margin > 0, "judge_null: margin is ", margin, ", expected above 0");
  if (difference.count < kMinSeeds) return Verdict::inconclusive;
  if (difference.low >= -margin && difference.high <= margin) return Verdict::reproduced;
  const bool outside = difference.low > margin || difference.high < -margin;
  return outside ? Verdict::not_reproduced : Verdict::inconclusive;
}

/// P(|T| > t) for `distance` = t s / sqrt(n), twice the one-sided tail; 1 for a distance of 0 or
/// below.
[[nodiscard]] inline double tail_beyond(double distance, const Interval& interval) {
  if (interval.count < 2 || !(distance > 0)) return 1;
  const double half = interval.high - interval.mean;
  const auto degrees = static_cast<double>(interval.count - 1);
  return half > 0 ? student_t_tail(student_t_quantile(degrees) * distance / half, degrees) : 0;
}

/// p of "the difference is not above 0", as in the file comment. 1 with one seed.
[[nodiscard]] inline double difference_p(const Interval& difference) {
  return tail_beyond(difference.mean, difference);
}

/// p of "the difference reaches `margin` or -`margin`", as in the file comment.
[[nodiscard]] inline double null_p(const Interval& difference, double margin) {
  return tail_beyond(margin - std::abs(difference.mean), difference);
}

}  // namespace looplab::stats
