// SPDX-License-Identifier: MIT
#include "looplab/lab/registry/objective_registry.hpp"

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab::lab;

namespace {

[[nodiscard]] std::string refusal(const ObjectiveSettings& settings) {
  Problems problems;
  settings.check(problems);
  try {
    problems.throw_if_any("train");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a configuration names an objective and gives it its keys") {
  ObjectiveSettings settings;
  CHECK(make_objective<LoopedTransformer<float>>(settings).identity() == "last_loop 1");
  settings.loss_per_loop = LossPerLoop::every;
  settings.every.weights = {1, 2};
  CHECK(make_objective<LoopedTransformer<float>>(settings).identity() == R"(every_loop 1 {"loop_weights":[1,2]})");
  settings.loss_per_loop = LossPerLoop::gate;
  settings.gate.beta = 0.5;
  CHECK(make_objective<LoopedTransformer<float>>(settings).identity().starts_with(R"(expected_exit 1 {"gate_beta":0.5,)"));
}

TEST_CASE("the keys of objectives keep their spelling, order and defaults, which name runs") {
  CHECK(to_json(ObjectiveSettings{}).dump() ==
        R"({"loss_per_loop":"last","loop_weights":[],"gate_beta":0.1,"gate_prior":"uniform",)"
        R"("gate_prior_parameter":0.0,"gate_stage_two_steps":0,)"
        R"("gate_stage_two_learning_rate":0.01,"gate_slope":50.0,"gate_threshold":0.005,)"
        R"("gate_target":"own_loop"})");
}

TEST_CASE("keys of an objective that is not chosen are refused where they would be ignored") {
  CHECK(refusal({}) == "accepted");
  CHECK_THAT(
      refusal({.every = {{1, 2}}}),
      looplab_test::contains("loop_weights is given, but loss_per_loop is last, expected every"));
  CHECK_THAT(refusal({.gate = {.prior = ExitPrior::geometric}}),
             looplab_test::contains("gate_prior_parameter is 0, expected above 0 and below 1"));
}
