// SPDX-License-Identifier: MIT
//
// Configuration of one layer (transformer_block.hpp), and its parameters.
#pragma once

#include <array>
#include <string_view>

#include "looplab/core/config.hpp"
#include "looplab/kernels/compute_type.hpp"
#include "looplab/nn/parameter_shape.hpp"

namespace looplab {

/// RMS norm; layer norm with mean and bias; or a step function, 1 where x > 0, else 0, for
/// constructed weights (reachability_construction.hpp), without parameters and without gradient.
enum class NormKind { rms, layer, step };
/// pre: x + f(N(x)); post: N(x + f(x)); sandwich: x + N2(f(N1(x))), as in Ouro's code.
enum class NormPlacement { pre, post, sandwich };
/// gelu: two matrices and GELU (tanh form) between; swiglu: silu(x W1) * (x W2), then W3.
enum class FeedForwardKind { gelu, swiglu };

[[nodiscard]] constexpr auto enum_names(NormKind) {
  return std::array<std::string_view, 3>{"rms", "layer", "step"};
}
[[nodiscard]] constexpr auto enum_names(NormPlacement) {
  return std::array<std::string_view, 3>{"pre", "post", "sandwich"};
}
[[nodiscard]] constexpr auto enum_names(FeedForwardKind) {
  return std::array<std::string_view, 2>{"gelu", "swiglu"};
}

struct BlockConfig {
  Index d_model = 64;
  Index d_feed_forward = 0;  // 0: 4 D for gelu; 2.5 D rounded up to a multiple of 16 for swiglu
  NormKind norm = NormKind::rms;
  NormPlacement norm_placement = NormPlacement::sandwich;
  double norm_epsilon = 1e-6;
  FeedForwardKind feed_forward = FeedForwardKind::swiglu;
  bool biases = false;
  kernels::ComputeType product_type = kernels::ComputeType::float32;

  /// F; computed by rule if `d_feed_forward` is 0.
  [[nodiscard]] Index feed_forward_width() const {
    if (d_feed_forward > 0) return d_feed_forward;
    return feed_forward == FeedForwardKind::gelu ? 4 * d_model : (5 * d_model / 2 + 15) / 16 * 16;
  }
};

/// The parameters of a norm.
[[nodiscard]] inline ParameterShapes norm_shapes(const BlockConfig& c) {
  return c.norm == NormKind::step ? ParameterShapes{}
                                  : norm_shapes(c.d_model, c.norm == NormKind::layer);
}

/// The parameters of a layer, in walking order.
[[nodiscard]] inline ParameterShapes parameter_shapes(const BlockConfig& c) {
  const bool sandwich = c.norm_placement == NormPlacement::sandwich;
  ParameterShapes list;
  append_shapes(list, "attention_norm.", norm_shapes(c));
  append_shapes(list, "attention.", attention_shapes(c.d_model, c.biases));
  if (sandwich) append_shapes(list, "attention_post_norm.", norm_shapes(c));
  append_shapes(list, "feed_forward_norm.", norm_shapes(c));
  append_shapes(list, "feed_forward.",
                feed_forward_shapes(c.d_model, c.feed_forward_width(),
                                    c.feed_forward == FeedForwardKind::swiglu, c.biases));
  if (sandwich) append_shapes(list, "feed_forward_post_norm.", norm_shapes(c));
  return list;
}

}  // namespace looplab
