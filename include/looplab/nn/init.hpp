// SPDX-License-Identifier: MIT
//
// Initial values. Every parameter is drawn from its own named stream, so an additional layer
// changes no other layer's values. Tests: tests/nn/init_test.cpp.
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

}  // namespace looplab
