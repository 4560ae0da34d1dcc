// SPDX-License-Identifier: MIT
//
// Learning rate as a pure function of the step s = 0, 1, ..., total_steps()-1.
//
//   s < W     (s + 1) / W                                    W warm-up steps
//   then      constant 1;  linear 1 - t;  cosine 0.1 + 0.9 (1 + cos(pi t)) / 2
//             stable_decay min(1, 5 (1 - t)): warm-up, stable, decay
//             with t = (s - W) / (num_steps - W)
//   s >= num_steps   half the rate of step s - tail_steps(): the tail of the schedule once more
//
// Sources of stable_decay: Hu et al. 2024, arXiv:2404.06395; Haegele et al. 2024, arXiv:2405.18392
//          (linear, over the last fifth).
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "looplab/train/trainer_config.hpp"

namespace looplab {

namespace detail {

/// The learning rate of step s of the schedule, without its repeated tail.
[[nodiscard]] inline double scheduled_rate(const TrainerConfig& config, Index s) {
  const auto warmup = static_cast<double>(config.warmup_steps);
  if (s < config.warmup_steps) return config.learning_rate * static_cast<double>(s + 1) / warmup;
  const double rest = std::max(1.0, static_cast<double>(config.num_steps) - warmup);
  const double t = std::min(1.0, (static_cast<double>(s) - warmup) / rest);
  switch (config.schedule) {
    case Schedule::constant:
      return config.learning_rate;
    case Schedule::linear:
      return config.learning_rate * (1 - t);
    case Schedule::stable_decay:
      return config.learning_rate * std::min(1.0, 5 * (1 - t));
    case Schedule::cosine:
      return config.learning_rate * (0.1 + 0.45 * (1 + std::cos(std::numbers::pi * t)));
  }
  return config.learning_rate;
}

}  // namespace detail

/// The learning rate of step s.
[[nodiscard]] inline double learning_rate_at(const TrainerConfig& config, Index s) {
  const Index tail = config.tail_steps();
  return tail == 0 || s < config.num_steps ? detail::scheduled_rate(config, s)
                                           : detail::scheduled_rate(config, s - tail) / 2;
}

}  // namespace looplab
