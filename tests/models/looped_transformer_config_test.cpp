// SPDX-License-Identifier: MIT
#include "looplab/models/looped_transformer_config.hpp"

#include <limits>
#include <set>
#include <string>

#include "support/catch.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

LoopedTransformerConfig valid() { return {.vocab_size = 10}; }

template <class Change>
void check_refused(const std::string& sentence, Change change) {
  LoopedTransformerConfig config = valid();
  change(config);
  INFO(sentence);
  CHECK_THROWS_AS(config.validate(), ConfigError);
  CHECK_THROWS_WITH(config.validate(), contains(sentence));
}

}  // namespace

TEST_CASE("defaults and presets are valid once they have a vocabulary", "[config]") {
  CHECK_THROWS_WITH(LoopedTransformerConfig{}.validate(), contains("vocab_size is 0"));
  for (LoopedTransformerConfig config : {LoopedTransformerConfig{}, gpt2_rope(), ouro()}) {
    config.vocab_size = 1;
    CHECK_NOTHROW(config.validate());
  }
}

TEST_CASE("each problem of a configuration has its sentence", "[config]") {
  check_refused("d_model 64 is not divisible by num_heads 3", [](auto& c) { c.num_heads = 3; });
  check_refused("num_heads is 0, expected 1 ...", [](auto& c) { c.num_heads = 0; });
  check_refused("rotary positions need an even d_model / num_heads, given 6 / 2", [](auto& c) {
    c.d_model = 6;
    c.num_heads = 2;
  });
  check_refused("backprop_loops 5 exceeds num_loops 4", [](auto& c) { c.backprop_loops = 5; });
  check_refused("max_loops 3 is below num_loops 4", [](auto& c) { c.max_loops = 3; });
  check_refused("num_loops is 0", [](auto& c) { c.num_loops = 0; });
  check_refused("num_block_layers is 0", [](auto& c) { c.num_block_layers = 0; });
  check_refused("d_model is -2", [](auto& c) { c.d_model = -2; });
  check_refused("norm_epsilon is 0", [](auto& c) { c.norm_epsilon = 0; });
  check_refused("init_std is nan",
                [](auto& c) { c.init_std = std::numeric_limits<double>::quiet_NaN(); });
}

TEST_CASE("all problems stand in one message", "[config]") {
  LoopedTransformerConfig config;
  config.num_heads = 3;
  config.backprop_loops = 9;
  config.rotary_base = 0;
  CHECK_THROWS_WITH(config.validate(),
                    contains("model: ") && contains("vocab_size") && contains("num_heads 3") &&
                        contains("backprop_loops 9") && contains("rotary_base is 0"));
}

TEST_CASE("an odd head width is fine without rotary positions", "[config]") {
  LoopedTransformerConfig config = valid();
  config.d_model = 6;
  config.positions = Positions::learned;
  CHECK_NOTHROW(config.validate());
}

TEST_CASE("resolved replaces zeros by their rule and keeps what is given", "[config]") {
  LoopedTransformerConfig config = valid();  // d_model 64, swiglu
  CHECK(config.resolved().d_feed_forward == 160);
  config.d_model = 66;  // 165 -> 176
  CHECK(config.resolved().d_feed_forward == 176);
  config.feed_forward = FeedForwardKind::gelu;
  CHECK(config.resolved().d_feed_forward == 264);
  config.d_feed_forward = 7;
  CHECK(config.resolved().d_feed_forward == 7);
  CHECK(config.resolved().max_loops == 4);
  config.max_loops = 9;
  CHECK(config.resolved().max_loops == 9);
  CHECK(config.resolved().backprop_loops == 0);
  config.d_model = 768;
  CHECK(config.resolved().init_std == Approx(0.02));  // GPT-2's, at its width
  config.d_model = 48;
  CHECK(config.resolved().init_std == Approx(0.08));
  config.init_std = 0.5;
  CHECK(config.resolved().init_std == 0.5);
}

TEST_CASE("presets have the fields of their models", "[config]") {
  const LoopedTransformerConfig gpt2 = gpt2_rope();
  CHECK(gpt2.norm == NormKind::layer);
  CHECK(gpt2.norm_placement == NormPlacement::pre);
  CHECK(gpt2.loop_norm == LoopNorm::once);
  CHECK(gpt2.norm_epsilon == 1e-5);
  CHECK(gpt2.feed_forward == FeedForwardKind::gelu);
  CHECK(gpt2.positions == Positions::rotary);
  CHECK(gpt2.biases);
  CHECK(gpt2.tied_head);
  CHECK(gpt2.initialization == Initialization::scaled_residual);
  const LoopedTransformerConfig small = ouro();
  CHECK(small.d_feed_forward == 176);
  CHECK(small.norm == NormKind::rms);
  CHECK(small.norm_placement == NormPlacement::sandwich);
  CHECK(small.loop_norm == LoopNorm::every_loop);
  CHECK(small.norm_epsilon == 1e-6);
  CHECK(small.feed_forward == FeedForwardKind::swiglu);
  CHECK_FALSE(small.biases);
  CHECK_FALSE(small.tied_head);
  CHECK(ouro(2048, 16).d_feed_forward == 5632);  // Ouro-1.4B
  CHECK(ouro(2048, 16).num_heads == 16);
}

TEST_CASE("fields have different names and a help text, and read back from their own text",
          "[config]") {
  const LoopedTransformerConfig config = gpt2_rope();
  std::set<std::string_view> names;
  LoopedTransformerConfig::for_each_field(config, [&](const Field& field, const auto& value) {
    CHECK(names.insert(field.name).second);
    CHECK_FALSE(field.help.empty());
    auto copy = value;
    CHECK(from_text(to_text(value), copy));
    CHECK(copy == value);
  });
  CHECK(names.size() == 29);
}
