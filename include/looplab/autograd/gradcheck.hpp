// SPDX-License-Identifier: MIT
//
// Compares the gradients of any operation on the tape with central differences, in double:
//
//   dL/dx_i  ~  (L(x + h e_i) - L(x - h e_i)) / 2h,    L = sum_j w_j y_j with random weights w
//
// Tests: tests/autograd/gradcheck_test.cpp. Lesson: examples/020_gradients_by_hand_and_by_tape.cpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "looplab/autograd/ops_math.hpp"
#include "looplab/core/random.hpp"

namespace looplab {

/// Computes a result of any shape from the inputs.
using GradcheckFunction =
    std::function<Variable<double>(Tape<double>&, const std::vector<Variable<double>>&)>;

/// The largest |analytic - numeric| / (1 + |numeric|) over all elements of all inputs.
///
/// `step` is the h of the file comment. Cost: two forward passes per element.
[[nodiscard]] inline double gradcheck(const GradcheckFunction& function,
                                      std::vector<Tensor<double>> inputs, double step = 1e-5) {
  std::vector<Tensor<double>> gradients;
  for (const Tensor<double>& input : inputs) gradients.emplace_back(input.shape());
  Tape<double> tape;
  Tensor<double> weights;
  const auto loss = [&](bool with_gradient) {
    tape.reset();
    std::vector<Variable<double>> variables;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      variables.push_back(tape.leaf(inputs[i].view(), gradients[i].data()));
    const Variable<double> y = function(tape, variables);
    if (weights.shape() != y.shape()) {
      weights = Tensor<double>(y.shape());
      RandomStream stream(Seed{0}, "gradcheck");
      for (double& w : weights) w = stream.normal();
    }
    const Variable<double> total = sum(tape, multiply(tape, y, tape.constant(weights.view())));
    if (with_gradient) tape.backward(total);
    return total.data()[0];
  };
  loss(true);
  double worst = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    for (Index j = 0; j < inputs[i].size(); ++j) {
      const double before = inputs[i][j];
      inputs[i][j] = before + step;
      const double up = loss(false);
      inputs[i][j] = before - step;
      const double down = loss(false);
      inputs[i][j] = before;
      const double numeric = (up - down) / (2 * step);
      worst = std::max(worst, std::abs(gradients[i][j] - numeric) / (1 + std::abs(numeric)));
    }
  return worst;
}

}  // namespace looplab
