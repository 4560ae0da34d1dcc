// SPDX-License-Identifier: MIT
//
// Prior distributions of the loop after which an exit gate leaves, cut off after R loops:
//
//   uniform              pi_t = 1 / R
//   geometric            pi_t ~ c (1 - c)^(t - 1)
//   poisson_log_normal   pi_t ~ P(1 + Poisson(e^tau) = t), tau normal
//
// Sources: PonderNet, arXiv:2107.05407 (geometric); Geiping et al. 2025, arXiv:2502.05171, section
// 3.3 (Poisson log-normal).
#pragma once

#include <array>
#include <cmath>
#include <span>
#include <string_view>

#include "looplab/core/tensor.hpp"

namespace looplab {

enum class ExitPrior { uniform, geometric, poisson_log_normal };
[[nodiscard]] constexpr auto enum_names(ExitPrior) {
  return std::array<std::string_view, 3>{"uniform", "geometric", "poisson_log_normal"};
}

namespace detail {

/// P(1 + Poisson(e^tau) = t), tau normal with deviation 1/2 and e^tau of mean `mean` - 1, by the
/// trapezoidal rule over 8 deviations to either side.
[[nodiscard]] inline double poisson_log_normal(double mean, Index t) {
  constexpr double kDeviation = 0.5;
  constexpr int kPoints = 64;
  const double k = static_cast<double>(t - 1);
  double sum = 0, weights = 0;
  for (int i = -kPoints; i <= kPoints; ++i) {
    const double x = 8.0 * i / kPoints, weight = std::exp(-x * x / 2);
    const double tau = std::log(mean - 1) - kDeviation * kDeviation / 2 + kDeviation * x;
    sum += weight * std::exp(k * tau - std::exp(tau) - std::lgamma(k + 1));
    weights += weight;
  }
  return sum / weights;
}

/// Proportional to pi_t.
[[nodiscard]] inline double exit_mass(ExitPrior prior, double parameter, Index t) {
  switch (prior) {
    case ExitPrior::geometric:
      return parameter * std::pow(1 - parameter, static_cast<double>(t - 1));
    case ExitPrior::poisson_log_normal:
      return poisson_log_normal(parameter, t);
    case ExitPrior::uniform:
      break;
  }
  return 1.0;
}

}  // namespace detail

/// log pi_t for t = 1 ... R into `log_prior` [R], R = 1 or more, overwritten. `parameter`:
/// geometric: the probability c, between 0 and 1, of leaving after each loop; poisson_log_normal:
/// the mean number of loops, above 1.
template <Real S>
void fill_log_prior(ExitPrior prior, double parameter, std::span<S> log_prior) {
  const Index R = std::ssize(log_prior);
  double total = 0;
  for (Index t = 1; t <= R; ++t) total += detail::exit_mass(prior, parameter, t);
  for (Index t = 1; t <= R; ++t)
    log_prior[static_cast<std::size_t>(t - 1)] =
        static_cast<S>(std::log(detail::exit_mass(prior, parameter, t) / total));
}

}  // namespace looplab
