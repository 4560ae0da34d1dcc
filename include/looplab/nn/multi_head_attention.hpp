// SPDX-License-Identifier: MIT
//
// Projections around the attention operation: x [B T, D] -> q | k | v -> heads -> [B T, D].
// Tests: tests/nn/multi_head_attention_test.cpp.
#pragma once

#include <string>

#include "looplab/autograd/ops_nn.hpp"
#include "looplab/nn/linear.hpp"

namespace looplab {

template <Real S>
struct MultiHeadAttention {
  Linear<S> qkv;     // [D, 3D], columns q | k | v, each head-major
  Linear<S> output;  // [D, D]

  MultiHeadAttention() = default;
  MultiHeadAttention(Index d_model, bool biases)
      : qkv(d_model, 3 * d_model, biases), output(d_model, d_model, biases) {}

  [[nodiscard]] Variable<S> operator()(const Pass<S>& pass, Variable<S> x,
                                       const kernels::AttentionShape<S>& shape) const {
    return output(pass, attention(pass.tape, qkv(pass, x), shape, output.input_type()));
  }

  template <class Self, class Visit>
  static void for_each_parameter(Self& self, const std::string& prefix, Visit&& visit) {
    Linear<S>::for_each_parameter(self.qkv, prefix + "qkv.", visit);
    Linear<S>::for_each_parameter(self.output, prefix + "output.", visit);
  }
};

}  // namespace looplab
