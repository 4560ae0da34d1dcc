// SPDX-License-Identifier: MIT
//
// Initial values. Every parameter is drawn from its own named stream, so an additional layer
// changes no other layer's values.
#pragma once

#include <string>

#include "looplab/core/random.hpp"
#include "looplab/nn/parameter.hpp"

namespace looplab {

/// Fills `values` from N(0, std^2), stream "init/<name>".
template <Real S>
void fill_normal(Tensor<S>& values, Seed seed, const std::string& name, double std) {
  RandomStream stream(seed, "init/" + name);
  for (S& x : values) x = static_cast<S>(std * stream.normal());
}

/// Standard deviations of initial values.
struct InitialSpread {
  double matrices = 0.02;          // and tables
  double residual_outputs = 0.02;  // maps whose results are added to the residual stream
};

/// Fills the matrices and tables of `model`; its gains and biases stay as they are.
template <class Model>
void initialize(Model& model, Seed seed, InitialSpread spread = {}) {
  Model::for_each_parameter(
      model, "", [&]<Real S>(const std::string& name, Parameter<S>& parameter) {
        if (is_matrix(parameter.role))
          fill_normal(
              parameter.value, seed, name,
              parameter.role == Role::residual_output ? spread.residual_outputs : spread.matrices);
      });
}

}  // namespace looplab
