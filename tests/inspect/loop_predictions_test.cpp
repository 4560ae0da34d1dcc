// SPDX-License-Identifier: MIT
#include "looplab/inspect/loop_predictions.hpp"

#include "support/model_variants.hpp"
#include "support/tolerance.hpp"

using namespace looplab;
using looplab_test::TinyModel;

TEST_CASE("predictions of a loop are the logits of a model with so many loops", "[loops]") {
  LoopedTransformerConfig config = looplab_test::model_variants()[0].config;
  config.exit_gate = true;
  const TinyModel<double> tiny(config);
  const auto all = predict_per_loop(tiny.model, tiny.windows());
  REQUIRE(all.logits.shape() == Shape{3, 10, 5});
  REQUIRE(all.exit_probabilities.shape() == Shape{3, 10});
  for (Index r = 0; r < 3; ++r) {
    const auto expected = tiny.logits({.num_loops = r + 1});
    CHECK(std::equal(expected.begin(), expected.end(), all.logits.data() + r * 50));
  }
  CHECK(predict_per_loop(tiny.model, tiny.windows(), 5).logits.shape() == Shape{5, 10, 5});

  Tape<double> tape;
  const Pass<double> pass{tape};
  std::vector<double> stay(10, 1);
  tiny.model.hidden_per_loop(pass, tiny.windows(), {}, [&](Index r, Variable<double> state) {
    const auto z = tiny.model.gate(pass, state);
    for (Index n = 0; n < 10; ++n) {
      double& rest = stay[static_cast<std::size_t>(n)];
      const double leave = r == 2 ? 1 : 1 / (1 + std::exp(-z.data()[n]));
      CHECK(all.exit_probabilities(r, n) == Approx(rest * leave).epsilon(1e-12));
      rest *= 1 - leave;
    }
  });
}

TEST_CASE("a model without exit gate has no exit probabilities", "[loops]") {
  const TinyModel<float> tiny(looplab_test::model_variants()[3].config);
  const auto all = predict_per_loop(tiny.model, tiny.windows());
  CHECK(all.exit_probabilities.size() == 0);
  CHECK(std::ranges::equal(tiny.logits(), std::span(all.logits.data() + 2 * 50, 50)));
}
