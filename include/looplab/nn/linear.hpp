// SPDX-License-Identifier: MIT
//
// Affine map y = x W + b with W [in, out].
#pragma once

#include <string>

#include "looplab/autograd/ops_math.hpp"
#include "looplab/nn/parameter.hpp"

namespace looplab {

template <Real S>
struct Linear {
  Parameter<S> weight;  // [in, out]
  Parameter<S> bias;    // [out], or empty

  Linear() = default;
  Linear(Index in, Index out, bool with_bias, Role role = Role::weight) {
    create_parameters<S>(*this, linear_shapes(in, out, with_bias, role));
  }

  /// [N, out] of x [N, in].
  [[nodiscard]] Variable<S> operator()(const Pass<S>& pass, Variable<S> x) const {
    const Variable<S> y =
        matmul(pass.tape, x, pass.use(weight), kernels::Layout::plain, &weight.prepared);
    return bias.exists() ? add_row(pass.tape, y, pass.use(bias)) : y;
  }

  /// Type to which the input may be rounded beforehand, because the product rounds it anyway.
  [[nodiscard]] kernels::ComputeType input_type() const {
    return weight.prepared.is_bfloat16() ? kernels::ComputeType::bfloat16
                                         : kernels::ComputeType::float32;
  }

  template <class Self, class Visit>
  static void for_each_parameter(Self& self, const std::string& prefix, Visit&& visit) {
    visit_parameter(visit, prefix + "weight", self.weight);
    visit_parameter(visit, prefix + "bias", self.bias);
  }
};

}  // namespace looplab
