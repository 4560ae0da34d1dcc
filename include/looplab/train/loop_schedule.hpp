// SPDX-License-Identifier: MIT
//
// Number of loops of a training step: a pure function of (configuration, step).
//
// Random numbers of loops are those of Kohli et al. 2026, arXiv:2604.07822: Poisson, clipped.
#pragma once

#include <algorithm>
#include <cmath>

#include "looplab/core/random.hpp"
#include "looplab/train/trainer_config.hpp"

namespace looplab {

/// The number of loops of step s = 0, 1, ...; 0: the model's.
[[nodiscard]] inline Index training_loops(const TrainerConfig& config, Index s) {
  if (config.random_loops.empty()) return config.num_loops;
  RandomStream stream(Seed{static_cast<std::uint64_t>(config.seed)}, "training loops",
                      static_cast<std::uint64_t>(s));
  Index arrivals = 0;  // of a Poisson process of rate 1, up to the mean
  const auto mean = static_cast<double>(config.random_loops[0]);
  for (double time = -std::log1p(-stream.uniform()); time <= mean; ++arrivals)
    time -= std::log1p(-stream.uniform());
  return std::clamp(arrivals, config.random_loops[1], config.random_loops[2]);
}

/// The mean of `training_loops` over steps, for cost estimates; 0: the model's.
[[nodiscard]] inline double mean_training_loops(const TrainerConfig& config) {
  if (config.random_loops.empty()) return static_cast<double>(config.num_loops);
  const auto mean = static_cast<double>(config.random_loops[0]);
  const Index least = config.random_loops[1], most = config.random_loops[2];
  double sum = static_cast<double>(most);  // most - sum over the numbers below it of P(R <= k)
  double below = 0;
  for (Index k = 0; k < most; ++k) {
    below += std::exp(static_cast<double>(k) * std::log(mean) - mean -
                      std::lgamma(static_cast<double>(k) + 1));
    if (k >= least) sum -= below;
  }
  return sum;
}

}  // namespace looplab
