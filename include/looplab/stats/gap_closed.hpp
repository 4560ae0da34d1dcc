// SPDX-License-Identifier: MIT
//
// The gap closed: how much of the gain from more layers looping fewer layers achieves.
//
//   gap closed = (loop - iso_param) / (iso_flop - iso_param) = d / e,   means over seeds
//
// 0: looping gains nothing; 1: as much as kR distinct layers. The claim predicts a value near 0 for
// capacity and near 1 for manipulation. The 95 % interval contains every ratio r for which the
// paired differences d_i - r e_i have a Student-t interval that contains 0:
//
//   (d - r e)^2 <= t_{n-1}^2 (s_dd - 2 r s_de + r^2 s_ee) / n
//
// a bounded interval exactly if the interval of e excludes 0.
//
// Sources: Saunshi et al. 2025, arXiv:2502.17416 (the %Gap); Fieller 1954, "Some problems in
//          interval estimation", JRSS B 16 (the interval).
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "looplab/stats/interval.hpp"

namespace looplab::stats {

/// The ratio and its 95 % interval, or the reason why it is undefined.
struct GapClosed {
  std::optional<double> ratio = std::nullopt;
  double low = 0, high = 0;  // valid only with a ratio
  std::string reason = {};   // set only without a ratio
};

/// The gap closed over seeds; entry i of the three belongs to the same seed.
///
/// `ceiling`: a description of what is at its ceiling, if anything is ("iso_flop accuracy is above
/// 0.98"); the gap is then undefined. \throws ShapeError unless the three have the same size, 1 or
/// more.
[[nodiscard]] inline GapClosed gap_closed(std::span<const double> loop,
                                          std::span<const double> iso_param,
                                          std::span<const double> iso_flop,
                                          const std::string& ceiling = {}) {
  const std::vector<double> gained = paired_differences(loop, iso_param);
  const std::vector<double> gap = paired_differences(iso_flop, iso_param);
  const Interval d = mean_interval(gained), e = mean_interval(gap);
  const auto rounded = [](double value) { return std::round(1000 * value) / 1000; };
  const auto undefined = [](std::string reason) { return GapClosed{.reason = std::move(reason)}; };
  if (!ceiling.empty()) return undefined(ceiling);
  if (d.count < 2) return undefined("one seed, expected 2 or more");
  if (!std::isfinite(d.mean) || !std::isfinite(e.mean)) return undefined("a value is not finite");
  if (e.low <= 0 && e.high >= 0)
    return undefined(concat("the interval of iso_flop - iso_param, ", rounded(e.low), " ... ",
                            rounded(e.high), ", contains 0"));
  // r^2 a - 2 r b + c <= 0
  const auto n = static_cast<double>(d.count);
  const double t = student_t_quantile(n - 1, kConfidence), q = t * t / n;
  const double a = e.mean * e.mean - q * covariance(gap, gap);
  const double b = d.mean * e.mean - q * covariance(gained, gap);
  const double c = d.mean * d.mean - q * covariance(gained, gained);
  const double root = std::sqrt(std::max(0.0, b * b - a * c));
  if (!(a > 0) || !std::isfinite(root / a)) return undefined("its interval is unbounded");
  return {d.mean / e.mean, (b - root) / a, (b + root) / a, {}};
}

}  // namespace looplab::stats
