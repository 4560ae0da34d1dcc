// SPDX-License-Identifier: MIT
//
// Attention by oneDNN, to compare with kernels/attention.hpp: batched products and softmax over all
// positions, without causal mask and rotary positions, which would only add to its time.
//
// It works in place on qkv [B T, 3 H K], and keeps P [B, H, T, T] for the backward pass.
#pragma once

#include "looplab/kernels/attention.hpp"
#include "looplab/kernels/onednn.hpp"

#if LOOPLAB_WITH_ONEDNN

#include <cmath>
#include <unordered_map>
#include <vector>

namespace looplab_bench {

class OneDnnAttention {
 public:
  /// For `shape`, on memory that must outlive it: qkv and grad_qkv [B T, 3 H K], out and grad_out
  /// [B T, H K].
  OneDnnAttention(const looplab::kernels::AttentionShape<float>& shape, float* qkv, float* out,
                  float* grad_out, float* grad_qkv)
      : dims_{shape.num_windows, shape.num_heads, shape.length, shape.d_head},
        width_(shape.width()),
        p_(square()),
        grad_p_(square()) {
    const float scale = 1 / std::sqrt(static_cast<float>(shape.d_head));
    const auto part = [&](float* from, int which) { return memory(from + which * width_, 3); };
    const Memory q = part(qkv, 0), k = part(qkv, 1), v = part(qkv, 2);
    const Memory grad_o = memory(grad_out, 1);
    add_product(forward_, q, transposed(k), p_, scale);
    const Step softmax_backward = add_softmax();
    add_product(forward_, p_, v, memory(out, 1), 1);
    add_product(backward_, transposed(p_), grad_o, part(grad_qkv, 2), 1);
    add_product(backward_, grad_o, transposed(v), grad_p_, 1);
    backward_.push_back(softmax_backward);
    add_product(backward_, grad_p_, k, part(grad_qkv, 0), scale);
    add_product(backward_, transposed(grad_p_), q, part(grad_qkv, 1), scale);
  }
  void forward() { execute(forward_); }
  void backward() { execute(backward_); }

 private:
  using Memory = dnnl::memory;
  using Dims = Memory::dims;
  struct Step {
    dnnl::primitive primitive;
    std::unordered_map<int, Memory> arguments;
  };

  static const dnnl::engine& engine() { return looplab::kernels::onednn::engine(); }
  [[nodiscard]] Memory square() const {
    return {{{dims_[0], dims_[1], dims_[2], dims_[2]},
             Memory::data_type::f32,
             Memory::format_tag::abcd},
            engine()};
  }
  /// [B, H, T, K] inside rows of `parts` times H K floats.
  [[nodiscard]] Memory memory(float* from, looplab::Index parts) const {
    const looplab::Index row = parts * width_;
    return {
        {dims_, Memory::data_type::f32, Dims{dims_[2] * row, dims_[3], row, 1}}, engine(), from};
  }
  /// The same memory with its last two axes exchanged.
  static Memory transposed(const Memory& m) {
    return {m.get_desc().permute_axes({0, 1, 3, 2}), engine(), m.get_data_handle()};
  }

  static void add_product(std::vector<Step>& steps, const Memory& a, const Memory& b,
                          const Memory& c, float scale) {
    dnnl::post_ops scaling;
    dnnl::primitive_attr attributes;
    constexpr auto kLinear = dnnl::algorithm::eltwise_linear;
#if DNNL_VERSION_MAJOR >= 3
    if (scale != 1) scaling.append_eltwise(kLinear, scale, 0);
    attributes.set_post_ops(scaling);
    const dnnl::matmul::primitive_desc pd(engine(), a.get_desc(), b.get_desc(), c.get_desc(),
                                          attributes);
#else
    if (scale != 1) scaling.append_eltwise(1, kLinear, scale, 0);
    attributes.set_post_ops(scaling);
    const dnnl::matmul::primitive_desc pd({a.get_desc(), b.get_desc(), c.get_desc()}, attributes,
                                          engine());
#endif
    steps.push_back(
        {dnnl::matmul(pd), {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}}});
  }

  /// Adds P = softmax(P) to the forward steps; returns its gradient, dP = dS.
  Step add_softmax() {
    constexpr auto kTraining = dnnl::prop_kind::forward_training;
    const auto layout = p_.get_desc();
#if DNNL_VERSION_MAJOR >= 3
    constexpr auto kAccurate = dnnl::algorithm::softmax_accurate;
    const dnnl::softmax_forward::primitive_desc forward(engine(), kTraining, kAccurate, layout,
                                                        layout, 3);
    const dnnl::softmax_backward::primitive_desc backward(engine(), kAccurate, layout, layout,
                                                          layout, 3, forward);
#else
    const dnnl::softmax_forward::primitive_desc forward({kTraining, layout, 3}, engine());
    const dnnl::softmax_backward::primitive_desc backward({layout, layout, 3}, engine(), forward);
#endif
    forward_.push_back({dnnl::softmax_forward(forward), {{DNNL_ARG_SRC, p_}, {DNNL_ARG_DST, p_}}});
    return {dnnl::softmax_backward(backward),
            {{DNNL_ARG_DST, p_}, {DNNL_ARG_DIFF_DST, grad_p_}, {DNNL_ARG_DIFF_SRC, grad_p_}}};
  }

  void execute(const std::vector<Step>& steps) {
    const looplab::SingleThreadScope single_thread;
    for (const Step& step : steps) step.primitive.execute(stream_, step.arguments);
    stream_.wait();
  }

  Dims dims_;
  looplab::Index width_;
  Memory p_, grad_p_;
  std::vector<Step> forward_, backward_;
  dnnl::stream stream_{engine()};
};

}  // namespace looplab_bench

#endif  // LOOPLAB_WITH_ONEDNN
