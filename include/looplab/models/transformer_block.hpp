// SPDX-License-Identifier: MIT
//
// One layer: attention and feed-forward network, each with its residual and norms.
//
//   pre       x += A(N1(x));        x += F(N3(x))
//   post      x  = N1(x + A(x));    x  = N3(x + F(x))
//   sandwich  x += N2(A(N1(x)));    x += N4(F(N3(x)))        (Ouro's code; its paper shows pre)
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "looplab/models/block_config.hpp"
#include "looplab/nn/feed_forward.hpp"
#include "looplab/nn/multi_head_attention.hpp"
#include "looplab/nn/norm.hpp"

namespace looplab {

/// The point in a layer at which a state is taken: after the residual update of attention or after
/// that of the feed-forward network.
enum class SubLayer { attention, feed_forward };
[[nodiscard]] constexpr auto enum_names(SubLayer) {
  return std::array<std::string_view, 2>{"attention", "feed_forward"};
}

template <Real S>
struct TransformerBlock {
  NormPlacement placement = NormPlacement::pre;
  Norm<S> attention_norm, attention_post_norm;
  MultiHeadAttention<S> attention;
  Norm<S> feed_forward_norm, feed_forward_post_norm;
  FeedForward<S> feed_forward;

  TransformerBlock() = default;
  /// Norm gains are 1, everything else 0; `initialize` (nn/init.hpp) draws the matrices.
  explicit TransformerBlock(const BlockConfig& c) : TransformerBlock(without_parameters(c)) {
    create_parameters<S>(*this, parameter_shapes(c), c.product_type);
  }
  /// A block whose parameters are made by the module that it is a part of.
  [[nodiscard]] static TransformerBlock without_parameters(const BlockConfig& c) {
    TransformerBlock block;
    block.placement = c.norm_placement;
    block.attention_norm = block.feed_forward_norm = norm_without_parameters(c);
    if (c.norm_placement == NormPlacement::sandwich)
      block.attention_post_norm = block.feed_forward_post_norm = norm_without_parameters(c);
    block.feed_forward.gated = c.feed_forward == FeedForwardKind::swiglu;
    return block;
  }
  [[nodiscard]] static Norm<S> norm_without_parameters(const BlockConfig& c) {
    Norm<S> norm;
    norm.is_step = c.norm == NormKind::step;
    norm.epsilon = static_cast<S>(c.norm_epsilon);
    return norm;
  }

  /// [N, D] of x [N, D]; residual updates are multiplied by `residual_scale`. `attend` is the shape
  /// of windows or a function that computes attention (nn/multi_head_attention.hpp). If it has
  /// `watch(SubLayer, state)`, that is called with the state after each sub-layer.
  template <class Attend>
  [[nodiscard]] Variable<S> operator()(const Pass<S>& pass, Variable<S> x, const Attend& attend,
                                       S residual_scale = S{1}) const {
    x = residual(pass, x, attention_norm, attention.qkv.input_type(), attention_post_norm,
                 residual_scale, [&](Variable<S> y) { return attention(pass, y, attend); });
    show(attend, SubLayer::attention, x);
    x = residual(pass, x, feed_forward_norm, feed_forward.up.input_type(), feed_forward_post_norm,
                 residual_scale, [&](Variable<S> y) { return feed_forward(pass, y); });
    show(attend, SubLayer::feed_forward, x);
    return x;
  }

  template <class Self, class Visit>
  static void for_each_parameter(Self& self, const std::string& prefix, Visit&& visit) {
    Norm<S>::for_each_parameter(self.attention_norm, prefix + "attention_norm.", visit);
    MultiHeadAttention<S>::for_each_parameter(self.attention, prefix + "attention.", visit);
    Norm<S>::for_each_parameter(self.attention_post_norm, prefix + "attention_post_norm.", visit);
    Norm<S>::for_each_parameter(self.feed_forward_norm, prefix + "feed_forward_norm.", visit);
    FeedForward<S>::for_each_parameter(self.feed_forward, prefix + "feed_forward.", visit);
    Norm<S>::for_each_parameter(self.feed_forward_post_norm, prefix + "feed_forward_post_norm.",
                                visit);
  }

 private:
  template <class Attend>
  static void show(const Attend& attend, SubLayer sub_layer, Variable<S> x) {
    if constexpr (requires { attend.watch(sub_layer, x); }) attend.watch(sub_layer, x);
  }

  template <class Sublayer>
  [[nodiscard]] Variable<S> residual(const Pass<S>& pass, Variable<S> x, const Norm<S>& norm,
                                     kernels::ComputeType as, const Norm<S>& post_norm, S scale,
                                     Sublayer sublayer) const {
    const auto plus = [&](Variable<S> update) {
      return scale == S{1} ? add(pass.tape, x, update) : add_scaled(pass.tape, x, scale, update);
    };
    switch (placement) {
      case NormPlacement::pre:
        return plus(sublayer(norm(pass, x, as)));
      case NormPlacement::post:
        return norm(pass, plus(sublayer(x)));
      case NormPlacement::sandwich:
        return plus(post_norm(pass, sublayer(norm(pass, x, as))));
    }
    return x;
  }
};

}  // namespace looplab
