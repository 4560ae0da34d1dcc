// SPDX-License-Identifier: MIT
//
// Correction for several claims: p-values corrected so that the probability of even one false
// "reproduced" among all of them stays below 5 %.
//
//   p_(1) <= ... <= p_(m):   corrected p_(i) = max_{j <= i} min(1, (m - j + 1) p_(j))
//
// Source: Holm 1979, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6.
//         Valid under any dependence between the claims.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "looplab/core/error.hpp"

namespace looplab::stats {

/// The corrected p-values, in the given order. Include claims that were never measured with p = 1.
/// \throws ConfigError if one is not in 0 ... 1.
[[nodiscard]] inline std::vector<double> holm(std::span<const double> p) {
  for (double value : p)
    require<ConfigError>(value >= 0 && value <= 1, "holm: p is ", value, ", expected 0 ... 1");
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p[i]; });
  std::vector<double> corrected(p.size());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto left = static_cast<double>(p.size() - rank);
    largest = std::max(largest, std::min(1.0, left * p[order[rank]]));
    corrected[order[rank]] = largest;
  }
  return corrected;
}

}  // namespace looplab::stats
