// SPDX-License-Identifier: MIT
//
// Fisher's exact test of two proportions: a of m runs solve a task, b of n do in another cell.
//
// Given a + b successes in all, the first cell's number X of them is hypergeometric if both cells
// have the same probability of success:
//
//   P(X = x) = C(m, x) C(n, a + b - x) / C(m + n, a + b)
//   one-sided p  P(X >= a);    two-sided p  sum of P(X = x) over all x with P(X = x) <= P(X = a)
//
// For outcomes that either succeed or fail, stated beforehand: runs that are bimodal have no mean
// to compare. The test is conservative: its true error rate is at most alpha.
//
// The interval of the difference of the proportions p and q joins the score intervals of both
// (Wilson; l ... u of p, m ... v of q):
//
//   p - q - sqrt((p - l)^2 + (v - q)^2)  ...  p - q + sqrt((u - p)^2 + (q - m)^2)
//
// Sources: Fisher 1935, The Design of Experiments, chapter 2 (the lady tasting tea); Wilson 1927,
//          JASA 22; Newcombe 1998, "Interval estimation for the difference between independent
//          proportions", Stat. Med. 17 (method 10).
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include "looplab/core/compiled.hpp"
#include "looplab/stats/interval.hpp"
#if LOOPLAB_DEFINES_LAB
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/hypergeometric.hpp>
#include <boost/math/distributions/normal.hpp>
#endif

namespace looplab::stats {

/// `successes` of `trials` runs.
struct Proportion {
  Index successes = 0, trials = 0;
};

/// One-sided p of "the first cell's probability of success is not above the second's".
/// \throws ConfigError unless each has 1 or more trials and successes in 0 ... trials.
[[nodiscard]] double fisher_exact_p(const Proportion& first, const Proportion& second);

/// Two-sided p of "both cells have the same probability of success". \throws as above.
[[nodiscard]] double fisher_exact_two_sided_p(const Proportion& first, const Proportion& second);

/// The interval of the difference of the proportions, as in the file comment; `count` is the smaller
/// number of trials. \throws as above.
[[nodiscard]] Interval newcombe_interval(const Proportion& first, const Proportion& second,
                                         double confidence = kConfidence);

/// The one-sided exact limits of a proportion at `confidence` (Clopper & Pearson 1934).
/// \throws as above.
[[nodiscard]] double lower_limit(const Proportion& cell, double confidence);
[[nodiscard]] double upper_limit(const Proportion& cell, double confidence);

#if LOOPLAB_DEFINES_LAB

namespace detail {

inline void check_proportion(const Proportion& cell) {
  require<ConfigError>(cell.trials >= 1 && cell.successes >= 0 && cell.successes <= cell.trials,
                       "proportion: ", cell.successes, " successes of ", cell.trials,
                       " runs, expected 1 or more runs and 0 ... all of them");
}

/// The score interval of a proportion; z: the normal quantile.
[[nodiscard]] inline std::pair<double, double> wilson(const Proportion& cell, double z) {
  const auto n = static_cast<double>(cell.trials);
  const double p = static_cast<double>(cell.successes) / n, square = z * z;
  const double middle = p + square / (2 * n),
               half = z * std::sqrt(p * (1 - p) / n + square / (4 * n * n));
  return {(middle - half) / (1 + square / n), (middle + half) / (1 + square / n)};
}

/// The sum of P(X = x) over the possible x that `counts(x, P(X = x), P(X = first.successes))`
/// selects.
template <class Counts>
[[nodiscard]] double hypergeometric_sum(const Proportion& first, const Proportion& second,
                                        Counts&& counts) {
  for (const Proportion& cell : {first, second}) check_proportion(cell);
  const Index successes = first.successes + second.successes;
  const boost::math::hypergeometric distribution(
      static_cast<unsigned>(successes), static_cast<unsigned>(first.trials),
      static_cast<unsigned>(first.trials + second.trials));
  const auto probability = [&](Index x) { return pdf(distribution, static_cast<unsigned>(x)); };
  const double observed = probability(first.successes);
  double sum = 0;
  for (Index x = std::max(Index{0}, successes - second.trials);
       x <= std::min(successes, first.trials); ++x)
    if (const double p = probability(x); counts(x, p, observed)) sum += p;
  return std::min(sum, 1.0);
}

}  // namespace detail

LOOPLAB_LAB_FUNCTION double fisher_exact_p(const Proportion& first, const Proportion& second) {
  return detail::hypergeometric_sum(first, second,
                                    [&](Index x, double, double) { return x >= first.successes; });
}

LOOPLAB_LAB_FUNCTION Interval newcombe_interval(const Proportion& first, const Proportion& second,
                                                double confidence) {
  for (const Proportion& cell : {first, second}) detail::check_proportion(cell);
  const double z = quantile(complement(boost::math::normal(), (1 - confidence) / 2));
  const auto [l, u] = detail::wilson(first, z);
  const auto [m, v] = detail::wilson(second, z);
  const double p = static_cast<double>(first.successes) / static_cast<double>(first.trials),
               q = static_cast<double>(second.successes) / static_cast<double>(second.trials);
  return {std::min(first.trials, second.trials), p - q, p - q - std::hypot(p - l, v - q),
          p - q + std::hypot(u - p, q - m), confidence};
}

LOOPLAB_LAB_FUNCTION double lower_limit(const Proportion& cell, double confidence) {
  detail::check_proportion(cell);
  return boost::math::binomial::find_lower_bound_on_p(
      static_cast<double>(cell.trials), static_cast<double>(cell.successes), 1 - confidence);
}
LOOPLAB_LAB_FUNCTION double upper_limit(const Proportion& cell, double confidence) {
  detail::check_proportion(cell);
  return boost::math::binomial::find_upper_bound_on_p(
      static_cast<double>(cell.trials), static_cast<double>(cell.successes), 1 - confidence);
}

LOOPLAB_LAB_FUNCTION double fisher_exact_two_sided_p(const Proportion& first,
                                                     const Proportion& second) {
  constexpr double kEqual = 1 + 1e-7;  // tables that are equally probable but for rounding
  return detail::hypergeometric_sum(
      first, second, [&](Index, double p, double observed) { return p <= observed * kEqual; });
}

#endif

}  // namespace looplab::stats
