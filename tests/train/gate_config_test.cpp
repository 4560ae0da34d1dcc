// SPDX-License-Identifier: MIT
#include "looplab/train/gate_config.hpp"

#include <numeric>
#include <vector>

#include "looplab/core/random.hpp"
#include "support/catch.hpp"

using namespace looplab;
using looplab_test::contains;

namespace {

[[nodiscard]] std::vector<double> prior(const GateConfig& gate, std::size_t num_loops) {
  std::vector<double> p(num_loops);
  fill_log_prior(gate, std::span<double>(p));
  for (double& x : p) x = std::exp(x);
  return p;
}

[[nodiscard]] std::string refusal_of_gate(const GateConfig& gate) {
  Problems problems;
  gate.check(problems);
  try {
    problems.throw_if_any("gate");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("every prior of exits sums to 1 over the loops there are") {
  for (const GateConfig& gate :
       {GateConfig{}, GateConfig{.prior = ExitPrior::geometric, .prior_parameter = 0.4},
        GateConfig{.prior = ExitPrior::poisson_log_normal, .prior_parameter = 3}})
    for (const std::size_t num_loops : {1u, 4u, 7u}) {
      const auto p = prior(gate, num_loops);
      CHECK(std::accumulate(p.begin(), p.end(), 0.0) == Approx(1).epsilon(1e-12));
    }
}

TEST_CASE("priors are uniform, or fall by the same factor from loop to loop") {
  CHECK(prior({}, 4)[2] == Approx(0.25).epsilon(1e-12));
  const auto p = prior({.prior = ExitPrior::geometric, .prior_parameter = 0.4}, 5);
  for (std::size_t t = 1; t < 5; ++t) CHECK(p[t] / p[t - 1] == Approx(0.6).epsilon(1e-12));
}

TEST_CASE("the Poisson log-normal prior is that of its own random numbers") {
  constexpr double kMean = 3.5;
  constexpr Index kDraws = 200000, kLoops = 12;
  RandomStream stream(Seed{1}, "poisson log normal");
  std::vector<double> counted(kLoops, 0);
  double kept = 0;
  for (Index i = 0; i < kDraws; ++i) {
    const double rate = std::exp(std::log(kMean - 1) - 0.125 + 0.5 * stream.normal());
    Index arrivals = 0;
    for (double time = -std::log1p(-stream.uniform()); time <= rate; ++arrivals)
      time -= std::log1p(-stream.uniform());
    if (arrivals >= kLoops) continue;
    ++counted[static_cast<std::size_t>(arrivals)];
    ++kept;
  }
  const auto p = prior({.prior = ExitPrior::poisson_log_normal, .prior_parameter = kMean}, kLoops);
  for (std::size_t t = 0; t < kLoops; ++t)  // five standard errors
    CHECK(std::abs(counted[t] / kept - p[t]) < 5 * std::sqrt(p[t] / kDraws) + 1e-5);
}

TEST_CASE("a prior's parameter is asked for where there is one") {
  CHECK(refusal_of_gate({}) == "accepted");
  CHECK_THAT(refusal_of_gate({.prior = ExitPrior::geometric}),
             contains("gate_prior_parameter is 0, expected above 0 and below 1"));
  CHECK_THAT(refusal_of_gate({.prior = ExitPrior::poisson_log_normal, .prior_parameter = 1}),
             contains("gate_prior_parameter is 1, expected above 1 (mean loops)"));
  CHECK_THAT(refusal_of_gate({.beta = -1}), contains("gate_beta is -1, expected 0"));
}
