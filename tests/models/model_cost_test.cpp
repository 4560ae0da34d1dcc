// SPDX-License-Identifier: MIT
#include "looplab/models/model_cost.hpp"

#include "support/catch.hpp"
#include "support/model_variants.hpp"

using namespace looplab;
using namespace looplab_test;

TEST_CASE("the GPT-2 preset of the capacity prototype has 29,280 parameters", "[cost]") {
  LoopedTransformerConfig config = gpt2_rope();
  config.vocab_size = 119;
  config.d_model = 32;
  config.num_heads = 1;
  config.num_block_layers = 2;
  // Layer: 2 norms of 2 x 32; qkv 32 x 96 + 96; output 32 x 32 + 32; up 32 x 128 + 128; down 128 x
  // 32 + 32: 12,704. Embedding 119 x 32 = 3,808, final norm 64.
  config.num_loops = 1;
  const ModelCost once = model_cost(config, 15);
  CHECK(once.unique_parameters == 29'280);
  CHECK(once.unique_parameters_without_embeddings == 2 * 12'704 + 64);
  CHECK(once.effective_parameters == 29'280);
  // 6 x (head 32 x 119 + 2 layers of 12 x 32^2) + attention 12 x 2 layers x 32 x 8 keys.
  CHECK(once.flop_per_token == 6 * (3'808 + 2 * 12'288) + 6'144);
  config.num_loops = 4;
  const ModelCost four = model_cost(config, 15);
  CHECK(four.unique_parameters == 29'280);
  CHECK(four.effective_parameters == 3'808 + 64 + 4 * 25'408);
  CHECK(four.flop_per_token == 6 * (3'808 + 8 * 12'288) + 4 * 6'144);
}

TEST_CASE("Ouro's preset is counted with its norm in the loop and an untied head", "[cost]") {
  LoopedTransformerConfig config = ouro();
  config.vocab_size = 10;
  // Layer: 4 norms of 64; qkv 64 x 192; output 64 x 64; gate and up 64 x 352; down 176 x 64:
  // 50,432.
  const ModelCost cost = model_cost(config, 31);
  CHECK(cost.unique_parameters == 640 + 50'432 + 64 + 640);
  CHECK(cost.unique_parameters_without_embeddings == 50'432 + 64);
  CHECK(cost.effective_parameters == 640 + 4 * (50'432 + 64) + 640);
  CHECK(cost.flop_per_token == 6 * (640 + 4 * 50'176) + 12 * 4 * 64 * 16);
  config.attention_mask = AttentionMask::full;  // 31 keys instead of 16 on average
  CHECK(model_cost(config, 31).flop_per_token == cost.flop_per_token + 12 * 4 * 64 * 15);
}

TEST_CASE("prelude and coda count once, injection with the loops, tables cost no arithmetic",
          "[cost]") {
  LoopedTransformerConfig config = ouro();
  config.vocab_size = 10;
  config.num_prelude_layers = 2;
  config.num_coda_layers = 1;
  config.input_injection = InputInjection::linear;
  config.loop_embedding = LoopEmbedding::learned;
  config.positions = Positions::learned;
  config.max_sequence_length = 50;
  const ModelCost cost = model_cost(config, 31);
  const Index tables = 10 * 64 + 50 * 64 + 4 * 64 + 64 * 10, norms = 2 * 64, injection = 128 * 64;
  CHECK(cost.unique_parameters == 4 * 50'432 + tables + norms + injection);
  CHECK(cost.unique_parameters_without_embeddings == 4 * 50'432 + norms + injection);
  CHECK(cost.read_out_flop_per_token == 6 * (64 * 10 + 50'176) + 12 * 64 * 16);
  CHECK(cost.effective_parameters == 7 * 50'432 + tables + 64 + 4 * (64 + injection));
  CHECK(cost.flop_per_token ==
        static_cast<double>(6 * (640 + 7 * 50'176 + 4 * injection) + 12 * 7 * 64 * 16));
}

TEST_CASE("a recomputed loop costs one more forward pass, a loop without gradient one in all",
          "[cost]") {
  LoopedTransformerConfig config = ouro();
  config.vocab_size = 10;
  config.num_coda_layers = 1;
  config.num_loops = 5;
  const double pass = 2 * (50'176 + 2 * 64 * 16), head = 2 * 640;  // per layer: products, attention
  CHECK(model_cost(config, 31).flop_per_token == 3 * head + 3 * (1 + 5) * pass);
  config.recompute = true;
  CHECK(model_cost(config, 31).flop_per_token == 3 * head + (3 + 4 * 5) * pass);
  config.backprop_loops = 2;
  CHECK(model_cost(config, 31).flop_per_token == 3 * head + (3 + 3 + 4 * 2) * pass);
  config.recompute = false;
  CHECK(model_cost(config, 31).flop_per_token == 3 * head + (3 + 3 + 3 * 2) * pass);
}

TEST_CASE("k x R costs what kR x 1 costs, and unique parameters are those of the model", "[cost]") {
  LoopedTransformerConfig loop = gpt2_rope(), deep = gpt2_rope();
  loop.vocab_size = deep.vocab_size = 20;
  loop.num_block_layers = 2;
  loop.num_loops = 3;
  deep.num_block_layers = 6;
  deep.num_loops = 1;
  CHECK(model_cost(loop, 20).flop_per_token == model_cost(deep, 20).flop_per_token);
  CHECK(model_cost(loop, 20).effective_parameters == model_cost(deep, 20).unique_parameters);
  for (const ModelVariant& variant : model_variants()) {
    LoopedTransformer<float> model(variant.config);
    CHECK(model_cost(variant.config, 5).unique_parameters ==
          ParameterList<float>(model).num_parameters());
  }
}

TEST_CASE("the cost of a bad configuration is an error", "[cost]") {
  CHECK_THROWS_AS(model_cost(LoopedTransformerConfig{}, 5), ConfigError);
}
