// SPDX-License-Identifier: MIT
//
// Tiny looped transformers that together use every option, and a loss on them.
#pragma once

#include <string>
#include <vector>

#include "looplab/autograd/ops_nn.hpp"
#include "looplab/models/looped_transformer.hpp"
#include "support/random_tensor.hpp"

namespace looplab_test {

struct ModelVariant {
  std::string name;
  looplab::LoopedTransformerConfig config;
};

/// Width 8, 2 heads, 5 tokens; large initial values, so that no gradient is near 0.
[[nodiscard]] inline std::vector<ModelVariant> model_variants() {
  using namespace looplab;
  LoopedTransformerConfig tiny;
  tiny.vocab_size = 5;
  tiny.max_sequence_length = 8;
  tiny.d_model = 8;
  tiny.num_heads = 2;
  tiny.d_feed_forward = 12;
  tiny.num_loops = 3;
  tiny.init_std = 0.4;
  std::vector<ModelVariant> variants;
  const auto add = [&](const std::string& name, auto change) {
    variants.push_back({name, tiny});
    change(variants.back().config);
  };
  add("ouro", [](auto&) {});
  add("gpt2", [](auto& c) {
    c.num_block_layers = c.num_loops = 2;
    c.norm = NormKind::layer;
    c.norm_placement = NormPlacement::pre;
    c.loop_norm = LoopNorm::once;
    c.feed_forward = FeedForwardKind::gelu;
    c.biases = c.tied_head = true;
    c.initialization = Initialization::scaled_residual;
  });
  add("post norm, learned positions, full mask", [](auto& c) {
    c.norm = NormKind::layer;
    c.norm_placement = NormPlacement::post;
    c.positions = Positions::learned;
    c.attention_mask = AttentionMask::full;
  });
  add("prelude, coda, add", [](auto& c) {
    c.num_prelude_layers = c.num_coda_layers = 1;
    c.input_injection = InputInjection::add;
    c.loop_norm = LoopNorm::once;
    c.feed_forward = FeedForwardKind::gelu;
  });
  add("prelude, linear injection, loop table", [](auto& c) {
    c.num_prelude_layers = 2;
    c.input_injection = InputInjection::linear;
    c.loop_embedding = LoopEmbedding::learned;
    c.max_loops = 6;
    c.biases = true;
  });
  add("inverse residuals, no positions", [](auto& c) {
    c.num_block_layers = 2;
    c.residual_scale = ResidualScale::inverse_loops;
    c.positions = Positions::none;
    c.norm_placement = NormPlacement::pre;
    c.loop_norm = LoopNorm::once;
  });
  add("both norms, coda, tied, loop table", [](auto& c) {
    c.num_coda_layers = 1;
    c.tied_head = true;
    c.loop_embedding = LoopEmbedding::learned;
    c.input_injection = InputInjection::add;
    c.residual_scale = ResidualScale::inverse_loops;
    c.norm_placement = NormPlacement::post;
  });
  add("layer sandwich, biases, one head", [](auto& c) {
    c.norm = NormKind::layer;
    c.biases = true;
    c.num_heads = 1;
    c.rotary_base = 30;
    c.input_injection = InputInjection::linear;
    c.initialization = Initialization::zero_output;
    c.positions = Positions::learned;
  });
  return variants;
}

/// A model with random gains and biases, two windows, and the loss at some positions.
template <looplab::Real S>
struct TinyModel {
  using Index = looplab::Index;

  looplab::LoopedTransformer<S> model;
  looplab::ParameterList<S> parameters{model};
  Index length;
  std::vector<looplab::Token> tokens, targets, documents;

  explicit TinyModel(const looplab::LoopedTransformerConfig& config, Index window = 5)
      : model(config, looplab::Seed{7}),
        length(window),
        tokens(random_tokens(2 * window, config.vocab_size, "tokens")),
        targets(random_tokens(2 * window, config.vocab_size, "targets")) {
    for (const auto& [name, parameter] : parameters) {
      looplab::RandomStream stream(looplab::Seed{8}, name);
      for (S& x : parameter->value) x += static_cast<S>(0.2 * stream.normal());
    }
    parameters.prepare();
    targets[1] = targets[7] = looplab::kIgnoreIndex;
  }
  TinyModel(const TinyModel&) = delete;
  TinyModel& operator=(const TinyModel&) = delete;

  [[nodiscard]] looplab::Windows windows() const { return {2, length, tokens, documents, targets}; }

  [[nodiscard]] std::vector<S> logits_of(const looplab::Windows& of,
                                         looplab::LoopChoice choice = {}) const {
    looplab::Tape<S> tape;
    const auto y = model.forward(looplab::Pass<S>{tape}, of, choice);
    return {y.data(), y.data() + y.size()};
  }
  [[nodiscard]] std::vector<S> logits(looplab::LoopChoice choice = {}) const {
    return logits_of(windows(), choice);
  }

  [[nodiscard]] double loss(looplab::LoopChoice choice = {}) const {
    looplab::Tape<S> tape;
    const auto y = model.forward(looplab::Pass<S>{tape}, windows(), choice);
    return static_cast<double>(
        cross_entropy(tape, y, targets.data(), looplab::kIgnoreIndex).loss.data()[0]);
  }
  /// The gradient of the loss as a flat vector laid out by `parameters`.
  [[nodiscard]] looplab::Tensor<S> gradient(looplab::LoopChoice choice = {}) const {
    looplab::Tensor<S> flat({parameters.flat_size()});
    looplab::Tape<S> tape;
    const auto y = model.forward(looplab::Pass<S>{tape, flat.data()}, windows(), choice);
    tape.backward(cross_entropy(tape, y, targets.data(), looplab::kIgnoreIndex).loss);
    return flat;
  }
};

}  // namespace looplab_test
