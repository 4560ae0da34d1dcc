// SPDX-License-Identifier: MIT
//
// Projections around the attention operation: x [B T, D] -> q | k | v -> heads -> [B T, D].
#pragma once

#include <concepts>
#include <string>

#include "looplab/autograd/ops_nn.hpp"
#include "looplab/nn/linear.hpp"

namespace looplab {

/// `attend(qkv, as)`: attention [N, D] of rows q | k | v [N, 3D]; the result may be rounded to
/// `as`.
template <class F, class S>
concept AttendFunction = std::invocable<F&, Variable<S>, kernels::ComputeType>;

template <Real S>
struct MultiHeadAttention {
  Linear<S> qkv;     // [D, 3D], columns q | k | v, each head-major
  Linear<S> output;  // [D, D]

  MultiHeadAttention() = default;
  MultiHeadAttention(Index d_model, bool biases) {
    create_parameters<S>(*this, attention_shapes(d_model, biases));
  }

  [[nodiscard]] Variable<S> operator()(const Pass<S>& pass, Variable<S> x,
                                       const kernels::AttentionShape<S>& shape) const {
    return (*this)(pass, x, [&](Variable<S> heads, kernels::ComputeType as) {
      return attention(pass.tape, heads, shape, as);
    });
  }
  /// The same with attention computed by `attend(qkv, as)`: [N, D] of q | k | v [N, 3D].
  template <AttendFunction<S> Attend>
  [[nodiscard]] Variable<S> operator()(const Pass<S>& pass, Variable<S> x, Attend&& attend) const {
    return output(pass, attend(qkv(pass, x), output.input_type()));
  }

  template <class Self, class Visit>
  static void for_each_parameter(Self& self, const std::string& prefix, Visit&& visit) {
    Linear<S>::for_each_parameter(self.qkv, prefix + "qkv.", visit);
    Linear<S>::for_each_parameter(self.output, prefix + "output.", visit);
  }
};

}  // namespace looplab
