// SPDX-License-Identifier: MIT
//
// How an exit gate is trained: with the model (Stage I), then alone (Stage II).
// Source: Ouro, arXiv:2510.25741, sections 3.2 to 3.4. Tests: tests/train/gate_config_test.cpp.
#pragma once

#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <string_view>

#include "looplab/core/config.hpp"
#include "looplab/kernels/exit_gate.hpp"

namespace looplab {

/// Which loop a gate is expected to leave after, before anything is learned: each of R alike;
/// geometric (PonderNet, arXiv:2107.05407); one more than a Poisson number whose mean is log-normal
/// (Geiping et al. 2025, arXiv:2502.05171). All are cut off after R loops and made to sum to 1.
enum class ExitPrior { uniform, geometric, poisson_log_normal };
[[nodiscard]] constexpr auto enum_names(ExitPrior) {
  return std::array<std::string_view, 3>{"uniform", "geometric", "poisson_log_normal"};
}

/// What training does with an exit gate.
struct GateConfig {
  double beta = 0.1;
  ExitPrior prior = ExitPrior::uniform;
  double prior_parameter = 0;
  Index stage_two_steps = 0;
  double stage_two_learning_rate = 1e-2;
  double slope = 50;
  double threshold = 0.005;
  kernels::GateTarget target = kernels::GateTarget::own_loop;

  template <class Self, class Visit>
  static void for_each_field(Self& self, Visit&& visit) {
    visit(
        Field{"gate_beta", "weight of the distance from the prior (uniform: of -entropy)", 0, 1e6},
        self.beta);
    visit(Field{"gate_prior", "uniform, geometric or poisson_log_normal"}, self.prior);
    visit(Field{"gate_prior_parameter",
                "geometric: chance to leave after each loop; poisson_log_normal: mean loops", 0,
                4096},
          self.prior_parameter);
    visit(Field{"gate_stage_two_steps", "steps after num_steps in which the gate alone is trained",
                0, 1e9},
          self.stage_two_steps);
    visit(Field{"gate_stage_two_learning_rate", "constant", 0, 10}, self.stage_two_learning_rate);
    visit(Field{"gate_slope", "k: steepness of what is worth continuing, per nat", 0, 1e6},
          self.slope);
    visit(Field{"gate_threshold", "gamma: improvement that is just worth a loop, nats", 0, 1e6},
          self.threshold);
    visit(Field{"gate_target", "own_loop (as printed) or next_loop: whose improvement counts"},
          self.target);
  }

  /// Notes every problem.
  void check(Problems& problems) const {
    check_ranges(*this, problems);
    if (prior == ExitPrior::geometric)
      problems.check(prior_parameter > 0 && prior_parameter < 1, "gate_prior_parameter is ",
                     prior_parameter, ", expected above 0 and below 1 for gate_prior geometric");
    if (prior == ExitPrior::poisson_log_normal)
      problems.check(prior_parameter > 1, "gate_prior_parameter is ", prior_parameter,
                     ", expected above 1 (mean loops) for gate_prior poisson_log_normal");
  }
};

namespace detail {

/// P(1 + Poisson(e^tau) = t), tau normal with deviation 1/2 and e^tau of mean `mean` - 1
/// (arXiv:2502.05171, section 3.3), by the trapezoidal rule over 8 deviations to either side.
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

}  // namespace detail

/// log pi_t for t = 1 ... R into `log_prior` [R], R = 1 or more, overwritten.
template <Real S>
void fill_log_prior(const GateConfig& gate, std::span<S> log_prior) {
  const Index R = std::ssize(log_prior);
  const auto mass = [&](Index t) {
    switch (gate.prior) {
      case ExitPrior::geometric:
        return gate.prior_parameter *
               std::pow(1 - gate.prior_parameter, static_cast<double>(t - 1));
      case ExitPrior::poisson_log_normal:
        return detail::poisson_log_normal(gate.prior_parameter, t);
      case ExitPrior::uniform:
        break;
    }
    return 1.0;
  };
  double total = 0;
  for (Index t = 1; t <= R; ++t) total += mass(t);
  for (Index t = 1; t <= R; ++t)
    log_prior[static_cast<std::size_t>(t - 1)] = static_cast<S>(std::log(mass(t) / total));
}

}  // namespace looplab
