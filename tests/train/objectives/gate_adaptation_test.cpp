// SPDX-License-Identifier: MIT
#include "looplab/train/objectives/gate_adaptation.hpp"

#include "support/scored_chunk.hpp"

using namespace looplab;
using looplab_test::GatedScene;
using looplab_test::LossAndGradients;

TEST_CASE("Stage II teaches the gate alone, by the improvements that it is shown") {
  const GatedScene scene;
  const LossAndGradients result = scene.score(GateAdaptation{.slope = 3, .threshold = 0.01});
  double expected = 0;
  std::vector<double> before;
  scene.for_each_loop([&](const auto& loss, const auto& logit) {
    for (std::size_t n = 0; n < before.size(); ++n) {
      const double w = 1 / (1 + std::exp(-3 * (std::max(0.0, before[n] - loss[n]) - 0.01)));
      const double stay = 1 / (1 + std::exp(logit[n]));
      expected -= (w * std::log(stay) + (1 - w) * std::log(1 - stay)) / 3;
    }
    before = loss;
  });
  CHECK(result.loss == Approx(expected).epsilon(1e-12));
  for (const auto& [name, parameter] : scene.parameters) {
    double largest = 0;
    for (Index i = 0; i < parameter->value.size(); ++i)
      largest = std::max(largest, std::abs(result.gradients.data()[parameter->offset + i]));
    INFO(name);
    CHECK((largest > 0) == name.starts_with(kExitGatePrefix));
  }
}

TEST_CASE("it needs a gate, and its identity has all its fields") {
  STATIC_REQUIRE(Objective<GateAdaptation, LoopedTransformer<double>>);
  STATIC_REQUIRE_FALSE(Objective<GateAdaptation, looplab_test::LastOnly>);
  CHECK(objective_identity(GateAdaptation{}) ==
        R"(gate_adaptation 1 {"gate_slope":50.0,"gate_threshold":0.005,"gate_target":"own_loop"})");
}
