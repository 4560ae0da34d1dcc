// SPDX-License-Identifier: MIT
// Random tensors and token ids for tests: the same for the same name, on every machine.
#pragma once

#include <string_view>
#include <vector>

#include "looplab/core/random.hpp"
#include "looplab/core/tensor.hpp"

namespace looplab_test {

/// Normal numbers with standard deviation `scale`. The same values, rounded, for float and double.
template <looplab::Real S>
[[nodiscard]] looplab::Tensor<S> random_tensor(looplab::Shape shape, std::string_view name,
                                               double scale = 1) {
  looplab::RandomStream stream(looplab::Seed{1}, name);
  looplab::Tensor<S> tensor(shape);
  for (S& element : tensor) element = static_cast<S>(scale * stream.normal());
  return tensor;
}

/// `count` tokens, uniform on 0 ... vocab_size-1.
[[nodiscard]] inline std::vector<looplab::Token> random_tokens(looplab::Index count,
                                                               looplab::Index vocab_size,
                                                               std::string_view name) {
  looplab::RandomStream stream(looplab::Seed{1}, name);
  std::vector<looplab::Token> tokens(static_cast<std::size_t>(count));
  for (looplab::Token& token : tokens)
    token = static_cast<looplab::Token>(stream.below(vocab_size));
  return tokens;
}

/// A copy in double, for the reference kernels.
template <class Range>
[[nodiscard]] std::vector<double> to_doubles(const Range& values) {
  std::vector<double> copy;
  for (const auto& value : values) copy.push_back(static_cast<double>(value));
  return copy;
}

}  // namespace looplab_test
