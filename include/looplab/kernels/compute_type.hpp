// SPDX-License-Identifier: MIT
//
// Type to which the factors of products with weights are rounded; a property of model and run.
#pragma once

#include <array>
#include <string_view>

namespace looplab::kernels {

/// float32: no rounding. bfloat16: weights, inputs and gradients are rounded when they enter a
/// product; the weights themselves, sums and everything else keep their type.
enum class ComputeType { float32, bfloat16 };

[[nodiscard]] constexpr auto enum_names(ComputeType) {
  return std::array<std::string_view, 2>{"float32", "bfloat16"};
}

}  // namespace looplab::kernels
