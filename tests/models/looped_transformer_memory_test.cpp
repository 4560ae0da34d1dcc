// SPDX-License-Identifier: MIT
//
// What the loops of a looped transformer keep in memory, and that it changes no result.
#include <algorithm>
#include <vector>

#include "looplab/models/looped_transformer.hpp"
#include "support/catch.hpp"
#include "support/model_variants.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

constexpr Index kWidth = 32, kLength = 32;
/// State [B T, D] of the two windows of a TinyModel, in bytes.
constexpr double kState = 2 * kLength * kWidth * sizeof(float);
/// Bookkeeping of a loop: nodes, what is pulled back, lists.
constexpr double kSmall = 0.2 * kState;

LoopedTransformerConfig config_of(Index num_layers, bool recompute) {
  LoopedTransformerConfig config = model_variants()[0].config;
  config.d_model = kWidth;
  config.max_sequence_length = kLength;
  config.d_feed_forward = 96;
  config.num_block_layers = num_layers;
  config.recompute = recompute;
  return config;
}

enum class Kind { training, evaluation };

/// Most bytes in use on the tape of one pass, forward and, in training, backward.
double peak(const LoopedTransformerConfig& config, LoopChoice choice, Kind kind) {
  const TinyModel<float> tiny(config, kLength);
  Tensor<float> gradient({tiny.parameters.flat_size()});
  const bool training = kind == Kind::training;
  Tape<float> tape;
  tape.set_recording(training);
  const Pass<float> pass{tape, training ? gradient.data() : nullptr};
  const auto logits = tiny.model.forward(pass, tiny.windows(), choice);
  const auto loss = cross_entropy(tape, logits, tiny.targets.data(), kIgnoreIndex).loss;
  if (training) tape.backward(loss);
  return static_cast<double>(tape.peak_bytes());
}

/// How much more a loop needs, on average over eight more loops.
double growth(const LoopedTransformerConfig& config, Kind kind, Index backprop = 0) {
  return (peak(config, {10, backprop}, kind) - peak(config, {2, backprop}, kind)) / 8;
}

}  // namespace

TEMPLATE_TEST_CASE("recomputed loops have the same bits in loss and gradient", "[memory]", float,
                   double) {
  using S = TestType;
  for (ModelVariant variant : model_variants())
    for (const NormPlacement placement :
         {NormPlacement::pre, NormPlacement::post, NormPlacement::sandwich}) {
      LoopedTransformerConfig& config = variant.config;
      config.norm_placement = placement;
      config.recompute = false;
      const TinyModel<S> kept(config);
      config.recompute = true;
      const TinyModel<S> again(config);
      for (const LoopChoice choice :
           {LoopChoice{}, LoopChoice{1, 0}, LoopChoice{3, 1}, LoopChoice{3, 2}}) {
        INFO(variant.name << ", placement " << static_cast<int>(placement) << ", "
                          << choice.num_loops << " loops, last " << choice.backprop_loops);
        CHECK(again.loss(choice) == kept.loss(choice));
        CHECK(std::ranges::equal(again.gradient(choice), kept.gradient(choice)));
      }
    }
}

TEST_CASE("recording changes no logit", "[memory]") {
  for (const ModelVariant& variant : model_variants()) {
    INFO(variant.name);
    const TinyModel<float> tiny(variant.config);
    Tape<float> tape;
    tape.set_recording(false);
    const auto logits = tiny.model.forward(Pass<float>{tape}, tiny.windows());
    CHECK(std::vector(logits.data(), logits.data() + logits.size()) == tiny.logits());
  }
}

TEST_CASE("a recomputed loop keeps one state, however many layers it has", "[memory]") {
  for (const Index num_layers : {1, 3}) {
    INFO(num_layers << " layers");
    CHECK(growth(config_of(num_layers, true), Kind::training) <= kState + kSmall);
    // Norms, q, k and v, attention, its output, gate and up, their product, down, two sums.
    const auto layers = static_cast<double>(num_layers);
    CHECK(growth(config_of(num_layers, false), Kind::training) > 10 * layers * kState);
  }
}

TEST_CASE("a loop without gradient keeps one state: evaluation and truncated loops", "[memory]") {
  const LoopedTransformerConfig config = config_of(2, false);
  CHECK(growth(config, Kind::evaluation) <= kState + kSmall);
  CHECK(growth(config, Kind::training, 1) <= kState + kSmall);
  CHECK(peak(config, {10, 0}, Kind::evaluation) < peak(config, {2, 0}, Kind::training));
}
