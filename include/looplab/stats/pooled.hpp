// SPDX-License-Identifier: MIT
//
// The equal-weight mean over blocks, such as widths, of each block's mean paired difference, and
// whether the blocks agree.
//
// Block b has n_b seeds, mean m_b, standard deviation s_b; v_b = s_b^2 / n_b; B blocks.
//
//   mean       sum m_b / B,   standard error  sqrt(sum v_b) / B
//   interval   mean -+ t_f standard error,   f = (sum v_b)^2 / sum(v_b^2 / (n_b - 1))
//   agreement  Welch's F of equal means: w_b = 1 / v_b, W = sum w_b, m = sum w_b m_b / W,
//              c = sum (1 - w_b / W)^2 / (n_b - 1)
//              F = sum w_b (m_b - m)^2 / (B - 1) / (1 + 2 (B - 2) c / (B^2 - 1))
//              with B - 1 and (B^2 - 1) / (3 c) degrees of freedom
//
// Welch's test rather than Cochran's Q (chi-squared with B - 1 degrees of freedom), which treats
// the estimated v_b as known and therefore rejects too often with 4 to 20 seeds a block.
//
// Sources: Satterthwaite 1946, "An approximate distribution of estimates of variance components",
//          Biometrics Bull. 2; Welch 1951, "On the comparison of several mean values: an alternative
//          approach", Biometrika 38.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "looplab/core/compiled.hpp"
#include "looplab/stats/interval.hpp"
#if LOOPLAB_DEFINES_LAB
#include <boost/math/distributions/fisher_f.hpp>
#endif

namespace looplab::stats {

/// One block's paired differences over its seeds.
using Block = std::vector<double>;

/// The equal-weight mean over blocks with its interval; `count` is the number of seeds of the
/// smallest block. \throws ShapeError without blocks or if a block has fewer than 2 seeds.
[[nodiscard]] inline Interval pooled_interval(std::span<const Block> blocks,
                                              double confidence = kConfidence);

/// p of "all blocks have the same mean", by Welch's F. 1 if all block means are equal.
/// \throws ShapeError if there are fewer than 2 blocks or a block has fewer than 2 seeds.
[[nodiscard]] double heterogeneity_p(std::span<const Block> blocks);

namespace detail {

struct BlockMean {
  double mean = 0, variance = 0, degrees = 0;  // variance: of the mean
};

[[nodiscard]] inline std::vector<BlockMean> block_means(std::span<const Block> blocks) {
  std::vector<BlockMean> means;
  for (const Block& block : blocks) {
    require<ShapeError>(block.size() >= 2, "pooled: block ", means.size() + 1, " has ",
                        block.size(), " seeds, expected 2 or more");
    const auto n = static_cast<double>(block.size());
    means.push_back({mean(block), covariance(block, block) / n, n - 1});
  }
  return means;
}

}  // namespace detail

[[nodiscard]] inline Interval pooled_interval(std::span<const Block> blocks, double confidence) {
  require<ShapeError>(!blocks.empty(), "pooled: no blocks, expected 1 or more");
  Interval pooled{.count = std::ssize(blocks.front()), .confidence = confidence, .degrees = 0};
  double variance = 0, fourth = 0;
  for (const detail::BlockMean& block : detail::block_means(blocks)) {
    pooled.count = std::min(pooled.count, static_cast<Index>(block.degrees) + 1);
    pooled.mean += block.mean / static_cast<double>(blocks.size());
    pooled.degrees += block.degrees;
    variance += block.variance;
    fourth += block.variance * block.variance / block.degrees;
  }
  if (fourth > 0) pooled.degrees = variance * variance / fourth;
  const double half = student_t_quantile(pooled.degrees, confidence) * std::sqrt(variance) /
                      static_cast<double>(blocks.size());
  pooled.low = pooled.mean - half;
  pooled.high = pooled.mean + half;
  return pooled;
}

#if LOOPLAB_DEFINES_LAB

LOOPLAB_LAB_FUNCTION double heterogeneity_p(std::span<const Block> blocks) {
  require<ShapeError>(blocks.size() >= 2, "heterogeneity_p: ", blocks.size(),
                      " blocks, expected 2 or more");
  std::vector<detail::BlockMean> means = detail::block_means(blocks);
  const auto equal = [&](const detail::BlockMean& b) { return b.mean == means.front().mean; };
  if (std::ranges::all_of(means, equal)) return 1;
  const double largest = std::ranges::max(means, {}, &detail::BlockMean::variance).variance;
  if (largest == 0) return 0;
  // A block without spread gets nearly all the weight, not an infinite one.
  for (detail::BlockMean& block : means) block.variance = std::max(block.variance, 1e-12 * largest);
  double weights = 0, center = 0, spread = 0, correction = 0;
  for (const detail::BlockMean& block : means) weights += 1 / block.variance;
  for (const detail::BlockMean& block : means) center += block.mean / block.variance / weights;
  for (const detail::BlockMean& block : means) {
    spread += (block.mean - center) * (block.mean - center) / block.variance;
    correction += std::pow(1 - 1 / (block.variance * weights), 2) / block.degrees;
  }
  const auto count = static_cast<double>(blocks.size());
  const double square = count * count - 1;
  const double f = spread / (count - 1) / (1 + 2 * (count - 2) * correction / square);
  if (!std::isfinite(f)) return 1;
  const boost::math::fisher_f distribution(count - 1, square / (3 * correction));
  return cdf(complement(distribution, f));
}

#endif

}  // namespace looplab::stats
