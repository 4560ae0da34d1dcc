// SPDX-License-Identifier: MIT
//
// Verdicts on claims from intervals over seeds, and their p-values.
//
// The intervals may have any confidence 1 - alpha: .99 for a primary difference, .95 for a null
// (each side at .025). p-values are two-sided tails, so that p < alpha is equivalent to the
// interval excluding 0 (or lying within the margin):
//
//   of a difference   P(|T| > t),  t = mean sqrt(n) / s, if the mean is above 0, else 1
//   of a null         2 max(P(T > t_low), P(T > t_high)),
//                     t_low = (margin + mean) sqrt(n) / s,  t_high = (margin - mean) sqrt(n) / s
//   below a bound     P(|T| > t),  t = (bound - mean) sqrt(n) / s, if the mean is below it, else 1
//
// Source: Schuirmann 1987 (two one-sided tests of equivalence).
#pragma once

#include <array>
#include <cmath>
#include <string_view>

#include "looplab/stats/interval.hpp"

namespace looplab::stats {

/// reproduced: the claim holds at this scale; not_reproduced: it does not; inconclusive: the seeds
/// do not decide; beyond_budget: a cell that has to learn for a meaningful comparison did not.
enum class Verdict { reproduced, not_reproduced, inconclusive, beyond_budget };
[[nodiscard]] constexpr auto enum_names(Verdict) {
  return std::array<std::string_view, 4>{"reproduced", "not reproduced", "inconclusive",
                                         "beyond this budget"};
}

/// With fewer seeds every verdict is `inconclusive`.
inline constexpr Index kMinSeeds = 3;

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

/// "The difference is below `bound`", one-sided ("loops add none": below the margin):
///
///   reproduced      the whole interval lies below `bound`
///   not reproduced  the whole interval lies above `bound`
///   inconclusive    otherwise, and with fewer than 3 seeds
///
[[nodiscard]] inline Verdict judge_below(const Interval& difference, double bound) {
  if (difference.count < kMinSeeds) return Verdict::inconclusive;
  if (difference.high < bound) return Verdict::reproduced;
  return difference.low > bound ? Verdict::not_reproduced : Verdict::inconclusive;
}

/// "The difference is above `bound`", one-sided: the same with above and below exchanged.
[[nodiscard]] inline Verdict judge_above(const Interval& difference, double bound) {
  if (difference.count < kMinSeeds) return Verdict::inconclusive;
  if (difference.low > bound) return Verdict::reproduced;
  return difference.high < bound ? Verdict::not_reproduced : Verdict::inconclusive;
}

/// "The first cell's share of successful runs is above the second's, by at least `size`", by p of
/// Fisher's one-sided test and the interval of the difference of the shares:
///
///   reproduced      p is at most 1 - the interval's confidence and the difference reaches `size`
///   not reproduced  the whole interval lies below `size` (below 0, if `size` is 0)
///   inconclusive    otherwise, and with fewer than 3 runs in one cell
[[nodiscard]] inline Verdict judge_shares(const Interval& difference, double p, double size) {
  if (difference.count < kMinSeeds) return Verdict::inconclusive;
  if (p <= 1 - difference.confidence && difference.mean >= size) return Verdict::reproduced;
  return difference.high < size ? Verdict::not_reproduced : Verdict::inconclusive;
}

/// P(|T| > t) for `distance` = t s / sqrt(n), twice the one-sided tail; 1 for a distance of 0 or
/// below.
[[nodiscard]] inline double tail_beyond(double distance, const Interval& interval) {
  if (interval.count < 2 || !(distance > 0)) return 1;
  const double half = interval.high - interval.mean;
  const double quantile = student_t_quantile(interval.degrees, interval.confidence);
  return half > 0 ? student_t_tail(quantile * distance / half, interval.degrees) : 0;
}

/// p of "the difference is not above 0", as in the file comment. 1 with one seed.
[[nodiscard]] inline double difference_p(const Interval& difference) {
  return tail_beyond(difference.mean, difference);
}

/// p of "the difference reaches `margin` or -`margin`", as in the file comment.
[[nodiscard]] inline double null_p(const Interval& difference, double margin) {
  return tail_beyond(margin - std::abs(difference.mean), difference);
}

/// p of "the difference is not above `bound`", the counterpart of `below_p`.
[[nodiscard]] inline double above_p(const Interval& difference, double bound) {
  return tail_beyond(difference.mean - bound, difference);
}

/// p of "the difference is not below `bound`", as in the file comment.
[[nodiscard]] inline double below_p(const Interval& difference, double bound) {
  return tail_beyond(bound - difference.mean, difference);
}

}  // namespace looplab::stats
