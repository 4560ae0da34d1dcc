// SPDX-License-Identifier: MIT
//
// Position-wise feed-forward network: GELU between two linear maps, or SwiGLU.
//
//   gelu    y = gelu(x W1) W2                       W1 [D, F],  W2 [F, D]
//   swiglu  y = (silu(x Wg) * (x Wu)) W2            Wg | Wu as one matrix [D, 2F]
#pragma once

#include <string>

#include "looplab/autograd/ops_nn.hpp"
#include "looplab/nn/linear.hpp"

namespace looplab {

template <Real S>
struct FeedForward {
  bool gated = false;
  Linear<S> up;    // [D, F], or [D, 2F] if gated (gate first)
  Linear<S> down;  // [F, D]

  FeedForward() = default;
  FeedForward(Index d_model, Index d_feed_forward, bool swiglu, bool biases) : gated(swiglu) {
    create_parameters<S>(*this, feed_forward_shapes(d_model, d_feed_forward, swiglu, biases));
  }

  [[nodiscard]] Variable<S> operator()(const Pass<S>& pass, Variable<S> x) const {
    const Variable<S> hidden = up(pass, x);
    const kernels::ComputeType as = down.input_type();
    return down(pass, gated ? swiglu(pass.tape, hidden, as) : gelu(pass.tape, hidden, as));
  }

  template <class Self, class Visit>
  static void for_each_parameter(Self& self, const std::string& prefix, Visit&& visit) {
    Linear<S>::for_each_parameter(self.up, prefix + (self.gated ? "gate_up." : "up."), visit);
    Linear<S>::for_each_parameter(self.down, prefix + "down.", visit);
  }
};

}  // namespace looplab
