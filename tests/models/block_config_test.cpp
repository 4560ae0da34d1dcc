// SPDX-License-Identifier: MIT
#include "looplab/models/block_config.hpp"

#include "looplab/models/transformer_block.hpp"
#include "support/catch.hpp"
#include "support/parameter_listing.hpp"

using namespace looplab;
using namespace looplab_test;

TEST_CASE("the feed-forward width is given, or follows from width and kind", "[block]") {
  CHECK(BlockConfig{.d_model = 8, .d_feed_forward = 10}.feed_forward_width() == 10);
  CHECK(BlockConfig{.d_model = 8, .feed_forward = FeedForwardKind::gelu}.feed_forward_width() ==
        32);
  CHECK(BlockConfig{.d_model = 8}.feed_forward_width() == 32);  // 20, to a multiple of 16
}

TEST_CASE("a layer's list is what it is made of, for every choice", "[block]") {
  for (NormKind norm : {NormKind::rms, NormKind::layer, NormKind::step})
    for (NormPlacement placement :
         {NormPlacement::pre, NormPlacement::post, NormPlacement::sandwich})
      for (FeedForwardKind kind : {FeedForwardKind::gelu, FeedForwardKind::swiglu})
        for (bool biases : {false, true}) {
          const BlockConfig config{.d_model = 4,
                                   .norm = norm,
                                   .norm_placement = placement,
                                   .feed_forward = kind,
                                   .biases = biases};
          CHECK(listing(parameter_shapes(config)) == listing_of(TransformerBlock<float>(config)));
        }
}

TEST_CASE("a sandwich of root mean square norms and SwiGLU has these parameters", "[block]") {
  CHECK(listing(parameter_shapes(BlockConfig{.d_model = 4, .d_feed_forward = 6})) ==
        "attention_norm.gain gain [4]\n"
        "attention.qkv.weight weight [4, 12]\n"
        "attention.output.weight residual_output [4, 4]\n"
        "attention_post_norm.gain gain [4]\n"
        "feed_forward_norm.gain gain [4]\n"
        "feed_forward.gate_up.weight weight [4, 12]\n"
        "feed_forward.down.weight residual_output [6, 4]\n"
        "feed_forward_post_norm.gain gain [4]\n");
}
