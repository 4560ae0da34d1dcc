// SPDX-License-Identifier: MIT
#include "looplab/train/objectives/expected_exit.hpp"

#include "support/scored_chunk.hpp"

using namespace looplab;
using looplab_test::contains;
using looplab_test::GatedScene;

namespace {

[[nodiscard]] std::string refusal(const ExpectedExit& objective) {
  Problems problems;
  check_objective(objective, problems);
  try {
    problems.throw_if_any("objective");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("the gate's loss is that of its equation over the losses and gates of every loop") {
  const GatedScene scene;
  std::vector<double> expected, survival;
  scene.for_each_loop([&, loop = 0](const auto& loss, const auto& logit) mutable {
    expected.resize(loss.size(), 0);
    survival.resize(loss.size(), 1);
    ++loop;
    for (std::size_t n = 0; n < loss.size(); ++n) {
      const double lambda = loop < 3 ? 1 / (1 + std::exp(-logit[n])) : 1, p = survival[n] * lambda;
      expected[n] += p * (loss[n] + 0.2 * (std::log(p) + std::log(3.0)));
      survival[n] *= 1 - lambda;
    }
  });
  double sum = 0;
  for (double x : expected) sum += x;
  CHECK(scene.score(ExpectedExit{.beta = 0.2}).loss == Approx(sum).epsilon(1e-12));
}

TEST_CASE("the gradient of the gate's loss agrees with central differences in every parameter") {
  GatedScene scene;
  scene.check_gradients(ExpectedExit{.beta = 0.2});
  scene.check_gradients(
      ExpectedExit{.beta = 0.2, .prior = ExitPrior::geometric, .prior_parameter = 0.4});
}

TEST_CASE("a model without an exit gate says so, and one that has none by type is no candidate") {
  const looplab_test::ThinnedTask task(1);
  LoopedTransformer<double> model(looplab_test::small_model(task), Seed{1});
  const Index size = ParameterList<double>(model).flat_size();
  CHECK_THROWS_WITH(looplab_test::on_chunk(ExpectedExit{}, model, size, task, {.seed = Seed{1}}),
                    contains("has no exit gate (model.exit_gate)"));
  STATIC_REQUIRE(Objective<ExpectedExit, LoopedTransformer<double>>);
  STATIC_REQUIRE_FALSE(Objective<ExpectedExit, looplab_test::LastOnly>);
}

TEST_CASE("a prior's parameter is asked for where there is one") {
  CHECK(refusal({}) == "accepted");
  CHECK_THAT(refusal({.prior = ExitPrior::geometric}),
             contains("gate_prior_parameter is 0, expected above 0 and below 1"));
  CHECK_THAT(refusal({.prior = ExitPrior::poisson_log_normal, .prior_parameter = 1}),
             contains("gate_prior_parameter is 1, expected above 1 (mean loops)"));
  CHECK_THAT(refusal({.beta = -1}), contains("gate_beta is -1, expected 0"));
}
