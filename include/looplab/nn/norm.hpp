// SPDX-License-Identifier: MIT
//
// RMS norm or layer norm with learned gain (and bias), or a step function: 1 where x > 0.
#pragma once

#include <string>

#include "looplab/autograd/ops_nn.hpp"
#include "looplab/nn/parameter.hpp"

namespace looplab {

template <Real S>
struct Norm {
  Parameter<S> gain;  // [D], starts at 1
  Parameter<S> bias;  // [D], layer norm only, starts at 0
  S epsilon{};
  bool is_step = false;  // true: no gain and no bias

  Norm() = default;
  Norm(Index width, bool layer, double eps) : epsilon(static_cast<S>(eps)) {
    create_parameters<S>(*this, norm_shapes(width, layer));
  }
  [[nodiscard]] static Norm step() {
    Norm norm;
    norm.is_step = true;
    return norm;
  }
  [[nodiscard]] bool exists() const { return is_step || gain.exists(); }

  /// `as`: the type to which the result is rounded (ops_nn.hpp).
  [[nodiscard]] Variable<S> operator()(
      const Pass<S>& pass, Variable<S> x,
      kernels::ComputeType as = kernels::ComputeType::float32) const {
    if (is_step) return unit_step(pass.tape, x);
    return bias.exists() ? layer_norm(pass.tape, x, pass.use(gain), pass.use(bias), epsilon, as)
                         : rms_norm(pass.tape, x, pass.use(gain), epsilon, as);
  }

  template <class Self, class Visit>
  static void for_each_parameter(Self& self, const std::string& prefix, Visit&& visit) {
    visit_parameter(visit, prefix + "gain", self.gain);
    visit_parameter(visit, prefix + "bias", self.bias);
  }
};

}  // namespace looplab
