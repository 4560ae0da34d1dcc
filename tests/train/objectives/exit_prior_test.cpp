// SPDX-License-Identifier: MIT
#include "looplab/train/objectives/exit_prior.hpp"

#include <numeric>
#include <vector>

#include "looplab/core/random.hpp"
#include "support/catch.hpp"

using namespace looplab;

namespace {

struct Prior {
  ExitPrior kind = ExitPrior::uniform;
  double parameter = 0;
};

[[nodiscard]] std::vector<double> probabilities(const Prior& prior, std::size_t num_loops) {
  std::vector<double> p(num_loops);
  fill_log_prior(prior.kind, prior.parameter, std::span<double>(p));
  for (double& x : p) x = std::exp(x);
  return p;
}

}  // namespace

TEST_CASE("every prior of exits sums to 1 over the loops there are") {
  for (const Prior& prior :
       {Prior{}, Prior{ExitPrior::geometric, 0.4}, Prior{ExitPrior::poisson_log_normal, 3}})
    for (const std::size_t num_loops : {1u, 4u, 7u}) {
      const auto p = probabilities(prior, num_loops);
      CHECK(std::accumulate(p.begin(), p.end(), 0.0) == Approx(1).epsilon(1e-12));
    }
}

TEST_CASE("priors are uniform, or fall by the same factor from loop to loop") {
  CHECK(probabilities({}, 4)[2] == Approx(0.25).epsilon(1e-12));
  const auto p = probabilities({ExitPrior::geometric, 0.4}, 5);
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
  const auto p = probabilities({ExitPrior::poisson_log_normal, kMean}, kLoops);
  for (std::size_t t = 0; t < kLoops; ++t)  // five standard errors
    CHECK(std::abs(counted[t] / kept - p[t]) < 5 * std::sqrt(p[t] / kDraws) + 1e-5);
}
