// SPDX-License-Identifier: MIT
#include "looplab/models/model_shapes.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "support/model_variants.hpp"
#include "support/parameter_listing.hpp"

using namespace looplab;
using namespace looplab_test;

TEST_CASE("the list is the parameters of the model, for every choice", "[shapes]") {
  for (const ModelVariant& variant : model_variants())
    for (const bool gate : {false, true})
      for (const bool step : {false, true}) {
        CAPTURE(variant.name, gate, step);
        LoopedTransformerConfig config = variant.config;
        config.exit_gate = gate;
        if (step) config.norm = NormKind::step;
        config = config.resolved();
        CHECK(listing(parameter_shapes(config)) ==
              listing_of(LoopedTransformer<float>(config, std::nullopt)));
      }
}

TEST_CASE("roles and stages of a model with everything", "[shapes]") {
  LoopedTransformerConfig config{.vocab_size = 5,
                                 .d_model = 8,
                                 .num_prelude_layers = 1,
                                 .num_coda_layers = 1,
                                 .input_injection = InputInjection::linear,
                                 .loop_embedding = LoopEmbedding::learned,
                                 .exit_gate = true};
  config.positions = Positions::learned;
  const auto list = parameter_shapes(config.resolved());
  const auto at = [&](const std::string& name) {
    return *std::ranges::find(list, name, &ModelParameter::name);
  };
  CHECK(at("embedding.weight").role == Role::embedding);
  CHECK(at("position_embedding.weight").shape == Shape{512, 8});
  CHECK(at("loop_embedding.weight").shape == Shape{4, 8});
  CHECK(at("prelude.0.attention.qkv.weight").part == ModelPart::before);
  CHECK(at("block.0.attention.output.weight").role == Role::residual_output);
  for (const char* name : {"block.0.attention_norm.gain", "injection.weight", "loop_norm.gain"})
    CHECK(at(name).part == ModelPart::loop);
  for (const char* name :
       {"coda.0.feed_forward.down.weight", "final_norm.gain", "head.weight", "exit_gate.weight"})
    CHECK(at(name).part == ModelPart::read_out);
  CHECK(at("injection.weight").role == Role::weight);
  CHECK(at("head.weight").role == Role::head);
  CHECK(at("exit_gate.weight").role == Role::gate);
  CHECK(at("exit_gate.bias").role == Role::bias);
  config.tied_head = true;
  CHECK(parameter_shapes(config.resolved()).front().role == Role::tied_embedding);
}
