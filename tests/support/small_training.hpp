// SPDX-License-Identifier: MIT
// A task and a model small enough to train in a test, and the bits of its parameters.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "looplab/models/looped_transformer.hpp"
#include "looplab/tasks/k_hop_induction.hpp"

namespace looplab_test {

[[nodiscard]] inline looplab::KHopInduction small_task() {
  return looplab::KHopInduction({.sequence_length = 11, .alphabet_size = 4, .max_hops = 2});
}

/// One layer, two loops, width 16: about 3,000 parameters.
[[nodiscard]] inline looplab::LoopedTransformerConfig small_model(
    const looplab::KHopInduction& task) {
  return {.vocab_size = task.vocab_size(),
          .max_sequence_length = task.sequence_length(),
          .d_model = 16,
          .num_heads = 2,
          .num_loops = 2,
          .biases = true,
          .init_std = 0.1};
}

/// All parameters by name, in walking order; == compares their values (no NaN expected).
template <class Model>
[[nodiscard]] auto parameter_values(const Model& model) {
  using S = typename Model::Scalar;
  std::vector<std::pair<std::string, std::vector<S>>> all;
  Model::for_each_parameter(model, "", [&](const std::string& name, const auto& parameter) {
    all.emplace_back(name, std::vector<S>(parameter.value.begin(), parameter.value.end()));
  });
  return all;
}

}  // namespace looplab_test
