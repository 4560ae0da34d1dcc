// SPDX-License-Identifier: MIT
#include "looplab/models/transformer_block.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_tensor.hpp"

using namespace looplab;
using namespace looplab_test;

namespace {

using V = Variable<double>;

BlockConfig config_of(NormPlacement placement, NormKind norm = NormKind::rms) {
  BlockConfig config;
  config.d_model = 8;
  config.norm_placement = placement;
  config.norm = norm;
  return config;
}

TransformerBlock<double> random_block(const BlockConfig& config) {
  TransformerBlock<double> block(config);
  TransformerBlock<double>::for_each_parameter(
      block, "", [](const std::string& name, Parameter<double>& parameter) {
        parameter.value = random_tensor<double>(parameter.value.shape(), name);
      });
  return block;
}

/// The equations of the header, written out; `norms` are those before or after attention, then
/// those of the feed-forward network.
V by_hand(const Pass<double>& pass, const TransformerBlock<double>& b, V x,
          const kernels::AttentionShape<double>& shape, double scale) {
  const auto plus = [&](V a, V update) { return add_scaled(pass.tape, a, scale, update); };
  switch (b.placement) {
    case NormPlacement::pre:
      x = plus(x, b.attention(pass, b.attention_norm(pass, x), shape));
      return plus(x, b.feed_forward(pass, b.feed_forward_norm(pass, x)));
    case NormPlacement::post:
      x = b.attention_norm(pass, plus(x, b.attention(pass, x, shape)));
      return b.feed_forward_norm(pass, plus(x, b.feed_forward(pass, x)));
    case NormPlacement::sandwich:
      x = plus(x, b.attention_post_norm(pass, b.attention(pass, b.attention_norm(pass, x), shape)));
      return plus(
          x, b.feed_forward_post_norm(pass, b.feed_forward(pass, b.feed_forward_norm(pass, x))));
  }
  return x;
}

}  // namespace

TEST_CASE("each norm placement composes its parts as its equation says", "[block]") {
  const auto x = random_tensor<double>({10, 8}, "x");
  const kernels::AttentionShape<double> shape{2, 5, 2, 4, true};
  for (NormPlacement placement : {NormPlacement::pre, NormPlacement::post, NormPlacement::sandwich})
    for (NormKind norm : {NormKind::rms, NormKind::layer})
      for (double scale : {1.0, 0.25}) {
        const TransformerBlock<double> block = random_block(config_of(placement, norm));
        Tape<double> tape;
        const Pass<double> pass{tape};
        const V in = tape.constant(x.view());
        INFO(to_text(placement) << " " << to_text(norm) << " scale " << scale);
        CHECK(std::ranges::equal(block(pass, in, shape, scale).value(),
                                 by_hand(pass, block, in, shape, scale).value()));
      }
}

TEST_CASE("the three placements give three results", "[block]") {
  const auto x = random_tensor<double>({10, 8}, "x");
  const kernels::AttentionShape<double> shape{2, 5, 2, 4, true};
  std::vector<std::vector<double>> results;
  for (NormPlacement placement :
       {NormPlacement::pre, NormPlacement::post, NormPlacement::sandwich}) {
    Tape<double> tape;
    const auto block = random_block(config_of(placement));
    results.push_back(
        to_doubles(block(Pass<double>{tape}, tape.constant(x.view()), shape).value()));
  }
  CHECK(results[0] != results[1]);
  CHECK(results[0] != results[2]);
  CHECK(results[1] != results[2]);
}

TEST_CASE("a fresh block has gains of 1 and zeros, and adds nothing but its norm", "[block]") {
  const auto x = random_tensor<double>({5, 8}, "x");
  Tape<double> tape;
  const Pass<double> pass{tape};
  const V in = tape.constant(x.view());
  for (NormPlacement placement : {NormPlacement::pre, NormPlacement::sandwich}) {
    const TransformerBlock<double> block(config_of(placement));
    CHECK(std::ranges::equal(
        block(pass, in, kernels::AttentionShape<double>{1, 5, 2, 4, true}).value(), x));
  }
}

TEST_CASE("norms take kind and epsilon from the configuration", "[block]") {
  BlockConfig config = config_of(NormPlacement::sandwich, NormKind::layer);
  config.norm_epsilon = 0.25;
  const TransformerBlock<double> block(config);
  for (const Norm<double>* norm : {&block.attention_norm, &block.attention_post_norm,
                                   &block.feed_forward_norm, &block.feed_forward_post_norm}) {
    CHECK(norm->epsilon == 0.25);
    CHECK(norm->bias.exists());
  }
}

TEST_CASE("only a sandwich has four norms, and gelu has one matrix up", "[block]") {
  const auto count = [](const BlockConfig& config) {
    TransformerBlock<double> block(config);
    Index elements = 0;
    TransformerBlock<double>::for_each_parameter(
        block, "", [&](const std::string&, const auto& p) { elements += p.value.size(); });
    return elements;
  };
  BlockConfig config = config_of(NormPlacement::pre);
  config.d_feed_forward = 10;
  const Index matrices = 8 * 24 + 8 * 8 + 8 * 20 + 10 * 8;
  CHECK(count(config) == matrices + 2 * 8);
  config.norm_placement = NormPlacement::post;
  CHECK(count(config) == matrices + 2 * 8);
  config.norm_placement = NormPlacement::sandwich;
  CHECK(count(config) == matrices + 4 * 8);
  config.feed_forward = FeedForwardKind::gelu;
  CHECK(count(config) == matrices - 80 + 4 * 8);
  config.biases = true;
  CHECK(count(config) == matrices - 80 + 4 * 8 + 24 + 8 + 10 + 8);
}
