// SPDX-License-Identifier: MIT
//
// The power of a design: the probability that it decides, given a true difference, and the number
// of seeds for a wanted power.
//
// A design estimates a mean with standard error e, which itself is estimated with v degrees of
// freedom as e u; v u^2 is chi-squared, independent of the mean. With Student's quantile t, P(T_v >
// t) = tail:
//
//   one-sided test   E_u[ Phi(d / e - t u) ],   the noncentral t distribution integrated over u
//   null (TOST)      E_u[ max(0, Phi((m - d) / e - t u) - Phi(-(m + d) / e + t u)) ]
//
//   density of u     2 (v/2)^(v/2) / Gamma(v/2) u^(v-1) exp(-v u^2 / 2)
//
// n paired seeds: e = sd / sqrt(n), v = n - 1. Blocks of equal weight: pooled_precision. Plan with
// the upper limit of a pilot's standard deviation (upper_spread), not with the pilot's own.
//
// Sources: Cohen 1988, Statistical Power Analysis, 2nd edition; Phillips 1990, "Power of the two
//          one-sided tests procedure", J. Pharmacokinet. Biopharm. 18; Browne 1995, "On the use of a
//          pilot sample for sample size determination", Stat. Med. 14.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <span>

#include "looplab/core/compiled.hpp"
#include "looplab/stats/fisher_exact.hpp"
#include "looplab/stats/judgement.hpp"
#if LOOPLAB_DEFINES_LAB
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#endif

namespace looplab::stats {

/// The standard error of a design's mean and the degrees of freedom with which it is estimated.
struct Precision {
  double standard_error = 0, degrees = 0;
};

/// Of the mean over n seeds of paired differences with standard deviation `sd`. With sd = 1,
/// differences and margins are in units of the standard deviation.
/// \throws ConfigError unless sd > 0 and n >= 2.
[[nodiscard]] inline Precision paired_precision(double sd, Index n) {
  require<ConfigError>(sd > 0 && n >= 2, "paired_precision: standard deviation ", sd, " and ", n,
                       " seeds, expected above 0 and 2 or more");
  return {sd / std::sqrt(static_cast<double>(n)), static_cast<double>(n - 1)};
}

/// Of the equal-weight mean over blocks (pooled.hpp), with Satterthwaite's degrees of freedom at
/// the true standard deviations; block i has seeds[i].
/// \throws ShapeError unless there are as many of both, 1 or more.
[[nodiscard]] inline Precision pooled_precision(std::span<const double> sd,
                                                std::span<const Index> seeds) {
  require<ShapeError>(sd.size() == seeds.size() && !sd.empty(), "pooled_precision: ", sd.size(),
                      " standard deviations and ", seeds.size(),
                      " numbers of seeds, expected the same number, 1 or more");
  double variance = 0, fourth = 0;
  for (std::size_t block = 0; block < sd.size(); ++block) {
    const auto [error, degrees] = paired_precision(sd[block], seeds[block]);
    variance += error * error;
    fourth += std::pow(error, 4) / degrees;
  }
  return {std::sqrt(variance) / static_cast<double>(sd.size()), variance * variance / fourth};
}

namespace detail {

[[nodiscard]] inline double normal_cdf(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

/// E[f(u)] over u of the file comment, by the midpoint rule; f is 0 from `end` on.
template <class F>
[[nodiscard]] double mean_over_spread(double degrees, double end, F&& f) {
  constexpr Index kPoints = 2000;
  const double reach = 12 / std::sqrt(2 * degrees);  // 12 standard deviations of u, about
  const double first = std::max(0.0, 1 - reach), last = std::min(end, 1 + reach);
  if (!(last > first)) return 0;
  const double half = degrees / 2, width = (last - first) / kPoints;
  const double log_scale = std::log(2.0) + half * std::log(half) - std::lgamma(half);
  double sum = 0;
  for (Index i = 0; i < kPoints; ++i) {
    const double u = first + (static_cast<double>(i) + 0.5) * width;
    sum += std::exp(log_scale + (degrees - 1) * std::log(u) - half * u * u) * f(u);
  }
  return std::clamp(sum * width, 0.0, 1.0);
}

[[nodiscard]] inline double one_sided_quantile(double alpha, double degrees) {
  require<ConfigError>(alpha > 0 && alpha < 0.5, "power: alpha is ", alpha,
                       ", expected between 0 and 0.5");
  return student_t_quantile(degrees, 1 - 2 * alpha);
}

}  // namespace detail

/// The probability that the one-sided lower bound at 1 - alpha lies above 0 if the mean is
/// `difference`. For "below a bound", `difference` is the bound minus the mean.
/// \throws ConfigError unless alpha is in 0 ... 0.5, both excluded.
[[nodiscard]] inline double one_sided_power(double difference, const Precision& design,
                                            double alpha) {
  const double t = detail::one_sided_quantile(alpha, design.degrees);
  const double shift = difference / design.standard_error;
  return detail::mean_over_spread(design.degrees, std::numeric_limits<double>::infinity(),
                                  [&](double u) { return detail::normal_cdf(shift - t * u); });
}

/// The probability that the two-sided interval at 1 - alpha lies above 0 and the mean reaches
/// `size`, as judge_difference asks, if the mean is `difference`. \throws as above.
[[nodiscard]] inline double difference_power(double difference, const Precision& design,
                                             double alpha, double size = 0) {
  const double t = detail::one_sided_quantile(alpha / 2, design.degrees);
  const double shift = difference / design.standard_error;
  const double reach = (difference - size) / design.standard_error;
  return detail::mean_over_spread(
      design.degrees, std::numeric_limits<double>::infinity(), [&](double u) {
        return detail::normal_cdf(size > 0 ? std::min(shift - t * u, reach) : shift - t * u);
      });
}

/// The probability that the interval of two one-sided tests, each at `alpha` a side, lies inside
/// -margin ... margin (judge_null) if the mean is `difference`.
/// \throws ConfigError as above, and unless the margin is above 0.
[[nodiscard]] inline double null_power(double difference, double margin, const Precision& design,
                                       double alpha) {
  require<ConfigError>(margin > 0, "null_power: margin is ", margin, ", expected above 0");
  const double t = detail::one_sided_quantile(alpha, design.degrees), e = design.standard_error;
  return detail::mean_over_spread(design.degrees, margin / (t * e), [&](double u) {
    return std::max(0.0, detail::normal_cdf((margin - difference) / e - t * u) -
                             detail::normal_cdf(-(margin + difference) / e + t * u));
  });
}

/// The smallest n, 3 ... `most` seeds, for which power_at(n) reaches `power`; empty if none does.
/// \throws ConfigError unless power is in 0 ... 1, both excluded.
template <class PowerAt>
[[nodiscard]] std::optional<Index> seeds_for_power(double power, PowerAt&& power_at,
                                                   Index most = 1000) {
  require<ConfigError>(power > 0 && power < 1, "seeds_for_power: power is ", power,
                       ", expected between 0 and 1");
  for (Index n = kMinSeeds; n <= most; ++n)
    if (power_at(n) >= power) return n;
  return std::nullopt;
}

/// The probability that Fisher's one-sided p is at most alpha if the cells succeed with the
/// probabilities `first` and `second`, by summing over all pairs of outcomes.
/// \throws ConfigError unless both are in 0 ... 1 and the numbers of runs are 1 or more.
[[nodiscard]] double fisher_power(double first, Index first_runs, double second, Index second_runs,
                                  double alpha);

/// The upper limit at `confidence` (.8 for planning) of the standard deviation of which a pilot of
/// n seeds found `sd`: sd sqrt((n - 1) / q), P(chi^2_{n-1} <= q) = 1 - confidence.
/// \throws ConfigError unless sd >= 0, n >= 2 and confidence is in 0 ... 1, both excluded.
[[nodiscard]] double upper_spread(double sd, Index n, double confidence = 0.8);

#if LOOPLAB_DEFINES_LAB

LOOPLAB_LAB_FUNCTION double fisher_power(double first, Index first_runs, double second,
                                         Index second_runs, double alpha) {
  require<ConfigError>(
      first >= 0 && first <= 1 && second >= 0 && second <= 1 && first_runs >= 1 && second_runs >= 1,
      "fisher_power: probabilities ", first, " and ", second, " with ", first_runs, " and ",
      second_runs, " runs, expected 0 ... 1 and 1 or more");
  const boost::math::binomial of_first(static_cast<double>(first_runs), first);
  const boost::math::binomial of_second(static_cast<double>(second_runs), second);
  double sum = 0;
  Index least = 0;  // successes of the first that are significant; no fewer for more of the second
  for (Index b = 0; b <= second_runs; ++b) {
    while (least <= first_runs && fisher_exact_p({least, first_runs}, {b, second_runs}) > alpha)
      ++least;
    for (Index a = least; a <= first_runs; ++a)
      sum += pdf(of_first, static_cast<double>(a)) * pdf(of_second, static_cast<double>(b));
  }
  return std::min(sum, 1.0);
}

LOOPLAB_LAB_FUNCTION double upper_spread(double sd, Index n, double confidence) {
  require<ConfigError>(sd >= 0 && n >= 2 && confidence > 0 && confidence < 1,
                       "upper_spread: standard deviation ", sd, " of ", n, " seeds at ", confidence,
                       ", expected 0 or more, 2 or more and between 0 and 1");
  const auto degrees = static_cast<double>(n - 1);
  return sd * std::sqrt(degrees / quantile(boost::math::chi_squared(degrees), 1 - confidence));
}

#endif

}  // namespace looplab::stats
